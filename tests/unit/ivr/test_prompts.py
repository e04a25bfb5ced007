"""The sounds that lines play."""

import asyncio
import wave
from pathlib import Path

import pytest

from ivr.ports import Synthesis
from ivr.prompts import BEEP_S, NEUTRAL, RATE_HZ, Prompts
from ivr.settings import IvrSettings
from ivr.turn import Prompt
from ivr.words import LANGUAGES, Language


class Mute(Synthesis):
    """For prompts of which nothing is spoken here."""

    async def render(self, text: str, language: str, *, has_time: bool = False) -> Path:
        raise AssertionError(f"asked for {text} in {language}, {has_time=}")


async def test_all_who_leave_the_first_messages_at_once_hear_the_whole_tone(tmp_path: Path) -> None:
    prompts = Prompts(Mute(), IvrSettings(), tmp_path / "cache" / "beep.wav", tmp_path)

    for files in await asyncio.gather(*(prompts.beep() for _ in range(30))):
        with wave.open(str(files[0])) as sound:
            assert sound.getnframes() == RATE_HZ * BEEP_S


async def test_a_message_is_taken_without_the_tone_where_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("no folder", encoding="utf-8")
    prompts = Prompts(Mute(), IvrSettings(), tmp_path / "cache" / "beep.wav", tmp_path)
    assert await prompts.beep() == []


async def test_a_voice_that_hangs_costs_the_caller_one_limit_however_much_there_is_to_say(
    tmp_path: Path,
) -> None:
    class Hanging(Synthesis):
        asked = 0

        async def render(self, text: str, language: str, *, has_time: bool = False) -> Path:
            assert not has_time
            self.asked += 1
            if text == "最后":
                return tmp_path / f"{language}.wav"
            return await asyncio.Future()

    settings, voice = IvrSettings(prompt_timeout_s=0.2), Hanging()
    prompts = Prompts(voice, settings, tmp_path / "beep.wav", tmp_path)
    said = [Prompt(text=text, language="zh") for text in ("您好", *"一二三四五六七八", "最后")]
    async with asyncio.timeout(3 * settings.prompt_timeout_s):
        assert await prompts.files(said) == [NEUTRAL["zh"], tmp_path / "zh.wav"]
    assert voice.asked == len(said)


async def test_a_caller_whom_no_voice_can_speak_to_is_asked_to_hold_once(tmp_path: Path) -> None:
    prompts = Prompts(Mute(), IvrSettings(), tmp_path / "beep.wav", tmp_path)
    said = [Prompt(text=text, language="zh") for text in ("您好", "请按1", " ")]
    (file,) = await prompts.files([*said, Prompt(text="", language="en")])
    assert file == NEUTRAL["zh"]
    assert await prompts.files([Prompt(text="Hello", language="en")]) == [NEUTRAL["en"]]


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_said_when_no_voice_speaks_is_ready_for_the_telephone(language: Language) -> None:
    with wave.open(str(NEUTRAL[language])) as sound:
        assert (sound.getframerate(), sound.getnchannels(), sound.getsampwidth()) == (RATE_HZ, 1, 2)
        assert sound.getnframes() > RATE_HZ / 2
