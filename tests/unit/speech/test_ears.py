"""When a caller has answered: at once after a whole answer, after a longer pause otherwise."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable, Sequence
from pathlib import Path
from typing import Any, cast

import pytest

from rig.tones import load_wav
from speech.ears import RecognisingEars, answers
from speech.model import Abilities, End, Final, Heard, Partial, Voice, Word
from speech.settings import EndpointSettings
from tests.voices import Line, say

FRAME_BYTES, FRAME_MS = 320, 20
SETTINGS = EndpointSettings()
PHRASES = ("投诉", "人工", "人工服务", "我要维修")


class Hears:
    """A recogniser that knows at once what is said."""

    def __init__(self, text: str) -> None:
        self._text = text

    def abilities(self, language: str) -> Abilities:
        return Abilities(can_transcribe=True, engine=f"none for {language}", can_refuse=True)

    async def listen(
        self, audio: AsyncIterable[bytes], *, language: str, phrases: Sequence[str] | None
    ) -> AsyncGenerator[Heard, None]:
        assert (language, phrases) == ("zh", list(PHRASES))
        async for _ in audio:
            yield Partial(text=" ".join(self._text))
        yield Final(words=(Word(text=self._text, start_s=0, end_s=1, confidence=0.9),))
        yield End(seconds=1)


@pytest.fixture(scope="module")
def voice(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    line = Line("投诉投诉", Path(tmp_path_factory.mktemp("said")) / "a.wav")
    asyncio.run(say("zh", [line]))
    sound = load_wav(line.out)
    loud = abs(sound) > 300
    return sound[: len(sound) - int(loud[::-1].argmax())].astype("<i2").tobytes()


async def quiet_ms(voice: bytes, text: str, *, pauses_long: bool = False) -> int:
    """How much quiet it takes until somebody who says this has answered."""
    ears = RecognisingEars(cast("Any", Hears(text)), SETTINGS)
    async with ears.ear("zh", PHRASES, pauses_long=pauses_long) as ear:
        frames = [voice[at : at + FRAME_BYTES] for at in range(0, len(voice) - FRAME_BYTES, FRAME_BYTES)]
        for frame in frames:
            assert ear.feed(frame) is not Voice.ENDS
            await asyncio.sleep(0)
        for quiet in range(1, 200):
            if ear.feed(bytes(FRAME_BYTES)) is Voice.ENDS:
                utterance = await ear.utterance()
                assert utterance is not None
                assert utterance.text == text
                return quiet * FRAME_MS
            await asyncio.sleep(0)
    raise AssertionError("it never ended")


@pytest.mark.parametrize(
    ("text", "is_answer"),
    [
        ("投诉", True),
        ("人工服务", True),
        ("我要维修", True),
        ("人工", False),
        ("我要", False),
        ("天气", False),
    ],
)
async def test_a_whole_answer_waits_for_less_than_what_may_go_on(
    voice: bytes, text: str, *, is_answer: bool
) -> None:
    took_ms = await quiet_ms(voice, text)
    after_answer_ms, otherwise_ms = (1_000 * s for s in (SETTINGS.pause_after_answer_s, SETTINGS.pause_s))
    # The detector of speech takes some of the quiet for speech.
    assert (took_ms < otherwise_ms) is is_answer
    assert took_ms >= (after_answer_ms if is_answer else otherwise_ms)


async def test_who_says_a_number_is_given_time_between_its_digits(voice: bytes) -> None:
    assert await quiet_ms(voice, "投诉", pauses_long=True) >= 1_000 * SETTINGS.pause_in_digits_s


def test_answers_are_phrases_with_which_none_begins_whatever_their_spelling() -> None:
    assert answers(["Sales", "sales  team", "维修。", "退款", "退款进度", "…"]) == {
        "salesteam",
        "维修",
        "退款进度",
    }
    assert answers([]) == frozenset()
