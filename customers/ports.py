"""What customers' records need from other parts; joined in the composition root.

The field names of what is returned are those of the HTTP API.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from kernel.ids import CallId, CustomerId, TicketId
from telephony.model import LastTalk


@dataclass(frozen=True, slots=True, kw_only=True)
class NameOfQueue:
    """A queue's name in both languages."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PastCall:
    """A call of a customer, as a list shows it."""

    call_id: CallId
    at: datetime
    number_shown: str
    queue_name: NameOfQueue | None = None
    agent_name: str | None = None
    outcome: str | None = None
    """Nothing while the call goes on."""
    talked_s: float | None = None
    has_recording: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketOfCustomer:
    """A ticket of a customer, as a list shows it."""

    id: TicketId
    number: str
    type: str
    priority: str
    state: str
    title: str
    owner: str | None
    created_at: datetime
    updated_at: datetime


class CallHistory(Protocol):
    """The ledger of calls, by number."""

    async def last_calls(self, numbers: Sequence[str], *, limit: int) -> Sequence[PastCall]:
        """The newest calls from or to any of the numbers, newest first."""
        ...

    async def last_talk(self, numbers: Sequence[str]) -> LastTalk | None:
        """With whom any of the numbers talked last."""
        ...


class CustomerTickets(Protocol):
    """Tickets, by customer."""

    async def tickets_of(
        self, customer: CustomerId, *, only_open: bool, limit: int
    ) -> Sequence[TicketOfCustomer]:
        """The customer's tickets, the last changed first."""
        ...
