"""Makes `moh/waiting`, a slow, soft pattern of bell-like tones, and `sounds/en/beep.wav`.

Synthesised, hence nobody's but ours. Run it with the project's Python; the files are committed. The music
stands there in the codecs of telephone lines too, so that it is not encoded anew for each who waits.
"""

import wave
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

FOLDER = Path(__file__).parent
RATE_HZ = 8000
NOTE_S = 0.75
LEVEL = 0.22
# A pentatonic line over four slow bars; numbers are half tones above A3, None is a rest.
MELODY = (3, 7, 10, 15, None, 12, 10, None, 5, 8, 12, 17, None, 15, 12, None)
MELODY_2 = (3, 7, 10, 12, None, 10, 7, None, 1, 5, 8, 12, None, 10, 8, None)
BASS = (-9, -4, -9, -7)


def tone(half_tones: float, seconds: float, decay_s: float) -> NDArray[np.float64]:
    """One struck note with a soft overtone."""
    time = np.arange(int(seconds * RATE_HZ)) / RATE_HZ
    frequency = 220.0 * 2 ** (half_tones / 12)
    wave_form = np.sin(2 * np.pi * frequency * time) + 0.25 * np.sin(4 * np.pi * frequency * time)
    attack = np.minimum(1.0, time / 0.02)
    return wave_form * attack * np.exp(-time / decay_s)


def main() -> None:
    """Writes the file beside this script."""
    notes = (*MELODY, *MELODY_2)
    total = int(len(notes) * NOTE_S * RATE_HZ)
    sound = np.zeros(total + 4 * RATE_HZ)
    for index, note in enumerate(notes):
        if note is not None:
            start = int(index * NOTE_S * RATE_HZ)
            struck = tone(note, 3.0, 0.9)
            sound[start : start + len(struck)] += struck
    for index in range(8):
        start = int(index * 4 * NOTE_S * RATE_HZ)
        struck = 0.8 * tone(BASS[index % 4], 3.0, 1.6)
        sound[start : start + len(struck)] += struck
    sound[: 4 * RATE_HZ] += sound[total:]  # the end rings on into the repetition
    music = sound[:total] / np.abs(sound).max() * LEVEL
    write(FOLDER / "moh" / "waiting.wav", music)
    for law, values in {"ulaw": ulaw_values(), "alaw": alaw_values()}.items():
        (FOLDER / "moh" / f"waiting.{law}").write_bytes(encode(music, values))
    beep = tone(24, 0.3, 1.0)
    write(FOLDER / "sounds" / "en" / "beep.wav", beep / np.abs(beep).max() * LEVEL)


def ulaw_values() -> NDArray[np.int32]:
    """What each byte of μ-law stands for (ITU-T G.711)."""
    code = ~np.arange(256) & 0xFF
    size = (((code & 0x0F) << 3) + 0x84) << (code >> 4 & 7)
    return np.where(code & 0x80, 0x84 - size, size - 0x84).astype(np.int32)


def alaw_values() -> NDArray[np.int32]:
    """What each byte of A-law stands for (ITU-T G.711)."""
    code = np.arange(256) ^ 0x55
    segment, step = code >> 4 & 7, (code & 0x0F) << 4
    size = np.where(segment, (step + 0x108) << np.maximum(segment - 1, 0), step + 8)
    return np.where(code & 0x80, size, -size).astype(np.int32)


def encode(sound: NDArray[np.float64], values: NDArray[np.int32]) -> bytes:
    """Each sample as the byte that comes nearest."""
    codes = np.argsort(values, kind="stable")
    borders = (values[codes][1:] + values[codes][:-1]) / 2
    return codes[np.searchsorted(borders, sound * 32767)].astype(np.uint8).tobytes()


def write(file: Path, sound: NDArray[np.float64]) -> None:
    """A telephone's WAV file: 8 kHz, 16 bit, one channel."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(file), "wb") as output:
        output.setnchannels(1)
        output.setsampwidth(2)
        output.setframerate(RATE_HZ)
        output.writeframes((sound * 32767).astype("<i2").tobytes())


if __name__ == "__main__":
    main()
