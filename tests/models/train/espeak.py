"""espeak-ng by ctypes: speech together with the place of every phoneme in it.

The phoneme events make the labels of the training frames; no aligner is needed. One user of
the library per process: run nothing else of espeak-ng beside it.
"""

import ctypes
from dataclasses import dataclass
from functools import cache

import espeakng_loader
import numpy as np
from numpy.typing import NDArray

SAMPLE_RATE = 22_050
_SYNCHRONOUS = 2  # AUDIO_OUTPUT_SYNCHRONOUS: the callback gets the samples before `say` returns
_PHONEME_EVENTS = 1
_UTF8 = 1
_EVENT_WORD = 1
_EVENT_PHONEME = 7
_RATE, _PITCH, _RANGE = 1, 3, 4

Samples = NDArray[np.int16]


class _Id(ctypes.Union):
    _fields_ = (("number", ctypes.c_int), ("name", ctypes.c_char_p), ("string", ctypes.c_char * 8))


class _Event(ctypes.Structure):
    _fields_ = (
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", _Id),
    )


_Callback = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event)
)


@dataclass(frozen=True, slots=True)
class Mark:
    """A word (with its place in the text) or a phoneme (with its name) that starts at a sample."""

    sample: int
    text_position: int
    phoneme: str | None


@dataclass(frozen=True, slots=True)
class Manner:
    """How a text is said."""

    voice: str
    words_per_minute: int
    pitch: int
    pitch_range: int


class Engine:
    """The library, initialised once."""

    def __init__(self) -> None:
        self._library = ctypes.CDLL(espeakng_loader.get_library_path())
        data = str(espeakng_loader.get_data_path()).encode()
        if self._library.espeak_Initialize(_SYNCHRONOUS, 0, data, _PHONEME_EVENTS) != SAMPLE_RATE:
            raise RuntimeError("espeak-ng did not start at the expected sample rate")
        self._chunks: list[Samples] = []
        self._marks: list[Mark] = []
        self._callback = _Callback(self._hear)  # kept: the library holds only a pointer
        self._library.espeak_SetSynthCallback(self._callback)

    def _hear(
        self, wave: "ctypes._Pointer[ctypes.c_short]", count: int, events: "ctypes._Pointer[_Event]"
    ) -> int:
        if wave and count > 0:
            self._chunks.append(np.ctypeslib.as_array(wave, (count,)).copy())
        index = 0
        while (event := events[index]).type != 0:
            if event.type in (_EVENT_WORD, _EVENT_PHONEME):
                name = (
                    bytes(event.id.string).split(b"\0")[0].decode() if event.type == _EVENT_PHONEME else None
                )
                self._marks.append(Mark(event.sample, event.text_position, name))
            index += 1
        return 0

    def say(self, text: str, manner: Manner) -> tuple[Samples, list[Mark]]:
        """The samples at 22 050 Hz, and the marks in the order of time."""
        self._chunks.clear()
        self._marks.clear()
        if self._library.espeak_SetVoiceByName(manner.voice.encode()) != 0:
            raise ValueError(f"espeak-ng has no voice {manner.voice}")
        for parameter, value in (
            (_RATE, manner.words_per_minute),
            (_PITCH, manner.pitch),
            (_RANGE, manner.pitch_range),
        ):
            self._library.espeak_SetParameter(parameter, value, 0)
        encoded = text.encode() + b"\0"
        self._library.espeak_Synth(encoded, len(encoded), 0, 0, 0, _UTF8, None, None)
        samples = np.concatenate(self._chunks) if self._chunks else np.zeros(0, np.int16)
        return samples, list(self._marks)


@cache
def engine() -> Engine:
    """The one engine of this process."""
    return Engine()
