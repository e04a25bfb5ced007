"""One plugged-in voice: asked while it is well, tried again when it was broken."""

import asyncio
import json
import time
from pathlib import Path

import structlog

from speech.engine_health import EngineHealth
from speech.errors import SpeechBusy, SynthesisFailed, SynthesisHung, UnusableSound
from speech.kept import KeptTexts, is_kept
from speech.plugged import Engine
from speech.settings import SynthesisSettings
from speech.sounds import SoundReader, Wanted

log = structlog.get_logger(__name__)


class OtherVoice:
    """An engine, its health, and where its texts are kept."""

    def __init__(
        self, name: str, engine: Engine, *, kept: KeptTexts, sounds: SoundReader, settings: SynthesisSettings
    ) -> None:
        self.name = name
        self.health = EngineHealth(failures_max=settings.failures_max, retry_after_s=settings.retry_after_s)
        self._engine = engine
        self._kept = kept
        self._sounds = sounds
        self._wanted = Wanted(
            level_dbfs=settings.level_dbfs,
            seconds_min=settings.seconds_min,
            seconds_max=settings.spoken_s_max,
        )
        self._retry_after_s = settings.retry_after_s
        self._free = asyncio.Semaphore(engine.settings.at_once)
        self._identity = json.dumps(engine.settings.sounds_like(), sort_keys=True)
        self._trial: asyncio.Task[None] | None = None

    def path(self, words: str, language: str) -> Path:
        """Where its reading of the words is kept."""
        return self._kept.path(self._identity, language, str(self._wanted.level_dbfs), words)

    def may_speak(self, words: str) -> bool:
        """Whether it is to be asked."""
        return self.health.may_speak(words, time.monotonic())

    async def speak(self, words: str, language: str) -> Path | None:
        """The file of the words; None where it did not speak them, which is logged when it breaks."""
        path = self.path(words, language)
        async with self._free:
            if is_kept(path):
                return path
            if not self.may_speak(words):  # it broke while this text waited
                return None
            return path if await self._make(words, language, path) else None

    async def _make(self, words: str, language: str, path: Path) -> bool:
        try:
            with self._kept.place_to_work() as spoken:
                await self._engine.make(words, language, spoken)
                await self._sounds.convert(spoken, path, self._wanted)
        except SpeechBusy:
            return False
        except (SynthesisFailed, UnusableSound, OSError) as failure:
            self._note(failure, words, language)
            return False
        if self.health.spoke(words):
            log.info("a broken voice speaks again", engine=self.name)
        return True

    def _note(self, failure: Exception, words: str, language: str) -> None:
        reason, has_hung = str(failure), isinstance(failure, SynthesisHung)
        if self.health.failed(words, reason, time.monotonic(), has_hung=has_hung):
            log.error("a voice is broken; the next one speaks", engine=self.name, reason=reason)
            self._trial = asyncio.create_task(
                self._try_until_well(words, language), name=f"trial of {self.name}"
            )
        elif not self.health.fault:
            log.warning("a voice cannot speak a text", engine=self.name, reason=reason, chars=len(words))

    async def _try_until_well(self, words: str, language: str) -> None:
        while self.health.fault:
            await asyncio.sleep(self._retry_after_s)
            async with self._free:
                await self._make(words, language, self.path(words, language))

    async def close(self) -> None:
        """Ends what it has begun."""
        if self._trial is not None:
            self._trial.cancel()
            await asyncio.gather(self._trial, return_exceptions=True)
        await self._engine.close()
