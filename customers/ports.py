"""What customers' records need from other parts; joined in the composition root."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from kernel.briefs import CallBrief, TicketBrief
from kernel.ids import CustomerId, StaffId


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


class BlockedCalls(Protocol):
    """The ledger of calls, by what was blocked."""

    async def count_blocked(self, value: str, *, is_prefix: bool, since: datetime) -> int:
        """Blocked calls since then from a number, or from all that begin so; "" are withheld ones."""
        ...


class Spared(Protocol):
    """Whose calls are never turned away."""

    async def is_spared(self, number: str) -> bool:
        """Whether a number in its one spelling is the company's own, or that of an emergency service."""
        ...


class People(Protocol):
    """Who works here, and the trail of what they did."""

    async def names(self, wanted: Iterable[StaffId]) -> Mapping[StaffId, str]:
        """The names of those that exist, as colleagues call them."""
        ...

    async def note(self, staff: StaffId, action: str, subject: str) -> None:
        """Adds to the trail of who did what."""
        ...
