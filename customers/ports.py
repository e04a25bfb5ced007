"""What customers' records need from other parts; joined in the composition root."""

from collections.abc import Sequence
from typing import Protocol

from kernel.briefs import CallBrief, TicketBrief
from kernel.ids import CustomerId


class CallHistory(Protocol):
    """The ledger of calls, by number."""

    async def last_calls(self, numbers: Sequence[str], *, limit: int) -> Sequence[CallBrief]:
        """The newest calls from or to any of the numbers, newest first."""
        ...


class CustomerTickets(Protocol):
    """Tickets, by customer."""

    async def tickets_of(self, customer: CustomerId, *, only_open: bool, limit: int) -> Sequence[TicketBrief]:
        """The customer's tickets, the last changed first."""
        ...
