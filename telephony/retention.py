"""Recordings that are old enough are removed, with what was made of them; never while a ticket needs them.

The trail is told first, then the sound goes, then the words, then it is written down that all is gone: a
server that dies in between does all of it again.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

import structlog

from infra.own_threads import OwnThreads
from kernel.clock import Clock
from kernel.ids import CallId, QueueId, StaffId
from telephony.ledger_rules import CallEntry
from telephony.recordings import files_of, remove

log = structlog.get_logger(__name__)

LOOKED_AT_ONCE = 200
"""Calls."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """How long some queues' recordings are kept."""

    days: int
    queues: frozenset[QueueId]
    is_for_others: bool = False
    """It holds for all calls but those of these queues, also for calls without any."""


class RemovedBook(Protocol):
    """The ledger, and what was removed of it."""

    async def recorded_before(
        self, moment: datetime, term: Term, after: tuple[datetime, CallId] | None, limit: int
    ) -> Sequence[CallEntry]:
        """Calls with a conversation that ended before, whose recording is not known to be removed.

        Those whose callers came last to a queue that the term is about, in the order of their ends; `after`:
        behind the one with this end and id.
        """
        ...

    async def note_removed(self, call: CallId, at: datetime) -> None:
        """Its recording is gone; harmless when that is known."""
        ...


class Trail(Protocol):
    """Who did what."""

    async def note(self, staff: StaffId | None, action: str, subject: str) -> None:
        """Adds to the trail; nobody did what a rule did."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """What keeps recordings no longer than is said."""

    book: RemovedBook
    folder: Path
    threads: OwnThreads
    forget: Sequence[Callable[[Sequence[CallId]], Awaitable[None]]]
    """What else is to go: transcripts, comments."""
    is_held: Callable[[CallId], Awaitable[bool]]
    """Whether a ticket needs the call still."""
    terms: Callable[[], Sequence[Term]]
    """Without those that keep for ever."""
    trail: Trail
    clock: Clock
    every_s: float

    async def run(self) -> None:
        """Looks again and again, until cancelled."""
        while True:
            try:
                await self.sweep()
            except Exception:
                log.exception("recordings are looked through again later")
            await asyncio.sleep(self.every_s)

    async def sweep(self) -> None:
        """Removes what is due now."""
        for term in self.terms():
            await self._apply(term, self.clock.now())

    async def _apply(self, term: Term, now: datetime) -> None:
        before, after = now - timedelta(days=term.days), None
        while found := await self.book.recorded_before(before, term, after, LOOKED_AT_ONCE):
            for entry in found:
                if not await self.is_held(entry.arrival.call):
                    await self._remove(entry, now)
            last = found[-1]
            after = (last.ended_at or last.arrival.at, last.arrival.call)

    async def _remove(self, entry: CallEntry, now: datetime) -> None:
        call, at = entry.arrival.call, entry.arrival.at
        files = await self.threads.run(lambda: files_of(self.folder, call, at))
        if files:
            await self.trail.note(None, "recording_removed", call)
        await self.threads.run(lambda: remove(files))
        for forget in self.forget:
            await forget([call])
        await self.book.note_removed(call, now)
        log.info("recording removed", call_id=call, files=len(files))
