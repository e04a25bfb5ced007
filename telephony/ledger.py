"""The ledger of calls: every call ends in exactly one outcome.

It listens to the switch, keeps open calls in memory and writes behind, within a second. When the
switch is (re)connected it compares what it believes with what is alive, and asks the switch's own
records about calls that ended unheard.
"""

import asyncio
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Protocol

import structlog

from kernel.bus import Bus
from kernel.clock import Clock
from kernel.events import Event
from kernel.ids import CallId
from telephony import ledger_rules as rules
from telephony.events import (
    CallArrived,
    CallClosed,
    CallEnded,
    CallRejected,
    EndOrdered,
    Joined,
    LegEnded,
    LegRinging,
    SwitchConnected,
)
from telephony.ledger_rules import CallEntry, SwitchRecord
from telephony.model import Arrival, LiveCall, Outcome, Snapshot

FLUSH_EVERY_S = 0.5
"""What a crash of the server may cost the ledger; the switch's own records fill it in."""

_log = structlog.get_logger(__name__)


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
        """Writes all of them, or none."""
        ...


class Messages(Protocol):
    """What callers said to the machine, also to the switch's own while no server lived."""

    def waits(self, call: CallId) -> bool:
        """Whether a message of this call is on its way to becoming a ticket."""
        ...

    async def was_left(self, call: CallId) -> bool:
        """The same, or it is a ticket already."""
        ...


class Ledger:
    """Opened by `start`; `run` writes behind until it is cancelled, and then writes what is left."""

    def __init__(
        self,
        journal: Journal,
        bus: Bus,
        clock: Clock,
        *,
        read_records: Callable[[datetime | None], list[SwitchRecord]],
        messages: Messages,
    ) -> None:
        self._journal = journal
        self._bus = bus
        self._clock = clock
        self._read_records = read_records
        self._messages = messages
        self._open: dict[CallId, CallEntry] = {}
        self._unsaved: dict[CallId, CallEntry] = {}
        self._told_by_records: set[CallId] = set()
        """Calls that the last comparison with the switch was the first to hear of."""
        self._news = asyncio.Event()

    @property
    def open_calls(self) -> int:
        """Calls that go on."""
        return len(self._open)

    async def start(self) -> None:
        """Reads what was open, and listens from now on."""
        self._open = {entry.arrival.call: entry for entry in await self._journal.open_entries()}
        self._bus.subscribe(Event, self.heard)

    async def run(self) -> None:
        """Writes changed entries in batches."""
        try:
            while True:
                await self._news.wait()
                await asyncio.sleep(FLUSH_EVERY_S)
                await self.flush()
        finally:
            await self.flush()

    async def flush(self) -> None:
        """Writes what is not written yet; what cannot be written is tried again."""
        self._news.clear()
        batch, self._unsaved = self._unsaved, {}
        if not batch:
            return
        try:
            await self._journal.save(batch.values())
        except Exception:  # noqa: BLE001 - whatever the database's trouble is, no entry may be lost by it
            _log.exception("ledger_not_written", entries=len(batch))
            self._unsaved = batch | self._unsaved
            self._news.set()

    async def decide(self, call: CallId, outcome: Outcome) -> None:
        """States how a call ended; the first decisive statement stays."""
        if entry := self._open.get(call):
            self._keep(rules.decide(entry, outcome))

    async def heard(self, event: Event) -> None:
        """Takes one of the switch's events."""
        match event:
            case CallArrived(arrival=arrival):
                if arrival.call not in self._open:
                    self._keep(CallEntry(arrival=arrival))
            case CallRejected(arrival=arrival, at=at):
                self._turned_away(arrival, at)
            case SwitchConnected(snapshot=snapshot, at=at):
                await self._reconcile(snapshot, at)
            case _:
                self._hear_of_known(event)

    def _hear_of_known(self, event: Event) -> None:
        match event:
            case LegRinging(call=call, leg=leg, agent=agent, at=at):
                self._change(call, lambda entry: rules.ring(entry, leg, agent, at))
            case Joined(call=call, leg=leg, agent=agent, at=at):
                self._change(call, lambda entry: rules.join(entry, leg, agent, at))
            case LegEnded(call=call, leg=leg, reason=reason, at=at):
                self._change(call, lambda entry: rules.end_leg(entry, leg, reason, at))
            case EndOrdered(call=call, agent=agent):
                self._change(call, lambda entry: rules.order_end(entry, agent))
            case CallEnded(call=call, reason=reason, at=at):
                self._change(call, lambda entry: rules.close(self._with_message(entry), reason, at))
            case _:
                pass

    def _turned_away(self, arrival: Arrival, at: datetime) -> None:
        if arrival.call not in self._told_by_records:
            self._keep(rules.reject(CallEntry(arrival=arrival), at))

    async def _reconcile(self, snapshot: Snapshot, at: datetime) -> None:
        alive = {live.arrival.call for live in snapshot.calls}
        for live in snapshot.calls:
            self._adopt(live, snapshot, at)
        missing = [entry for call, entry in self._open.items() if call not in alive]
        records = await self._records(missing)
        for entry in missing:
            await self._close_unheard(entry, records.pop(entry.arrival.call, None), at)
        unknown = records.keys() - alive - await self._journal.known(records.keys()) - self._unsaved.keys()
        self._told_by_records = set(unknown)
        for call in unknown:
            await self._close_unheard(CallEntry(arrival=records[call].arrival), records[call], at)

    async def _records(self, missing: Iterable[CallEntry]) -> dict[CallId, SwitchRecord]:
        """The switch's records since the ledger was last up to date."""
        oldest = min((entry.arrival.at for entry in missing), default=None)
        last = await self._journal.last_end()
        since = min((moment for moment in (oldest, last) if moment), default=None)
        found = await asyncio.to_thread(self._read_records, since)
        return {record.arrival.call: record for record in found}

    def _adopt(self, live: LiveCall, snapshot: Snapshot, at: datetime) -> None:
        call = live.arrival.call
        legs = [leg for leg in snapshot.legs if leg.call == call]
        known = self._open.get(call, CallEntry(arrival=live.arrival))
        entry = rules.adopt(known, live, legs, at)
        if entry != known or call not in self._open:
            self._keep(entry)

    async def _close_unheard(self, entry: CallEntry, record: SwitchRecord | None, at: datetime) -> None:
        if record is None:
            self._keep(rules.close_as_lost(self._with_message(entry), at))
        else:
            message = await self._messages.was_left(entry.arrival.call)
            self._keep(rules.close_by_record(entry, record, has_message=message))

    def _with_message(self, entry: CallEntry) -> CallEntry:
        """Nobody said so of a message that the switch's own message taker took."""
        if entry.decided is None and self._messages.waits(entry.arrival.call):
            return rules.decide(entry, Outcome.VOICEMAIL)
        return entry

    def _change(self, call: CallId, change: Callable[[CallEntry], CallEntry]) -> None:
        if entry := self._open.get(call):
            self._keep(change(entry))

    def _keep(self, entry: CallEntry) -> None:
        call = entry.arrival.call
        self._unsaved[call] = entry
        self._news.set()
        if entry.outcome is None:
            self._open[call] = entry
            return
        self._open.pop(call, None)
        self._bus.publish(CallClosed(at=self._clock.now(), call=call, outcome=entry.outcome))
