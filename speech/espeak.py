"""The synthesiser: text made speakable, spoken by espeak-ng in worker processes, and kept."""

import asyncio
import hashlib
import os
from pathlib import Path
from typing import Self

from speech.errors import (
    BlankText,
    SynthesisFailed,
    TextTooLong,
    UnknownLanguage,
    WorkerFailed,
    WorkerRefused,
)
from speech.normalise import normalise
from speech.settings import SynthesisSettings
from speech.worker import WorkerPool

_FORMAT = "2"
"""Part of every key: raised when the same text shall sound different than before."""
_ATTEMPTS = 2
"""A worker that died of an earlier text must not cost the next one its prompt."""


def words_of(text: str, language: str, settings: SynthesisSettings) -> str:
    """The words that will be spoken; raises `TextTooLong` or `BlankText`."""
    if len(text) > settings.text_chars_max:
        raise TextTooLong(f"a prompt has at most {settings.text_chars_max} characters, this has {len(text)}")
    words = normalise(text, language)
    if not any(character.isalnum() for character in words):
        raise BlankText("there is nothing to say in this text")
    return words


class EspeakSynthesiser:
    """`speech.port.Synthesiser` on pyttsx3 and espeak-ng; an async context manager."""

    def __init__(self, settings: SynthesisSettings, folder: Path) -> None:
        self._settings = settings
        self._folder = folder.absolute()
        self._pool = WorkerPool(
            "speech.espeak_worker",
            (),
            size=settings.workers,
            waiting_max=settings.waiting_max,
            start_timeout_s=settings.start_timeout_s,
        )
        self._start: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._prepare()
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._start is not None:
            self._start.cancel()
            await asyncio.wait([self._start])
        await self._pool.close()

    def _prepare(self) -> None:
        """Makes the folder, and forgets what was unused for longest."""
        self._folder.mkdir(parents=True, exist_ok=True)
        kept = sorted(self._folder.glob("*.wav"), key=lambda path: path.stat().st_mtime, reverse=True)
        unfinished = self._folder.glob("*.wav.*")
        for path in (*kept[self._settings.cache_files_max :], *unfinished):
            path.unlink(missing_ok=True)

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

    async def render(self, text: str, language: str) -> Path:
        """See `Synthesiser.render`."""
        voice = self._settings.voices.get(language)
        if voice is None:
            raise UnknownLanguage(f"no voice is set for the language {language!r}")
        spoken = words_of(text, language, self._settings)
        path = self._path(voice, spoken)
        if not _is_kept(path):
            await self._speak(spoken, voice, path)
        return path

    def _path(self, voice: str, spoken: str) -> Path:
        settings = self._settings
        parts = (_FORMAT, voice, str(settings.words_per_minute), str(settings.level_dbfs), spoken)
        key = hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]
        return self._folder / f"{key}.wav"

    async def _speak(self, spoken: str, voice: str, path: Path) -> None:
        settings = self._settings
        request = {
            "text": spoken,
            "voice": voice,
            "words_per_minute": settings.words_per_minute,
            "level_dbfs": settings.level_dbfs,
            "seconds_min": settings.seconds_min,
            "out": str(path),
        }
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                async with self._pool.lend() as worker:
                    if not _is_kept(path):  # another caller may have wanted the same meanwhile
                        await worker.ask(request, settings.render_timeout_s)
                    return
            except WorkerRefused as refusal:
                raise SynthesisFailed(str(refusal)) from refusal
            except WorkerFailed as failure:
                if attempt == _ATTEMPTS:
                    raise SynthesisFailed(str(failure)) from failure


def _is_kept(path: Path) -> bool:
    """Whether the text was spoken before; marks it as used."""
    try:
        os.utime(path)
    except OSError:
        return False
    return True
