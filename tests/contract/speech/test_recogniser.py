"""What a recogniser promises, on the real one: vosk, with models that know a few hundred words."""

import os
import random
import shutil
import signal
import wave
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from speech.errors import BadModel, NoModel, RecognitionFailed, UnreadableAudio
from speech.model import End, Final, Partial
from speech.scoring import score
from speech.settings import RecognitionSettings
from speech.vosk import VoskRecogniser
from tests.voices import MODELS, UNSEEN_VARIANTS, Line, say, vocabulary

BOTH = RecognitionSettings(models={language: MODELS / language for language in ("zh", "en")})
JOIN = {"zh": "", "en": " "}
WORD_ERROR_RATE_MAX = 0.03


async def _lines(folder: Path, language: str, count: int) -> list[tuple[list[str], Line]]:
    """Six random words each, by voices that the models were not trained on."""
    chance, known = random.Random(6), vocabulary(language)
    said = [[chance.choice(known) for _ in range(6)] for _ in range(count)]
    lines = [
        Line(JOIN[language].join(words), folder / f"{number}.wav", UNSEEN_VARIANTS[number % 4])
        for number, words in enumerate(said)
    ]
    await say(language, lines)
    return list(zip(said, lines, strict=True))


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_unknown_voices_are_understood(tmp_path: Path, language: str) -> None:
    spoken = await _lines(tmp_path, language, 40)
    pairs = []
    async with VoskRecogniser(BOTH) as recogniser:
        for said, line in spoken:
            heard = await recogniser.transcribe(line.out, language)
            pairs.append((said, [word.text for word in heard.words]))
    assert score(pairs).word_error_rate <= WORD_ERROR_RATE_MAX


async def test_words_have_times_and_confidence(tmp_path: Path) -> None:
    line = Line("我的洗衣机漏水请回电", tmp_path / "a.wav")
    await say("zh", [line])
    async with VoskRecogniser(BOTH) as recogniser:
        heard = await recogniser.transcribe(line.out, "zh")
    assert [word.text for word in heard.words] == ["我", "的", "洗衣机", "漏水", "请", "回电"]
    assert heard.text == "我的洗衣机漏水请回电"
    assert heard.language == "zh"
    times = [(word.start_s, word.end_s) for word in heard.words]
    assert times == sorted(times)
    assert all(0 <= start < end <= heard.seconds for start, end in times)
    assert all(0 <= word.confidence <= 1 for word in heard.words)
    assert heard.confidence > 0.5


async def test_a_telephone_number_is_written_in_digits(tmp_path: Path) -> None:
    line = Line("请回电幺三八零零", tmp_path / "a.wav", words_per_minute=130)
    await say("zh", [line])
    async with VoskRecogniser(BOTH) as recogniser:
        assert (await recogniser.transcribe(line.out, "zh")).text == "请回电13800"


async def test_partials_come_before_finals_and_one_end_last(tmp_path: Path) -> None:
    line = Line("冰箱 漏水，需要 退款", tmp_path / "a.wav")
    await say("zh", [line])
    with wave.open(str(line.out)) as file:
        samples = file.readframes(file.getnframes())

    async def chunks() -> AsyncIterator[bytes]:
        for start in range(0, len(samples), 3_200):
            yield samples[start : start + 3_200]

    async with VoskRecogniser(BOTH) as recogniser:
        events = [event async for event in recogniser.listen(chunks(), "zh")]
    assert isinstance(events[0], Partial)
    assert any(isinstance(event, Final) for event in events)
    assert [event for event in events if isinstance(event, End)] == [End(seconds=len(samples) / 16_000)]
    assert isinstance(events[-1], End)


def _silence(path: Path, seconds: float) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8_000)
        file.writeframes(bytes(int(seconds * 16_000)))
    return path


@pytest.mark.parametrize("seconds", [0, 0.01, 12])
async def test_silence_has_no_words(tmp_path: Path, seconds: float) -> None:
    async with VoskRecogniser(BOTH) as recogniser:
        heard = await recogniser.transcribe(_silence(tmp_path / "a.wav", seconds), "zh")
    assert (heard.words, heard.text, heard.confidence) == ((), "", 0.0)


async def test_without_a_model_there_is_no_transcript(tmp_path: Path) -> None:
    async with VoskRecogniser(RecognitionSettings()) as recogniser:
        assert not recogniser.abilities("zh").can_transcribe
        with pytest.raises(NoModel):
            await recogniser.transcribe(_silence(tmp_path / "a.wav", 1), "zh")


async def test_abilities_name_the_engine() -> None:
    async with VoskRecogniser(BOTH) as recogniser:
        abilities = recogniser.abilities("zh")
        await recogniser.check()
    assert (abilities.can_transcribe, abilities.engine) == (True, "vosk")


@pytest.mark.parametrize("spoilt", ["am/final.mdl", "conf/model.conf", "conf/mfcc.conf", "graph/words.txt"])
async def test_a_bad_model_is_refused_with_the_engines_reason(tmp_path: Path, spoilt: str) -> None:
    folder = tmp_path / "model"
    shutil.copytree(MODELS / "zh", folder)
    (folder / spoilt).write_text("--nonsense=1\n")
    async with VoskRecogniser(RecognitionSettings(models={"zh": folder})) as recogniser:
        with pytest.raises(BadModel, match=r"(?s)model.*(ERROR|nonsense|Could not|Fail)"):
            await recogniser.check()


async def test_what_is_no_sound_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    path.write_text("no sound")
    async with VoskRecogniser(BOTH) as recogniser:
        with pytest.raises(UnreadableAudio):
            await recogniser.transcribe(path, "zh")


async def test_a_recogniser_that_died_fails_one_recording_and_comes_back(tmp_path: Path) -> None:
    sound = _silence(tmp_path / "a.wav", 1)
    async with VoskRecogniser(BOTH) as recogniser:
        await recogniser.transcribe(sound, "zh")
        os.kill(recogniser.worker_pids()[0], signal.SIGKILL)
        with pytest.raises(RecognitionFailed):
            await recogniser.transcribe(sound, "zh")
        assert (await recogniser.transcribe(sound, "zh")).seconds == 1.0
