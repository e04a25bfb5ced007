"""A recording that the switch did not finish says how long it is all the same."""

import wave
from pathlib import Path

import pytest

from telephony.recordings import complete

RATE_HZ, SAMPLE_BYTES, HEADER_BYTES = 8_000, 2, 44


def _recorded(file: Path, frames: int) -> None:
    with wave.open(str(file), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(SAMPLE_BYTES)
        sound.setframerate(RATE_HZ)
        sound.writeframes(bytes(frames * SAMPLE_BYTES))


def _frames(file: Path) -> int:
    with wave.open(str(file), "rb") as sound:
        return sound.getnframes()


@pytest.mark.parametrize("finished", [0, 800])
def test_what_was_recorded_since_the_length_was_written_is_heard_too(tmp_path: Path, finished: int) -> None:
    file = tmp_path / "call-in.wav"
    _recorded(file, finished)
    with file.open("ab") as appending:
        appending.write(bytes(1600 * SAMPLE_BYTES))
    complete(file)
    assert _frames(file) == finished + 1600
    riff_length = int.from_bytes(file.read_bytes()[4:8], "little")
    assert riff_length == file.stat().st_size - 8


@pytest.mark.parametrize("content", [b"", b"RIFF", b"\x00" * 100])
def test_what_is_no_recording_is_left_alone(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "other"
    file.write_bytes(content)
    complete(file)
    assert file.read_bytes() == content


def test_a_finished_recording_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "call-in.wav"
    _recorded(file, 800)
    before = file.read_bytes()
    complete(file)
    assert file.read_bytes() == before
