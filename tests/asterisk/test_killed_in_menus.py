"""The server of a whole installation is killed (kill -9) while a caller is in each kind of node."""

import asyncio
import contextlib
import json
import signal
import sqlite3
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio

from drill.switch_view import look
from rig.customers import Caller, Customer, dial
from rig.instance import Instance
from rig.media import MediaClock
from tests.asterisk.private_asterisk import eventually
from tests.unit.ivr.node_trials import TRIALS, write_site
from tests.voices import MODELS

SETTINGS = {
    "HOTLINE_SPEECH__SYNTHESIS__WORDS_PER_MINUTE": "300",
    "HOTLINE_STAFF__HASH_MEMORY_KIB": "64",
    "HOTLINE_SPEECH__RECOGNITION__MODELS": json.dumps({"zh": str(MODELS / "zh")}),
}
KINDS = tuple(sorted(TRIALS))
NUMBERS = {f"40090000{place:02d}": kind for place, kind in enumerate(KINDS)}
SPEAKERS = tuple(kind for kind in KINDS if kind.startswith("voicemail"))
"""They speak from the first moment on: what was said before the kill is their message."""
STAYING = {"listen", *(kind for kind, trial in TRIALS.items() if trial.stays)}
"""Where nobody is ended by themselves meanwhile."""
SPOKEN_S = 6.0
GOES_ON_WITHIN_S = 30.0


@dataclass(frozen=True)
class Hotline:
    """A whole installation, and its callers."""

    instance: Instance
    clock: MediaClock

    async def call(self, place: int, number: str) -> Customer:
        kind = NUMBERS[number]
        tone_hz = 440 if kind in SPEAKERS else None
        caller = Caller(number=f"138001380{place:02d}")
        return await dial((self.clock, self.instance.trunk), caller, to=number, tone_hz=tone_hz)

    def rows(self, query: str) -> list[tuple[object, ...]]:
        with contextlib.closing(sqlite3.connect(self.instance.data / "hotline.db")) as database:
            return list(database.execute(query))

    async def is_killed(self) -> None:
        """Returns when the next server serves."""
        killed = self.instance.pid("server")
        self.instance.signal("server", signal.SIGKILL)
        await eventually(lambda: self._pid() not in {0, killed}, within_s=GOES_ON_WITHIN_S)
        await self.instance.until_ready(GOES_ON_WITHIN_S)

    def _pid(self) -> int:
        with contextlib.suppress(OSError, IndexError, ValueError):
            return self.instance.pid("server")
        return 0


@pytest_asyncio.fixture
async def hotline(tmp_path: Path) -> AsyncIterator[Hotline]:
    instance, clock = Instance(tmp_path, SETTINGS), MediaClock()
    instance.data.mkdir(parents=True)
    write_site(instance.data / "site", NUMBERS)
    ticking = asyncio.create_task(clock.run())
    try:
        await instance.start()
        yield Hotline(instance, clock)
    finally:
        ticking.cancel()
        await instance.stop()


def hears_anything_since(caller: Customer, since_s: float) -> bool:
    return any(window.at_s >= since_s and not window.is_silent for window in caller.listen())


async def all_hear_something(callers: Mapping[str, Customer], since_s: float) -> None:
    """But who is not there any more."""

    def deaf() -> set[str]:
        return {
            kind
            for kind, one in callers.items()
            if one.is_on_the_phone and not hears_anything_since(one, since_s)
        }

    with contextlib.suppress(TimeoutError):
        await eventually(lambda: not deaf(), within_s=GOES_ON_WITHIN_S)
    assert deaf() == set()


@pytest.mark.timeout(240)
async def test_nobody_is_lost_and_nothing_is_left_behind(hotline: Hotline) -> None:
    callers = dict(
        zip(
            KINDS,
            await asyncio.gather(*(hotline.call(n, number) for n, number in enumerate(NUMBERS))),
            strict=True,
        )
    )
    try:
        await asyncio.gather(*(one.first_sound() for one in callers.values()))
        spoken_s = time.monotonic() + SPOKEN_S
        await eventually(lambda: time.monotonic() >= spoken_s)
        await hotline.is_killed()
        since_s = time.monotonic()
        assert {kind for kind in STAYING if not callers[kind].is_on_the_phone} == set()
        for kind in SPEAKERS:
            callers[kind].press("#")
        await all_hear_something(callers, since_s)
    finally:
        await asyncio.gather(*(one.leave() for one in callers.values()))

    def outcomes() -> list[tuple[object, ...]]:
        return hotline.rows("SELECT caller_number, outcome FROM call ORDER BY caller_number")

    await eventually(lambda: len(outcomes()) == len(KINDS) and all(each for _, each in outcomes()))
    assert [number for number, _ in outcomes()] == [f"+86138001380{n:02d}" for n in range(len(KINDS))]

    def left() -> list[tuple[object, ...]]:
        return hotline.rows("SELECT caller_number FROM voicemail ORDER BY caller_number")

    await eventually(lambda: len(left()) >= len(SPEAKERS), within_s=GOES_ON_WITHIN_S)
    assert left() == [(f"+86138001380{KINDS.index(kind):02d}",) for kind in SPEAKERS]
    assert (await look(hotline.instance)).calls == ()
