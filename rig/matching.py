"""Finding a known sound, such as a prompt, in what a customer heard."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rig.tones import SAMPLE_RATE_HZ, decode_ulaw, load_wav

SNIPPET_S = 1.0
"""Length of the piece that is searched for: the loudest of the prompt.

Longer than a word, because an engine says the same word in another prompt the same way.
"""
LIKENESS_MIN = 0.8
"""Correlation from which the piece counts as found; an undisturbed call through μ-law gives about 0.99."""


def loudest_piece(samples: NDArray[np.float64]) -> NDArray[np.float64]:
    """The `SNIPPET_S` with the most energy."""
    size = min(int(SNIPPET_S * SAMPLE_RATE_HZ), len(samples))
    start = int(np.argmax(_energies(samples, size)))
    return samples[start : start + size]


def times_heard(packets: Sequence[tuple[float, bytes]], prompt: Path) -> list[float]:
    """When (monotonic seconds) the prompt's loudest piece was heard."""
    return Hearing(packets).times(prompt)


class Hearing:
    """All that somebody heard, to be searched for one prompt after the other."""

    def __init__(self, packets: Sequence[tuple[float, bytes]]) -> None:
        self._packets = packets
        samples = [decode_ulaw(payload) for _, payload in packets]
        self._heard = np.concatenate(samples).astype(np.float64) if samples else np.zeros(0)
        # A power of two with room for the longest piece, so that one spectrum serves all pieces.
        self._size = 1 << (len(self._heard) + int(SNIPPET_S * SAMPLE_RATE_HZ)).bit_length()
        self._spectrum = np.fft.rfft(self._heard, self._size)

    def times(self, prompt: Path) -> list[float]:
        """When (monotonic seconds) the prompt's loudest piece was heard."""
        piece = loudest_piece(load_wav(prompt).astype(np.float64))
        if len(self._heard) < len(piece):
            return []
        likeness = self._likeness(piece)
        found: list[float] = []
        position = 0
        while position < len(likeness):
            ahead = likeness[position : position + len(piece)]
            best = position + int(np.argmax(ahead))
            if likeness[best] >= LIKENESS_MIN:
                found.append(self._packets[min(best // 160, len(self._packets) - 1)][0])
                position = best + len(piece)
            else:
                position += len(piece)
        return found

    def _likeness(self, piece: NDArray[np.float64]) -> NDArray[np.float64]:
        """Normalised cross-correlation at every position, by way of the spectrum."""
        product = self._spectrum * np.conj(np.fft.rfft(piece, self._size))
        correlation = np.fft.irfft(product, self._size)[: len(self._heard) - len(piece) + 1]
        scale = np.sqrt(np.maximum(_energies(self._heard, len(piece)), 1.0) * float(np.sum(piece**2)))
        result: NDArray[np.float64] = correlation / scale
        return result


def _energies(samples: NDArray[np.float64], size: int) -> NDArray[np.float64]:
    """Of each piece of so many samples, by where it begins."""
    sums = np.concatenate(([0.0], np.cumsum(samples**2)))
    energies: NDArray[np.float64] = sums[size:] - sums[: len(sums) - size]
    return energies
