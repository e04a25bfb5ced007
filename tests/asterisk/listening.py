"""What people on the phone hear, as a test awaits it: never what was heard before the test asked."""

import asyncio
import time
from bisect import bisect_left
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from rig.agents import WebPhone
from rig.customers import Customer
from rig.media import MediaEnd
from rig.outside import OutsidePhone
from rig.tones import SAMPLE_RATE_HZ, WINDOW_S, Heard, decode_ulaw, listen
from tests.asterisk.private_asterisk import eventually

SHARE_MIN = 0.2
"""Of the energy that is heard: two voices as loud as each other have half of it each."""
ENOUGH_WINDOWS = 6
"""Of a tenth of a second each, one after another."""

Listener = Customer | WebPhone | OutsidePhone


async def hears_music(listener: Listener) -> None:
    """Sound that is nobody's tone, for more than half a second."""
    await _hears(
        listener, lambda windows: not any(window.is_silent or _is_pure(window) for window in windows)
    )


async def hears_only(listener: Listener, tone_hz: int) -> None:
    """One person's tone and nobody else's, for more than half a second."""
    await _hears(listener, lambda windows: all(window.is_tone(tone_hz) for window in windows))


async def hear_each_other(one: Listener, other: Listener) -> None:
    """Two people, and nobody else."""
    await asyncio.gather(hears_only(one, tone_of(other)), hears_only(other, tone_of(one)))


async def hear_all(*everybody: Listener) -> None:
    """Each of them hears all the others at once."""
    await asyncio.gather(
        *(hears_all(one, *(other for other in everybody if other is not one)) for one in everybody)
    )


def tone_of(person: Listener) -> int:
    """What this person says."""
    tone_hz = person.end.frequency_hz if isinstance(person, Customer) else person.tone_hz
    assert tone_hz is not None, "this person says nothing"
    return tone_hz


async def hears_all(listener: Listener, *others: Listener) -> None:
    """These people at once, for more than half a second."""
    tones_hz = [tone_of(other) for other in others]
    until_s = time.monotonic() + ENOUGH_WINDOWS * WINDOW_S

    def found() -> bool:
        if time.monotonic() < until_s:
            return False
        payloads = (payload for _, payload in _since(listener, time.monotonic() - ENOUGH_WINDOWS * WINDOW_S))
        sound = decode_ulaw(b"".join(payloads)).astype(np.float64)
        return all(_share(sound, tone) > SHARE_MIN for tone in tones_hz)

    await eventually(found)


def _share(sound: NDArray[np.float64], tone_hz: int) -> float:
    """Which part of the sound's energy is this tone."""
    if not len(sound):
        return 0.0
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound)))) ** 2
    at = round(tone_hz * len(sound) / SAMPLE_RATE_HZ)
    return float(spectrum[max(0, at - 4) : at + 5].sum() / (spectrum.sum() or 1.0))


async def _hears(listener: Listener, is_it: Callable[[Sequence[Heard]], bool]) -> None:
    since_s = time.monotonic()

    def found() -> bool:
        windows = listen(_since(listener, since_s), time.monotonic())[:-1]
        parts = (windows[at : at + ENOUGH_WINDOWS] for at in range(len(windows) - ENOUGH_WINDOWS + 1))
        return any(is_it(part) for part in parts)

    await eventually(found)


def _since(listener: Listener, at_s: float) -> list[tuple[float, bytes]]:
    """Only these are looked at: a long call would keep the machine busy with what was heard before."""
    ends = listener.ends if isinstance(listener, WebPhone) else [listener.end]
    if not ends or ends[-1] is None:
        return []  # has not answered yet
    end: MediaEnd = ends[-1]
    return end.heard[bisect_left(end.heard, (at_s, b"")) :]


def _is_pure(window: Heard) -> bool:
    return window.purity > 0.9
