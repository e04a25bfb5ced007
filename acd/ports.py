"""What routing needs from other parts; joined in the composition root."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from acd.events import CallbackEnded
from acd.model import AgentProfile, Exit, Explanation, OfferResult
from acd.promises import Promise, PromiseId
from acd.reserves import HelpStand
from acd.still_waiting import Unserved
from acd.wishes import Wish
from kernel.events import Event
from kernel.ids import AgentId, CallId, LegId, QueueId
from telephony.model import Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class PastWait:
    """How a call's waiting ended."""

    call: CallId
    queue: QueueId
    ended_at: datetime
    waited_s: float
    was_answered: bool
    met_own_agent: bool | None = None
    """Whether it was the agent the caller knew who answered; None: they knew none, or nobody answered."""
    exit: Exit | None = None
    """Why the queue sent the caller away."""
    unserved: Unserved | None = None
    """Why nobody had served them; None: somebody did, or it is from before this was written down."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferRecord:
    """One offer of a call, with the reason for it."""

    leg: LegId
    call: CallId
    queue: QueueId
    agent: AgentId
    offered_at: datetime
    waited_s: float
    is_return: bool
    explanation: Explanation
    result: OfferResult | None = None
    """None while it rings, or when the server died before it ended."""
    ended_at: datetime | None = None


class Journal(Protocol):
    """What routing keeps. Notes are written behind, within a second; they never delay a decision."""

    def note(self, event: Event) -> None:
        """Takes a published event; the kinds that nobody asks for later are ignored."""
        ...

    def remember(self, wish: Wish) -> None:
        """Keeps what an agent wants to be."""
        ...

    async def keep(self) -> None:
        """Writes what was noted, again and again, until cancelled; then once more."""
        ...

    async def profiles(self) -> Sequence[AgentProfile]:
        """All agents with their queues and skills."""
        ...

    async def save_profile(self, profile: AgentProfile) -> None:
        """Keeps whom an agent may serve."""
        ...

    async def wishes(self) -> Sequence[Wish]:
        """What the agents last wanted to be."""
        ...

    async def help(self) -> Sequence[HelpStand]:
        """How it last stood with the queues' reserves; quiet ones are left out."""
        ...

    async def waits_since(self, moment: datetime) -> Sequence[PastWait]:
        """The waits that ended since."""
        ...

    async def flush(self) -> None:
        """Writes everything noted so far."""
        ...

    async def settle(self) -> None:
        """The same, as far as the database takes it now; the rest is written later."""
        ...

    async def wait_of(self, call: CallId) -> PastWait | None:
        """How this call's wait ended; nothing while it lasts, and for a call that never waited."""
        ...

    async def offers_of(self, calls: Collection[CallId]) -> Mapping[CallId, Sequence[OfferRecord]]:
        """All written offers of these calls, each call's oldest first; calls without any are left out."""
        ...


class PromiseBook(Protocol):
    """Where promises are written down."""

    async def open(self) -> Sequence[Promise]:
        """Those that are still to be kept, the oldest first."""
        ...

    async def add(self, promise: Promise) -> Promise:
        """Writes a new one down, under its own identity; one that the same call was given is given again."""
        ...

    async def claim(self, promise: PromiseId, call: CallId) -> bool:
        """Notes that the customer is called now, by this call; False: they are not to be, or are already."""
        ...

    async def save(self, changed: Sequence[Promise], ended: Sequence[CallbackEnded]) -> None:
        """Writes what has changed, and which are settled."""
        ...


class CallingRules(Protocol):
    """Whom Hotline may call."""

    async def refusal(self, number: str) -> str | None:
        """Why the number may not be called; None: it may."""
        ...


class Ledger(Protocol):
    """What became of calls."""

    async def outcome_of(self, call: CallId) -> Outcome | None:
        """How a call ended; None: it goes on, or was never made."""
        ...

    async def break_promise(self, ended: CallbackEnded) -> None:
        """Who was not called back is among those who reached nobody."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackNeighbours:
    """The other parts that callbacks need."""

    book: PromiseBook
    rules: CallingRules
    ledger: Ledger
