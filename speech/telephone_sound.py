"""Sound as telephones carry it: 8 kHz, one channel, spoken parts of one loudness."""

import os
import wave
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from speech.worker_side import Refused

RATE = 8_000
FULL_SCALE = 32_768
_FRAME = RATE // 50
_SPOKEN_BELOW_PEAK_DB = 30
"""Frames that are quieter than this below the loudest are pauses."""
_PEAK_MAX = 0.85
_SILENT_BELOW_DBFS = -55
"""Where not even the loudest frame is louder, nothing is said."""
_CLIPPED_MAX = 0.02
"""The share of samples at full scale, above which it is noise or cannot be understood."""
_LEAD_S = 0.05
_TAIL_S = 0.15

Samples = NDArray[np.float64]
"""From -32768 to 32767."""


def levelled(samples: Samples, level_dbfs: float) -> Samples:
    """Brings the spoken parts to one loudness, without clipping; nothing where all is silent."""
    power = _power(samples)
    if len(power) == 0 or power.max() == 0:
        return np.zeros(0)
    spoken = power[_is_spoken(power)]
    wanted = FULL_SCALE * 10 ** (level_dbfs / 20)
    gain = min(wanted / np.sqrt(spoken.mean()), _PEAK_MAX * FULL_SCALE / np.abs(samples).max())
    result: Samples = samples * gain
    return result


def trimmed(samples: Samples) -> Samples:
    """Without the silence before the first word and behind the last."""
    spoken = np.flatnonzero(_is_spoken(_power(samples)))
    if len(spoken) == 0:
        return samples[:0]
    begin = int(spoken[0]) * _FRAME - int(_LEAD_S * RATE)
    end = (int(spoken[-1]) + 1) * _FRAME + int(_TAIL_S * RATE)
    return samples[max(0, begin) : end]


def refuse_unusable(samples: Samples, *, seconds_min: float) -> None:
    """Raises `Refused` for sound in which nobody would understand a word."""
    power = _power(samples)
    if len(samples) / RATE < seconds_min or len(power) == 0:
        raise Refused(f"it is shorter than {seconds_min:g} s", kind="nothing_heard")
    if power.max() < (FULL_SCALE * 10 ** (_SILENT_BELOW_DBFS / 20)) ** 2:
        raise Refused("there is nothing but silence in it", kind="nothing_heard")


def refuse_clipped(clipped: int, total: int) -> None:
    """Raises `Refused` where so many samples of all are at full scale that it is distorted."""
    if total and clipped / total > _CLIPPED_MAX:
        reason = f"it is distorted: {clipped / total:.0%} of it is at full scale"
        raise Refused(reason, kind="sound_distorted")


def write(samples: Samples, path: Path) -> None:
    """A WAV file, under another name first: nobody ever sees half a file."""
    unfinished = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        with wave.open(str(unfinished), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(RATE)
            file.writeframes(samples.round().astype("<i2").tobytes())
        unfinished.replace(path)
    except OSError as error:
        raise Refused(f"{path} cannot be written: {error.strerror}") from error


def _power(samples: Samples) -> Samples:
    frames = samples[: len(samples) // _FRAME * _FRAME].reshape(-1, _FRAME)
    power: Samples = (frames**2).mean(1)
    return power


def _is_spoken(power: Samples) -> NDArray[np.bool_]:
    if len(power) == 0:
        return np.zeros(0, dtype=np.bool_)
    return np.asarray(power > power.max() * 10 ** (-_SPOKEN_BELOW_PEAK_DB / 10))
