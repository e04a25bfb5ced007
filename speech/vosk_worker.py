"""A process that listens: one vosk model, many streams of speech at once.

A process of its own, because Kaldi ends the whole process where it finds a model inconsistent.
Started with the folder of the model and how many threads listen; it loads the model and hears half a second
of silence before it says that it is ready, so that a bad model is found out at once. The streams share the
model, each with a recogniser of its own; vosk lets other threads of Python work while it listens.
"""

import base64
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import vosk

from speech.phrases import UNKNOWN, in_known_words, takes_phrases
from speech.worker_side import Handler, Message, Refused, serve_streams

_CHECK_RATE = 8_000
_CHECK_AUDIO = bytes(_CHECK_RATE)
"""Half a second of 16-bit silence."""
_LOG_ALL, _LOG_NOTHING = 0, -1


class _Listener:
    """A loaded model."""

    def __init__(self, folder: str) -> None:
        self._model: Any = vosk.Model(model_path=folder)
        self._takes_phrases = takes_phrases(Path(folder))
        self.recogniser(_CHECK_RATE).AcceptWaveform(_CHECK_AUDIO)

    def begin(self, opening: Message) -> Handler:
        """Listens to one stream."""
        recogniser = self.recogniser(opening["rate"], opening.get("phrases") or ())
        is_partial_wanted = not opening.get("can_wait")

        def listen(request: Message) -> Message:
            if "audio" not in request:
                return {"final": _words(recogniser.FinalResult())}
            if recogniser.AcceptWaveform(base64.b64decode(request["audio"])):
                return {"final": _words(recogniser.Result())}
            return {"partial": _partial(recogniser.PartialResult()) if is_partial_wanted else ""}

        return listen

    def recogniser(self, rate: int, phrases: Sequence[str] = ()) -> Any:
        """One that hears only the phrases, if it is given any that the model knows."""
        grammar = self._grammar(phrases) if self._takes_phrases else []
        if grammar:
            found = vosk.KaldiRecognizer(self._model, rate, json.dumps(grammar, ensure_ascii=False))
        else:
            found = vosk.KaldiRecognizer(self._model, rate)
        found.SetWords(True)
        return found

    def _grammar(self, phrases: Sequence[str]) -> list[str]:
        # A phrase with an unknown word would be heard without it, where nobody said it.
        spelled = [words for phrase in phrases if (words := in_known_words(phrase, self._knows))]
        return [*spelled, UNKNOWN] if spelled and self._knows(UNKNOWN) else spelled

    def _knows(self, word: str) -> bool:
        return int(self._model.vosk_model_find_word(word)) >= 0


def _start() -> Callable[[Message], Handler]:
    vosk.SetLogLevel(_LOG_ALL)
    try:
        listener = _Listener(sys.argv[1])
    except Exception as error:
        # vosk raises nothing more precise, and the reason stands in its log.
        raise Refused(str(error)) from error
    vosk.SetLogLevel(_LOG_NOTHING)
    return listener.begin


def _partial(result: str) -> str:
    words = str(json.loads(result).get("partial", "")).split()
    return " ".join(word for word in words if word != UNKNOWN)


def _words(result: str) -> list[Message]:
    return [
        {"text": word["word"], "start_s": word["start"], "end_s": word["end"], "confidence": word["conf"]}
        for word in json.loads(result).get("result", ())
        if word["word"] != UNKNOWN
    ]


if __name__ == "__main__":
    serve_streams(_start, threads=int(sys.argv[2]))
