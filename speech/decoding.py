"""Sound files of any common format, of which nobody knows whether they are what they say.

FFmpeg, by PyAV, is given the file's bytes and one format, told by how the file begins: it guesses
nothing, follows no names in a file to other files or hosts, and is stopped when there is more than may be.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import av
import numpy as np
import soxr
from av.audio.frame import AudioFrame
from numpy.typing import NDArray

from speech.telephone_sound import FULL_SCALE, RATE, Samples, refuse_clipped
from speech.worker_side import Refused

_HEAD_BYTES = 16
_CLIPPED = 0.999
_RATES = range(4_000, 192_001)
FORMATS = "WAV, MP3, M4A, OGG, Opus, FLAC, AAC, AMR or WebM"


def decoded(path: Path, *, seconds_max: float) -> Samples:
    """The sound of a file at the telephone's rate; raises `Refused`."""
    with path.open("rb") as file:
        kind = kind_of(file.read(_HEAD_BYTES))
    if kind is None:
        raise Refused(f"it is no sound file of a kind that is known: {FORMATS}", kind="unknown_sound")
    parts: list[NDArray[np.float32]] = []
    length = clipped = total = 0
    narrow: soxr.ResampleStream | None = None
    with _telling():
        for samples, rate in _frames(path, kind):
            narrow = narrow or soxr.ResampleStream(rate, RATE, 1, dtype="float32")
            clipped += int(np.count_nonzero(np.abs(samples) >= _CLIPPED))
            total += len(samples)
            parts.append(narrow.resample_chunk(samples))
            length += len(parts[-1])
            if length > seconds_max * RATE:
                raise Refused(f"it is longer than {seconds_max:g} s", kind="sound_too_long")
    if narrow is None:
        raise Refused("there is no sound in it", kind="unknown_sound")
    parts.append(narrow.resample_chunk(np.zeros(0, "float32"), last=True))
    refuse_clipped(clipped, total)
    return np.concatenate(parts).astype(np.float64) * FULL_SCALE


def kind_of(head: bytes) -> str | None:
    """FFmpeg's name of a file's format, by its first sixteen bytes; None for one that is none of ours."""
    if head[:4] in {b"RIFF", b"RF64"} and head[8:12] == b"WAVE":
        return "wav"
    for begin, name in ((b"fLaC", "flac"), (b"OggS", "ogg"), (b"ID3", "mp3"), (b"#!AMR", "amr")):
        if head.startswith(begin):
            return name
    if head[4:8] == b"ftyp":
        return "mp4"
    if head.startswith(b"\x1a\x45\xdf\xa3"):
        return "matroska"
    if len(head) > 1 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0:
        # The two bits of the layer are zero in AAC, and never in MP3.
        return "mp3" if head[1] & 0x06 else "aac"
    return None


def _frames(path: Path, kind: str) -> Iterator[tuple[NDArray[np.float32], int]]:
    with path.open("rb") as file, av.open(file, "r", format=kind, metadata_errors="replace") as container:
        stream = next(iter(container.streams.audio), None)
        if stream is None:
            raise Refused("there is no sound in it", kind="unknown_sound")
        stream.codec_context.thread_count = 1
        mono = av.AudioResampler(format="flt", layout="mono")
        for frame in container.decode(stream):
            for part in mono.resample(frame):
                yield _samples(part)
        for part in mono.resample(None):
            yield _samples(part)


def _samples(part: AudioFrame) -> tuple[NDArray[np.float32], int]:
    if part.sample_rate not in _RATES:
        raise Refused(f"it has {part.sample_rate} samples a second, which cannot be")
    samples = np.asarray(part.to_ndarray()[0], dtype=np.float32)
    return np.nan_to_num(samples, nan=0.0, posinf=1.0, neginf=-1.0), part.sample_rate


@contextmanager
def _telling() -> Iterator[None]:
    try:
        yield
    except (av.FFmpegError, ValueError, EOFError, OverflowError) as error:
        raise Refused("it is damaged, or not what its beginning says") from error
    except MemoryError as error:
        raise Refused("it needs more memory than a recording may") from error
