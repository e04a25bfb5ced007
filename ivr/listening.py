"""A caller who may speak or press keys, at one question, while it is still being said."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ivr.turn import Ask, AskDigits, AskWords, KeyPressed, Listening, NotHeard, NothingPressed, Said, Typed
from speech.model import Utterance, Voice
from speech.port import Ear, Ears
from telephony.errors import LineGone
from telephony.port import FRAME_S, Line, Sound

Answer = KeyPressed | NothingPressed | Typed | Said | NotHeard
Question = Ask | AskDigits | AskWords
_ENDS_DIGITS = "#"


@dataclass(slots=True)
class _Question:
    """One question, and what has come so far."""

    ask: Question
    typed: str = ""
    quiet_s: float = 0.0

    def press(self, key: str) -> Answer | None:
        """The answer, if the key makes it one."""
        if not isinstance(self.ask, AskDigits):
            return KeyPressed(key=key)
        self.quiet_s = 0.0
        if key == _ENDS_DIGITS:
            return Typed(digits=self.typed)
        self.typed += key
        return Typed(digits=self.typed) if len(self.typed) >= self.ask.digits_max else None

    def wait(self, seconds: float) -> Answer | None:
        """The answer, if nothing has come for too long."""
        self.quiet_s += seconds
        return self.silence() if self.quiet_s >= self.ask.timeout_s else None

    def silence(self) -> Answer:
        """What it is when nothing more comes."""
        return Typed(digits=self.typed) if isinstance(self.ask, AskDigits) else NothingPressed()


async def listen(
    line: Line, files: Sequence[Path], ask: Question, listening: Listening, ears: Ears
) -> Answer:
    """Says the question and waits for keys or words.

    Raises `LineGone`, and `SoundUnavailable` before anything is said.
    """
    pauses_long = not isinstance(ask, Ask)
    async with (
        line.sound() as sound,
        ears.ear(listening.language, listening.phrases, pauses_long=pauses_long) as ear,
    ):
        await sound.say(files)
        return await _first_answer(sound, ear, _Question(ask))


async def _first_answer(sound: Sound, ear: Ear, question: _Question) -> Answer:
    # Time is counted in frames, which come in real time; a phone that sends none must not wait for ever.
    patience = asyncio.timeout(sound.left_to_say_s + question.ask.timeout_s + ear.utterance_max_s)
    try:
        async with patience:
            async for heard in sound.heard():
                answer = await _answer(sound, ear, question, heard)
                if answer is not None:
                    return answer
    except TimeoutError:
        if patience.expired():
            return question.silence()
        raise
    raise LineGone("the caller left the session")


async def _answer(sound: Sound, ear: Ear, question: _Question, heard: bytes | str) -> Answer | None:
    if isinstance(heard, str):
        sound.hush()
        return question.press(heard)
    if question.typed:  # who has begun to type is not asked what they say beside
        return question.wait(FRAME_S)
    match ear.feed(heard):
        case Voice.BEGINS:
            sound.hush()
            question.quiet_s = 0.0
        case Voice.ENDS:
            return _said(await ear.utterance())
        case Voice.QUIET if sound.left_to_say_s == 0:
            return question.wait(FRAME_S)
        case _:
            pass
    return None


def _said(utterance: Utterance | None) -> Answer | None:
    """None for a noise in which no word was: who makes one is waited for."""
    if utterance is None:
        return NotHeard()
    return Said(text=utterance.text, confidence=utterance.confidence) if utterance.text else None
