"""A process that speaks with Piper: `piper_worker MODEL MEMORY_MB`, also run by another Python.

The interface of piper-tts since 1.3: `PiperVoice.load`, `synthesize_wav` and `SynthesisConfig`, see
https://github.com/OHF-Voice/piper1-gpl/blob/main/docs/API_PYTHON.md.
"""

import resource
import sys
import wave
from collections.abc import Callable
from pathlib import Path
from typing import Any

from speech.worker_side import Message, Refused, serve

_MB = 1024 * 1024
_VOLUME = 0.9


def _start() -> Callable[[Message], Message]:
    memory = int(sys.argv[2]) * _MB
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    try:
        import piper  # noqa: PLC0415 - an optional package
    except ImportError as error:
        raise Refused(
            f"{sys.executable} has no piper-tts: install it there, or name another Python under `python`"
        ) from error
    model = Path(sys.argv[1])
    try:
        voice = piper.PiperVoice.load(model)
    except Exception as error:
        raise Refused(f"{model} cannot be used as a voice of Piper: {type(error).__name__}") from error
    return lambda request: _speak(piper, voice, request)


def _speak(piper: Any, voice: Any, request: Message) -> Message:
    # Below full scale, to which piper brings every text: who hears it next takes that for distortion.
    manner = piper.SynthesisConfig(speaker_id=request["speaker"], length_scale=None, volume=_VOLUME)
    if request["slowness"] != 1:
        manner.length_scale = (voice.config.length_scale or 1.0) * request["slowness"]
    try:
        with wave.open(request["out"], "wb") as file:
            voice.synthesize_wav(request["text"], file, syn_config=manner)
    except Exception as error:
        raise Refused(f"piper cannot speak this text: {type(error).__name__}: {error}") from error
    return {}


if __name__ == "__main__":
    serve(_start)
