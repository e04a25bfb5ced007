"""The recording of a message: written whole, or not at all."""

import os
import wave
from collections.abc import Sequence
from pathlib import Path

from telephony.spool import BYTES_PER_SECOND, RATE_HZ, SAMPLE_BYTES

PAUSE = bytes(BYTES_PER_SECOND // 2)
"""Between two parts, so that they are heard as two."""


def write_recording(path: Path, parts: Sequence[bytes]) -> float:
    """Writes the parts one after the other; returns how many seconds that is. Harmless when repeated."""
    sound = PAUSE.join(part for part in parts if part)
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".part")
    with draft.open("wb") as file:
        with wave.open(file, "wb") as recording:
            recording.setnchannels(1)
            recording.setsampwidth(SAMPLE_BYTES)
            recording.setframerate(RATE_HZ)
            recording.writeframes(sound)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    _write_through(path.parent)
    return len(sound) / BYTES_PER_SECOND


def read_recording(path: Path) -> bytes:
    """The samples of a recording that was written here; none if it is gone."""
    if not path.exists():
        return b""
    with wave.open(str(path), "rb") as recording:
        return recording.readframes(recording.getnframes())


def _write_through(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
