"""What the ledger of calls needs around it."""

from collections.abc import Iterable
from datetime import datetime
from typing import Protocol

from kernel.ids import CallId
from telephony.ledger_rules import CallEntry, SwitchRecord


class Journal(Protocol):
    """Where entries are kept."""

    async def open_entries(self) -> list[CallEntry]:
        """Calls without an outcome."""
        ...

    async def last_end(self) -> datetime | None:
        """When the last closed call ended."""
        ...

    async def known(self, calls: Iterable[CallId]) -> set[CallId]:
        """Which of these calls have an entry."""
        ...

    async def save(self, entries: Iterable[CallEntry]) -> None:
        """Writes all of them, or none. Raises `EntryRefused` if one of them can never be written."""
        ...


class Records(Protocol):
    """What the switch itself notes of calls that end."""

    def since(self, moment: datetime | None) -> list[SwitchRecord]:
        """Calls that ended after `moment`, and some from before; without one, all that are known."""
        ...

    def trim(self, told_until: datetime) -> None:
        """Makes room where it is time to; what ended after `told_until` stays."""
        ...


class Messages(Protocol):
    """What callers said to the machine, also to the switch's own while no server lived."""

    async def waits(self, call: CallId) -> bool:
        """Whether a message of this call is on its way to becoming a ticket."""
        ...

    async def was_left(self, call: CallId) -> bool:
        """The same, or it is a ticket already."""
        ...

    async def was_promised(self, call: CallId) -> bool:
        """Whether the caller was promised in this call to be called back."""
        ...
