"""The kinds of nodes in voice menus, exactly as their YAML spells them."""

import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import (
    BeforeValidator,
    Field,
    StringConstraints,
    ValidationInfo,
    field_validator,
    model_validator,
)
from typing_extensions import override

from ivr.errand_nodes import Identify, Lookup, Progress, Sms, Ticket
from ivr.names import BoostWritten, Key, Leads, Matter, Name, RegionName, VariableName, Way
from ivr.words import Label, Language, Part, Text
from kernel.written import SkillsAsked
from kernel.written_expression import Written

QueueExit = Literal["full", "closed", "timeout"]
"""Why a queue sends a caller away."""
MISS_WAYS = ("otherwise", "no_input", "wrong_input")
"""Where nodes lead callers whom they don't understand."""
TEXT_FIELDS = ("text", "no_input_text", "wrong_input_text")
"""Where nodes have what they say."""
QUEUE_EXITS: tuple[QueueExit, ...] = get_args(QueueExit)


class Say(Part):
    """Says something and goes on."""

    type: Literal["say"]
    text: Text
    next: Way


def _spell_out(option: Any) -> Any:
    """`"1": sales` is short for `"1": {to: sales}`."""
    return {"to": option} if isinstance(option, str) else option


def _one_or_more(written: Any) -> Any:
    """`投诉` is short for `[投诉]`."""
    return [written] if isinstance(written, str) else written


Saying = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=40)]
Sayings = Annotated[
    tuple[Saying, ...],
    Field(min_length=1, max_length=20),
    BeforeValidator(_one_or_more, json_schema_input_type=Saying | list[Saying]),
]


class Option(Part):
    """What a key of a menu does."""

    to: Way
    matter: Matter | None = None
    """What the call is about from then on."""
    region: RegionName | None = None
    """Where the caller is at home, from then on."""
    language: Language | None = None
    """The caller goes on in this language."""
    label: Label | None = None
    """What the agent reads of the choice."""
    say: dict[Language, Sayings] = Field(default_factory=dict)
    """What callers may say instead of pressing the key; without it, the label."""


class OpenQuestion(Part):
    """What nodes that ask say of callers who do not answer."""

    otherwise: Way | None = None
    """Where a caller goes who is not understood, or cannot be; by itself the flow's first queue."""
    no_input: Way | None = None
    """Where a caller goes at the last try who has pressed or said nothing; by itself as `otherwise`."""
    no_input_text: Text | None = None
    """Said to who has pressed or said nothing, before the question; by itself what Hotline says then."""

    def way_after(self, *, silence: bool) -> Name | None:
        """Where a caller goes at the last try; None: to a person."""
        return (self.no_input if silence else None) or self.otherwise

    def text_after(self, *, silence: bool) -> Text | None:
        """What is said before the question is asked again, if the flow has words of its own for it."""
        return self.no_input_text if silence else None


class Question(OpenQuestion):
    """What nodes that ask for keys say of others, too."""

    wrong_input: Way | None = None
    """Where a caller goes at the last try who has pressed something else; by itself as `otherwise`."""
    wrong_input_text: Text | None = None
    """Said to who has pressed something else, before the question."""

    @override
    def way_after(self, *, silence: bool) -> Name | None:
        return (None if silence else self.wrong_input) or super().way_after(silence=silence)

    @override
    def text_after(self, *, silence: bool) -> Text | None:
        return super().text_after(silence=silence) if silence else self.wrong_input_text


class Menu(Question):
    """Asks for one key."""

    type: Literal["menu"]
    text: Text
    options: dict[
        Key, Annotated[Option, BeforeValidator(_spell_out, json_schema_input_type=Name | Option)]
    ] = Field(min_length=1)
    timeout_s: float = Field(default=6, gt=0, le=60)
    tries: int = Field(default=3, ge=1, le=10)
    """Wrong keys and silences together, before `otherwise`."""
    listen: bool = True
    """Whether callers may speak, where their language has a recogniser."""
    region_known: Way | None = None
    """Where a caller goes without being asked of whom it is known where they are at home."""


CheckDigit = Literal["luhn", "mod11_2", "mod11_10", "resident_id"]
ENDING_IN_X: frozenset[CheckDigit] = frozenset({"mod11_2", "resident_id"})
"""By these rules a number may end in X, which callers type as a star."""


class Collect(Question):
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
    listen: bool = True
    """Whether callers may say the digits, where their language has a recogniser."""
    tries: int = Field(default=3, ge=1, le=10)
    """Wrong numbers and silences together, before `otherwise`."""
    label: Label | None = None
    """What the agent reads before what was typed; without it the agent is told nothing."""
    next: Way


class Listen(OpenQuestion):
    """Asks an open question and keeps what is said in a variable."""

    type: Literal["listen"]
    text: Text
    into: VariableName
    """A variable of type text."""
    timeout_s: float = Field(default=6, gt=0, le=60)
    """Silence after the text."""
    tries: int = Field(default=2, ge=1, le=10)
    """Silences, before `otherwise`."""
    label: Label | None = None
    """What the agent reads before what was said; without it the agent is told nothing."""
    next: Way


class Set(Part):
    """Gives variables other values and goes on."""

    type: Literal["set"]
    values: dict[VariableName, Written] = Field(min_length=1, max_length=20)
    next: Way


class Case(Part):
    """One way of a condition."""

    when: Written = Field(alias="if")
    to: Way


class Condition(Part):
    """Goes the way of the first case that is true."""

    type: Literal["condition"]
    cases: tuple[Case, ...] = Field(min_length=1, max_length=50)
    otherwise: Way
    """Where callers go for whom none is true, or can be told."""


class Goto(Part):
    """Goes on at another node, or in another flow."""

    type: Literal["goto"]
    to: Way | None = None
    flow: Name | None = None
    """At whose start."""


class Subflow(Part):
    """Goes through another flow and comes back."""

    type: Literal["subflow"]
    flow: Name
    next: Way
    """Where callers go who come back."""


class Return(Part):
    """Leads back to where this flow was called as a sub-flow."""

    type: Literal["return"]


class Hours(Part):
    """Goes one of two ways by a business calendar."""

    type: Literal["hours"]
    calendar: Name
    open: Way
    closed: Way


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
    full: Way | None = None
    """Where a caller goes for whom there is no room; by itself, as for the next two, to a message."""
    closed: Way | None = None
    """Where a caller goes when the queue is closed, or is closing and nobody is left to serve them."""
    timeout: Way | None = None
    """Where a caller goes who has waited for as long as the queue lets anybody wait."""
    keys: dict[Key, Way] = Field(default_factory=dict)
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
    min_s: float | None = Field(default=None, gt=0, le=60)
    """A shorter message counts as none; by itself whatever the site takes for one."""
    silence_s: float = Field(default=MESSAGE_SILENCE_S, gt=0, le=60)
    """This much silence ends the message."""
    review: bool = False
    """The caller may listen to the message then, and speak it anew."""
    next: Way | None = None
    """Where to go after the message; by itself thanks and hangs up."""

    @field_validator("min_s")
    @classmethod
    def _fits(cls, min_s: float | None, known: ValidationInfo) -> float | None:
        if min_s is not None and min_s >= known.data.get("max_s", math.inf):
            raise ValueError("no message can be that long and end at max_s: make min_s smaller")
        return min_s


class Callback(Part):
    """Promises callers that they are called back, at the place they have or would have in the queue."""

    type: Literal["callback"]
    queue: Name
    """Where the place is of who waits in none; of who waits, it is kept where they are."""
    needs: SkillsAsked = Field(default_factory=dict)
    text: Text | None = None
    """Said before the caller is asked for the number."""
    otherwise: Way | None = None
    """Where callers go who do not want that; by itself to a message. Who waits in a queue waits on."""


class Transfer(Part):
    """Connects callers with somebody outside, whose numbers are rung in turn."""

    type: Literal["transfer"]
    expert: RegionName | None = None
    """In experts.yaml."""
    on_call: RegionName | None = None
    """Or a list in on_call.yaml: those are rung who are on call at that moment."""
    queue: Name
    """In whose name they are called, and where a caller waits who has lost them."""
    text: Text | None = None
    """Said before the music."""
    otherwise: Way | None = None
    """Where callers go whom nobody takes; by itself to a message."""

    @model_validator(mode="after")
    def _leads_to_somebody(self) -> Self:
        if (self.expert is None) == (self.on_call is None):
            raise ValueError("a transfer needs an expert, or an on_call list: one of the two")
        return self


class Hangup(Part):
    """Ends the call."""

    type: Literal["hangup"]
    text: Text | None = None


Node = (
    Say
    | Menu
    | Collect
    | Listen
    | Hours
    | Set
    | Condition
    | Goto
    | Subflow
    | Return
    | Lookup
    | Sms
    | Ticket
    | Progress
    | Identify
    | Queue
    | Voicemail
    | Callback
    | Transfer
    | Hangup
)
NODE_TYPES: Mapping[str, type[Node]] = {
    get_args(kind.model_fields["type"].annotation)[0]: kind for kind in get_args(Node)
}
"""Each by its name in flows."""


def _is_way(annotation: Any) -> bool:
    return isinstance(annotation, Leads) or any(
        _is_way(inner) for inner in (*get_args(annotation), *getattr(annotation, "__metadata__", ()))
    )


def _way_fields(kind: type[Part]) -> Iterator[str]:
    for name, field in kind.model_fields.items():
        if _is_way(field.annotation) or any(_is_way(mark) for mark in field.metadata):
            yield name


WAY_FIELDS = frozenset(name for kind in (*NODE_TYPES.values(), Option, Case) for name in _way_fields(kind))
"""Every field that names a node to go on at, in whatever kind of node."""


def ways(part: Part) -> Iterator[str]:
    """Where a node leads, or a part of one."""
    for name in type(part).model_fields:
        for one in _each(getattr(part, name)):
            if isinstance(one, Part):
                yield from ways(one)
            elif isinstance(one, str) and name in WAY_FIELDS:
                yield one


def _each(value: Any) -> Iterable[Any]:
    if isinstance(value, Mapping):
        return value.values()
    return value if isinstance(value, tuple) else (value,)
