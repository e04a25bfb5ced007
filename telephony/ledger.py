"""The ledger of calls: every call ends in exactly one outcome.

It listens to the switch, keeps open calls in memory and writes behind, within a second. When the
switch is (re)connected it compares what it believes with what is alive, and asks the switch's own
records about calls that ended unheard.
"""

import asyncio
import contextlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import structlog

from kernel.briefs import Words
from kernel.bus import Bus
from kernel.clock import Clock
from kernel.events import Event
from kernel.ids import CallId
from telephony import ledger_rules as rules
from telephony.errors import EntryRefused
from telephony.events import (
    CallArrived,
    CallClosed,
    CallEnded,
    CallPlaced,
    CallRejected,
    SwitchConnected,
)
from telephony.ledger_news import change_of
from telephony.ledger_ports import Journal, Messages, Records
from telephony.ledger_rules import CallEntry, SwitchRecord
from telephony.model import Arrival, CallMark, LiveCall, Outcome, PersonWanted, Snapshot

FLUSH_EVERY_S = 0.5
"""What a crash of the server may cost the ledger; the switch's own records fill it in."""
CHOICE_WRITTEN_WITHIN_S = 0.05
"""The same for what a caller chose in a menu, which nobody else knows and an agent is to read."""
COMPARE_AGAIN_FIRST_S = 0.5
"""The pause before a comparison with the switch that failed is tried again; doubled each time."""
COMPARE_AGAIN_LAST_S = 15.0
"""The longest such pause."""

TRIM_EVERY_S = 60.0
"""How often the switch's records are looked at, whether they have grown long."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """What was alive when the switch was (re)connected, until the ledger agrees with it."""

    alive: frozenset[CallId]
    missing: frozenset[CallId]
    """Calls that were open here, and are not alive."""
    since: datetime | None
    """When the ledger was last up to date; calls that end while it is behind do not change that."""
    at: datetime


class Ledger:
    """Opened by `start`; `run` writes behind until it is cancelled, and then writes what is left."""

    def __init__(
        self, journal: Journal, bus: Bus, clock: Clock, *, records: Records, messages: Messages
    ) -> None:
        self._journal = journal
        self._bus = bus
        self._clock = clock
        self._records = records
        self._messages = messages
        self._open: dict[CallId, CallEntry] = {}
        self._announced: dict[CallId, CallEntry] = {}
        """Calls that an event tells of which waits for its turn, while they are being served already."""
        self._unsaved: dict[CallId, CallEntry] = {}
        self._last_end: datetime | None = None
        self._refused: set[CallId] = set()
        """Calls whose entry the database will not take."""
        self._unsettled: dict[CallId, CallEnded] = {}
        """Ends of calls of which it could not be read yet whether they left a message."""
        self._seen: _Seen | None = None
        self._told_by_records: set[CallId] = set()
        """Calls that the last comparison with the switch was the first to hear of."""
        self._news = asyncio.Event()
        self._is_chosen = asyncio.Event()
        self._is_behind = asyncio.Event()
        self._one_at_a_time = asyncio.Lock()
        """An event changes nothing under a comparison that is being made."""

    async def start(self) -> None:
        """Reads what was open, and listens from now on."""
        self._open = {entry.arrival.call: entry for entry in await self._journal.open_entries()}
        self._last_end = await self._journal.last_end()
        self._bus.listen(Event, self._announce)
        self._bus.subscribe(Event, self.heard)

    async def run(self) -> None:
        """Writes changed entries in batches, compares again what could not be, keeps the records short."""
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._keep_trimming())
                group.create_task(self._keep_writing())
                group.create_task(self._keep_comparing())
        finally:
            await self.flush()

    async def _keep_writing(self) -> None:
        while True:
            await self._news.wait()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(FLUSH_EVERY_S):
                    await self._is_chosen.wait()
                    await asyncio.sleep(CHOICE_WRITTEN_WITHIN_S)
            self._is_chosen.clear()
            await self.flush()

    async def _keep_comparing(self) -> None:
        pause_s = COMPARE_AGAIN_FIRST_S
        while True:
            await self._is_behind.wait()
            await asyncio.sleep(pause_s)
            async with self._one_at_a_time:
                await self._compare()
            is_done = not self._is_behind.is_set()
            pause_s = COMPARE_AGAIN_FIRST_S if is_done else min(2 * pause_s, COMPARE_AGAIN_LAST_S)

    async def _keep_trimming(self) -> None:
        while True:
            try:
                # Later ends may be written already while earlier ones are still to be compared.
                told_until = self._seen.since if self._seen else await self._journal.last_end()
                if told_until is not None:
                    await asyncio.to_thread(self._records.trim, told_until)
            except Exception:  # noqa: BLE001 - whatever the trouble is, calls need no room in this file
                _log.exception("records_not_trimmed")
            await asyncio.sleep(TRIM_EVERY_S)

    async def flush(self) -> None:
        """Writes what is not written yet; what cannot be written is tried again."""
        self._news.clear()
        if not self._unsaved:
            return
        try:
            await self._save(list(self._unsaved.values()))
        except Exception:  # noqa: BLE001 - whatever the database's trouble is, no entry may be lost by it
            _log.exception("ledger_not_written", entries=len(self._unsaved))
            self._news.set()

    async def _save(self, batch: Sequence[CallEntry]) -> None:
        """An entry counts as unsaved until it is saved, so that a comparison meanwhile finds it."""
        try:
            await self._journal.save(batch)
        except EntryRefused:
            if len(batch) > 1:
                for entry in batch:
                    await self._save([entry])
                return
            self._set_aside(batch[0])
        for entry in batch:
            if self._unsaved.get(entry.arrival.call) is entry:
                del self._unsaved[entry.arrival.call]

    def _set_aside(self, entry: CallEntry) -> None:
        """One entry that can never be written must not keep all others from it."""
        self._refused.add(entry.arrival.call)
        _log.exception("ledger_entry_refused", call_id=entry.arrival.call, outcome=entry.outcome)

    async def decide(self, call: CallId, outcome: Outcome) -> Outcome:
        """States how a call ended; the first decisive statement stays, and is returned."""
        decided = self._change_now(call, lambda entry: rules.decide(entry, outcome))
        return (decided and decided.decided) or outcome

    async def choose(self, call: CallId, choice: Words) -> tuple[Words, ...]:
        """Notes what the caller chose in a menu; returns all that they chose in this call."""
        entry = self._change_now(call, lambda entry: rules.choose(entry, choice))
        self._is_chosen.set()
        return entry.said_in_menu if entry else (choice,)

    async def want(self, call: CallId, wanted: PersonWanted) -> None:
        """Notes that the caller has come to a queue, or why none has them."""
        self._change_now(call, lambda entry: rules.want(entry, wanted))

    async def stand(self, call: CallId, mark: CallMark | None) -> None:
        """Notes where a caller stands whose flow goes on when they hang up; None: it does not.

        Nothing is written for it: the line's own mark has it, should the server die.
        """
        for known in (self._open, self._announced, self._unsaved):
            if call in known:
                known[call] = replace(known[call], stood=mark)

    def recent_from(self, numbers: Sequence[str]) -> list[CallEntry]:
        """Calls of these numbers that go on, or whose end is not written yet."""
        known = self._announced | self._unsaved | self._open
        return [entry for entry in known.values() if entry.arrival.caller_number in numbers]

    def find(self, call: CallId) -> CallEntry | None:
        """A call as it stands, if it goes on or is not written yet; all others are in the journal."""
        return self._open.get(call) or self._unsaved.get(call) or self._announced.get(call)

    def _announce(self, event: Event) -> None:
        match event:
            case CallArrived(arrival=arrival):
                self._expect(CallEntry(arrival=arrival))
            case CallPlaced(arrival=arrival, leg=leg, agent=agent, at=at):
                self._expect(rules.place(arrival, leg, agent, at))
            case SwitchConnected(snapshot=snapshot, at=at):
                for live in snapshot.calls:
                    self._expect(rules.adopt(CallEntry(arrival=live.arrival), live, (), at))
            case _:
                pass

    def _expect(self, entry: CallEntry) -> None:
        if entry.arrival.call not in self._open:
            self._announced.setdefault(entry.arrival.call, entry)

    async def heard(self, event: Event) -> None:
        """Takes one of the switch's events."""
        async with self._one_at_a_time:
            await self._hear(event)

    async def _hear(self, event: Event) -> None:
        match event:
            case CallArrived(arrival=arrival) | CallPlaced(arrival=arrival):
                entry = self._announced.pop(arrival.call, CallEntry(arrival=arrival))
                if arrival.call not in self._open and arrival.call not in self._told_by_records:
                    self._keep(entry)
            case CallRejected(arrival=arrival, at=at):
                self._turned_away(arrival, at)
            case CallEnded():
                await self._end(event)
            case SwitchConnected(snapshot=snapshot, at=at):
                self._see(snapshot, at)
                await self._compare()
            case _:
                if change := change_of(event):
                    self._change(*change)

    def _turned_away(self, arrival: Arrival, at: datetime) -> None:
        if arrival.call not in self._told_by_records:
            self._keep(rules.reject(CallEntry(arrival=arrival), at))

    async def _end(self, end: CallEnded) -> None:
        call = end.call
        self._unsettled.pop(call, None)
        if call in self._announced:  # the bus drops the oldest events when there are too many: its arrival
            self._keep(self._announced.pop(call))
        if (entry := self._open.get(call)) is None:
            return
        try:
            # Nobody said so of a message that the switch's own message taker took.
            has_message = entry.decided is None and await self._messages.waits(call)
            await self._settle_promise(entry)
        except Exception:  # noqa: BLE001 - whatever the spool's trouble is, the call must not stay open for ever
            _log.exception("ledger_end_not_settled", call_id=call)
            self._unsettled[call] = end
            self._is_behind.set()
            return
        self._change(call, lambda entry: rules.hear_out(entry, has_message=has_message))
        self._change(call, lambda entry: rules.close(entry, end.reason, end.at))

    def _see(self, snapshot: Snapshot, at: datetime) -> None:
        """What is alive counts at once; what is not has to be asked for."""
        for live in snapshot.calls:
            self._adopt(live, snapshot, at)
        alive = frozenset(live.arrival.call for live in snapshot.calls)
        missing = frozenset(self._open.keys() - alive)
        self._seen = _Seen(alive=alive, missing=missing, since=self._up_to_date(missing), at=at)
        self._told_by_records = set()
        self._is_behind.set()

    def _up_to_date(self, missing: Iterable[CallId]) -> datetime | None:
        """Since when the switch's records are to be read; from their begin, if that is not known."""
        last = self._seen.since if self._seen else self._last_end
        moments = (last, *(self._open[call].arrival.at for call in missing))
        return min((moment for moment in moments if moment), default=None)

    async def _compare(self) -> None:
        """Closes what ended unheard, or unsettled; what anybody's trouble prevents is tried again."""
        for end in list(self._unsettled.values()):
            await self._end(end)
        if (seen := self._seen) is not None:
            try:
                await self._close_unheard(seen)
            except Exception:  # noqa: BLE001 - whatever the trouble is, these calls must not stay open for ever
                _log.exception("ledger_not_compared", missing=len(seen.missing))
                return
            self._seen = None
        if not self._unsettled:
            self._is_behind.clear()

    async def _close_unheard(self, seen: _Seen) -> None:
        found = await asyncio.to_thread(self._records.since, seen.since)
        records = {record.arrival.call: record for record in found}
        for call in seen.missing:
            await self._close_missing(call, records.pop(call, None), seen.at)
        # In this order: what is saved meanwhile is still noted here, or known there.
        noted = self._open.keys() | self._announced.keys() | self._unsaved.keys() | self._refused
        unknown = records.keys() - seen.alive - noted - await self._journal.known(records.keys())
        self._told_by_records |= unknown
        for call in unknown:
            message = await self._messages.was_left(call)
            entry = CallEntry(arrival=records[call].arrival)
            self._keep(rules.close_by_record(entry, records[call], has_message=message))

    async def _settle_promise(self, entry: CallEntry) -> None:
        """Who was promised a callback may hang up, or the server die, before anybody can say so."""
        call = entry.arrival.call
        if entry.decided is None and await self._messages.was_promised(call):
            self._change(call, lambda entry: rules.decide(entry, Outcome.CALLBACK))

    async def _close_missing(self, call: CallId, record: SwitchRecord | None, at: datetime) -> None:
        if call not in self._open:
            return
        await self._settle_promise(self._open[call])
        message = await self._messages.was_left(call)
        if record is None:
            self._change(call, lambda entry: rules.close_as_lost(entry, at, has_message=message))
        else:
            self._change(call, lambda entry: rules.close_by_record(entry, record, has_message=message))

    def _adopt(self, live: LiveCall, snapshot: Snapshot, at: datetime) -> None:
        call = live.arrival.call
        legs = [leg for leg in snapshot.legs if leg.call == call]
        announced = self._announced.pop(call, CallEntry(arrival=live.arrival))
        known = self._open.get(call, announced)
        entry = rules.adopt(known, live, legs, at)
        if entry != known or call not in self._open:
            self._keep(entry)

    def _change(self, call: CallId, change: Callable[[CallEntry], CallEntry]) -> None:
        if entry := self._open.get(call):
            self._keep(change(entry))

    def _change_now(self, call: CallId, change: Callable[[CallEntry], CallEntry]) -> CallEntry | None:
        """Changes also a call that is announced only."""
        if call in self._open:
            self._keep(changed := change(self._open[call]))
        elif call in self._announced:
            self._announced[call] = changed = change(self._announced[call])
        else:
            return None
        return changed

    def _keep(self, entry: CallEntry) -> None:
        call = entry.arrival.call
        self._unsaved[call] = entry
        self._news.set()
        if entry.outcome is None:
            self._open[call] = entry
            return
        self._open.pop(call, None)
        self._last_end = max(filter(None, (self._last_end, entry.ended_at)), default=None)
        self._bus.publish(CallClosed(at=self._clock.now(), call=call, outcome=entry.outcome))
