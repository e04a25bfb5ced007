"""The sound of one side as it comes, in step with the clock, for a recogniser that may be slow."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

from kernel.clock import Clock
from transcripts.ports import NoTime

RATE = 8_000
_BYTES_PER_S = 2 * RATE
FRAME_S = 0.02
_GAP_S = 0.2
"""So long without sound, and silence takes its place; less is the network's unrest."""
_WAIT_S = 0.5
"""Silence is told to the recogniser so often: it ends a speech by it."""


class Ear:
    """Sound with silence where none came: a place in it is a moment, and a speech ends by silence.

    Phones send nothing while they are muted. What comes is taken at once, so that its time is known, and kept
    until it is heard; of a recogniser that falls behind for longer than `behind_s_max` nothing more is asked.
    """

    def __init__(self, clock: Clock, *, behind_s_max: float) -> None:
        self._clock = clock
        self._came: asyncio.Queue[tuple[float, bytes] | None] = asyncio.Queue(int(behind_s_max / FRAME_S))
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
                self._came.put_nowait((now, frame))
        except asyncio.QueueFull:
            self._is_late = True
        finally:
            with suppress(asyncio.QueueFull):
                self._came.put_nowait(None)

    async def heard(self) -> AsyncIterator[bytes]:
        """All of it, in step; raises `NoTime` when too much waits to be heard."""
        given_s: float | None = None
        while True:
            if self._is_late:
                raise NoTime("the recogniser has fallen behind")
            try:
                async with asyncio.timeout(_WAIT_S):
                    came = await self._came.get()
            except TimeoutError:
                came = self._clock.monotonic(), b""
            if came is None:
                return
            at_s, frame = came
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
