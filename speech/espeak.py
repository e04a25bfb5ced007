"""The voice that Hotline brings: espeak-ng in worker processes."""

import asyncio
from pathlib import Path

from speech.errors import SynthesisFailed, WorkerFailed, WorkerRefused
from speech.kept import is_kept
from speech.settings import SynthesisSettings
from speech.worker import WorkerPool

_ATTEMPTS = 2
"""A worker that died of an earlier text must not cost the next one its prompt."""


class EspeakEngine:
    """Makes telephone-ready files of words, on pyttsx3 and espeak-ng."""

    def __init__(self, settings: SynthesisSettings) -> None:
        self._settings = settings
        self._pool = WorkerPool(
            "speech.espeak_worker",
            (),
            size=settings.workers,
            waiting_max=settings.waiting_max,
            start_timeout_s=settings.start_timeout_s,
        )
        self._start: asyncio.Task[None] | None = None

    def worker_pids(self) -> list[int]:
        """The processes that run now, for health and figures."""
        return self._pool.pids()

    async def check(self) -> None:
        """Raises `WorkerFailed` unless a worker is there, or can be started.

        Who asks may give up waiting; the start goes on, so that the next one finds a worker.
        """
        if self._pool.pids():
            return
        if self._start is None or self._start.done():
            self._start = asyncio.create_task(self._start_worker(), name="first speech worker")
        await asyncio.shield(self._start)

    async def _start_worker(self) -> None:
        async with self._pool.lend():
            pass

    async def speak(self, words: str, language: str, path: Path) -> None:
        """Leaves the spoken words in a file. Raises `SpeechBusy` or `SynthesisFailed`."""
        settings = self._settings
        request = {
            "text": words,
            "voice": settings.voices[language],
            "words_per_minute": settings.words_per_minute,
            "level_dbfs": settings.level_dbfs,
            "seconds_min": settings.seconds_min,
            "out": str(path),
        }
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                async with self._pool.lend() as worker:
                    if not is_kept(path):  # another caller may have wanted the same meanwhile
                        await worker.ask(request, settings.render_timeout_s)
                    return
            except WorkerRefused as refusal:
                raise SynthesisFailed(str(refusal)) from refusal
            except WorkerFailed as failure:
                if attempt == _ATTEMPTS:
                    raise SynthesisFailed(str(failure)) from failure

    async def close(self) -> None:
        """Ends the processes."""
        if self._start is not None:
            self._start.cancel()
            await asyncio.wait([self._start])
        await self._pool.close()
