"""Tones as G.711 μ-law, and what a listener heard, second by second."""

import wave
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

SAMPLE_RATE_HZ = 8000
PACKET_S = 0.02
PACKET_SAMPLES = 160
WINDOW_S = 0.1
SILENCE_RMS = 60.0
"""16-bit amplitude below which a window counts as silence (μ-law's own idle noise is about 4)."""
PURITY_MIN = 0.6
"""Share of a window's energy that must lie within a tone's band to call it that tone."""
BAND_HZ = 18.0

_BIAS = 0x84
_CLIP = 32635


def encode_ulaw(samples: NDArray[np.int16]) -> bytes:
    """16-bit samples to μ-law (ITU-T G.711)."""
    values = samples.astype(np.int32)
    sign = np.where(values < 0, 0x80, 0)
    magnitude = np.minimum(np.abs(values), _CLIP) + _BIAS
    exponent = np.floor(np.log2(magnitude)).astype(np.int32) - 7
    mantissa = (magnitude >> (exponent + 3)) & 0x0F
    codes: NDArray[np.uint8] = (~(sign | (exponent << 4) | mantissa) & 0xFF).astype(np.uint8)
    return codes.tobytes()


def _decode_table() -> NDArray[np.int16]:
    codes = ~np.arange(256, dtype=np.int32) & 0xFF
    magnitude = (((codes & 0x0F) << 3) + _BIAS) << ((codes >> 4) & 7)
    return np.where(codes & 0x80, _BIAS - magnitude, magnitude - _BIAS).astype(np.int16)


_DECODE = _decode_table()


def decode_ulaw(payload: bytes) -> NDArray[np.int16]:
    """μ-law to 16-bit samples."""
    return _DECODE[np.frombuffer(payload, dtype=np.uint8)]


def load_wav(path: Path) -> NDArray[np.int16]:
    """The samples of an 8 kHz mono 16-bit file."""
    with wave.open(str(path)) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (SAMPLE_RATE_HZ, 1, 2)
        return np.frombuffer(file.readframes(file.getnframes()), dtype=np.int16)


def packets(samples: NDArray[np.int16]) -> tuple[bytes, ...]:
    """Samples as μ-law packets of 20 ms; the last one is filled up with silence."""
    encoded = encode_ulaw(samples)
    encoded += b"\xff" * (-len(encoded) % PACKET_SAMPLES)
    return tuple(encoded[i : i + PACKET_SAMPLES] for i in range(0, len(encoded), PACKET_SAMPLES))


def tone_packets(frequency_hz: int, amplitude: int = 8000) -> tuple[bytes, ...]:
    """One second of a tone in packets of 20 ms; whole hertz, so that it loops without a click."""
    phase = 2 * np.pi * frequency_hz * np.arange(SAMPLE_RATE_HZ) / SAMPLE_RATE_HZ
    return packets((amplitude * np.sin(phase)).astype(np.int16))


@dataclass(frozen=True, slots=True)
class Heard:
    """What was in one window of received sound: silence, a tone, or something else (music, speech)."""

    at_s: float
    """Monotonic time of the window's begin."""
    rms: float
    peak_hz: float
    purity: float

    @property
    def is_silent(self) -> bool:
        """Whether nothing could be heard."""
        return self.rms < SILENCE_RMS

    def is_tone(self, frequency_hz: float) -> bool:
        """Whether this window is that tone."""
        return not self.is_silent and abs(self.peak_hz - frequency_hz) < BAND_HZ and self.purity > PURITY_MIN


def listen(heard: Sequence[tuple[float, bytes]], until_s: float) -> list[Heard]:
    """What packets (arrival, payload) sound like, in windows from the first one to `until_s`.

    A window in which nothing arrived is silent: that is what the ear gets.
    """
    if not heard:
        return []
    start = heard[0][0]
    count = max(1, int((until_s - start) / WINDOW_S) + 1)
    windows: list[bytearray] = [bytearray() for _ in range(count)]
    for arrived, payload in heard:
        index = int((arrived - start) / WINDOW_S)
        if index < count:
            windows[index] += payload
    return [_window(start + i * WINDOW_S, bytes(w)) for i, w in enumerate(windows)]


def _window(at_s: float, payload: bytes) -> Heard:
    if len(payload) < PACKET_SAMPLES:
        return Heard(at_s, 0.0, 0.0, 0.0)
    samples = decode_ulaw(payload).astype(np.float64)
    rms = float(np.sqrt(np.mean(samples**2)))
    # Zero-padding interpolates the spectrum to about 2 Hz, so that neighbouring tones stay apart.
    size = 4096
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples)), size)) ** 2
    spectrum[: int(40 * size / SAMPLE_RATE_HZ)] = 0
    total = float(spectrum.sum())
    peak = int(np.argmax(spectrum))
    width = int(BAND_HZ * size / SAMPLE_RATE_HZ) + 1
    band = float(spectrum[max(0, peak - width) : peak + width + 1].sum())
    return Heard(at_s, rms, peak * SAMPLE_RATE_HZ / size, band / total if total else 0.0)


def longest_silence_s(heard: Sequence[Heard]) -> float:
    """The longest run of silent windows, in seconds."""
    longest = run = 0
    for window in heard:
        run = run + 1 if window.is_silent else 0
        longest = max(longest, run)
    return longest * WINDOW_S


def tone_s(heard: Sequence[Heard], frequency_hz: float) -> float:
    """How long a tone was heard, in seconds."""
    return sum(1 for window in heard if window.is_tone(frequency_hz)) * WINDOW_S


def in_words(heard: Sequence[Heard]) -> str:
    """The windows for a reader of a failed test: `1.2 s 1000 Hz, 0.3 s silence, 2.0 s mixed`."""
    runs = ((name, len(list(windows))) for name, windows in groupby(heard, _name))
    return ", ".join(f"{count * WINDOW_S:.1f} s {name}" for name, count in runs)


def _name(window: Heard) -> str:
    if window.is_silent:
        return "silence"
    return f"{round(window.peak_hz, -1):.0f} Hz" if window.purity > PURITY_MIN else "mixed"
