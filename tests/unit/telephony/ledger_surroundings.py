"""What a ledger of calls has around it, in memory."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from datetime import UTC, datetime
from queue import SimpleQueue

from kernel.events import Event
from kernel.ids import CallId
from telephony.errors import EntryRefused
from telephony.events import CallClosed, SwitchConnected
from telephony.ledger import Ledger
from telephony.ledger_rules import CallEntry, SwitchRecord
from telephony.model import Arrival, CallMark, LiveCall, Outcome, Phase, Snapshot

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def arrival(call: str) -> Arrival:
    return Arrival(call=CallId(call), at=NOON, caller_number="", caller_name="", dialled="4001", trunk="t")


class Surroundings:
    """Journal, bus and clock in memory; the journal can be out of order."""

    def __init__(self, *open_calls: str) -> None:
        self.saved = {CallId(call): CallEntry(arrival=arrival(call)) for call in open_calls}
        self.published: list[Event] = []
        self.records: list[SwitchRecord] = []
        self.messages: set[CallId] = set()
        self.promised: set[CallId] = set()
        """In the spool."""
        self.message_tickets: set[CallId] = set()
        self.unreadable: set[CallId] = set()
        """Calls of which the spool cannot be read."""
        self.was_written = asyncio.Event()
        self.ended_last: datetime | None = None
        self.asked: list[datetime | None] = []
        """Since when the switch's records were read."""
        self.before_reading: Callable[[], None] = lambda: None
        self.trimmed: SimpleQueue[datetime] = SimpleQueue()
        """Until when the switch's records were said to be known, each time."""
        self.is_broken = False
        self.refused: set[CallId] = set()
        """Calls whose entry is never taken."""
        self.before_commit: Callable[[], Awaitable[None]] = self.nothing

    async def nothing(self) -> None:
        pass

    async def open_entries(self) -> list[CallEntry]:
        return [entry for entry in self.saved.values() if entry.is_open]

    async def last_end(self) -> datetime | None:
        return self.ended_last

    async def known(self, calls: Iterable[CallId]) -> set[CallId]:
        if self.is_broken:
            raise OSError("disk full")
        return set(calls) & self.saved.keys()

    async def save(self, entries: Iterable[CallEntry]) -> None:
        written = {entry.arrival.call: entry for entry in entries}
        if self.is_broken:
            raise OSError("disk full")
        if self.refused & written.keys():
            raise EntryRefused("too long")
        await self.before_commit()
        self.saved |= written
        self.was_written.set()

    def publish(self, event: Event) -> None:
        self.published.append(event)

    def listen(self, kind: type[Event], handler: Callable[[Event], None]) -> None:
        self.listening = (kind, handler)

    def subscribe(self, kind: type[Event], handler: Callable[[Event], Awaitable[None]]) -> None:
        self.subscribed = (kind, handler)

    def now(self) -> datetime:
        return NOON

    def monotonic(self) -> float:
        return 0.0

    async def ledger(self) -> Ledger:
        ledger = Ledger(self, self, self, records=self, messages=self)
        await ledger.start()
        return ledger

    def since(self, moment: datetime | None) -> list[SwitchRecord]:
        self.asked.append(moment)
        self.before_reading()
        return self.records

    def trim(self, told_until: datetime) -> None:
        self.trimmed.put_nowait(told_until)

    async def waits(self, call: CallId) -> bool:
        if call in self.unreadable:
            raise OSError("too many open files")
        return call in self.messages

    async def was_promised(self, call: CallId) -> bool:
        return call in self.promised

    async def was_left(self, call: CallId) -> bool:
        return call in self.messages | self.message_tickets

    def outcomes(self) -> list[tuple[CallId, Outcome]]:
        return [(event.call, event.outcome) for event in self.published if isinstance(event, CallClosed)]


def ended(call: str, phase: Phase) -> SwitchRecord:
    return SwitchRecord(arrival=arrival(call), phase=phase, joined_leg=None, ended_at=NOON)


def snapshot(*calls: str, mark: CallMark | None = None) -> SwitchConnected:
    live = tuple(LiveCall(arrival=arrival(call), mark=mark, talks_with=None) for call in calls)
    return SwitchConnected(
        at=NOON, snapshot=Snapshot(boot_id="1", calls=live, legs=(), registered=frozenset())
    )
