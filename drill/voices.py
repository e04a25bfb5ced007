"""Who heard whom, of several who talk, each told by a tone of their own. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from rig.tones import PACKET_SAMPLES, SAMPLE_RATE_HZ, SILENCE_RMS, decode_ulaw

WINDOW_S = 0.2
"""Long enough to tell two voices apart that speak at once."""
PRESENT_SHARE = 0.15
"""Of the sound's energy: two voices as loud as each other have half of it each."""
ABSENT_SHARE = 0.05
BAND_HZ = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Hearing:
    """What one person should hear all the time."""

    who: str
    heard: Sequence[tuple[float, bytes]]
    """What they heard: arrival, payload."""
    voices_hz: frozenset[int]
    """All of these at once; none of them: music."""
    strangers_hz: frozenset[int]
    """Whom they must not hear."""

    def apart_s(self, from_s: float, until_s: float) -> float:
        """The longest time in which it was otherwise."""
        count = int((until_s - from_s) / WINDOW_S)
        windows = [bytearray() for _ in range(count)]
        for arrived_s, payload in self.heard:
            index = int((arrived_s - from_s) // WINDOW_S)
            if 0 <= index < count:
                windows[index] += payload
        runs = groupby(self._is_right(bytes(window)) for window in windows)
        return max((len(list(run)) * WINDOW_S for is_right, run in runs if not is_right), default=0.0)

    def _is_right(self, window: bytes) -> bool:
        if len(window) < PACKET_SAMPLES:
            return False
        samples = decode_ulaw(window).astype(np.float64)
        if np.sqrt(np.mean(samples**2)) < SILENCE_RMS:
            return False
        voices = all(_share(samples, hz) > PRESENT_SHARE for hz in self.voices_hz)
        return voices and all(_share(samples, hz) < ABSENT_SHARE for hz in self.strangers_hz)


def _share(samples: NDArray[np.float64], tone_hz: int) -> float:
    """Which part of the sound's energy is this tone."""
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples)))) ** 2
    step_hz = SAMPLE_RATE_HZ / len(samples)
    near = spectrum[int((tone_hz - BAND_HZ) / step_hz) : int((tone_hz + BAND_HZ) / step_hz) + 2]
    return float(near.sum() / (spectrum.sum() or 1.0))
