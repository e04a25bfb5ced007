"""Piper, with voice files of the company's choice, in worker processes."""

import sys
from pathlib import Path

from speech.errors import SpeechBusy, SynthesisFailed, SynthesisHung, WorkerFailed, WorkerRefused
from speech.voice_settings import PiperVoice
from speech.worker import WorkerPool

_WAITING_MAX = 100


class PiperEngine:
    """`speech.plugged.Engine` on piper-tts."""

    def __init__(self, settings: PiperVoice) -> None:
        self.settings = settings
        self._pools = {
            language: WorkerPool(
                "speech.piper_worker",
                (str(model.absolute()), str(settings.memory_mb)),
                size=settings.at_once,
                waiting_max=_WAITING_MAX,
                start_timeout_s=settings.start_timeout_s,
                python=str(settings.python or sys.executable),
            )
            for language, model in settings.models.items()
        }

    async def make(self, words: str, language: str, out: Path) -> None:
        """See `Engine.make`."""
        settings = self.settings
        self._refuse_missing(settings.models[language])
        request = {
            "text": words,
            "out": str(out),
            "speaker": settings.speaker,
            "slowness": settings.slowness,
        }
        try:
            async with self._pools[language].lend() as worker:
                await worker.ask(request, settings.timeout_s)
        except (WorkerRefused, SpeechBusy) as refusal:
            raise SynthesisFailed(str(refusal)) from refusal
        except WorkerFailed as failure:
            if isinstance(failure.__cause__, TimeoutError):
                raise SynthesisHung(str(failure)) from failure
            raise SynthesisFailed(str(failure)) from failure

    def _refuse_missing(self, model: Path) -> None:
        for file in (model, model.with_name(f"{model.name}.json")):
            if not file.is_file():
                raise SynthesisFailed(
                    f"there is no voice file {file}: a Piper voice is two files, NAME.onnx and NAME.onnx.json"
                )

    async def close(self) -> None:
        """Ends the processes."""
        for pool in self._pools.values():
            await pool.close()
