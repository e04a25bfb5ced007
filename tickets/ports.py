"""What tickets need from other parts; joined in the composition root."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from kernel.access import Principal
from kernel.briefs import CallBrief, CustomerBrief
from kernel.ids import CallId, CustomerId, StaffId
from tickets.thread import SentMessage


class CustomerNames(Protocol):
    """Customers, as tickets show them."""

    async def customers(self, wanted: Iterable[CustomerId]) -> Mapping[CustomerId, CustomerBrief]:
        """Those of the customers that exist."""
        ...

    async def who_calls(self, call: CallId, number: str) -> CustomerId | None:
        """The customer who called: who they have said to be in the call, else whose number it is."""
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

    async def calls(self, wanted: Sequence[CallId]) -> Sequence[CallBrief]:
        """Those of the calls that are known, the newest first."""
        ...

    async def may_see(self, user: Principal, call: CallId) -> bool:
        """Whether there is such a call, and it is this person's to see."""
        ...


class SentMessages(Protocol):
    """What was written to customers."""

    async def of_calls(self, calls: Sequence[CallId]) -> Sequence[SentMessage]:
        """The messages that followed from these calls, the oldest first."""
        ...


class Transcriber(Protocol):
    """Speech to text."""

    async def transcribe(self, path: Path, language: str) -> str | None:
        """The words of a recording; None when there is no recogniser for the language."""
        ...
