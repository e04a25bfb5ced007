"""Reading recordings, also those whose recorder was killed."""

import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from speech.errors import UnreadableAudio

_SAMPLE_BYTES = 2
_CHUNK_HEADER = struct.Struct("<4sI")
_FORMAT = struct.Struct("<HHIIHH")
_FIRST_CHUNK = 12
_PCM = 1
_HEADERS_BYTES_MAX = 4_096
_RATES = range(4_000, 192_001)


@dataclass(frozen=True, slots=True)
class Audio:
    """16-bit mono samples in a file, which is read piece by piece: a call may last for hours."""

    path: Path
    rate: int
    begin: int
    """Where in the file the samples begin."""
    size: int
    """Bytes of samples."""

    @property
    def seconds(self) -> float:
        """How long it is."""
        return self.size / _SAMPLE_BYTES / self.rate

    def pieces(self, seconds: float) -> Iterator[bytes]:
        """The samples, so many seconds at a time. Blocks; raises `UnreadableAudio` of a file that is gone."""
        piece = int(self.rate * seconds) * _SAMPLE_BYTES
        try:
            with self.path.open("rb") as file:
                file.seek(self.begin)
                left = self.size
                while left > 0 and (samples := file.read(min(piece, left))):
                    left -= len(samples)
                    yield samples
        except OSError as error:
            raise UnreadableAudio(f"{self.path.name} cannot be read: {error.strerror}") from error


def read_wav(path: Path, *, seconds_max: float) -> Audio:
    """What the file says of its sound.

    Asterisk writes the lengths into the header when a recording ends; one that was cut short by
    a crash says zero, and then all that follows the header counts.
    """
    try:
        with path.open("rb") as file:
            audio = _parse(path, file.read(_HEADERS_BYTES_MAX), os.fstat(file.fileno()).st_size)
    except OSError as error:
        raise UnreadableAudio(f"{path.name} cannot be read: {error.strerror}") from error
    if audio is None:
        raise UnreadableAudio(f"{path.name} is not 16-bit mono WAV audio")
    if audio.seconds > seconds_max:
        raise UnreadableAudio(f"{path.name} is longer than {seconds_max:.0f} s")
    return audio


def _parse(path: Path, start: bytes, length: int) -> Audio | None:
    if start[:4] != b"RIFF" or start[8:_FIRST_CHUNK] != b"WAVE":
        return None
    rate, place = None, _FIRST_CHUNK
    while place + _CHUNK_HEADER.size <= len(start):
        name, size = _CHUNK_HEADER.unpack_from(start, place)
        place += _CHUNK_HEADER.size
        if name == b"data" and rate:
            there = length - place
            whole = (min(size, there) if size else there) // _SAMPLE_BYTES * _SAMPLE_BYTES
            return Audio(path, rate, place, whole)
        if name == b"fmt ":
            rate = _rate(start[place : place + _FORMAT.size])
        place += size + size % 2
    return None


def _rate(fields: bytes) -> int | None:
    if len(fields) < _FORMAT.size:
        return None
    kind, channels, rate, _, _, bits = _FORMAT.unpack(fields)
    is_ours = (kind, channels, bits) == (_PCM, 1, 8 * _SAMPLE_BYTES) and rate in _RATES
    return int(rate) if is_ours else None
