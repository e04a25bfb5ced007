"""Callers of a measured menu: many who only listen, and some who answer it again and again."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import numpy as np

from rig.customers import SCENARIO, Customer, Trunk
from rig.media import MediaClock, MediaEnd
from rig.ports import free_port
from rig.tones import PACKET_S, SAMPLE_RATE_HZ, SILENCE_RMS, decode_ulaw, load_wav, packets

QUIET_S = 0.6
"""So long nothing is heard when a prompt is over: longer than any pause in one."""
ANSWER_WITHIN_S = 15.0
LOOK_S = 0.02


@dataclass(slots=True)
class Answers:
    """How long callers waited for the first sound after they had spoken, or pressed a key."""

    spoken_ms: list[float] = field(default_factory=list)
    pressed_ms: list[float] = field(default_factory=list)
    unanswered: int = 0


def is_loud(packet: bytes) -> bool:
    """Whether somebody would hear it."""
    samples = decode_ulaw(packet).astype(np.float64)
    return float(np.sqrt(np.mean(samples**2))) >= SILENCE_RMS


def words_of(recording: Path) -> list[bytes]:
    """A recording without the silence after its last word."""
    said = list(packets(load_wav(recording)))
    while said and not is_loud(said[-1]):
        said.pop()
    return said


async def answer_again_and_again(
    customer: Customer, sayings: Sequence[Path], key: str, found: Answers, rounds: int
) -> None:
    """Waits for the end of each prompt, then speaks or presses a key in turn, and stops the time."""
    await customer.first_sound()
    for number in range(rounds):
        await _until_quiet(customer.end)
        is_spoken = number % 2 == 0
        before = len(customer.end.heard)
        if is_spoken:
            customer.end.utter(words_of(sayings[number // 2 % len(sayings)]))
        else:
            customer.press(key)
        while customer.end.is_answering:  # noqa: ASYNC110 - the clock that sends knows nobody
            await asyncio.sleep(LOOK_S)
        ended_s = customer.end.answered_until_s
        heard_s = await _first_loud(customer.end, before, ended_s)
        if heard_s is None:
            found.unanswered += 1
        else:
            (found.spoken_ms if is_spoken else found.pressed_ms).append(1_000 * (heard_s - ended_s))


async def _until_quiet(end: MediaEnd) -> None:
    at, loud_s = 0, time.monotonic()
    while time.monotonic() - loud_s < QUIET_S:
        await asyncio.sleep(LOOK_S)
        for heard_s, packet in end.heard[at:]:
            if is_loud(packet):
                loud_s = heard_s
        at = len(end.heard)


async def _first_loud(end: MediaEnd, at: int, after_s: float) -> float | None:
    while time.monotonic() < after_s + ANSWER_WITHIN_S:
        await asyncio.sleep(LOOK_S)
        for heard_s, packet in end.heard[at:]:
            if heard_s > after_s and is_loud(packet):
                return heard_s
        at = len(end.heard)
    return None


@dataclass(slots=True)
class Listener:
    """The sound of a caller who only listens."""

    end: MediaEnd

    def gaps_ms(self) -> list[float]:
        """The time from each packet to the next, less any silence that the far end meant between them."""
        times = [at for at, _ in self.end.heard]
        return [
            1_000 * (after - before - (((stamp - last) % 2**32) / SAMPLE_RATE_HZ - PACKET_S))
            for (before, after), (last, stamp) in zip(pairwise(times), pairwise(self.end.stamps), strict=True)
        ]

    @property
    def lost_packets(self) -> int:
        """How many fewer came than were due in the time between the first and the last."""
        times = [at for at, _ in self.end.heard]
        return max(0, round((times[-1] - times[0]) / PACKET_S) + 1 - len(times)) if times else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrivals:
    """How callers come who only listen."""

    to: str
    """The number that they dial."""
    count: int
    per_s: float
    at_once: int
    stay_s: float


@asynccontextmanager
async def listeners(
    folder: Path, trunk: Trunk, clock: MediaClock, arrivals: Arrivals
) -> AsyncIterator[tuple[list[Listener], Callable[[], bool]]]:
    """So many callers one after the other, by one sipp; and whether all have hung up."""
    ends = [Listener(await clock.open(trunk.host, None)) for _ in range(arrivals.count)]
    await asyncio.to_thread(_write_scenario, folder, ends, arrivals)
    process = await asyncio.create_subprocess_exec(
        *("sipp", f"{trunk.asterisk_host}:{trunk.asterisk_port}", "-nostdin"),
        *("-sf", "customer.xml", "-inf", "fields.csv"),
        *("-l", str(arrivals.at_once), "-r", f"{arrivals.per_s:g}", "-m", str(arrivals.count)),
        *("-i", trunk.host, "-p", str(free_port()), "-mi", trunk.host),
        *("-trace_err", "-error_file", "errors.log"),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
        cwd=folder,
    )
    try:
        yield ends, lambda: process.returncode is not None
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
        for one in ends:
            one.end.close()


def _write_scenario(folder: Path, ends: Sequence[Listener], arrivals: Arrivals) -> None:
    folder.mkdir()
    patience_ms = str(int(arrivals.stay_s * 1_000))
    scenario = SCENARIO.read_text(encoding="utf-8").replace("PATIENCE_MS", patience_ms)
    (folder / "customer.xml").write_text(scenario, encoding="utf-8")
    # The sound's port, the dialled number, the caller's number and name.
    lines = "".join(f"{one.end.port};{arrivals.to};139{number:08};\n" for number, one in enumerate(ends))
    (folder / "fields.csv").write_text(f"SEQUENTIAL\n{lines}", encoding="utf-8")
