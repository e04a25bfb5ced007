"""The recogniser: vosk in worker processes with many streams each, a model folder for each language."""

import asyncio
import base64
import os
from collections.abc import AsyncGenerator, AsyncIterable, Sequence
from contextlib import AbstractAsyncContextManager, aclosing
from pathlib import Path
from typing import Self

from speech.errors import (
    BadModel,
    NoModel,
    RecognitionFailed,
    TooManyPhrases,
    WorkerFailed,
    WorkerRefused,
)
from speech.model import Abilities, End, Final, Heard, Partial, Transcript, Word, transcript
from speech.phrases import knows_unknown, takes_phrases
from speech.settings import RecognitionSettings
from speech.streams import Stream, StreamLimits, StreamPool
from speech.wav import Audio, read_wav
from speech.worker import Message

_SAMPLE_BYTES = 2
_NONE = Abilities(can_transcribe=False, engine="")


class VoskRecogniser:
    """`speech.port.Recogniser` on vosk; an async context manager, which loads no model by itself."""

    def __init__(self, settings: RecognitionSettings) -> None:
        self._settings = settings
        limits = StreamLimits(
            workers=settings.workers,
            streams_per_worker=settings.streams_per_worker,
            recordings_at_once=settings.recordings_at_once,
            waiting_max=settings.waiting_max,
            start_timeout_s=settings.start_timeout_s,
            answer_timeout_s=settings.chunk_timeout_s,
        )
        threads = str(os.cpu_count() or 1)
        self._pools = {
            language: StreamPool("speech.vosk_worker", (str(folder.absolute()), threads), limits)
            for language, folder in settings.models.items()
        }
        self._abilities = {
            language: Abilities(
                can_transcribe=True,
                engine="vosk",
                can_take_phrases=takes_phrases(folder),
                can_refuse=knows_unknown(folder),
            )
            for language, folder in settings.models.items()
        }

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        for pool in self._pools.values():
            await pool.close()

    async def check(self) -> None:
        """Loads every model and lets it hear something; raises `BadModel` with the engine's reason."""
        for language, pool in self._pools.items():
            try:
                await pool.start()
            except WorkerFailed as failure:
                folder = self._settings.models[language]
                raise BadModel(f"the {language} model in {folder} cannot be used: {failure}") from failure

    def worker_pids(self) -> list[int]:
        """The processes that run now, for health and figures."""
        return [pid for pool in self._pools.values() for pid in pool.pids()]

    def streams(self, language: str) -> int:
        """How many are listened to now in a language, recordings among them."""
        pool = self._pools.get(language)
        return pool.streams if pool else 0

    def abilities(self, language: str) -> Abilities:
        """See `Recogniser.abilities`."""
        return self._abilities.get(language, _NONE)

    async def listen(
        self,
        audio: AsyncIterable[bytes],
        language: str,
        *,
        rate: int = 8_000,
        phrases: Sequence[str] | None = None,
    ) -> AsyncGenerator[Heard, None]:
        """See `Recogniser.listen`."""
        if len(phrases or ()) > self._settings.phrases_max:
            raise TooManyPhrases(f"at most {self._settings.phrases_max} phrases can be listened for at once")
        live = self._pool(language).live({"rate": rate, "phrases": list(phrases or ())})
        size = rate * self._settings.chunk_ms // 1_000 * _SAMPLE_BYTES
        async with aclosing(_hear(live, _in_chunks(audio, size), rate)) as events:
            async for heard in events:
                yield heard

    def _pool(self, language: str) -> StreamPool:
        pool = self._pools.get(language)
        if pool is None:
            raise NoModel(f"no recogniser is installed for the language {language!r}")
        return pool

    async def hear(self, path: Path, language: str) -> AsyncGenerator[Heard, None]:
        """See `Recogniser.hear`."""
        pool = self._pool(language)
        audio = await asyncio.to_thread(read_wav, path, seconds_max=self._settings.audio_s_max)
        recording = pool.recording({"rate": audio.rate})
        async with aclosing(_hear(recording, _seconds_of(audio), audio.rate)) as events:
            async for heard in events:
                yield heard

    async def transcribe(self, path: Path, language: str) -> Transcript:
        """See `Recogniser.transcribe`."""
        words: list[Word] = []
        seconds = 0.0
        async with aclosing(self.hear(path, language)) as events:
            async for heard in events:
                if isinstance(heard, Final):
                    words += heard.words
                elif isinstance(heard, End):
                    seconds = heard.seconds
        return transcript(language, words, seconds)


async def _hear(
    opened: AbstractAsyncContextManager[Stream], audio: AsyncGenerator[bytes, None], rate: int
) -> AsyncGenerator[Heard, None]:
    size = 0
    try:
        async with aclosing(audio), opened as stream:
            async for chunk in audio:
                size += len(chunk)
                encoded = base64.b64encode(chunk).decode()
                heard = _heard(await stream.ask({"audio": encoded}))
                if heard is not None:
                    yield heard
            last = _heard(await stream.ask({}))
            if last is not None:
                yield last
    except (WorkerFailed, WorkerRefused) as failure:
        raise RecognitionFailed(str(failure)) from failure
    yield End(seconds=size / _SAMPLE_BYTES / rate)


async def _in_chunks(audio: AsyncIterable[bytes], size: int) -> AsyncGenerator[bytes, None]:
    """The same sound in fewer pieces: each costs a way to the worker and back."""
    gathered = bytearray()
    async for piece in audio:
        gathered += piece
        if len(gathered) >= size:
            yield bytes(gathered)
            gathered.clear()
    if gathered:
        yield bytes(gathered)


async def _seconds_of(audio: Audio) -> AsyncGenerator[bytes, None]:
    pieces = audio.pieces(1)
    while piece := await asyncio.to_thread(next, pieces, b""):
        yield piece


def _heard(answer: Message) -> Heard | None:
    """The answer of a worker as an event; None where nothing was said."""
    if "final" in answer:
        words = tuple(Word(**word) for word in answer["final"])
        return Final(words=words) if words else None
    return Partial(text=answer["partial"]) if answer["partial"] else None
