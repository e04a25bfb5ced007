"""What happens to tickets."""

from dataclasses import dataclass

from kernel.events import Event
from kernel.ids import AgentId, CallId, CustomerId, QueueId, StaffId, TicketId
from tickets.model import Channel
from tickets.thread import Direction


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketChanged(Event):
    """A ticket is new, or anything about it is different now."""

    ticket: TicketId
    customer: CustomerId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Corresponded(Event):
    """Something was written to or by the customer about a ticket, and belongs to its thread."""

    ticket: TicketId
    key: str
    """By which the same message is known when it is told twice; apart for each channel."""
    channel: Channel
    direction: Direction
    text: str


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


@dataclass(frozen=True, slots=True, kw_only=True)
class SurveyAnswered(Event):
    """A customer has said how satisfied they are; once for a survey."""

    survey: int
    ticket: TicketId | None
    agent: AgentId | None
    overall: int
    """1 to 5, 5 being the best."""
    is_anonymous: bool
