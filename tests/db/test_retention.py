"""Recordings are removed when they are old enough, with their words, and never from under a ticket."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from infra.database import Database
from infra.own_threads import OwnThreads
from kernel.ids import AgentId, CallId, LegId, QueueId, StaffId
from telephony import ledger_rules as rules
from telephony.ledger_rules import CallEntry
from telephony.model import Arrival, EndReason, PersonWanted
from telephony.recordings import Side, find_recording
from telephony.removed_store import RemovedStore
from telephony.retention import Retention, Term
from telephony.store import CallStore
from tests.db.ticket_parts import Clock

NOW = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)
SALES, COMPLAINTS = QueueId("sales"), QueueId("complaints")
OTHERS_90 = Term(days=90, queues=frozenset({SALES}), is_for_others=True)
SALES_30 = Term(days=30, queues=frozenset({SALES}))


class Archive:
    """A ledger with recordings, and what was done to them."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.database, self.folder = database, folder
        self.book = CallStore(database)
        self.forgotten: list[CallId] = []
        self.trail: list[tuple[StaffId | None, str, str]] = []
        self.held: set[CallId] = set()
        self.fails = False

    async def note(self, staff: StaffId | None, action: str, subject: str) -> None:
        self.trail.append((staff, action, subject))

    async def forget(self, calls: Sequence[CallId]) -> None:
        if self.fails:
            raise RuntimeError("the server dies")
        self.forgotten += calls

    async def is_held(self, call: CallId) -> bool:
        return call in self.held

    async def has(self, name: str, queue: QueueId | None, days: float) -> CallId:
        """A recorded call that ended so many days ago."""
        call, at = CallId(name), NOW - timedelta(days=days, minutes=5)
        arrival = Arrival(call=call, at=at, caller_number="1", caller_name="", dialled="4001", trunk="t")
        entry = rules.join(CallEntry(arrival=arrival), LegId(f"leg-{call}-1"), AgentId(1), at)
        if queue is not None:
            entry = rules.want(entry, PersonWanted(queue=queue, since=at))
        await self.book.save([rules.close(entry, EndReason.CALLER_HUNG_UP, at + timedelta(minutes=5))])
        for suffix in ("in", "out", "comment"):
            path = self.folder / f"{at:%Y/%m/%d}" / f"{call}-{suffix}.wav"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
        return call

    async def sweep(self, *terms: Term) -> None:
        await Retention(
            book=RemovedStore(self.database, self.book),
            folder=self.folder,
            threads=OwnThreads("recordings", threads=1, work_max_s=5),
            forget=(self.forget,),
            is_held=self.is_held,
            terms=lambda: terms,
            trail=self,
            clock=Clock(),
            every_s=3600,
        ).sweep()

    async def kept(self, *calls: CallId) -> list[CallId]:
        """Of which something lies there still."""
        entries = [entry for call in calls if (entry := await self.book.find(call))]
        return [entry.arrival.call for entry in entries if self._files(entry)]

    def _files(self, entry: CallEntry) -> list[Path]:
        call, at = entry.arrival.call, entry.arrival.at
        sides = [found for side in Side if (found := find_recording(self.folder, call, at, side))]
        return [*sides, *self.folder.rglob(f"{call}-comment.wav")]


@pytest.fixture
def archive(database: Database, tmp_path: Path) -> Archive:
    return Archive(database, tmp_path)


async def test_what_is_too_old_goes_by_its_queues_term_and_the_sites(archive: Archive) -> None:
    calls = [
        await archive.has("sales-40", SALES, 40),
        await archive.has("sales-20", SALES, 20),
        await archive.has("complaints-40", COMPLAINTS, 40),
        await archive.has("complaints-100", COMPLAINTS, 100),
        await archive.has("none-100", None, 100),
    ]
    await archive.sweep(SALES_30, OTHERS_90)
    assert await archive.kept(*calls) == ["sales-20", "complaints-40"]
    assert sorted(archive.forgotten) == ["complaints-100", "none-100", "sales-40"]
    assert sorted(subject for _, _, subject in archive.trail) == ["complaints-100", "none-100", "sales-40"]
    assert {(staff, action) for staff, action, _ in archive.trail} == {(None, "recording_removed")}
    await archive.sweep(SALES_30, OTHERS_90)
    assert len(archive.trail) == 3, "each is removed once"


async def test_without_terms_everything_stays(archive: Archive) -> None:
    call = await archive.has("old", SALES, 1000)
    await archive.sweep()
    assert await archive.kept(call) == [call]


async def test_a_ticket_keeps_its_calls_until_it_is_done(archive: Archive) -> None:
    held, other = await archive.has("held", SALES, 50), await archive.has("other", SALES, 40)
    archive.held = {held}
    await archive.sweep(SALES_30)
    assert await archive.kept(held, other) == [held]
    archive.held = set()
    await archive.sweep(SALES_30)
    assert await archive.kept(held, other) == []


async def test_a_server_that_dies_in_it_does_the_rest_at_the_next_look(archive: Archive) -> None:
    call = await archive.has("old", SALES, 50)
    archive.fails = True
    with pytest.raises(RuntimeError):
        await archive.sweep(SALES_30)
    archive.fails = False
    assert await archive.kept(call) == []
    await archive.sweep(SALES_30)
    await archive.sweep(SALES_30)
    assert archive.forgotten == [call]
    assert archive.trail == [(None, "recording_removed", call)]


async def test_a_call_that_goes_on_is_not_looked_at(archive: Archive) -> None:
    call = await archive.has("old", SALES, 50)
    entry = await archive.book.find(call)
    assert entry is not None
    await archive.book.save([replace(entry, outcome=None, ended_at=None)])
    await archive.sweep(SALES_30)
    assert await archive.kept(call) == [call]
