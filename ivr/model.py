"""Words of voice menus: flows as data, exactly as their YAML spells them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    StrictBool,
    StrictFloat,
    StrictInt,
    StrictStr,
    StringConstraints,
)

from ivr.functions import Kind
from ivr.words import LANGUAGES, Label, Language, Part, Text
from ivr.written import Written
from kernel.written import SkillsAsked

NAME_PATTERN = r"^[A-Za-z][A-Za-z0-9_-]{0,39}$"
Name = Annotated[str, StringConstraints(pattern=NAME_PATTERN)]
"""Of a flow, node, queue or calendar. It travels through the switch, so it stays plain."""
VariableName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
"""As texts name it: `{its_name}`."""
Key = Annotated[str, StringConstraints(pattern=r"^[0-9*#]$")]
QueueExit = Literal["full", "closed", "timeout"]
"""Why a queue sends a caller away."""
QUEUE_EXITS: tuple[QueueExit, ...] = get_args(QueueExit)
VariableType = Literal["text", "number", "money", "date", "time", "phone", "digits", "yes_no"]
KINDS: Mapping[VariableType, Kind] = {
    "text": "text",
    "number": "number",
    "money": "number",
    "date": "date",
    "time": "time",
    "phone": "text",
    "digits": "text",
    "yes_no": "truth",
}
"""What expressions take variables of each type for."""

BUILT_IN_VARIABLES: Mapping[str, VariableType] = {
    "caller_number": "phone",
    "caller_name": "text",
    "caller_level": "text",
    "dialled": "phone",
    "language": "text",
    "matter": "text",
    "region": "text",
    "today": "date",
    "now": "time",
}
"""Variables that every flow has, with how they are read."""


def _timezone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, OSError, ValueError) as error:
        raise ValueError(f"{name!r} is not a time zone such as Asia/Shanghai") from error
    return name


TimezoneName = Annotated[str, AfterValidator(_timezone)]


class Variable(Part):
    """A value with the way it is read out; prompts name it as `{its_name}`."""

    type: VariableType
    value: StrictBool | StrictStr | StrictInt | StrictFloat | None = None
    """Nothing where it is not known before the call."""


class Say(Part):
    """Says something and goes on."""

    type: Literal["say"]
    text: Text
    next: Name


def _spell_out(option: Any) -> Any:
    """`"1": sales` is short for `"1": {to: sales}`."""
    return {"to": option} if isinstance(option, str) else option


Matter = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,39}$")]
"""What a call is about; queues give some matters a boost."""
BoostWritten = Annotated[float, Field(gt=0, le=86_400)] | Literal["strict"]
"""Seconds of waiting that a caller is credited with, or a place before all others."""


RegionName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,39}$")]
"""One of the site's regions."""


class Option(Part):
    """What a key of a menu does."""

    to: Name
    matter: Matter | None = None
    """What the call is about from then on."""
    region: RegionName | None = None
    """Where the caller is at home, from then on."""
    language: Language | None = None
    """The caller goes on in this language."""
    label: Label | None = None
    """What the agent reads of the choice."""


class Menu(Part):
    """Asks for one key."""

    type: Literal["menu"]
    text: Text
    options: dict[
        Key, Annotated[Option, BeforeValidator(_spell_out, json_schema_input_type=Name | Option)]
    ] = Field(min_length=1)
    timeout_s: float = Field(default=6, gt=0, le=60)
    tries: int = Field(default=3, ge=1, le=10)
    """Wrong keys and silences together, before `otherwise`."""
    otherwise: Name | None = None
    """Where a caller goes who is not understood; by itself the flow's first queue."""
    region_known: Name | None = None
    """Where a caller goes without being asked of whom it is known where they are at home."""


CheckDigit = Literal["luhn", "resident_id"]


class Collect(Part):
    """Asks for digits and keeps them in a variable."""

    type: Literal["collect"]
    text: Text
    into: VariableName
    min_digits: int = Field(default=1, ge=1, le=32)
    max_digits: int = Field(default=20, ge=1, le=32)
    """After so many the caller is heard at once; who types fewer ends with #."""
    check: CheckDigit | None = None
    """By which rule the last digit is right."""
    read_back: bool = False
    """The caller hears what was typed and confirms it."""
    timeout_s: float = Field(default=5, gt=0, le=60)
    """Silence after the text, and after each digit."""
    tries: int = Field(default=3, ge=1, le=10)
    """Wrong numbers and silences together, before `otherwise`."""
    label: Label | None = None
    """What the agent reads before what was typed; without it the agent is told nothing."""
    next: Name
    otherwise: Name | None = None
    """Where a caller goes who is not understood; by itself the flow's first queue."""


class Set(Part):
    """Gives variables other values and goes on."""

    type: Literal["set"]
    values: dict[VariableName, Written] = Field(min_length=1, max_length=20)
    next: Name


class Case(Part):
    """One way of a condition."""

    when: Written = Field(alias="if")
    to: Name


class Condition(Part):
    """Goes the way of the first case that is true."""

    type: Literal["condition"]
    cases: tuple[Case, ...] = Field(min_length=1, max_length=50)
    otherwise: Name
    """Where callers go for whom none is true, or can be told."""


class Goto(Part):
    """Goes on at another node, or in another flow."""

    type: Literal["goto"]
    to: Name | None = None
    flow: Name | None = None
    """At whose start."""


class Subflow(Part):
    """Goes through another flow and comes back."""

    type: Literal["subflow"]
    flow: Name
    next: Name
    """Where callers go who come back."""


class Return(Part):
    """Leads back to where this flow was called as a sub-flow."""

    type: Literal["return"]


class Hours(Part):
    """Goes one of two ways by a business calendar."""

    type: Literal["hours"]
    calendar: Name
    open: Name
    closed: Name


class Queue(Part):
    """Waits for a person."""

    type: Literal["queue"]
    queue: Name
    needs: SkillsAsked = Field(default_factory=dict)
    """Skills that the agent must have, beyond what the queue asks of all its calls."""
    matter: Matter | None = None
    """What the call is about; by itself what was chosen in a menu."""
    boost: BoostWritten | None = None
    """For all callers who come this way."""
    text: Text | None = None
    """Said before the music; the place for the announcement that calls are recorded."""
    full: Name | None = None
    """Where a caller goes for whom there is no room; by itself, as for the next two, to a message."""
    closed: Name | None = None
    """Where a caller goes when the queue is closed, or is closing and nobody is left to serve them."""
    timeout: Name | None = None
    """Where a caller goes who has waited for as long as the queue lets anybody wait."""
    keys: dict[Key, Name] = Field(default_factory=dict)
    """Where a caller goes who presses one of them while waiting."""

    def way_out(self, exit_: QueueExit) -> Name | None:
        """Where a caller goes whom the queue sends away."""
        return {"full": self.full, "closed": self.closed, "timeout": self.timeout}[exit_]


MESSAGE_MAX_S = 120.0
MESSAGE_SILENCE_S = 5.0


class Voicemail(Part):
    """Takes a message, which becomes a ticket."""

    type: Literal["voicemail"]
    text: Text
    max_s: float = Field(default=MESSAGE_MAX_S, gt=0, le=600)
    silence_s: float = Field(default=MESSAGE_SILENCE_S, gt=0, le=60)
    """This much silence ends the message."""
    next: Name | None = None
    """Where to go after the message; by itself thanks and hangs up."""


class Callback(Part):
    """Promises callers that they are called back, at the place they have or would have in the queue."""

    type: Literal["callback"]
    queue: Name
    """Where the place is of who waits in none; of who waits, it is kept where they are."""
    needs: SkillsAsked = Field(default_factory=dict)
    text: Text | None = None
    """Said before the caller is asked for the number."""
    otherwise: Name | None = None
    """Where callers go who do not want that; by itself to a message. Who waits in a queue waits on."""


class Hangup(Part):
    """Ends the call."""

    type: Literal["hangup"]
    text: Text | None = None


Node = (
    Say
    | Menu
    | Collect
    | Hours
    | Set
    | Condition
    | Goto
    | Subflow
    | Return
    | Queue
    | Voicemail
    | Callback
    | Hangup
)
NODE_TYPES: Mapping[str, type[Node]] = {
    "say": Say,
    "menu": Menu,
    "collect": Collect,
    "hours": Hours,
    "set": Set,
    "condition": Condition,
    "goto": Goto,
    "subflow": Subflow,
    "return": Return,
    "queue": Queue,
    "voicemail": Voicemail,
    "callback": Callback,
    "hangup": Hangup,
}


class FlowHead(Part):
    """What a flow says of itself, apart from its nodes."""

    start: Name
    languages: tuple[Language, ...] = Field(default=LANGUAGES, min_length=1)
    language: Language = "zh"
    """What a caller hears whose language is not known."""
    variables: dict[VariableName, Variable] = Field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """A voice menu."""

    name: str
    head: FlowHead
    nodes: Mapping[str, Node]

    @property
    def person(self) -> str | None:
        """The node for callers who cannot be served otherwise: the first queue of the file."""
        return next((name for name, node in self.nodes.items() if isinstance(node, Queue)), None)

    @property
    def changing(self) -> frozenset[str]:
        """The variables whose values differ from call to call."""
        set_ = (name for node in self.nodes.values() if isinstance(node, Set) for name in node.values)
        typed = (node.into for node in self.nodes.values() if isinstance(node, Collect))
        return frozenset((*set_, *typed))

    def offers_person(self, start: str) -> bool:
        """Whether callers at this node may still come to a queue, as the flow writes it."""
        seen: set[str] = set()
        ahead = [start]
        while ahead:
            name = ahead.pop()
            node = self.nodes.get(name)
            if isinstance(node, Queue | Subflow | Return) or (isinstance(node, Goto) and node.flow):
                return True  # In another flow they may.
            if node is not None and name not in seen:
                seen.add(name)
                ahead += _ways(node)
        return False


def _ways(node: Node) -> Iterator[str]:
    """Where a node that is no queue leads."""
    match node:
        case Menu(options=options, otherwise=otherwise, region_known=known):
            yield from (option.to for option in options.values())
            yield from filter(None, (otherwise, known))
        case Hours(open=open_, closed=closed):
            yield from (open_, closed)
        case Collect(next=next_, otherwise=otherwise):
            yield from filter(None, (next_, otherwise))
        case Condition(cases=cases, otherwise=otherwise):
            yield from (*(case.to for case in cases), otherwise)
        case Goto(to=to):
            yield from filter(None, (to,))
        case Say(next=next_) | Set(next=next_) | Voicemail(next=next_):
            yield from (next_,) if next_ else ()
        case Callback(otherwise=otherwise):
            yield from (otherwise,) if otherwise else ()
        case _:
            pass


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Problem:
    """One error in a site file. `line` counts from 1; `node` is "" outside of nodes."""

    file: str
    line: int
    code: str
    node: str
    message: str
