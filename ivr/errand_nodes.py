"""Nodes that have something done outside while the caller waits."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from ivr.names import FieldName, Name, VariableName, Way
from ivr.words import Language, Part, Text
from kernel.written_expression import Written

VALUES_MAX = 20
"""Of an errand, in either direction."""
TicketType = Literal["inquiry", "complaint", "suggestion", "technical_support", "callback"]
TicketPriority = Literal["urgent", "high", "medium", "low"]
TICKET_FIELDS: Mapping[str, str] = {"number": "text"}
"""What a ticket that was left brings back, with its type."""
PROGRESS_FIELDS: Mapping[str, str] = {"number": "text", "kind": "text", "state": "text", "created": "date"}
"""What is told of a ticket; `kind` and `state` in words of the caller's language."""
IDENTIFY_FIELDS: Mapping[str, str] = {"name": "text", "level": "text", "proven": "yes_no"}
"""What is told of a customer; `name` only of one who has shown who they are."""
Trust = Literal["proof", "number"]
"""What a member number counts for: with a proof, or by itself."""
ERRAND_EXITS = ("next", "found", "missing", "unproven", "failed")
"""Fields by which callers leave such a node."""

Line = dict[Language, Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]]
Message = dict[
    Language, Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=450)]
]
READ_FIELDS = frozenset({"message", "title", "description"})
"""What is not heard but read."""


class Lookup(Part):
    """Asks a business system for something, and keeps what it says in variables."""

    type: Literal["lookup"]
    lookup: Name
    """In lookups.yaml."""
    text: Text | None = None
    """Said while the system is asked already."""
    give: dict[FieldName, Written] = Field(default_factory=dict, max_length=VALUES_MAX)
    """What is asked about, by the names of the look-up's parameters."""
    into: dict[VariableName, FieldName] = Field(default_factory=dict, max_length=VALUES_MAX)
    """Variables, each with the field of the answer that it gets; they are not known where there is none."""
    found: Way
    missing: Way | None = None
    """Where callers go when there is no such thing; by itself, as for the next, the flow's first queue."""
    failed: Way | None = None
    """Where callers go when the system does not answer, or answers what cannot be used."""


class Sms(Part):
    """Sends the caller a message, once for each node, number and call."""

    type: Literal["sms"]
    message: Message
    """What is sent, in each language of the flow."""
    number: Written = "caller_number"
    """To which: an expression."""
    text: Text | None = None
    """Said while it is written."""
    next: Way
    """Where callers go whose message is written."""
    failed: Way | None = None
    """Where callers go who can be sent none, as to a landline or a withheld number; by itself to a person."""


class Ticket(Part):
    """Leaves a ticket for the company's people, once for each node and call."""

    type: Literal["ticket"]
    ticket: TicketType
    """Its type."""
    title: Line
    description: Message | None = None
    priority: TicketPriority | None = None
    """By itself that of its type."""
    text: Text | None = None
    """Said while it is written."""
    into: dict[VariableName, FieldName] = Field(default_factory=dict, max_length=VALUES_MAX)
    """A variable that gets the ticket's `number`."""
    next: Way
    failed: Way | None = None
    """Where callers go when no ticket can be written now; by itself to a person."""


class Progress(Part):
    """Finds how far a ticket is, for who can show that it is theirs."""

    type: Literal["progress"]
    ticket: Written | None = None
    """Its number as typed: an expression. Without it, the newest open one of whose number the caller has."""
    proof: Written | None = None
    """The last four digits of the customer's number, for who calls from another: an expression."""
    text: Text | None = None
    """Said while it is looked for."""
    into: dict[VariableName, FieldName] = Field(default_factory=dict, max_length=VALUES_MAX)
    """Variables, each with `number`, `kind`, `state` or `created`."""
    found: Way
    missing: Way | None = None
    """Where callers go for whom there is no such ticket, or none of theirs; by itself to a person."""
    unproven: Way | None = None
    """Where callers go who have to show that it is theirs; by itself as for `missing`."""
    failed: Way | None = None
    """Where callers go when nobody can tell now; by itself to a person."""


class Identify(Part):
    """Finds which customer calls, by the member number they have given; the whole call knows it then."""

    type: Literal["identify"]
    member: Written
    """The member number as typed or said: an expression."""
    trust: Trust = "proof"
    """`number`: who gives one counts as that customer, and agents read that nothing proves it."""
    proof: Written | None = None
    """The last four digits of the customer's number, for who calls from another: an expression."""
    text: Text | None = None
    """Said while it is looked for."""
    into: dict[VariableName, FieldName] = Field(default_factory=dict, max_length=VALUES_MAX)
    """Variables, each with `name`, `level` or `proven`."""
    found: Way
    missing: Way | None = None
    """Where callers go for whom there is no such customer, or who are not them; by itself to a person."""
    unproven: Way | None = None
    """Where callers go who have to show that it is theirs; by itself as for `missing`."""
    failed: Way | None = None
    """Where callers go when nobody can tell now; by itself to a person."""


ErrandNode = Lookup | Sms | Ticket | Progress | Identify
"""Any of them."""


def into_of(node: ErrandNode) -> Mapping[str, str]:
    """The variables that a node gives, each with the field it takes."""
    return {} if isinstance(node, Sms) else node.into
