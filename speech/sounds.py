"""Sound from elsewhere, made ready for the telephone in a worker process."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from speech.errors import (
    NothingHeard,
    SoundDistorted,
    SoundTooLarge,
    SoundTooLong,
    UnknownSound,
    UnusableSound,
    WorkerFailed,
    WorkerRefused,
)
from speech.settings import SoundSettings
from speech.worker import WorkerPool

_REFUSALS: Mapping[str, type[UnusableSound]] = {
    one.code: one for one in (UnknownSound, SoundTooLong, SoundTooLarge, NothingHeard, SoundDistorted)
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a sound has to be like."""

    level_dbfs: float
    seconds_min: float
    seconds_max: float


class SoundReader:
    """Reads WAV, MP3, M4A, OGG, Opus, FLAC and more, of any rate and number of channels."""

    def __init__(self, settings: SoundSettings) -> None:
        self._settings = settings
        self._pool = WorkerPool(
            "speech.sound_worker",
            (str(settings.memory_mb),),
            size=settings.workers,
            waiting_max=settings.waiting_max,
            start_timeout_s=settings.start_timeout_s,
        )

    def worker_pids(self) -> list[int]:
        """The processes that run now."""
        return self._pool.pids()

    async def convert(self, source: Path, out: Path, wanted: Wanted) -> float:
        """Writes the sound to `out`: WAV, 8 kHz, mono, levelled, without silence around it.

        Returns its length in seconds. Raises `UnusableSound`, with a reason for people, or `SpeechBusy`.
        """
        request = {
            "source": str(source),
            "out": str(out),
            "bytes_max": self._settings.file_mb_max * 1024 * 1024,
            "level_dbfs": wanted.level_dbfs,
            "seconds_min": wanted.seconds_min,
            "seconds_max": wanted.seconds_max,
        }
        try:
            async with self._pool.lend() as worker:
                answer = await worker.ask(request, self._settings.convert_timeout_s)
        except WorkerRefused as refusal:
            raise _REFUSALS.get(refusal.kind, UnusableSound)(str(refusal)) from refusal
        except WorkerFailed as failure:
            raise UnusableSound(f"it could not be read: {failure}") from failure
        return float(answer["seconds"])

    async def close(self) -> None:
        """Ends the processes."""
        await self._pool.close()
