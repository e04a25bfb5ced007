"""What happens to tickets."""

from dataclasses import dataclass

from kernel.events import Event
from kernel.ids import AgentId, CallId, CustomerId, QueueId, StaffId, TicketId


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketChanged(Event):
    """A ticket is new, or anything about it is different now."""

    ticket: TicketId
    customer: CustomerId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRated(Event):
    """A caller has rated the conversation that is over; once for a call."""

    call: CallId
    agent: AgentId
    queue: QueueId
    score: int
    """1 to 5, 5 being the best."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadlineNoticed(Event):
    """Somebody was told that a deadline of a ticket comes near, has passed, or is now theirs to see to."""

    ticket: TicketId
    told: tuple[StaffId, ...]
