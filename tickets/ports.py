"""What tickets need from other parts; joined in the composition root.

The field names of what is returned are those of the HTTP API.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from kernel.ids import CallId, CustomerId, StaffId


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerOfTicket:
    """A customer by name and level."""

    id: CustomerId
    name: str
    level: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkedQueue:
    """A queue's name in both languages."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkedCall:
    """A call that belongs to a ticket."""

    call_id: CallId
    at: datetime
    number_shown: str
    queue_name: LinkedQueue | None = None
    agent_name: str | None = None
    outcome: str | None = None
    """Nothing while the call goes on."""
    talked_s: float | None = None
    has_recording: bool = False


class CustomerNames(Protocol):
    """Customers, as tickets show them."""

    async def customers(self, wanted: Iterable[CustomerId]) -> Mapping[CustomerId, CustomerOfTicket]:
        """Those of the customers that exist."""
        ...

    async def with_number(self, number: str) -> CustomerId | None:
        """The customer with this number in any spelling."""
        ...


class StaffNames(Protocol):
    """Who works here."""

    async def names(self, wanted: Iterable[StaffId]) -> Mapping[StaffId, str]:
        """The names of those that exist, as colleagues call them."""
        ...

    async def note(self, staff: StaffId, action: str, subject: str) -> None:
        """Adds to the trail of who did what."""
        ...


class CallLookup(Protocol):
    """The ledger of calls."""

    async def calls(self, wanted: Sequence[CallId]) -> Sequence[LinkedCall]:
        """Those of the calls that are known, the newest first."""
        ...


class Transcriber(Protocol):
    """Speech to text."""

    async def transcribe(self, path: Path, language: str) -> str | None:
        """The words of a recording; None when there is no recogniser for the language."""
        ...
