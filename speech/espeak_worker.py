"""A process that speaks: pyttsx3 on espeak-ng, one engine, one utterance at a time.

pyttsx3 crashes with threads, hangs after fork and with paths it cannot write, and hides the
errors of the engine. Hence a process of its own, a file in memory for what pyttsx3 writes,
of which nothing is left when the process is ended, and a look at every result.
"""

import ctypes
import os
import threading
import wave
from collections.abc import Callable
from pathlib import Path

import espeakng_loader
import numpy as np
import soxr

from speech.espeak_spelling import spelled_for_espeak
from speech.telephone_sound import RATE, Samples, levelled, write
from speech.worker_side import Message, Refused, serve

_ATTEMPTS = 3


def _start() -> Callable[[Message], Message]:
    # espeak-ng 1.52 of the wheel must be in the process before pyttsx3 asks for the library by
    # name: Debian's own 1.51 reads Mandarin as letters.
    os.environ["ESPEAK_DATA_PATH"] = str(espeakng_loader.get_data_path())
    ctypes.CDLL(espeakng_loader.get_library_path(), mode=ctypes.RTLD_GLOBAL)
    return _Speaker().speak


class _Speaker:
    """The engine, handled with care.

    The library speaks in a thread of its own, and pyttsx3's runAndWait waits for 10 ms of that.
    So the file must be whole, and the thread at rest, before the engine is touched again; and
    since a changed property can still swallow the text that follows it, properties change only
    when they must, and an empty result is tried again.
    """

    def __init__(self) -> None:
        import pyttsx3  # noqa: PLC0415 - it looks for the library when it is imported
        from pyttsx3.drivers import _espeak  # noqa: PLC0415

        self._wait_until_idle = _espeak.Synchronize
        self._spoken = os.memfd_create("spoken")
        self._finished = threading.Event()
        self._errors: list[Exception] = []
        self._manner: tuple[str, int] | None = None
        self._engine = pyttsx3.init()
        self._engine.connect("finished-utterance", self._finish)
        self._engine.connect("error", self._note)
        self._say("ready")  # until its first text the engine only notes properties, and sets them late

    def _finish(self, name: str | None, completed: bool) -> None:  # noqa: ARG002, FBT001 - pyttsx3's names
        self._finished.set()

    def _note(self, name: str | None, exception: Exception) -> None:  # noqa: ARG002 - pyttsx3's names
        self._errors.append(exception)

    def speak(self, request: Message) -> Message:
        self._set_manner(request["voice"], request["words_per_minute"])
        text = spelled_for_espeak(request["text"])
        for _ in range(_ATTEMPTS):
            samples = levelled(self._say(text), request["level_dbfs"])
            seconds = len(samples) / RATE
            if seconds >= request["seconds_min"]:
                write(samples, Path(request["out"]))
                return {"seconds": seconds}
        raise Refused("espeak-ng had nothing to say")

    def _set_manner(self, voice: str, words_per_minute: int) -> None:
        if (voice, words_per_minute) == self._manner:
            return
        self._manner = None
        self._errors.clear()
        self._engine.setProperty("voice", voice)
        self._engine.setProperty("rate", words_per_minute)
        self._wait_until_idle()
        if self._errors:
            raise Refused(f"espeak-ng cannot speak with the voice {voice}: {self._errors[0]}")
        self._manner = (voice, words_per_minute)

    def _say(self, text: str) -> Samples:
        os.ftruncate(self._spoken, 0)
        spoken = Path(f"/proc/self/fd/{self._spoken}")
        self._finished.clear()
        self._engine.save_to_file(text, str(spoken))
        self._engine.runAndWait()
        self._finished.wait()
        self._wait_until_idle()
        return _read(spoken)


def _read(path: Path) -> Samples:
    if path.stat().st_size == 0:
        return np.zeros(0)
    with wave.open(str(path)) as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(np.float64)
        return np.asarray(soxr.resample(samples, file.getframerate(), RATE))


if __name__ == "__main__":
    serve(_start)
