"""What the switch reports, in neutral words."""

from dataclasses import dataclass
from datetime import datetime

from kernel.events import Event
from kernel.ids import AgentId, CallId, DeviceId, LegId, QueueId
from kernel.value import made_often
from telephony.destinations import FlowPlace
from telephony.model import Arrival, CallMark, EndReason, Outcome, Snapshot, WatchMode


@dataclass(frozen=True, slots=True, kw_only=True)
class CallArrived(Event):
    """A new call stands in the switch (its line session begins at the same time)."""

    arrival: Arrival


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialling(Event):
    """An agent is on the phone for whom a customer is to be called; they hear a ringing tone."""

    call: CallId
    leg: LegId
    agent: AgentId


@dataclass(frozen=True, slots=True, kw_only=True)
class CallPlaced(Event):
    """A customer is being called, for this agent. `Joined` or `CallEnded` tells what became of it."""

    arrival: Arrival
    leg: LegId
    agent: AgentId


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRejected(Event):
    """A call was turned away by the switch: its outside line had as many calls as it may have.

    It never stood anywhere: no other event tells of it.
    """

    arrival: Arrival


@made_often
@dataclass(frozen=True, slots=True, kw_only=True)
class LegRinging(Event):
    """The agent's device rings."""

    call: CallId
    leg: LegId
    agent: AgentId


@dataclass(frozen=True, slots=True, kw_only=True)
class OutsideRung(Event):
    """Somebody outside is called, to take part in a call."""

    call: CallId
    leg: LegId
    agent: AgentId
    """Stands for them as long as the call needs them."""
    shown: str
    """An expert's name, or the number without its middle."""


@made_often
@dataclass(frozen=True, slots=True, kw_only=True)
class Joined(Event):
    """Caller and agent hear each other; told again when the agent comes back to the caller."""

    call: CallId
    leg: LegId
    agent: AgentId


@dataclass(frozen=True, slots=True, kw_only=True)
class Consulting(Event):
    """A colleague who was asked has answered: the two agents hear each other, the caller hears music."""

    call: CallId
    leg: LegId
    agent: AgentId
    asked_by: LegId


@dataclass(frozen=True, slots=True, kw_only=True)
class Watching(Event):
    """A supervisor hears a conversation, in this mode from now on."""

    call: CallId
    leg: LegId
    agent: AgentId
    """The supervisor."""
    mode: WatchMode


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchEnded(Event):
    """A supervisor hears nothing (any more): hung up, did not answer, or the conversation is over."""

    call: CallId
    leg: LegId
    agent: AgentId


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldChanged(Event):
    """An agent has put the caller on hold, where they hear music, or taken them back."""

    call: CallId
    leg: LegId
    agent: AgentId
    is_held: bool


@made_often
@dataclass(frozen=True, slots=True, kw_only=True)
class LegEnded(Event):
    """An agent's leg is gone. `was_joined`: it had talked with the caller."""

    call: CallId
    leg: LegId
    agent: AgentId
    reason: EndReason
    was_joined: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingChanged(Event):
    """The recording of a call is paused, or goes on; told anew when the switch was connected again.

    While it is paused nobody may listen in for a transcript either.
    """

    call: CallId
    agents: tuple[AgentId, ...]
    """All who have talked with the caller."""
    paused_since: datetime | None
    """None: it goes on."""
    paused_until: datetime | None
    """When it goes on by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallTransferred(Event):
    """An agent sends the caller on, to a colleague, a queue or a flow; their own part in the call is over."""

    call: CallId
    leg: LegId
    agent: AgentId
    to_agent: AgentId | None
    to_queue: QueueId | None
    note: str
    """What the agent wants whoever answers to know."""
    to_flow: FlowPlace | None = None
    to_outside: str = ""
    """An expert's name, or the number without its middle; they are `to_agent` too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HungUp(Event):
    """A caller was gone before anything had become of the call. Kept with the call's end, not published."""

    arrival: Arrival
    mark: CallMark
    """Where they stood."""


@made_often
@dataclass(frozen=True, slots=True, kw_only=True)
class CallEnded(Event):
    """The customer's channel is gone, or no line led to the customer. Nothing else ends a call."""

    call: CallId
    reason: EndReason
    """Of a customer who was called and did not answer: `BUSY`, `NO_ANSWER`, `UNREACHABLE`, `REFUSED`, …"""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyPressed(Event):
    """A caller pressed a key. Only the line that holds them is told: it may be part of a secret."""

    call: CallId
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EndOrdered(Event):
    """Someone ends the call on the page: what the switch will tell as Hotline's doing is theirs."""

    call: CallId
    agent: AgentId | None
    """Whose call it was; None when a supervisor ended it for them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EndFailed(Event):
    """The end that someone ordered did not come: whatever ends the call later is not theirs."""

    call: CallId


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceRegistered(Event):
    """A phone can be rung from now on."""

    device: DeviceId


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceUnregistered(Event):
    """A phone can no longer be rung."""

    device: DeviceId


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchConnected(Event):
    """The switch is reachable; what is alive in it is in the snapshot. Later events follow it."""

    snapshot: Snapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchDisconnected(Event):
    """Nothing is heard from the switch; calls in it may go on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallClosed(Event):
    """The ledger closed a call with its one outcome."""

    call: CallId
    outcome: Outcome
