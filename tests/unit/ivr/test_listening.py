"""One question to a caller who may speak or press keys."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from ivr.listening import Answer, listen
from ivr.turn import Ask, AskDigits, KeyPressed, Listening, NotHeard, NothingPressed, Said, Typed
from speech.model import Utterance, Voice
from telephony.errors import LineGone

SILENCE = bytes(320)
VOICES = {b"(": Voice.BEGINS, b"-": Voice.GOES_ON, b")": Voice.ENDS}
LISTENING = Listening(language="zh", phrases=("投诉",))


class ScriptedEars:
    """Takes frames of one sign for what they mean; hears the utterances in turn."""

    utterance_max_s = 5.0

    def __init__(self, *utterances: Utterance | None) -> None:
        self._utterances = list(utterances)
        self.pauses_long: bool | None = None

    def can_hear(self, language: str) -> bool:
        return bool(language)

    @asynccontextmanager
    async def ear(
        self, language: str, phrases: Sequence[str] = (), *, pauses_long: bool = False
    ) -> AsyncIterator["ScriptedEars"]:
        assert (language, tuple(phrases)) == ("zh", ("投诉",))
        self.pauses_long = pauses_long
        yield self

    def feed(self, frame: bytes) -> Voice:
        return VOICES.get(frame, Voice.QUIET)

    async def utterance(self) -> Utterance | None:
        return self._utterances.pop(0)


class ScriptedSound:
    """Brings keys and frames; a prompt is 100 frames long."""

    def __init__(self, script: Sequence[str]) -> None:
        self._script = script
        self.left = 0
        self.hushed_after: int | None = None

    @property
    def left_to_say_s(self) -> float:
        return self.left * 0.02

    async def say(self, prompts: Sequence[Path]) -> None:
        self.left += 100 * len(prompts)

    def hush(self) -> None:
        self.hushed_after = 100 - self.left if self.hushed_after is None else self.hushed_after
        self.left = 0

    async def heard(self) -> AsyncIterator[bytes | str]:
        for one in self._script:
            self.left = max(0, self.left - 1)
            yield one if one in "0123456789*#" else one.encode() if one in "(-)" else SILENCE


async def ask(
    script: Sequence[str], *utterances: Utterance | None, digits_max: int | None = None
) -> tuple[Answer, ScriptedSound, ScriptedEars]:
    sound, ears = ScriptedSound(script), ScriptedEars(*utterances)

    class _Line:
        @asynccontextmanager
        async def sound(self) -> AsyncIterator[ScriptedSound]:
            yield sound

    line: Any = _Line()
    question = (
        Ask(prompts=(), timeout_s=1.0)
        if digits_max is None
        else AskDigits(prompts=(), digits_max=digits_max, timeout_s=1.0)
    )
    lent: Any = ears
    return await listen(line, [Path("menu.wav")], question, LISTENING, lent), sound, ears


def said(text: str) -> Utterance:
    return Utterance(text=text, confidence=0.9)


async def test_who_speaks_into_the_prompt_ends_it() -> None:
    answer, sound, _ = await ask([".", ".", "(", "-", ")"], said("投诉"))
    assert answer == Said(text="投诉", confidence=0.9)
    assert sound.hushed_after == 3


async def test_a_key_counts_at_once_also_in_the_prompt() -> None:
    answer, sound, _ = await ask([".", "2"])
    assert answer == KeyPressed(key="2")
    assert sound.left == 0


async def test_silence_counts_from_the_end_of_the_prompt() -> None:
    answer, _, _ = await ask(["."] * 148 + ["9"])
    assert answer == KeyPressed(key="9")
    answer, _, _ = await ask(["."] * 150)
    assert answer == NothingPressed()


async def test_a_noise_in_which_nobody_spoke_is_no_answer() -> None:
    answer, _, _ = await ask(["(", ")", ".", "1"], said(""))
    assert answer == KeyPressed(key="1")


async def test_what_nothing_can_recognise_is_told() -> None:
    answer, _, _ = await ask(["(", ")"], None)
    assert answer == NotHeard()


async def test_digits_are_typed_up_to_the_hash_the_last_or_a_silence() -> None:
    for script, digits in (("123#", "123"), ("1234", "1234"), ("12" + "." * 60, "12")):
        answer, _, ears = await ask(list(script), digits_max=4)
        assert answer == Typed(digits=digits)
        assert ears.pauses_long is True


async def test_who_has_begun_to_type_is_not_asked_what_they_say_beside() -> None:
    answer, _, _ = await ask(["1", "(", ")", "2", "#"], digits_max=4)
    assert answer == Typed(digits="12")


async def test_who_hangs_up_leaves_no_answer() -> None:
    with pytest.raises(LineGone):
        await ask([".", "."])
