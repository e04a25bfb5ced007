"""The sound of one side as it comes, in step with the clock, for a recogniser that may be slow."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

from kernel.clock import Clock
from transcripts.ports import NoTime

RATE = 8_000
_BYTES_PER_S = 2 * RATE
FRAME_S = 0.02
_GAP_S = 0.2
"""So long without sound, and silence takes its place; less is the network's unrest."""
_WAIT_S = 0.5
"""Silence is told to the recogniser so often: it ends a speech by it."""


@dataclass(slots=True)
class _Arrival:
    """Sound that came at once."""

    at_s: float
    """When the last of it came."""
    sound: bytes


class Ear:
    """Sound with silence where none came: a place in it is a moment, and a speech ends by silence.

    Phones send nothing while they are muted. What comes is taken at once, so that its time is known, and kept
    until it is heard; of a recogniser that falls behind for longer than `behind_s_max` nothing more is asked.
    What a busy machine brings late comes at once, and is no silence: a word would be torn by it.
    """

    def __init__(self, clock: Clock, *, behind_s_max: float) -> None:
        self._clock = clock
        self._came: asyncio.Queue[_Arrival | None] = asyncio.Queue()
        self._last: _Arrival | None = None
        """The last of them, while nobody has heard it."""
        self._waiting_bytes = 0
        self._waiting_bytes_max = int(behind_s_max * _BYTES_PER_S)
        self.began_s: float | None = None
        """When the first sound began, on the clock that only goes forward."""
        self.was_used = False
        """There was something to listen to."""
        self._is_late = False

    async def take(self, sound: AsyncIterator[bytes]) -> None:
        """Takes all that comes, until it ends."""
        self.was_used = True
        try:
            async for frame in sound:
                now = self._clock.monotonic()
                if self.began_s is None:
                    self.began_s = now - FRAME_S
                if self._waiting_bytes + len(frame) > self._waiting_bytes_max:
                    self._is_late = True
                    return
                self._keep(frame, now)
        finally:
            self._came.put_nowait(None)

    def _keep(self, frame: bytes, now: float) -> None:
        self._waiting_bytes += len(frame)
        if self._last is not None and now - self._last.at_s < FRAME_S / 2:
            self._last.sound += frame
            self._last.at_s = now
            return
        self._last = _Arrival(now, frame)
        self._came.put_nowait(self._last)

    async def _next(self) -> _Arrival | None:
        """What came next, or silence of which it is known that it lasts."""
        try:
            async with asyncio.timeout(_WAIT_S):
                came = await self._came.get()
        except TimeoutError:
            # Where this process itself was kept waiting, the sound may be here with the alarm.
            await asyncio.sleep(0)
            if self._came.empty():
                return _Arrival(self._clock.monotonic(), b"")
            came = self._came.get_nowait()
        if came is self._last:
            self._last = None
        self._waiting_bytes -= len(came.sound) if came else 0
        return came

    async def heard(self) -> AsyncIterator[bytes]:
        """All of it, in step; raises `NoTime` when too much waits to be heard."""
        given_s: float | None = None
        while True:
            if self._is_late:
                raise NoTime("the recogniser has fallen behind")
            came = await self._next()
            if came is None:
                return
            at_s, frame = came.at_s, came.sound
            given_s = given_s if given_s is not None else self.began_s
            if given_s is None:
                continue
            missing_s = at_s - len(frame) / _BYTES_PER_S - given_s
            if missing_s > _GAP_S:
                silence = int(missing_s * RATE) * 2
                given_s += silence / _BYTES_PER_S
                yield bytes(silence)
            if frame:
                given_s += len(frame) / _BYTES_PER_S
                yield frame
