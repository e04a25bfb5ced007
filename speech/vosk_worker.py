"""A process that listens: one vosk model, one recording at a time.

A process of its own, because Kaldi ends the whole process where it finds a model inconsistent.
Started with the folder of the model; it loads it and hears half a second of silence before it
says that it is ready, so that a bad model is found out at once.
"""

import base64
import json
import sys
from collections.abc import Callable
from typing import Any

import vosk

from speech.worker_side import Message, Refused, serve

_CHECK_RATE = 8_000
_CHECK_AUDIO = bytes(_CHECK_RATE)
"""Half a second of 16-bit silence."""
_LOG_ALL, _LOG_NOTHING = 0, -1


def _start() -> Callable[[Message], Message]:
    vosk.SetLogLevel(_LOG_ALL)
    try:
        model = vosk.Model(model_path=sys.argv[1])
        _recogniser(model, _CHECK_RATE).AcceptWaveform(_CHECK_AUDIO)
    except Exception as error:
        # vosk raises nothing more precise, and the reason stands in its log.
        raise Refused(str(error)) from error
    vosk.SetLogLevel(_LOG_NOTHING)
    recogniser: Any = None

    def listen(request: Message) -> Message:
        nonlocal recogniser
        if "rate" in request:
            recogniser = _recogniser(model, request["rate"])
            return {}
        if "audio" not in request:
            return {"final": _words(recogniser.FinalResult())}
        if recogniser.AcceptWaveform(base64.b64decode(request["audio"])):
            return {"final": _words(recogniser.Result())}
        return {"partial": json.loads(recogniser.PartialResult()).get("partial", "")}

    return listen


def _recogniser(model: Any, rate: int) -> Any:
    recogniser = vosk.KaldiRecognizer(model, rate)
    recogniser.SetWords(True)
    return recogniser


def _words(result: str) -> list[Message]:
    return [
        {"text": word["word"], "start_s": word["start"], "end_s": word["end"], "confidence": word["conf"]}
        for word in json.loads(result).get("result", ())
    ]


if __name__ == "__main__":
    serve(_start)
