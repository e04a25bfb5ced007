"""What happens to tickets."""

from dataclasses import dataclass

from kernel.events import Event
from kernel.ids import CustomerId, TicketId


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketChanged(Event):
    """A ticket is new, or anything about it is different now."""

    ticket: TicketId
    customer: CustomerId | None
