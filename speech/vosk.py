"""The recogniser: vosk in worker processes, a model folder for each language."""

import asyncio
import base64
from collections.abc import AsyncIterable, AsyncIterator
from pathlib import Path
from typing import Self

from speech.errors import BadModel, NoModel, RecognitionFailed, WorkerFailed, WorkerRefused
from speech.model import Abilities, End, Final, Heard, Partial, Transcript, Word, transcript
from speech.settings import RecognitionSettings
from speech.wav import Audio, read_wav
from speech.worker import Message, WorkerPool

_SAMPLE_BYTES = 2


class VoskRecogniser:
    """`speech.port.Recogniser` on vosk; an async context manager, which loads no model by itself."""

    def __init__(self, settings: RecognitionSettings) -> None:
        self._settings = settings
        self._pools = {
            language: WorkerPool(
                "speech.vosk_worker",
                (str(folder.absolute()),),
                size=settings.workers,
                waiting_max=settings.waiting_max,
                start_timeout_s=settings.start_timeout_s,
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
                async with pool.lend():
                    pass
            except (WorkerFailed, WorkerRefused) as failure:
                folder = self._settings.models[language]
                raise BadModel(f"the {language} model in {folder} cannot be used: {failure}") from failure

    def worker_pids(self) -> list[int]:
        """The processes that run now, for health and figures."""
        return [pid for pool in self._pools.values() for pid in pool.pids()]

    def abilities(self, language: str) -> Abilities:
        """See `Recogniser.abilities`."""
        has_model = language in self._pools
        return Abilities(can_transcribe=has_model, engine="vosk" if has_model else "")

    async def listen(
        self, audio: AsyncIterable[bytes], language: str, *, rate: int = 8_000
    ) -> AsyncIterator[Heard]:
        """See `Recogniser.listen`."""
        timeout_s = self._settings.chunk_timeout_s
        size = 0
        try:
            async with self._pool(language).lend() as worker:
                await worker.ask({"rate": rate}, timeout_s)
                async for chunk in audio:
                    size += len(chunk)
                    encoded = base64.b64encode(chunk).decode()
                    heard = _heard(await worker.ask({"audio": encoded}, timeout_s))
                    if heard is not None:
                        yield heard
                last = _heard(await worker.ask({}, timeout_s))
                if last is not None:
                    yield last
        except (WorkerFailed, WorkerRefused) as failure:
            raise RecognitionFailed(str(failure)) from failure
        yield End(seconds=size / _SAMPLE_BYTES / rate)

    def _pool(self, language: str) -> WorkerPool:
        pool = self._pools.get(language)
        if pool is None:
            raise NoModel(f"no recogniser is installed for the language {language!r}")
        return pool

    async def transcribe(self, path: Path, language: str) -> Transcript:
        """See `Recogniser.transcribe`."""
        self._pool(language)
        audio = await asyncio.to_thread(read_wav, path, seconds_max=self._settings.audio_s_max)
        words: list[Word] = []
        async for heard in self.listen(_seconds_of(audio), language, rate=audio.rate):
            if isinstance(heard, Final):
                words += heard.words
        return transcript(language, words, audio.seconds)


async def _seconds_of(audio: Audio) -> AsyncIterator[bytes]:
    size = audio.rate * _SAMPLE_BYTES
    for start in range(0, len(audio.samples), size):
        yield audio.samples[start : start + size]


def _heard(answer: Message) -> Heard | None:
    """The answer of a worker as an event; None where nothing was said."""
    if "final" in answer:
        words = tuple(Word(**word) for word in answer["final"])
        return Final(words=words) if words else None
    return Partial(text=answer["partial"]) if answer["partial"] else None
