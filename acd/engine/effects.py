"""What the engine orders; published events (`acd.events`) are effects as well."""

from dataclasses import dataclass

from acd.promises import Promise, PromiseId
from acd.wishes import Wish
from kernel.events import Event
from kernel.ids import CallId, DeviceId, LegId
from kernel.value import made_often
from telephony.model import CallMark, CallOut, Ring, Watch, WatchMode


@made_often
@dataclass(frozen=True, slots=True, kw_only=True)
class RingAgent:
    """Ring an agent's device for a call."""

    ring: Ring


@made_often
@dataclass(frozen=True, slots=True, kw_only=True)
class CancelLeg:
    """End an agent's leg."""

    leg: LegId


@dataclass(frozen=True, slots=True, kw_only=True)
class ParkCall:
    """Take the caller out of a conversation whose agent is gone."""

    call: CallId


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveCall:
    """Take the caller out of a conversation for good, to stand where the mark says."""

    call: CallId
    mark: CallMark


@dataclass(frozen=True, slots=True, kw_only=True)
class SetAside:
    """Part agent and caller, who hears music, so that a colleague can be asked."""

    call: CallId
    leg: LegId
    mark: CallMark


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadBack:
    """Lead an agent back to the caller who was set aside."""

    call: CallId
    leg: LegId


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadOver:
    """Lead the colleague to the caller, and end the leg of who asked."""

    call: CallId
    leg: LegId
    to: LegId


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadAll:
    """Lead both agents to the caller."""

    call: CallId
    leg: LegId
    other: LegId


@made_often
@dataclass(frozen=True, slots=True, kw_only=True)
class MarkCall:
    """Write down what a successor needs."""

    call: CallId
    mark: CallMark


@made_often
@dataclass(frozen=True, slots=True, kw_only=True)
class MirrorAgent:
    """Tell the switch's emergency queue whether the agent could take a call."""

    device: DeviceId
    is_ready: bool | None


@made_often
@dataclass(frozen=True, slots=True, kw_only=True)
class RememberAgent:
    """Keep what an agent wants to be, and still has to do, so that a restart sends nobody off."""

    wish: Wish


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadAnew:
    """Lead the colleague to the caller as to any caller: the agent who asked has left the three of them."""

    call: CallId
    leg: LegId
    left: LegId
    """Of the agent who asked."""
    mark: CallMark


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchTalk:
    """Ring a supervisor's device, who hears a conversation from then on."""

    watch: Watch


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeWatch:
    """Have a supervisor who hears a conversation be heard by others than before."""

    leg: LegId
    mode: WatchMode


@dataclass(frozen=True, slots=True, kw_only=True)
class CallCustomer:
    """Call a customer whom an agent waits for."""

    order: CallOut


@dataclass(frozen=True, slots=True, kw_only=True)
class StopCalling:
    """End the ringing of a customer's phone, and what the agent hears of it."""

    call: CallId


@dataclass(frozen=True, slots=True, kw_only=True)
class DialCustomer:
    """Call a customer back, for the agent on this leg. At most once: it is written down before it is done."""

    promise: PromiseId
    order: CallOut


@made_often
@dataclass(frozen=True, slots=True, kw_only=True)
class RememberPromise:
    """Keep what has changed of a promise, so that a restart does not change it back."""

    promise: Promise


Lead = SetAside | LeadBack | LeadOver | LeadAll | LeadAnew
"""Of agents who ask each other."""
Placing = CallCustomer | StopCalling
"""Of customers who are called."""
Order = (
    RingAgent
    | CancelLeg
    | ParkCall
    | MoveCall
    | Lead
    | WatchTalk
    | ChangeWatch
    | Placing
    | MarkCall
    | MirrorAgent
)
"""What the switch is told to do."""
Command = Order | DialCustomer | RememberAgent | RememberPromise
Effect = Command | Event
