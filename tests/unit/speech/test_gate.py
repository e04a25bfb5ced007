"""A recogniser is spared silence, and its times are put right."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest

from rig.tones import load_wav
from speech.gate import SilenceGate
from tests.voices import Line, say

SECOND = 16_000


@pytest.fixture(scope="module")
def voice(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    line = Line("我的洗衣机漏水", Path(tmp_path_factory.mktemp("said")) / "a.wav")
    asyncio.run(say("zh", [line]))
    return load_wav(line.out).astype("<i2").tobytes()


async def passed(gate: SilenceGate, sound: bytes, piece: int = 320) -> bytes:
    async def pieces() -> AsyncIterator[bytes]:
        for at in range(0, len(sound), piece):
            yield sound[at : at + piece]

    return b"".join([each async for each in gate.pass_on(pieces())])


@pytest.mark.parametrize("piece", [320, 100, 5_000])
async def test_silence_is_left_out_and_no_word_of_it_is(voice: bytes, piece: int) -> None:
    sound = bytes(10 * SECOND) + voice + bytes(10 * SECOND) + voice + bytes(10 * SECOND)
    through = await passed(SilenceGate(), sound, piece)
    assert len(through) < 2 * len(voice) + 5 * SECOND
    loud = [np.abs(np.frombuffer(each, "<i2").astype(int)).sum() for each in (sound, through)]
    assert loud[1] >= 0.99 * loud[0]


async def test_a_place_in_what_was_heard_is_a_place_in_what_was_said(voice: bytes) -> None:
    gate = SilenceGate()
    sound = bytes(10 * SECOND) + voice + bytes(10 * SECOND) + voice
    through = await passed(gate, sound)
    for at in range(0, len(through) - 3_200, 1_600):
        part = through[at : at + 320]
        if np.abs(np.frombuffer(part, "<i2").astype(int)).max() > 2_000:
            there = round(gate.place(at / SECOND) * SECOND) // 2 * 2
            assert sound[there : there + 320] == part


async def test_silence_alone_is_nothing() -> None:
    assert await passed(SilenceGate(), bytes(60 * SECOND)) == b""
