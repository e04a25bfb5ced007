"""What can happen to a caller in a flow, and what is said and done then."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal

from ivr.kept import Given, Ways
from ivr.names import BoostWritten, Variable
from ivr.nodes import QueueExit
from ivr.spoken import fill
from ivr.words import Label, Language, Phrase, Speech
from telephony.model import NOWHERE, Home, Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the flow may know of the call."""

    caller_number: str = ""
    caller_name: str = ""
    caller_level: str = ""
    dialled: str = ""
    timezone: str = "Asia/Shanghai"
    home: Home = NOWHERE


Stood = tuple[str, str]
"""A flow, and a node in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """Where a caller stands in a flow."""

    node: str
    language: Language
    flow: str = ""
    """Whose node that is; "" of the one that the call began with."""
    back: Ways = ()
    """Where sub-flows lead back, the innermost last: each a flow and its node."""
    facts: Facts = field(default_factory=Facts)
    misses: int = 0
    """Wrong keys and silences at this node."""
    typed: str = ""
    """What the caller typed here, while they are asked whether it is right."""
    matter: str = ""
    """What the call is about, as far as was chosen."""
    home: Home = NOWHERE
    """Where the caller is at home: as they say, else as was known before."""
    given: Given = ()
    """Variables that have other values than the flow gave them."""
    asks: int = 0
    """Questions in this call."""
    proposed: str = ""
    """The key that the caller is asked about: they said something like it."""
    unheard: int = 0
    """How often the caller was not understood at this node."""
    is_unheard: bool = False
    """Nothing can hear the caller now: keys are all that is left to them in this call."""
    trail: tuple[Stood, ...] = ()
    """The menus through which the caller has come, the last one last."""
    left_at: str = ""
    """The node at which the caller hung up; "" of who is still there."""
    came_too_late: bool = False
    """The calendar said that nobody works now."""


def moved_on(state: State, node: str) -> State:
    """The caller at another node, where nothing was asked yet."""
    return replace(state, node=node, misses=0, typed="", proposed="", unheard=0)


def gone_back(state: State) -> State:
    """The caller at the menu before this one; where there is none in this flow, where they are."""
    for at in range(len(state.trail) - 1, -1, -1):
        flow, node = state.trail[at]
        if flow == state.flow and node != state.node:
            return replace(moved_on(state, node), trail=state.trail[:at])
    return moved_on(state, state.node)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entered:
    """The caller stands at the state's node: at the beginning, or brought back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyPressed:
    """The caller pressed a key."""

    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NothingPressed:
    """The time to press a key is over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """The caller typed digits; "" if none."""

    digits: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """The caller spoke."""

    text: str
    confidence: float
    """0 to 1, as the recogniser sees itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotHeard:
    """The caller spoke, and nothing could recognise it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeFailed:
    """What the node was to do cannot be done, through no fault of the caller."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageTaken:
    """The caller's message is recorded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NothingSaid:
    """The caller left no message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoRoom:
    """A message cannot be kept now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SentAway:
    """The queue does not take the caller, or no longer."""

    why: QueueExit


@dataclass(frozen=True, slots=True, kw_only=True)
class PromiseMade:
    """The caller is called back: it is written down, and they may hang up."""

    opens: datetime | None = None
    """When the queue opens that is closed now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PromiseDeclined:
    """The caller is not called back, for they did not want it, or it could not be promised."""


ErrandKind = Literal["lookup", "sms", "ticket", "progress", "identify"]
"""What is done outside while a caller waits, by the type of the node that wants it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrandDone:
    """What was to be done outside is done, or cannot be."""

    way: str
    """By which the caller goes on: the name of a field of the node."""
    fields: Mapping[str, str] = field(default_factory=dict)
    """What was brought back, as variables are written."""


Message = MessageTaken | NothingSaid | NoRoom
Event = (
    SentAway
    | Entered
    | Typed
    | Said
    | NotHeard
    | PromiseMade
    | PromiseDeclined
    | KeyPressed
    | NothingPressed
    | Message
    | ErrandDone
    | NodeFailed
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """One text to be spoken; `node` is where the flow says it."""

    text: str
    language: Language
    node: str = ""
    recording: str = ""
    """The name of the recording of these words; "" where a voice speaks them."""


Prompts = tuple[Prompt, ...]


def prompts_of(speech: Speech, language: Language, values: Mapping[str, Variable]) -> Prompts:
    """A text as its voices say it, with its variables put in."""
    return tuple(_prompt_of(phrase, phrase.language or language, values) for phrase in speech)


def _prompt_of(phrase: Phrase, voice: Language, values: Mapping[str, Variable]) -> Prompt:
    words = fill(phrase.words, values, voice)
    return Prompt(text=words, language=voice, recording=phrase.recording or "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Chose:
    """The caller took an option: worth telling the agent."""

    node: str
    key: str
    label: Label


@dataclass(frozen=True, slots=True, kw_only=True)
class Listening:
    """That callers may speak, and what they are expected to say."""

    language: Language
    phrases: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """Says something and waits for a key, which may come while it is said."""

    prompts: Prompts
    timeout_s: float
    listening: Listening | None = None
    """None: keys alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AskDigits:
    """Says something and waits for digits, up to so many or to #."""

    prompts: Prompts
    digits_max: int
    timeout_s: float
    listening: Listening | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AskWords:
    """Says something and waits for what the caller has to say."""

    prompts: Prompts
    timeout_s: float
    listening: Listening


@dataclass(frozen=True, slots=True, kw_only=True)
class Enqueue:
    """Says something and waits for a person."""

    prompts: Prompts
    queue: str
    needs: Mapping[str, int] = field(default_factory=dict)
    boost: BoostWritten | None = None
    keys: str = ""
    """What the caller may press meanwhile."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeMessage:
    """Says something, beeps and records."""

    prompts: Prompts
    max_s: float
    silence_s: float
    min_s: float | None = None
    review: Prompts = ()
    """What the caller is asked then who may listen to the message; nothing where it is kept as it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HangUp:
    """Says something and ends the call."""

    prompts: Prompts
    outcome: Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferCallback:
    """Says something, and arranges with the caller that they are called back."""

    prompts: Prompts
    queue: str
    needs: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """Says something, and meanwhile has something done outside; then it is `ErrandDone`."""

    prompts: Prompts
    kind: ErrandKind
    about: str = ""
    """What it is done with, such as the name of a look-up."""
    values: Mapping[str, str] = field(default_factory=dict)
    """What is given for it; of what is not known, nothing."""


@dataclass(frozen=True, slots=True)
class Whom:
    """Who outside is rung: an expert, or those who are on call by a list."""

    key: str
    is_list: bool = False

    def __str__(self) -> str:
        """For people: the key, and that of a list as one."""
        return f"on-call list {self.key}" if self.is_list else self.key


@dataclass(frozen=True, slots=True, kw_only=True)
class ReachOut:
    """Says something, and waits for somebody outside."""

    prompts: Prompts
    whom: Whom
    queue: str
    needs: Mapping[str, int] = field(default_factory=dict)


Last = Ask | AskDigits | AskWords | Enqueue | TakeMessage | OfferCallback | ReachOut | Errand | HangUp
Effect = Chose | Last


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """What to do now. `state` is where the caller stands while the last effect runs."""

    state: State
    effects: tuple[Effect, ...]
    passed: tuple[tuple[str, str], ...] = ()
    """The nodes through which the caller went, each with its flow; the last is where they stand."""
