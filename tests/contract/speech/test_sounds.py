"""Sound files from people and programs: every common format in, telephone sound out, hostile ones refused."""

import os
import signal
import struct
import wave
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import av
import numpy as np
import pytest

from speech.errors import UnusableSound
from speech.settings import SoundSettings
from speech.sounds import SoundReader, Wanted

WANTED = Wanted(level_dbfs=-20, seconds_min=0.1, seconds_max=30)
HERTZ = 600
FORMATS = {
    "wav": ("wav", "pcm_s16le", 44_100, "s16"),
    "wav of 24 bits": ("wav", "pcm_s24le", 96_000, "s32"),
    "wav as telephones have it": ("wav", "pcm_mulaw", 8_000, "s16"),
    "mp3": ("mp3", "libmp3lame", 44_100, "s16p"),
    "m4a": ("ipod", "aac", 44_100, "fltp"),
    "ogg": ("ogg", "vorbis", 44_100, "fltp"),
    "opus": ("ogg", "libopus", 48_000, "s16"),
    "flac": ("flac", "flac", 48_000, "s16"),
    "aac": ("adts", "aac", 22_050, "fltp"),
    "webm": ("webm", "libopus", 48_000, "s16"),
}


@pytest.fixture
async def reader() -> AsyncIterator[SoundReader]:
    there = SoundReader(SoundSettings(file_mb_max=2, convert_timeout_s=30))
    yield there
    await there.close()


def encode(path: Path, kind: str, *, seconds: float = 2.0, level: float = 0.1, also_hertz: float = 0) -> None:
    """A stereo tone in a format."""
    container, codec, rate, layout = FORMATS[kind]
    with av.open(str(path), "w", format=container) as file:
        stream = file.add_stream(codec, rate=rate, options={"strict": "experimental"})
        stream.layout = "stereo"
        resampler = av.AudioResampler(format=layout, layout="stereo", rate=rate)
        times = np.arange(int(rate * seconds)) / rate
        tones = np.sin(2 * np.pi * HERTZ * times) + np.sin(2 * np.pi * also_hertz * times)
        sound = (level * tones).astype("float32")
        frame = av.AudioFrame.from_ndarray(np.repeat(sound, 2)[None], format="flt", layout="stereo")
        frame.rate = rate
        for part in (*resampler.resample(frame), *resampler.resample(None)):
            file.mux(stream.encode(part))
        file.mux(stream.encode(None))


def samples(path: Path) -> np.ndarray:
    with wave.open(str(path)) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (8_000, 1, 2)
        return np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(float)


@pytest.mark.parametrize("kind", FORMATS)
async def test_every_common_format_becomes_telephone_sound(
    reader: SoundReader, tmp_path: Path, kind: str
) -> None:
    source, out = tmp_path / "source", tmp_path / "out.wav"
    encode(source, kind)
    seconds = await reader.convert(source, out, WANTED)
    sound = samples(out)
    assert seconds == pytest.approx(2.0, abs=0.15)
    assert np.abs(np.fft.rfft(sound)).argmax() * 8_000 / len(sound) == pytest.approx(HERTZ, abs=2)
    middle = sound[4_000:12_000]
    assert 20 * np.log10((middle**2).mean() ** 0.5 / 32_768) == pytest.approx(-20, abs=0.5)


async def test_what_a_telephone_cannot_carry_is_filtered_and_does_not_fold_back(
    reader: SoundReader, tmp_path: Path
) -> None:
    source, out = tmp_path / "source", tmp_path / "out.wav"
    encode(source, "wav", also_hertz=5_000)
    await reader.convert(source, out, WANTED)
    sound = samples(out)[1_000:9_000]
    power = np.abs(np.fft.rfft(sound * np.hanning(len(sound))))
    assert power[3_000 - 50 : 3_000 + 50].max() < power.max() / 1_000, "5 kHz would be heard as 3 kHz"


def _cut(source: Path) -> None:
    source.write_bytes(source.read_bytes()[:50])


def _as(content: bytes) -> Callable[[Path], None]:
    return lambda source: (source.write_bytes(content), None)[1]


MANY_CHANNELS = struct.pack("<HHIIHH", 1, 0xFFFF, 44_100, 0, 0, 16)
HOSTILE: dict[str, tuple[Callable[[Path], object], str]] = {
    "nothing": (_as(b""), "empty"),
    "a picture": (_as(b"\x89PNG\r\n\x1a\n" + b"\0" * 1_000), "no sound file of a kind"),
    "a program": (_as(b"\x7fELF" + b"\0" * 1_000), "no sound file of a kind"),
    "a page": (_as(b"<html><script>alert(1)</script>"), "no sound file of a kind"),
    "a list of other files": (_as(b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n"), "no sound file of a kind"),
    "a head and nothing more": (_cut, "damaged|no sound|shorter"),
    "a head and rubbish": (_as(b"fLaC" + bytes(range(256)) * 200), "damaged|no sound"),
    "an endless number of channels": (
        _as(b"RIFF\xff\xff\xff\x7fWAVEfmt \x10\0\0\0" + MANY_CHANNELS + b"data\xff\xff\xff\x7f"),
        "damaged|no sound",
    ),
    "huge": (lambda source: source.write_bytes(b"RIFF0000WAVE" + b"\0" * 3_000_000), "larger than 2 MB"),
    "a bomb": (lambda source: encode(source, "flac", seconds=600, level=0), "longer than 30 s"),
    "too long": (lambda source: encode(source, "mp3", seconds=31), "longer than 30 s"),
    "silent": (lambda source: encode(source, "wav", level=0), "silence"),
    "distorted": (lambda source: encode(source, "wav", level=20.0), "distorted"),
}


@pytest.mark.parametrize("what", HOSTILE)
async def test_a_hostile_file_is_refused_with_a_sentence_and_the_next_is_read(
    reader: SoundReader, tmp_path: Path, what: str
) -> None:
    source, out = tmp_path / "source", tmp_path / "out.wav"
    encode(source, "wav", seconds=0.3)
    make, sentence = HOSTILE[what]
    make(source)
    with pytest.raises(UnusableSound, match=sentence):
        await reader.convert(source, out, WANTED)
    assert not out.exists()
    encode(source, "wav", seconds=1)
    assert await reader.convert(source, out, WANTED) > 0.9


@pytest.mark.parametrize("kind", FORMATS)
async def test_a_file_that_was_cut_short_gives_what_is_there_or_a_sentence(
    reader: SoundReader, tmp_path: Path, kind: str
) -> None:
    source, out = tmp_path / "source", tmp_path / "out.wav"
    encode(source, kind)
    source.write_bytes(source.read_bytes()[: source.stat().st_size // 2])
    try:
        seconds = await reader.convert(source, out, WANTED)
    except UnusableSound as refusal:
        said = str(refusal)
    else:
        said = ""
    assert said.startswith("it is damaged") if said else seconds < 2.1
    assert out.exists() is not bool(said)


async def test_a_reader_that_died_is_replaced(reader: SoundReader, tmp_path: Path) -> None:
    source, out = tmp_path / "source", tmp_path / "out.wav"
    encode(source, "wav")
    await reader.convert(source, out, WANTED)
    os.kill(reader.worker_pids()[0], signal.SIGSTOP)
    slow = SoundReader(SoundSettings(convert_timeout_s=0.01))
    with pytest.raises(UnusableSound, match="could not be read"):
        await slow.convert(source, out, WANTED)
    await slow.close()
    os.kill(reader.worker_pids()[0], signal.SIGKILL)
    with pytest.raises(UnusableSound, match="could not be read"):
        await reader.convert(source, out, WANTED)
    assert await reader.convert(source, out, WANTED) > 1
