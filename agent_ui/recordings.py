"""Recordings of calls as pages ask for them. Their disk may be slow or away while calls go on."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path

import structlog

from infra.own_threads import Hanging, OwnThreads
from kernel.ids import CallId
from telephony.model import Arrival
from telephony.peaks import peaks_of
from telephony.recordings import Side, complete, find_recording, seconds_of

log = structlog.get_logger(__name__)

PEAKS_KEPT = 256
"""Pictures of recordings in memory, each a few kilobytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recordings:
    """Where they lie, and who looks there."""

    folder: Path
    threads: OwnThreads
    """For these files alone."""

    async def of_calls(self, arrivals: Iterable[Arrival]) -> frozenset[CallId]:
        """Which of these calls have one. None while nobody can tell: who calls is shown all the same."""
        try:
            return await self.threads.run(
                lambda: frozenset(each.call for each in arrivals if self._file(each, Side.CUSTOMER))
            )
        except Hanging:
            log.warning("calls are shown without their recordings", folder=str(self.folder))
            return frozenset()

    async def find(self, arrival: Arrival, side: Side) -> Path | None:
        """The recording of one side of a call; raises `Hanging` while nobody can tell."""
        return await self.of(arrival.call, arrival.at, side)

    async def of(self, call: CallId, arrived_at: datetime, side: Side) -> Path | None:
        """The same, for who knows no more of the call."""
        return await self.threads.run(lambda: find_recording(self.folder, call, arrived_at, side))

    async def complete(self, recording: Path) -> None:
        """Has it tell the length that it has."""
        await self.threads.run(lambda: complete(recording))

    async def seconds(self, arrival: Arrival) -> float:
        """How long the recording is; 0 where there is none, or nobody can tell now."""
        try:
            return await self.threads.run(lambda: max(self._seconds(arrival, side) for side in Side))
        except Hanging:
            log.warning("a recording is shown without its length", folder=str(self.folder))
            return 0.0

    async def peaks(self, arrival: Arrival, count: int) -> Mapping[Side, list[int]]:
        """How loud each side is in each of so many equal parts; raises `Hanging` while nobody can tell."""
        return await self.threads.run(lambda: {side: self._peaks(arrival, side, count) for side in Side})

    def _peaks(self, arrival: Arrival, side: Side, count: int) -> list[int]:
        found = self._file(arrival, side)
        return _peaks_of_size(found, found.stat().st_size, count) if found else []

    def _seconds(self, arrival: Arrival, side: Side) -> float:
        found = self._file(arrival, side)
        return seconds_of(found) if found else 0.0

    def _file(self, arrival: Arrival, side: Side) -> Path | None:
        return find_recording(self.folder, arrival.call, arrival.at, side)


@lru_cache(maxsize=PEAKS_KEPT)
def _peaks_of_size(recording: Path, size: int, count: int) -> list[int]:
    """One that has grown is another one."""
    del size
    return peaks_of(recording, count)
