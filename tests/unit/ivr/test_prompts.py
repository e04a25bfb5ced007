"""The sounds that lines play."""

import asyncio
import wave
from pathlib import Path

from ivr.ports import Synthesis
from ivr.prompts import BEEP_S, RATE_HZ, Prompts
from ivr.settings import IvrSettings


class Mute(Synthesis):
    """For prompts of which nothing is spoken here."""

    async def render(self, text: str, language: str) -> Path:
        raise AssertionError(f"asked for {text} in {language}")


async def test_all_who_leave_the_first_messages_at_once_hear_the_whole_tone(tmp_path: Path) -> None:
    prompts = Prompts(Mute(), IvrSettings(), tmp_path / "cache" / "beep.wav", tmp_path)

    for files in await asyncio.gather(*(prompts.beep() for _ in range(30))):
        with wave.open(str(files[0])) as sound:
            assert sound.getnframes() == RATE_HZ * BEEP_S


async def test_a_message_is_taken_without_the_tone_where_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("no folder", encoding="utf-8")
    prompts = Prompts(Mute(), IvrSettings(), tmp_path / "cache" / "beep.wav", tmp_path)
    assert await prompts.beep() == []
