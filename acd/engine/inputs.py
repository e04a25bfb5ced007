"""What the engine is told, beside the events of telephony."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from acd.break_rules import Breaks
from acd.engine.flow_inputs import Reach
from acd.engine.promise_inputs import CancelPromise, CustomerCame, RelyOnPromise, TakePromise
from acd.model import AgentProfile, AgentState, ConsultStep, QueueRequest, QueueRules
from acd.reserves import HelpStand
from acd.wishes import Wish
from kernel.ids import AgentId, CallId, DeviceId, LegId, QueueId
from kernel.value import made_often
from telephony.destinations import FlowPlace, Outside
from telephony.events import (
    CallClosed,
    CallEnded,
    CallPlaced,
    Consulting,
    DeviceRegistered,
    DeviceUnregistered,
    Dialling,
    Joined,
    LegEnded,
    LegRinging,
    SwitchConnected,
    SwitchDisconnected,
    WatchEnded,
    Watching,
)
from telephony.model import WatchMode


@dataclass(frozen=True, slots=True, kw_only=True)
class SetQueues:
    """The site's queues, at start and whenever a supervisor changes them."""

    queues: Mapping[QueueId, QueueRules]


@dataclass(frozen=True, slots=True, kw_only=True)
class SetBreaks:
    """The breaks that agents may take, at start and whenever a supervisor changes them."""

    breaks: Breaks


@dataclass(frozen=True, slots=True, kw_only=True)
class SetClosed:
    """The calendars by which nobody works now, at start and whenever that changes."""

    calendars: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class SetProfile:
    """Whom an agent may serve."""

    profile: AgentProfile


@made_often
@dataclass(frozen=True, slots=True, kw_only=True)
class Enter:
    """A caller wants an agent. A call that is known already stays where it is."""

    request: QueueRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class Leave:
    """A waiting caller chose something else, such as to leave a message."""

    call: CallId


@dataclass(frozen=True, slots=True, kw_only=True)
class GiveBoost:
    """A supervisor pulls a waiting call forward, by this much in place of what was given before."""

    call: CallId
    seconds: float | None
    """None: before all ordinary calls."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TalkOver:
    """The caller's line came back, yet no end of the agent's leg was reported."""

    call: CallId


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """An agent's calls ring on this device from now on."""

    agent: AgentId
    device: DeviceId
    must_accept: bool = False
    """Who answers is asked to press a key first, which takes a while."""
    rings_at_once: bool = False
    """A device that does not ring within moments is not there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Restore:
    """What an agent wanted to be when the server stopped."""

    wish: Wish


@dataclass(frozen=True, slots=True, kw_only=True)
class SignOut:
    """An agent gives the phone back; a running call goes on."""

    agent: AgentId


@dataclass(frozen=True, slots=True, kw_only=True)
class SetState:
    """What an agent wants to be: ready, on_break or offline; takes effect after the call."""

    agent: AgentId
    state: AgentState
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class EndWrapUp:
    """The agent is done before the time is over."""

    agent: AgentId


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtendWrapUp:
    """The agent needs longer; once for each call."""

    agent: AgentId


@dataclass(frozen=True, slots=True, kw_only=True)
class Refuse:
    """The agent does not take the offered call."""

    agent: AgentId
    call: CallId


@dataclass(frozen=True, slots=True, kw_only=True)
class HangUp:
    """A person is about to end the call on purpose: whatever is reported of its legs is no loss."""

    call: CallId


@dataclass(frozen=True, slots=True, kw_only=True)
class HangUpFailed:
    """The switch did not end it: the call goes on, and may be lost like any other."""

    call: CallId


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """An agent sends their caller on: to a colleague or a flow; where neither is named, into a queue."""

    call: CallId
    agent: AgentId
    to_agent: AgentId | None = None
    to_queue: QueueId | None = None
    """None: the queue that the call came through."""
    to_flow: FlowPlace | None = None
    to_outside: Outside | None = None
    """Whose numbers may be called, as who gave the order has found out."""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Consult:
    """An agent asks a colleague, or somebody outside; the caller hears music meanwhile."""

    call: CallId
    agent: AgentId
    to_agent: AgentId | None = None
    to_outside: Outside | None = None
    """Whose numbers may be called, as who gave the order has found out."""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeBack:
    """The agent who asked goes on with the caller, without the colleague."""

    call: CallId
    agent: AgentId


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOver:
    """The agent who asked gives the caller to the colleague."""

    call: CallId
    agent: AgentId


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinAll:
    """The agent who asked has all three talk."""

    call: CallId
    agent: AgentId


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One of two agents goes: the colleague at any time, the other once all three talk."""

    call: CallId
    agent: AgentId


STEPS: Mapping[ConsultStep, type[TakeBack | HandOver | JoinAll | Part]] = {
    ConsultStep.TAKE_BACK: TakeBack,
    ConsultStep.HAND_OVER: HandOver,
    ConsultStep.JOIN_ALL: JoinAll,
    ConsultStep.LEAVE: Part,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class StartWatch:
    """A supervisor wants to hear an agent's conversation, or to be heard in it by others than before."""

    call: CallId
    agent: AgentId
    """The supervisor."""
    mode: WatchMode


@dataclass(frozen=True, slots=True, kw_only=True)
class StopWatch:
    """A supervisor has heard enough."""

    agent: AgentId


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeOver:
    """A supervisor wants the caller with whom an agent talks."""

    call: CallId
    agent: AgentId
    """The supervisor."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveToQueue:
    """A supervisor has a waiting caller wait in another queue, at the place of when they came."""

    call: CallId
    queue: QueueId


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerHelp:
    """A supervisor lets a queue's reserve help it, or not (any longer)."""

    queue: QueueId
    helps: bool
    supervisor: AgentId


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoreHelp:
    """How it stood with a queue's reserve when the server stopped."""

    stand: HelpStand


Talk = Transfer | Consult | TakeBack | HandOver | JoinAll | Part
"""What an agent does with their caller beside talking."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PageLost:
    """The page that is the agent's phone is gone without a word (crash, reload, network)."""

    agent: AgentId


@dataclass(frozen=True, slots=True, kw_only=True)
class PageBack:
    """The page that is the agent's phone is there again, and registered."""

    agent: AgentId


class RingFailure(StrEnum):
    """Why an order to ring was not taken."""

    CALL_GONE = "call_gone"
    SWITCH_UNAVAILABLE = "switch_unavailable"
    NO_LINE = "no_line"
    """All outside lines are in use, or there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RingFailed:
    """The switch did not take an order to ring."""

    leg: LegId
    failure: RingFailure


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceCall:
    """An agent wants to call a customer."""

    call: CallId
    agent: AgentId
    to: str
    """In E.164; whether it may be called was asked before."""
    queue: QueueId
    """In whose name: whose customer it is should the agent be lost."""
    shown: str
    """What the customer sees who calls; "": the line's own number."""
    ring_s: float
    language: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotCalled:
    """A customer was not called, though an agent waits for them: it was not taken, or not written down."""

    call: CallId
    is_forbidden: bool = False
    """The calling rules say no, and will say no again."""


@made_often
@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """Time has passed; timers that are due fire before every input anyway."""


Input = (
    SetQueues
    | SetBreaks
    | SetClosed
    | SetProfile
    | Enter
    | Leave
    | Reach
    | GiveBoost
    | TalkOver
    | SignIn
    | Restore
    | SignOut
    | SetState
    | EndWrapUp
    | ExtendWrapUp
    | Refuse
    | HangUp
    | HangUpFailed
    | Talk
    | StartWatch
    | StopWatch
    | TakeOver
    | MoveToQueue
    | AnswerHelp
    | RestoreHelp
    | PageLost
    | PageBack
    | TakePromise
    | RelyOnPromise
    | CancelPromise
    | CustomerCame
    | RingFailed
    | PlaceCall
    | NotCalled
    | Tick
    | CallClosed
    | Dialling
    | CallPlaced
    | Joined
    | Consulting
    | LegRinging
    | LegEnded
    | CallEnded
    | Watching
    | WatchEnded
    | DeviceRegistered
    | DeviceUnregistered
    | SwitchConnected
    | SwitchDisconnected
)
