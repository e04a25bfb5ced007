"""What the HTTP API says and takes of tickets."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, Field, StringConstraints, model_validator

from infra.web import Body, Moment, PageQuery, RowId
from kernel.briefs import CallBrief, CustomerBrief
from kernel.text import harmless
from tickets.engine import states_by_hand
from tickets.model import FACTS, Channel, Priority, State, TicketType, TranscriptState
from tickets.reading.model import Field as ReadField
from tickets.reading.model import Finding, Severity, Source, Urgency
from tickets.service import Named, Shown

Title = Annotated[
    str,
    StringConstraints(min_length=1, max_length=200, strip_whitespace=True),
    AfterValidator(harmless),
]
Description = Annotated[str, Field(max_length=20_000), AfterValidator(harmless)]
Word = Annotated[str, StringConstraints(max_length=80, strip_whitespace=True), AfterValidator(harmless)]
Demand = Annotated[str, Field(max_length=2_000), AfterValidator(harmless)]
Why = Annotated[str, StringConstraints(max_length=500, strip_whitespace=True), AfterValidator(harmless)]
Call = Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,80}$")]
Sort = Literal[
    "number",
    "-number",
    "priority",
    "-priority",
    "created_at",
    "-created_at",
    "updated_at",
    "-updated_at",
    "due_at",
    "-due_at",
]


class Facts(Body):
    """What else a ticket may say; what is left out stays, or is not known."""

    department: Word | None = None
    channel: Channel | None = None
    category: Word | None = None
    problem: Word | None = None
    severity: Severity | None = None
    urgency: Urgency | None = None
    occurred_at: Moment | None = None
    demand: Demand | None = None
    product: Word | None = None
    order_number: Word | None = None
    region: Word | None = None

    @model_validator(mode="after")
    def _texts_are_emptied_by_an_empty_text(self) -> "Facts":
        for name in set(FACTS) - {"severity", "urgency", "occurred_at"}:
            if name in self.model_fields_set and getattr(self, name) is None:
                raise ValueError(f"{name} cannot be null")
        return self

    def facts(self) -> Mapping[str, Any]:
        """Those that are said."""
        return {name: getattr(self, name) for name in FACTS if name in self.model_fields_set}


class TicketSummary(BaseModel):
    """A ticket as a list shows it."""

    id: int
    number: str
    type: TicketType
    priority: Priority
    state: State
    title: str
    customer: CustomerBrief | None
    owner: str | None
    owner_id: int | None
    department: str
    channel: Channel
    category: str
    severity: Severity | None
    urgency: Urgency | None
    product: str
    created_at: datetime
    updated_at: datetime
    due_at: datetime | None
    """The first deadline that is still to be met; none while the ticket waits for the customer."""


class TicketList(BaseModel):
    """The tickets of one page, and how many there are in all."""

    items: list[TicketSummary]
    total: int


class VoicemailView(BaseModel):
    """The message of a ticket."""

    seconds: float
    transcript: str | None
    transcript_state: TranscriptState


class HistoryEntry(BaseModel):
    """Who changed what; nobody means Hotline itself."""

    at: datetime
    by: str | None
    field: str
    before: str
    after: str
    why: str


class WordsView(BaseModel):
    """A part of the text that was read, and where it stands there."""

    text: str
    start: int
    end: int


class FindingView(BaseModel):
    """Something that a text says, by which words, and how sure that is."""

    field: ReadField
    value: str
    confidence: float
    source: Source
    words: list[WordsView]
    name_zh: str
    name_en: str
    """What people call the value, where the site has names for it."""


class ReadBody(Body):
    """What somebody said, or wrote of it."""

    text: Description


class ReadingView(BaseModel):
    """What a text says."""

    findings: list[FindingView]


class TicketView(TicketSummary):
    """A ticket with all that hangs on it."""

    description: str
    problem: str
    occurred_at: datetime | None
    demand: str
    order_number: str
    region: str
    version: int
    """To be sent with a change, so that what others change meanwhile is not lost."""
    next_states: list[State]
    """Where it can go from here."""
    calls: list[CallBrief]
    voicemail: VoicemailView | None
    findings: list[FindingView]
    """What was read out of the message."""
    history: list[HistoryEntry]


class NewTicketBody(Facts):
    """A ticket to be made."""

    type: TicketType
    priority: Priority | None = None
    """By default that of the type."""
    title: Title
    description: Description = ""
    customer_id: RowId | None = None
    call_id: Call | None = None


class TicketChangeBody(Facts):
    """What is to be changed; what is left out stays. `version` is the one that was seen.

    What others have changed since stays, unless it is the same field: that is refused, with both texts.
    """

    version: Annotated[int, Field(ge=1)]
    type: TicketType | None = None
    priority: Priority | None = None
    state: State | None = None
    title: Title | None = None
    description: Description | None = None
    customer_id: RowId | None = None
    owner_id: RowId | None = None
    call_id: Call | None = None
    """A further call that belongs to the ticket."""
    why: Why = ""
    """For the history."""

    @model_validator(mode="after")
    def _only_people_can_be_taken_out(self) -> "TicketChangeBody":
        for name in ("type", "priority", "state", "title", "description", "call_id"):
            if name in self.model_fields_set and getattr(self, name) is None:
                raise ValueError(f"{name} cannot be empty")
        return self


class TicketQuery(PageQuery):
    """Which tickets, and in which order."""

    state: State | None = None
    type: TicketType | None = None
    mine: bool = False
    overdue: bool = False
    """Only those with a deadline that was missed and is still to be met."""
    customer_id: RowId | None = None
    sort: Sort = "-created_at"


def summary_of(named: Named) -> dict[str, Any]:
    """A ticket as a list shows it."""
    ticket, matter = named.ticket, named.ticket.matter
    return {
        "id": ticket.id,
        "number": ticket.number,
        "type": matter.type,
        "priority": matter.priority,
        "state": matter.state,
        "title": matter.title,
        "customer": named.customer,
        "owner": named.owner,
        "owner_id": matter.owner,
        "department": matter.department,
        "channel": matter.channel,
        "category": matter.category,
        "severity": matter.severity,
        "urgency": matter.urgency,
        "product": matter.product,
        "created_at": ticket.created_at,
        "updated_at": ticket.updated_at,
        "due_at": ticket.due_at,
    }


def view_of(shown: Shown) -> TicketView:
    """A ticket with all that a page shows of it."""
    ticket, matter, voicemail = shown.named.ticket, shown.named.ticket.matter, shown.details.voicemail
    return TicketView(
        **summary_of(shown.named),
        description=matter.description,
        problem=matter.problem,
        occurred_at=matter.occurred_at,
        demand=matter.demand,
        order_number=matter.order_number,
        region=matter.region,
        version=ticket.version,
        next_states=[state for state in State if state in states_by_hand(matter.state, shown.details.goal)],
        calls=list(shown.calls),
        voicemail=VoicemailView(
            seconds=voicemail.message.seconds,
            transcript=voicemail.transcript,
            transcript_state=voicemail.transcript_state,
        )
        if voicemail
        else None,
        findings=findings_of(shown.details.findings),
        history=[
            HistoryEntry(
                at=line.at,
                by=name,
                field=line.change.field,
                before=line.change.before,
                after=line.change.after,
                why=line.why,
            )
            for line, name in shown.history
        ],
    )


def findings_of(found: Iterable[Finding]) -> list[FindingView]:
    """What was read, for a page."""
    return [FindingView.model_validate(asdict(one)) for one in found]
