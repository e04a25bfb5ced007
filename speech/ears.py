"""What callers say at a question: one utterance after another, recognised while it is spoken."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial

import structlog

from kernel.errors import HotlineError
from speech.endpoint import Endpointer
from speech.model import Final, Heard, Partial, Utterance, Voice, Word, readable
from speech.port import Ear, Recogniser
from speech.settings import EndpointSettings

_log = structlog.get_logger(__name__)


class RecognisingEars:
    """`speech.port.Ears` on a recogniser. No engine is asked before somebody speaks."""

    def __init__(self, recogniser: Recogniser, settings: EndpointSettings) -> None:
        self._recogniser = recogniser
        self._settings = settings

    def can_hear(self, language: str) -> bool:
        """See `Ears.can_hear`."""
        return self._recogniser.abilities(language).can_transcribe

    @asynccontextmanager
    async def ear(
        self, language: str, phrases: Sequence[str] = (), *, pauses_long: bool = False
    ) -> AsyncIterator[Ear]:
        """See `Ears.ear`."""
        # A recogniser that cannot say "none of these" would make one of them of everything.
        wanted = list(phrases) if self._recogniser.abilities(language).can_refuse else None
        settings = self._settings
        # Each digit is a phrase, and the number goes on.
        whole = frozenset[str]() if pauses_long else answers(phrases)
        pause_s = settings.pause_in_digits_s if pauses_long else settings.pause_s
        listen = partial(self._recogniser.listen, language=language, phrases=wanted)
        ear = _Ear(listen, language, whole, settings, Endpointer(settings, pause_s=pause_s))
        try:
            yield ear
        finally:
            await ear.close()


def answers(phrases: Sequence[str]) -> frozenset[str]:
    """Those phrases, by their letters alone, with which no longer one begins: nothing more is to come."""
    plain = {_letters(phrase) for phrase in phrases} - {""}
    return frozenset(
        one for one in plain if not any(other != one and other.startswith(one) for other in plain)
    )


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text.casefold()))


class _Ear:
    def __init__(
        self,
        listen: Callable[[AsyncIterable[bytes]], AsyncGenerator[Heard, None]],
        language: str,
        answers: frozenset[str],
        settings: EndpointSettings,
        endpointer: Endpointer,
    ) -> None:
        self._listen = listen
        self._language = language
        self._answers = answers
        self._endpointer = endpointer
        self._sound: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._recognising: asyncio.Task[Utterance | None] | None = None
        self._heard = ""
        self._pause_after_answer_s = settings.pause_after_answer_s
        self._answer_max_s = settings.answer_max_s
        self.utterance_max_s = settings.utterance_max_s + settings.answer_max_s

    def feed(self, frame: bytes) -> Voice:
        voice = self._endpointer.feed(frame)
        if voice is Voice.GOES_ON and self._has_answered:
            self._endpointer.end()
            voice = Voice.ENDS
        match voice:
            case Voice.BEGINS:
                self._heard = ""
                self._sound = asyncio.Queue()
                self._sound.put_nowait(self._endpointer.take_lead_in())
                self._recognising = asyncio.create_task(self._recognise(self._sound))
            case Voice.GOES_ON:
                self._sound.put_nowait(frame)
            case Voice.ENDS:
                self._sound.put_nowait(None)
            case Voice.QUIET:
                pass
        return voice

    @property
    def _has_answered(self) -> bool:
        is_quiet = self._endpointer.quiet_s >= self._pause_after_answer_s
        return is_quiet and _letters(self._heard) in self._answers

    async def utterance(self) -> Utterance | None:
        if self._recognising is None:
            return None
        try:
            async with asyncio.timeout(self._answer_max_s):
                return await self._recognising
        except TimeoutError:
            _log.warning("recogniser_too_slow", language=self._language)
            return None

    async def close(self) -> None:
        if self._recognising is not None and not self._recognising.done():
            self._recognising.cancel()
            await asyncio.gather(self._recognising, return_exceptions=True)

    async def _recognise(self, sound: asyncio.Queue[bytes | None]) -> Utterance | None:
        words: list[Word] = []
        try:
            async for one in self._listen(_until_none(sound)):
                if isinstance(one, Final):
                    words += one.words
                said = " ".join(word.text for word in words)
                self._heard = f"{said} {one.text}" if isinstance(one, Partial) else said
        except HotlineError as failure:
            # Busy, crashed, or gone: the caller still has keys.
            _log.warning("caller_not_heard", language=self._language, error=str(failure))
            return None
        confidence = sum(word.confidence for word in words) / len(words) if words else 0.0
        return Utterance(text=readable(self._language, [word.text for word in words]), confidence=confidence)


async def _until_none(sound: asyncio.Queue[bytes | None]) -> AsyncIterator[bytes]:
    while (piece := await sound.get()) is not None:
        yield piece
