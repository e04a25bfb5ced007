"""What a recogniser promises, on the real one: vosk, with models that know a few hundred words."""

import asyncio
import os
import random
import shutil
import signal
import wave
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from speech.errors import (
    BadModel,
    NoModel,
    RecognitionFailed,
    SpeechBusy,
    TooManyPhrases,
    UnreadableAudio,
)
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


async def test_a_recogniser_that_died_fails_what_it_heard_and_is_back_before_it_is_needed(
    tmp_path: Path,
) -> None:
    sound = _silence(tmp_path / "a.wav", 1)
    async with VoskRecogniser(BOTH) as recogniser:
        await recogniser.check()
        chinese, english = recogniser.worker_pids()
        lost, other = Talker(recogniser, "zh"), Talker(recogniser, "en")
        await lost.is_listened_to()
        await other.is_listened_to()
        os.kill(chinese, signal.SIGKILL)
        with pytest.raises(RecognitionFailed):
            await lost.last_words()
        assert await other.last_words() == ""
        assert (await recogniser.transcribe(sound, "zh")).seconds == 1.0
        (successor,) = set(recogniser.worker_pids()) - {english}
        assert successor != chinese


class Talker:
    """Somebody who is listened to, and speaks when the test wants it."""

    def __init__(
        self, recogniser: VoskRecogniser, language: str, phrases: Sequence[str] | None = None
    ) -> None:
        self._said: asyncio.Queue[bytes] = asyncio.Queue()
        self.events = recogniser.listen(self._audio(), language, phrases=phrases)
        self._recogniser, self._language = recogniser, language

    async def _audio(self) -> AsyncIterator[bytes]:
        while piece := await self._said.get():
            yield piece

    async def is_listened_to(self) -> None:
        before = self._recogniser.streams(self._language)
        self._first = asyncio.ensure_future(anext(self.events))
        async with asyncio.timeout(10):
            while self._recogniser.streams(self._language) == before:  # noqa: ASYNC110 - no event for it
                await asyncio.sleep(0)

    def say(self, path: Path) -> None:
        with wave.open(str(path)) as file:
            while samples := file.readframes(160):
                self._said.put_nowait(samples)

    async def last_words(self) -> str:
        self._said.put_nowait(b"")
        words = []
        first = await self._first
        finals = [event async for event in self.events]
        for event in (first, *finals):
            if isinstance(event, Final):
                words += [word.text for word in event.words]
        return " ".join(words)


async def test_many_are_listened_to_by_one_process_at_once(tmp_path: Path) -> None:
    spoken = await _lines(tmp_path, "zh", 12)
    async with VoskRecogniser(BOTH) as recogniser:
        talkers = [Talker(recogniser, "zh") for _ in spoken]
        for talker in talkers:
            await talker.is_listened_to()
        assert len(recogniser.worker_pids()) <= 1
        for talker, (_, line) in zip(talkers, spoken, strict=True):
            talker.say(line.out)
        heard = await asyncio.gather(*(talker.last_words() for talker in talkers))
        assert recogniser.streams("zh") == 0
    pairs = [(said, words.split()) for (said, _), words in zip(spoken, heard, strict=True)]
    assert score(pairs).word_error_rate <= WORD_ERROR_RATE_MAX


async def test_one_more_than_can_be_listened_to_is_refused_at_once(tmp_path: Path) -> None:
    settings = BOTH.model_copy(update={"streams_per_worker": 1})
    async with VoskRecogniser(settings) as recogniser:
        first = Talker(recogniser, "zh")
        await first.is_listened_to()
        with pytest.raises(SpeechBusy):
            await anext(Talker(recogniser, "zh").events)
        # A recording takes nobody's place.
        assert (await recogniser.transcribe(_silence(tmp_path / "a.wav", 1), "zh")).words == ()
        await first.last_words()
        second = Talker(recogniser, "zh")
        await second.is_listened_to()
        assert await second.last_words() == ""


async def test_recordings_wait_their_turn_up_to_a_limit(tmp_path: Path) -> None:
    sound = _silence(tmp_path / "a.wav", 12)
    settings = BOTH.model_copy(update={"waiting_max": 2})
    async with VoskRecogniser(settings) as recogniser:
        many = [recogniser.transcribe(sound, "zh") for _ in range(5)]
        found = await asyncio.gather(*many, return_exceptions=True)
    assert [type(each) for each in found].count(SpeechBusy) == 2


async def test_who_stops_listening_leaves_nothing_open(tmp_path: Path) -> None:
    line = Line("冰箱 漏水", tmp_path / "a.wav")
    await say("zh", [line])
    async with VoskRecogniser(BOTH) as recogniser:
        talker = Talker(recogniser, "zh")
        await talker.is_listened_to()
        talker.say(line.out)
        assert isinstance(await talker._first, Partial)
        await talker.events.aclose()
        assert recogniser.streams("zh") == 0


@pytest.mark.parametrize(
    ("phrases", "said", "heard"),
    [
        (["我的洗衣机", "漏水", "没有人知道的词𠮷"], "我的洗衣机漏水", {"我", "的", "洗衣机", "漏水"}),
        (["漏水", "没有人知道的词退款"], "退款", {"漏水"}),
        (["没有人知道的词𠮷"], "退款", {"退款"}),
    ],
)
async def test_phrases_are_all_that_is_heard(
    tmp_path: Path, phrases: list[str], said: str, heard: set[str]
) -> None:
    """Where none can be heard because the model lacks their words, everything is."""
    line = Line(said, tmp_path / "a.wav")
    await say("zh", [line])
    async with VoskRecogniser(BOTH) as recogniser:
        assert recogniser.abilities("zh").can_take_phrases
        talker = Talker(recogniser, "zh", phrases)
        await talker.is_listened_to()
        talker.say(line.out)
        assert set((await talker.last_words()).split()) == heard


async def test_too_many_phrases_are_refused() -> None:
    async with VoskRecogniser(BOTH) as recogniser:
        with pytest.raises(TooManyPhrases):
            await anext(Talker(recogniser, "zh", ["漏水"] * 501).events)
