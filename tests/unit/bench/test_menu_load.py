"""What a measured caller heard."""

import wave
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest

from bench.menu_load import Listener, is_loud, words_of
from rig.media import MediaEnd
from rig.tones import packets, tone_packets

QUIET = b"\xff" * 160


@pytest.fixture
async def end() -> AsyncIterator[MediaEnd]:
    end = MediaEnd("127.0.0.1", None)
    yield end
    end.close()


async def test_gaps_and_losses_are_told_by_when_packets_came(end: MediaEnd) -> None:
    end.heard = [(at, QUIET) for at in (1.0, 1.02, 1.04, 1.12, 1.14)]
    end.stamps = [160 * number for number in range(5)]
    listener = Listener(end)
    assert listener.gaps_ms() == pytest.approx([20, 20, 80, 20])
    assert listener.lost_packets == 3


async def test_silence_that_the_far_end_meant_is_no_gap(end: MediaEnd) -> None:
    end.heard = [(at, QUIET) for at in (1.0, 1.02, 3.02, 3.06)]
    end.stamps = [2**32 - 160, 0, 16_000, 16_160]
    assert Listener(end).gaps_ms() == pytest.approx([20, 20, 40])


async def test_who_heard_nothing_has_no_gaps(end: MediaEnd) -> None:
    listener = Listener(end)
    assert (listener.gaps_ms(), listener.lost_packets) == ([], 0)


def test_what_a_caller_says_ends_with_its_last_sound(tmp_path: Path) -> None:
    samples = np.concatenate([np.full(1_600, 8_000), np.zeros(800), np.full(800, 8_000), np.zeros(4_000)])
    saying = tmp_path / "saying.wav"
    with wave.open(str(saying), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8_000)
        file.writeframes(samples.astype("<i2").tobytes())
    assert len(words_of(saying)) == 20, "of 20 ms each"


def test_a_tone_is_loud_and_silence_is_not() -> None:
    assert is_loud(tone_packets(440)[0])
    assert not is_loud(QUIET)
    assert not is_loud(packets(np.zeros(160, dtype=np.int16))[0])
