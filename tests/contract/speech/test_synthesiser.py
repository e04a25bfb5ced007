"""What a synthesiser promises, on the real one: espeak-ng in worker processes."""

import asyncio
import os
import signal
import wave
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import numpy as np
import pytest

from speech.errors import BlankText, SpeechBusy, SynthesisFailed, TextTooLong, UnknownLanguage
from speech.settings import SynthesisSettings
from speech.voices import Voices

ONE = SynthesisSettings(workers=1)


@asynccontextmanager
async def speaking(folder: Path, settings: SynthesisSettings = ONE) -> AsyncIterator[Voices]:
    async with Voices(settings, folder) as voice:
        yield voice


def sound(path: Path) -> np.ndarray:
    with wave.open(str(path)) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (8_000, 1, 2)
        return np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(float)


@pytest.mark.parametrize(
    ("text", "language"), [("您好，您的工单CS202611220001已受理。", "zh"), ("Please hold the line.", "en")]
)
async def test_a_text_becomes_telephone_audio_of_even_loudness(
    tmp_path: Path, text: str, language: str
) -> None:
    async with speaking(tmp_path) as voice:
        samples = sound(await voice.render(text, language))
    frames = samples[: len(samples) // 160 * 160].reshape(-1, 160)
    power = (frames**2).mean(1)
    spoken = power[power > power.max() / 1_000].mean() ** 0.5
    assert len(samples) > 8_000
    assert 20 * np.log10(spoken / 32_768) == pytest.approx(ONE.level_dbfs, abs=3)
    assert np.abs(samples).max() < 32_000


async def test_the_same_text_is_spoken_once(tmp_path: Path) -> None:
    async with speaking(tmp_path) as voice:
        first = await voice.render("您前面还有2位客户", "zh")
        made = first.stat().st_ino
        assert await voice.render("您前面还有2位客户", "zh") == first
        assert await voice.render("您前面还有两位客户", "zh") == first, "equal once it is spoken"
        assert first.stat().st_ino == made
        assert await voice.render("您前面还有3位客户", "zh") != first


async def test_prompts_outlive_the_synthesiser(tmp_path: Path) -> None:
    async with speaking(tmp_path) as voice:
        first = await voice.render("谢谢", "zh")
    async with speaking(tmp_path) as voice:
        assert await voice.render("谢谢", "zh") == first
        assert voice.worker_pids() == [], "a kept prompt needs no worker"


async def test_many_callers_share_few_workers(tmp_path: Path) -> None:
    texts = [f"工单{number}" for number in range(20)]
    async with speaking(tmp_path, SynthesisSettings(workers=2)) as voice:
        paths = await asyncio.gather(*(voice.render(text, "zh") for text in texts))
        assert len(voice.worker_pids()) <= 2
    assert len({path.read_bytes() for path in paths}) == len(texts)


@pytest.mark.parametrize("text", ["", "   ", "。。。", "\n\t", "🙂"])
async def test_a_blank_text_is_refused(tmp_path: Path, text: str) -> None:
    async with speaking(tmp_path) as voice:
        with pytest.raises(BlankText):
            await voice.render(text, "zh")


async def test_unknown_language_and_endless_text_are_refused(tmp_path: Path) -> None:
    async with speaking(tmp_path) as voice:
        with pytest.raises(UnknownLanguage):
            await voice.render("bonjour", "fr")
        with pytest.raises(TextTooLong):
            await voice.render("长" * (ONE.text_chars_max + 1), "zh")


async def test_an_unknown_voice_is_said_not_silent(tmp_path: Path) -> None:
    settings = SynthesisSettings(workers=1, voices={"zh": "no/such"})
    async with speaking(tmp_path, settings) as voice:
        with pytest.raises(SynthesisFailed, match="no/such"):
            await voice.render("您好", "zh")


async def test_a_worker_that_was_killed_costs_nobody_a_prompt(tmp_path: Path) -> None:
    async with speaking(tmp_path) as voice:
        await voice.render("您好", "zh")
        (before,) = voice.worker_pids()
        os.kill(before, signal.SIGKILL)
        assert sound(await voice.render("再见", "zh")).size
        assert voice.worker_pids() != [before]


async def test_a_worker_that_hangs_is_replaced(tmp_path: Path) -> None:
    async with speaking(tmp_path, SynthesisSettings(workers=1, render_timeout_s=0.5)) as voice:
        await voice.render("您好", "zh")
        (before,) = voice.worker_pids()
        os.kill(before, signal.SIGSTOP)
        assert sound(await voice.render("再见", "zh")).size
        assert before not in voice.worker_pids()
        with pytest.raises(ProcessLookupError):
            os.kill(before, 0)


async def test_a_caller_who_hangs_up_meanwhile_spoils_nothing(tmp_path: Path) -> None:
    async with speaking(tmp_path) as voice:
        await voice.render("您好", "zh")
        os.kill(voice.worker_pids()[0], signal.SIGSTOP)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(voice.render("第一", "zh"), 0.05)
        assert sound(await voice.render("第二", "zh")).size


async def test_a_folder_that_vanished_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "prompts"
    async with speaking(folder) as voice:
        folder.rmdir()
        with pytest.raises(SynthesisFailed, match="cannot be written"):
            await voice.render("您好", "zh")
        folder.mkdir()
        assert sound(await voice.render("您好", "zh")).size, "and works again once it is there"


async def test_speaking_leaves_nothing_behind_but_prompts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setenv("TMPDIR", str(scratch))
    async with speaking(tmp_path / "prompts") as voice:
        prompts = [await voice.render(text, "zh") for text in ("您好", "再见")]
    assert _files(scratch) == []
    assert sorted(_files(tmp_path / "prompts")) == sorted(prompts)


async def test_too_many_waiting_texts_are_refused_at_once(tmp_path: Path) -> None:
    async with speaking(tmp_path, SynthesisSettings(workers=1, waiting_max=1)) as voice:
        outcomes = await asyncio.gather(
            *(voice.render(f"文本{number}", "zh") for number in range(5)), return_exceptions=True
        )
    assert sum(isinstance(outcome, Path) for outcome in outcomes) == 2
    assert sum(isinstance(outcome, SpeechBusy) for outcome in outcomes) == 3


async def test_workers_end_with_the_synthesiser(tmp_path: Path) -> None:
    async with speaking(tmp_path) as voice:
        await voice.render("您好", "zh")
        (pid,) = voice.worker_pids()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def _files(folder: Path) -> list[Path]:
    return list(folder.iterdir())


async def test_the_longest_unused_prompts_go_first(tmp_path: Path) -> None:
    async with speaking(tmp_path) as voice:
        old, new = await voice.render("旧的", "zh"), await voice.render("新的", "zh")
    os.utime(old, (1, 1))
    half = tmp_path / "x.wav.123"
    half.write_bytes(b"")
    async with speaking(tmp_path, SynthesisSettings(cache_files_max=1)):
        assert _files(tmp_path) == [new]
