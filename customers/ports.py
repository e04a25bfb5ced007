"""What customers' records need from other parts; joined in the composition root."""

from collections.abc import Sequence
from typing import Protocol

from kernel.briefs import CallBrief, TicketBrief
from kernel.ids import CustomerId, StaffId
from telephony.model import Talk


class CallHistory(Protocol):
    """The ledger of calls, by number."""

    async def last_calls(self, numbers: Sequence[str], *, limit: int) -> Sequence[CallBrief]:
        """The newest calls from or to any of the numbers, newest first."""
        ...

    async def talks(self, numbers: Sequence[str]) -> Sequence[tuple[Talk, ...]]:
        """With whom any of the numbers talked: by call, the newest first, in each in order."""
        ...


class CustomerTickets(Protocol):
    """Tickets, by customer."""

    async def holders_of_open(self, customer: CustomerId, *, limit: int) -> Sequence[StaffId]:
        """Who holds the customer's open tickets, the last changed first."""
        ...

    async def tickets_of(self, customer: CustomerId, *, only_open: bool, limit: int) -> Sequence[TicketBrief]:
        """The customer's tickets, the last changed first."""
        ...
