"""Speaking and listening, as the rest of Hotline sees them."""

from collections.abc import AsyncGenerator, AsyncIterable, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Protocol

from speech.model import Abilities, Heard, Transcript, Utterance, Voice


class Synthesiser(Protocol):
    """Text to speech."""

    async def render(self, text: str, language: str, *, has_time: bool = False) -> Path:
        """A file with the spoken text: WAV, 8 kHz, mono, 16 bit. The same text in the same voice is one file.

        Who has time gets the best voice that is well; a caller, who has not, what is soonest there.

        Numbers, money, dates and phone numbers in the text are read as a person reads them.
        Languages are `zh` and `en`. Raises `BlankText`, `TextTooLong`, `UnknownLanguage`,
        `SpeechBusy` or `SynthesisFailed`.
        """
        ...


class Recogniser(Protocol):
    """Speech to text."""

    def abilities(self, language: str) -> Abilities:
        """What can be done for a language; asks no engine."""
        ...

    def listen(
        self,
        audio: AsyncIterable[bytes],
        language: str,
        *,
        rate: int = 8_000,
        phrases: Sequence[str] | None = None,
    ) -> AsyncGenerator[Heard, None]:
        """Hears 16-bit mono samples as they come: partials and finals, and one end.

        Who stops before the end closes it.
        With `phrases`, an engine that can hears nothing but these, which it does better; one that can't
        ignores them, as it does those with words that its model lacks. `Abilities.can_take_phrases` tells.
        Raises `NoModel`, `TooManyPhrases`, `RecognitionFailed`, or `SpeechBusy` at once when as many are
        listened to as can be: what is said now cannot wait.
        """
        ...

    def hear(self, path: Path, language: str) -> AsyncGenerator[Heard, None]:
        """Hears a recording of any length: finals and one end. What is said now goes first.

        Raises what `listen` raises, and `UnreadableAudio`.
        """
        ...

    async def transcribe(self, path: Path, language: str) -> Transcript:
        """The words of a recording. Raises what `hear` raises."""
        ...


class Ear(Protocol):
    """Hears what one caller says at one question."""

    utterance_max_s: float
    """No utterance is longer, with what the recogniser may take to answer."""

    def feed(self, frame: bytes) -> Voice:
        """Takes 20 ms of sound (8 kHz, 16 bit, mono), and tells whether an utterance begins or ends in it."""
        ...

    async def utterance(self) -> Utterance | None:
        """What was said in the utterance that has ended; None where nothing could be recognised now."""
        ...


class Ears(Protocol):
    """Lends ears."""

    def can_hear(self, language: str) -> bool:
        """Whether what is said in a language can be recognised; asks no engine."""
        ...

    def ear(
        self, language: str, phrases: Sequence[str] = (), *, pauses_long: bool = False
    ) -> AbstractAsyncContextManager[Ear]:
        """Hears until it is left. `phrases` are what is expected.

        With `pauses_long`, it takes a longer pause to end an utterance: numbers are said in groups.
        """
        ...
