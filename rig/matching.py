"""Finding a known sound, such as a prompt, in what a customer heard."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rig.tones import SAMPLE_RATE_HZ, decode_ulaw, load_wav

SNIPPET_S = 0.6
"""Length of the piece that is searched for: the loudest of the prompt."""
LIKENESS_MIN = 0.8
"""Correlation from which the piece counts as found; an undisturbed call through μ-law gives about 0.99."""


def loudest_piece(samples: NDArray[np.float64]) -> NDArray[np.float64]:
    """The `SNIPPET_S` with the most energy."""
    size = min(int(SNIPPET_S * SAMPLE_RATE_HZ), len(samples))
    energy = np.convolve(samples**2, np.ones(size), mode="valid")
    start = int(np.argmax(energy))
    return samples[start : start + size]


def times_heard(packets: Sequence[tuple[float, bytes]], prompt: Path) -> list[float]:
    """When (monotonic seconds) the prompt's loudest piece was heard."""
    if not packets:
        return []
    heard = np.concatenate([decode_ulaw(payload) for _, payload in packets]).astype(np.float64)
    piece = loudest_piece(load_wav(prompt).astype(np.float64))
    if len(heard) < len(piece):
        return []
    likeness = _likeness(heard, piece)
    found: list[float] = []
    position = 0
    while position < len(likeness):
        ahead = likeness[position : position + len(piece)]
        best = position + int(np.argmax(ahead))
        if likeness[best] >= LIKENESS_MIN:
            found.append(packets[best // 160][0] if best // 160 < len(packets) else packets[-1][0])
            position = best + len(piece)
        else:
            position += len(piece)
    return found


def _likeness(heard: NDArray[np.float64], piece: NDArray[np.float64]) -> NDArray[np.float64]:
    """Normalised cross-correlation at every position, by way of the spectrum."""
    size = len(heard) + len(piece) - 1
    product = np.fft.rfft(heard, size) * np.conj(np.fft.rfft(piece, size))
    correlation = np.fft.irfft(product, size)[: len(heard) - len(piece) + 1]
    sums = np.concatenate(([0.0], np.cumsum(heard**2)))
    energy = sums[len(piece) :] - sums[: -len(piece)]
    scale = np.sqrt(np.maximum(energy, 1.0) * float(np.sum(piece**2)))
    result: NDArray[np.float64] = correlation / scale
    return result
