"""What a caller's line needs from other parts; joined in the composition root."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto
from pathlib import Path
from typing import Literal, Protocol

from ivr.nodes import QueueExit
from ivr.turn import Errand, ErrandDone, ErrandKind, Whom
from ivr.words import Language
from kernel.briefs import Words
from kernel.ids import CallId, QueueId, StaffId
from telephony.model import (
    NOBODY,
    NOWHERE,
    Acquaintance,
    Arrival,
    Boost,
    CallMark,
    Home,
    LostWait,
    Needs,
    Outcome,
    PersonWanted,
)
from telephony.spool import Part

AfterTalk = Literal["hold", "flow", "goodbye"]
"""What follows when the leg to an agent is gone: wait on (parked, or back in the queue), go on in the flow to
which the agent has sent the caller, or part."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownCaller:
    """What is known of who calls, before a word is said."""

    name: str = ""
    """"" for a stranger whom an agent has talked with before."""
    level: str = "normal"
    """Such as `normal` or `vip`; the queue turns it into a boost."""
    language: str = ""
    """`zh`, `en`, or "" when the customer never chose."""
    known: Acquaintance = NOBODY
    """Whom this caller knows; who of them counts, the queue says."""
    lost_waits: tuple[LostWait, ...] = ()
    """What this caller has waited in vain before; what of it counts, the queue says."""
    home: Home = NOWHERE
    """Where this caller is at home, as far as that can be told without asking."""
    numbers: tuple[str, ...] = ()
    """All that are the customer's."""


class Verdict(Enum):
    """What becomes of a call that has come in."""

    LET_IN = auto()
    REJECT = auto()
    """It ends without being answered."""
    BLOCK = auto()
    """The caller is told that the call cannot be taken."""
    TOO_OFTEN = auto()
    """The caller is told to have called too often."""
    MESSAGE = auto()
    """The same, and may leave a message."""
    TYPE_NUMBER = auto()
    """Who withholds the number has to type one, by which the call is judged again."""


class CallerScreening(Protocol):
    """Who is let in."""

    async def judge(self, came: Arrival) -> Verdict:
        """What becomes of a call, by who calls."""
        ...


class CustomerDirectory(Protocol):
    """Customers by number."""

    async def find_caller(self, came: Arrival) -> KnownCaller | None:
        """The customer with the caller's number in any spelling; None for strangers and withheld numbers."""
        ...

    async def keep_language(self, came: Arrival, language: str) -> None:
        """Who calls has chosen this language, for their next calls too."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueRequest:
    """A caller's wish for a person. `mark` comes from before a restart: its place is kept."""

    arrival: Arrival
    queue: QueueId
    language: str
    level: str = "normal"
    known: Acquaintance = NOBODY
    lost_waits: tuple[LostWait, ...] = ()
    needs: Needs = ()
    """Skills that the flow asks for."""
    flow: str = ""
    node: str = ""
    matter: str = ""
    """What the call is about."""
    kept_by_flow: str = ""
    """What the flow keeps of the caller, in words of its own."""
    boosts: tuple[Boost, ...] = ()
    """For the number that was dialled, and for the flow's node."""
    home: Home = NOWHERE
    since: datetime | None = None
    """Since when the caller has waited whom a queue has sent away before; None: since now."""
    mark: CallMark | None = None
    numbers: tuple[str, ...] = ()
    """All that are the caller's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitOutlook:
    """What a caller who waits may be told now, and how often."""

    first_s: float
    """How long the music plays before anything is said."""
    every_s: float
    position: int | None = None
    """From 1; None while it is not sure."""
    expected_s: float | None = None
    """How much longer it takes; None while that is not sure."""
    comfort: tuple[Mapping[Language, str], ...] = ()
    """Said in turn, where there is nothing else to say."""


class Queueing(Protocol):
    """Where calls wait for a person."""

    async def enter(self, request: QueueRequest) -> QueueExit | None:
        """Puts a call in its queue, with the key of its mark if it has one; harmless when it is there.

        Returns why the queue does not take it. Raises `NotFound` where the site has no such queue.
        """
        ...

    async def leave(self, call: CallId) -> bool:
        """Takes a caller out who chose something else; False: they don't wait any more."""
        ...

    async def sent_away(self, call: CallId) -> QueueExit:
        """Waits until the queue sends the call away."""
        ...

    def outlook(self, call: CallId) -> WaitOutlook | None:
        """What the caller may be told; None where the queue tells nothing, or the call does not wait."""
        ...

    async def after_talk(self, call: CallId) -> AfterTalk:
        """What becomes of a caller whose agent's leg is gone."""
        ...


class OutsidePeople(Protocol):
    """People outside who may be rung for callers."""

    async def reach(self, request: QueueRequest, whom: Whom) -> None:
        """Has their numbers rung in turn; that nobody came is told by `Queueing.sent_away`.

        Raises a `HotlineError` where nobody can be rung: no such expert or list, nobody on call, no number
        that may be called.
        """
        ...


class CallbackDesk(Protocol):
    """Where callbacks are promised."""

    async def number_for(self, digits: str) -> str | None:
        """The number that a caller has, or typed, in the one spelling; None: nobody can be called on it."""
        ...

    async def promise(self, request: QueueRequest, number: str) -> None:
        """Keeps the caller's place; once this returns, no restart loses it. Raises where it does not."""
        ...

    async def opens(self, queue: QueueId) -> datetime | None:
        """When a queue opens that is closed now; None of one that is open, or of which that is not known."""
        ...


class CallLedger(Protocol):
    """Where each call gets its one outcome."""

    async def decide(self, call: CallId, outcome: Outcome) -> Outcome:
        """States how the call ended; the first decisive statement stays, and is returned."""
        ...

    async def stand(self, call: CallId, mark: CallMark | None) -> None:
        """Notes where a caller stands whose flow goes on when they hang up; None: it does not."""
        ...

    async def want(self, call: CallId, wanted: PersonWanted) -> None:
        """Notes that the caller has come to a queue, or why none has them."""
        ...

    async def choose(self, call: CallId, choice: Words) -> tuple[Words, ...]:
        """Notes what the caller chose in a menu; returns all that they chose in this call."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class RatingQuestion:
    """How a caller is asked to rate a conversation that is over, and how far that has come."""

    text: Mapping[Language, str]
    """The queue's own question; "" in a language in which it says it as Hotline does."""
    tries: int
    wait_s: float
    comment_s: float
    """0: no comment is asked for."""
    score: int | None = None
    """What the caller has pressed already, before a restart."""
    has_comment: bool = False
    """A comment was begun."""


class RatingDesk(Protocol):
    """Where ratings are kept. Whatever returns from here is written down."""

    async def question_for(self, call: CallId, mark: CallMark) -> RatingQuestion | None:
        """How this caller is to be asked, who counts as asked from now on; None: not at all."""
        ...

    async def rate(self, call: CallId, score: int) -> None:
        """Keeps the call's one rating; the first stays."""
        ...

    async def begin_comment(self, call: CallId) -> Path:
        """Where the sound of the comment belongs that is recorded now."""
        ...

    async def keep_comment(self, call: CallId) -> None:
        """The comment is over, or was when the server died: kept if something was said, once."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrandOrder:
    """What a flow has done outside for a caller who waits."""

    kind: ErrandKind
    about: str
    values: Mapping[str, str]
    came: Arrival
    language: Language
    key: str
    """Of this node in this call: what is ordered again by it, as after a restart, is not done twice."""


def order_of(errand: Errand, came: Arrival, language: Language, place: tuple[str, str]) -> ErrandOrder:
    """What a flow orders for a caller at a place: a flow and its node."""
    flow, node = place
    return ErrandOrder(
        kind=errand.kind,
        about=errand.about,
        values=errand.values,
        came=came,
        language=language,
        key=f"{came.call}/{flow}/{node}",
    )


class Errands(Protocol):
    """All that flows have done outside."""

    async def do(self, order: ErrandOrder) -> ErrandDone:
        """Done, and by which way the caller goes on; whatever is raised is the way `failed`."""
        ...


class VoicemailInbox(Protocol):
    """Turns messages in the spool into tickets."""

    def import_soon(self, part: Part) -> None:
        """A part of a message is finished. Never raises or waits: until the import the spool keeps it."""
        ...


class FlowArchive(Protocol):
    """Where the texts of flows are kept by which calls go."""

    async def texts_of(self, pin: str) -> Mapping[str, str] | None:
        """The text of each flow of a set; None if it is not kept (any more)."""
        ...


class Editors(Protocol):
    """Who writes flows, and the trail of what they did."""

    async def names(self) -> Mapping[StaffId, str]:
        """Everybody's name, as colleagues call them."""
        ...

    async def note(self, staff: StaffId | None, action: str, subject: str) -> None:
        """Adds to the trail; nobody did what the command line did."""
        ...


class SoundImport(Protocol):
    """Sound files of people, made ready for the telephone."""

    async def convert(self, source: Path, out: Path, *, seconds_max: float) -> float:
        """Writes a file of any common format as telephones play it, as a whole; returns its seconds.

        Raises `InvalidInput`, with the reason in words for who gave the file.
        """
        ...


class Synthesis(Protocol):
    """Speech from text, cached."""

    async def render(self, text: str, language: str, *, has_time: bool = False) -> Path:
        """A telephone-ready sound file that says the text: soon, or in the best voice, if there is time."""
        ...
