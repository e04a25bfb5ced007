"""Words of voice menus: flows as data, exactly as their YAML spells them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import phonenumbers
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from kernel.written import SkillsAsked

Language = Literal["zh", "en"]
LANGUAGES: tuple[Language, ...] = get_args(Language)

Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_-]{0,39}$")]
"""Of a flow, node, queue or calendar. It travels through the switch, so it stays plain."""
Key = Annotated[str, StringConstraints(pattern=r"^[0-9*#]$")]
QueueExit = Literal["full", "closed", "timeout"]
"""Why a queue sends a caller away."""
QUEUE_EXITS: tuple[QueueExit, ...] = get_args(QueueExit)
Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]
Label = dict[Language, Words]
"""What is read, in each language of the flow."""
VariableType = Literal["text", "number", "money", "date", "time", "phone", "digits"]

BUILT_IN_VARIABLES: Mapping[str, VariableType] = {
    "caller_number": "phone",
    "caller_name": "text",
    "dialled": "phone",
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


class Part(BaseModel):
    """A piece of a site file: unchangeable, and with no room for misspelt fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Phrase(Part):
    """Words for one voice."""

    words: Words
    language: Language | None = None
    """Of the voice, where it is not that of the text around: `For English, press 9` in a Chinese menu."""


def _phrase(written: Any) -> Any:
    """`Hello` is words in the text's own language, `{en: Hello}` in that language."""
    if isinstance(written, str) or written is None:
        return {"words": written}
    if isinstance(written, Mapping) and len(written) == 1:
        (language, words), *_ = written.items()
        if language in LANGUAGES:
            return {"words": words, "language": language}
    if isinstance(written, Phrase):
        return written
    raise ValueError(
        f"a part of a text is written as words, or as one of: {', '.join(LANGUAGES)}, with words"
    )


def _phrases(written: Any) -> Any:
    """A text that is all in its own language needs no list."""
    return written if isinstance(written, list | tuple) else [written]


_WrittenPhrase = Words | Annotated[dict[Language, Words], Field(min_length=1, max_length=1)]
_WrittenSpeech = _WrittenPhrase | Annotated[list[_WrittenPhrase], Field(min_length=1)]

Speech = Annotated[
    tuple[Annotated[Phrase, BeforeValidator(_phrase)], ...],
    Field(min_length=1),
    BeforeValidator(_phrases, json_schema_input_type=_WrittenSpeech),
]
Text = dict[Language, Speech]
"""What is said, in each language of the flow."""


class Variable(Part):
    """A value with the way it is read out; prompts name it as `{its_name}`."""

    type: VariableType
    value: str | int | float


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


Node = Say | Menu | Hours | Queue | Voicemail | Callback | Hangup
NODE_TYPES: Mapping[str, type[Node]] = {
    "say": Say,
    "menu": Menu,
    "hours": Hours,
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
    variables: dict[Name, Variable] = Field(default_factory=dict)


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

    def offers_person(self, start: str) -> bool:
        """Whether callers at this node may still come to a queue, as the flow writes it."""
        seen: set[str] = set()
        ahead = [start]
        while ahead:
            name = ahead.pop()
            node = self.nodes.get(name)
            if isinstance(node, Queue):
                return True
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
        case Say(next=next_) | Voicemail(next=next_):
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


class NumberRule(Part):
    """What a dialled number leads to."""

    flow: Name
    language: Language | None = None
    """Of callers whose own language is not known; by itself the flow's."""
    boost: BoostWritten | None = None
    """For all who dial this number."""


class Numbers(Part):
    """The numbers that customers dial."""

    timezone: TimezoneName = "Asia/Shanghai"
    region: str = Field(default="CN", pattern=r"^[A-Z]{2}$")
    """Where the numbers are that stand without a country's code."""
    default: NumberRule | None = None
    """For numbers that are not listed; without it such calls are turned away politely."""
    numbers: dict[str, NumberRule] = Field(default_factory=dict)

    def rule_for(self, dialled: str) -> NumberRule | None:
        """The rule for a number, however it is spelt: with +86, an area code, spaces or dashes."""
        listed = {same_number(number, self.region): rule for number, rule in self.numbers.items()}
        return listed.get(same_number(dialled, self.region), self.default)


def same_number(number: str, region: str) -> str:
    """One spelling for all spellings of a dialled number: E.164 where it could be one, else its digits.

    Callers' numbers are told from what is none more strictly (`kernel.numbers`). What was dialled did
    lead here, also service numbers such as 9510 5888, which no plan of numbers lists.
    """
    try:
        parsed = phonenumbers.parse(number, region)
    except phonenumbers.NumberParseException:
        parsed = None
    if parsed is not None and phonenumbers.is_possible_number(parsed):
        return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    return "".join(char for char in number if char.isascii() and char.isdigit())
