"""What routing decided and what came of it."""

from dataclasses import dataclass
from datetime import datetime

from acd.model import AgentState, ConsultStage, Exit, Explanation, OfferResult
from acd.promises import CallbackBrief, PromiseEnd, PromiseId
from acd.reserves import HelpStand
from acd.still_waiting import Unserved
from kernel.events import Event
from kernel.ids import AgentId, CallId, LegId, QueueId
from kernel.value import made_often
from telephony.model import EndReason, WatchMode


@made_often
@dataclass(frozen=True, slots=True, kw_only=True)
class CallQueued(Event):
    """A call waits for an agent. `position` counts from 1 in key order of its queue."""

    call: CallId
    queue: QueueId
    waiting_since: datetime
    position: int


@made_often
@dataclass(frozen=True, slots=True, kw_only=True)
class CallOffered(Event):
    """An agent's device is being rung for a call."""

    call: CallId
    queue: QueueId
    agent: AgentId
    leg: LegId
    waited_s: float
    explanation: Explanation
    is_return: bool
    """The agent is brought back to a call that was theirs; the page answers by itself."""
    callback: CallbackBrief | None = None
    """The customer is not on the line: they are called once the agent has accepted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferAdopted(Event):
    """An agent's device was found ringing for a call; the server before this one has told of the offer."""

    call: CallId
    queue: QueueId
    agent: AgentId
    leg: LegId
    waited_s: float
    callback: CallbackBrief | None = None


@made_often
@dataclass(frozen=True, slots=True, kw_only=True)
class OfferEnded(Event):
    """An offer came to its end."""

    call: CallId
    agent: AgentId
    leg: LegId
    result: OfferResult


@made_often
@dataclass(frozen=True, slots=True, kw_only=True)
class CallConnected(Event):
    """Caller and agent talk."""

    call: CallId
    queue: QueueId
    agent: AgentId
    leg: LegId
    waited_s: float
    talking_since: datetime
    """Since when these two have; an agent who was lost and is back never stopped."""
    is_first: bool = True
    """False when the call had talked before: the agent came back, or another took over."""
    sticky_agent: AgentId | None = None
    """Whom the caller knew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsultationChanged(Event):
    """An agent asks a colleague while the caller hears music, or all three talk; None: no longer."""

    call: CallId
    agent: AgentId
    """Whose call it is."""
    colleague: AgentId
    stage: ConsultStage | None
    note: str = ""
    """What the colleague is to know, when they are rung."""
    outside: str = ""
    """An expert's name, or a number without its middle, where the colleague is somebody outside."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchChanged(Event):
    """A supervisor is about to hear a conversation, hears it in this mode, or (None) no longer."""

    call: CallId
    supervisor: AgentId
    agent: AgentId | None
    """Whose conversation it is."""
    leg: LegId
    """The supervisor's own."""
    mode: WatchMode | None
    is_on: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CallBegun(Event):
    """An agent is about to call a customer: their own phone is rung first."""

    call: CallId
    agent: AgentId
    queue: QueueId
    """In whose name."""
    to: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallDialled(Event):
    """The agent is on the phone, and the customer's phone is rung."""

    call: CallId
    agent: AgentId
    leg: LegId
    queue: QueueId


@dataclass(frozen=True, slots=True, kw_only=True)
class CallNotReached(Event):
    """A customer who was called has not talked with anybody."""

    call: CallId
    agent: AgentId
    queue: QueueId
    to: str
    reason: EndReason
    """`OTHER`: the agent's own phone did not take it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallParked(Event):
    """The agent's leg vanished without intent; the caller hears music until `until`."""

    call: CallId
    agent: AgentId
    until: datetime


@made_often
@dataclass(frozen=True, slots=True, kw_only=True)
class CallServed(Event):
    """The conversation with an agent is over."""

    call: CallId
    queue: QueueId
    agent: AgentId
    talked_s: float


@made_often
@dataclass(frozen=True, slots=True, kw_only=True)
class CallLeftQueue(Event):
    """A waiting call is gone without having talked (hung up, or went elsewhere)."""

    call: CallId
    queue: QueueId
    waited_s: float
    is_abandoned: bool = True
    """The caller gave up; False when the queue sent the call away, or it had talked before."""
    exit: Exit | None = None
    """Why the queue sent the call away."""
    is_first: bool = True
    """False when the call had talked before."""
    unserved: Unserved | None = None
    """Why nobody had served it; None of one that did not stand in the line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NobodyReached(Event):
    """Nobody outside has taken a caller whose flow had wanted them."""

    call: CallId


@dataclass(frozen=True, slots=True, kw_only=True)
class HelpChanged(Event):
    """It stands otherwise with a queue's reserve."""

    queue: QueueId
    stand: HelpStand | None
    """None: nobody is needed any more."""
    by: AgentId | None = None
    """Which supervisor said so; nobody: the rule."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoLineFree(Event):
    """No outside line could carry a call to a customer: nobody is rung for a callback for a while."""

    times: int
    """So often in a row."""
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackTried(Event):
    """A customer was called in vain; the place is kept, under another call."""

    promise: PromiseId
    call: CallId
    agent: AgentId | None
    reason: EndReason
    tries: int
    next_call: CallId
    not_before: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackEnded(Event):
    """A promise is settled: nobody is called for it any more."""

    promise: PromiseId
    call: CallId
    queue: QueueId
    origin: CallId
    number: str
    """That was to be called."""
    end: PromiseEnd
    by: CallId | None = None
    """The customer's own call that has the place now."""
    reason: EndReason | None = None
    """Why the last call was in vain."""
    waited_s: float = 0.0
    """At this place, on the line and off it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallsAdopted(Event):
    """All that is alive in the switch is known to routing now; what that changed was told before."""


@made_often
@dataclass(frozen=True, slots=True, kw_only=True)
class AgentStateChanged(Event):
    """An agent is in another state."""

    agent: AgentId
    state: AgentState
    since: datetime
    """A lost page or a restart in between doesn't count."""
    reason: str
    """The break's reason; `refused`; for `not_responding` one of `missed`, `unreachable`, `page_lost`,
    `phone_lost`, `switch`, `call_parked`; for `talking` `dialling`, `watching`; for `offline` `absent`."""
    call: CallId | None
    until: datetime | None
    """When the state ends by itself (wrap-up, ringing), or a break ought to be over."""
    planned: AgentState | None = None
    """What the agent asked to be once the work in hand is done, if that is not ready."""
    planned_reason: str = ""
    missed_at: datetime | None = None
    """When a call was offered in vain; until the agent says what they want to be."""
    is_extended: bool = False
    """The time after a call was made longer, which may be done once."""
