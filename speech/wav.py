"""Reading recordings, also those whose recorder was killed."""

import struct
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
    """16-bit mono samples."""

    rate: int
    samples: bytes

    @property
    def seconds(self) -> float:
        """How long it is."""
        return len(self.samples) / _SAMPLE_BYTES / self.rate


def read_wav(path: Path, *, seconds_max: float) -> Audio:
    """The samples of a file.

    Asterisk writes the lengths into the header when a recording ends; one that was cut short by
    a crash says zero, and then all that follows the header counts.
    """
    try:
        if path.stat().st_size > _HEADERS_BYTES_MAX + seconds_max * _RATES[-1] * _SAMPLE_BYTES:
            raise UnreadableAudio(f"{path.name} is longer than {seconds_max:.0f} s")
        content = path.read_bytes()
    except OSError as error:
        raise UnreadableAudio(f"{path.name} cannot be read: {error.strerror}") from error
    audio = _parse(content)
    if audio is None:
        raise UnreadableAudio(f"{path.name} is not 16-bit mono WAV audio")
    if audio.seconds > seconds_max:
        raise UnreadableAudio(f"{path.name} is longer than {seconds_max:.0f} s")
    return audio


def _parse(content: bytes) -> Audio | None:
    if content[:4] != b"RIFF" or content[8:_FIRST_CHUNK] != b"WAVE":
        return None
    rate, place = None, _FIRST_CHUNK
    while place + _CHUNK_HEADER.size <= len(content):
        name, size = _CHUNK_HEADER.unpack_from(content, place)
        place += _CHUNK_HEADER.size
        if name == b"data":
            return _samples(rate, content[place : place + size] if size else content[place:])
        if name == b"fmt ":
            rate = _rate(content[place : place + _FORMAT.size])
        place += size + size % 2
    return None


def _rate(fields: bytes) -> int | None:
    if len(fields) < _FORMAT.size:
        return None
    kind, channels, rate, _, _, bits = _FORMAT.unpack(fields)
    is_ours = (kind, channels, bits) == (_PCM, 1, 8 * _SAMPLE_BYTES) and rate in _RATES
    return int(rate) if is_ours else None


def _samples(rate: int | None, data: bytes) -> Audio | None:
    return Audio(rate, data[: len(data) // _SAMPLE_BYTES * _SAMPLE_BYTES]) if rate else None
