"""What a simulated person says and hears: the far end of Asterisk's AudioSocket, 8 kHz, 20 ms frames."""

import asyncio
import struct
import time
import wave
from bisect import bisect_left
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID, uuid4

import numpy as np
from numpy.typing import NDArray

from kernel.errors import InvalidInput
from rig.tones import (
    PACKET_S,
    PACKET_SAMPLES,
    SAMPLE_RATE_HZ,
    SILENCE_RMS,
    decode_ulaw,
    encode_ulaw,
    tone_packets,
)

KIND_END = 0x00
KIND_ID = 0x01
KIND_SOUND = 0x10
HEADER = struct.Struct(">BH")
QUIET = bytes(PACKET_SAMPLES * 2)
CONNECT_TIMEOUT_S = 5.0
_WANTED = "it has to be PCM with 8000 Hz, one channel and 16 bit"


@dataclass
class Ear:
    """One person's sound: what they are to say, and every frame they heard."""

    id: UUID = field(default_factory=uuid4)
    heard: list[tuple[float, bytes]] = field(default_factory=list)
    """When (monotonic seconds), and 20 ms as μ-law."""
    is_connected: asyncio.Event = field(default_factory=asyncio.Event)
    is_over: asyncio.Event = field(default_factory=asyncio.Event)
    _loud: list[float] = field(default_factory=list)
    """When it was not quiet; kept beside, because a pause is looked for again and again."""
    _to_say: deque[bytes] = field(default_factory=deque)
    _tone: tuple[bytes, ...] = ()

    def hear(self, at: float, packet: bytes) -> None:
        """Takes 20 ms."""
        self.heard.append((at, packet))
        if _is_loud(packet):
            self._loud.append(at)

    def hum(self, frequency_hz: int) -> None:
        """A tone from now on, whenever nothing else is to be said."""
        self._tone = tuple(_linear(packet) for packet in tone_packets(frequency_hz))

    def say(self, path: Path) -> None:
        """Says a file, after what is being said already."""
        self._to_say.extend(wav_frames(path))

    @property
    def left_to_say_s(self) -> float:
        """How long what is still to be said takes, the tone aside."""
        return len(self._to_say) * PACKET_S

    @property
    def silent_s(self) -> float:
        """How long nothing at all has come, not even quiet, as from a line that is dead."""
        return time.monotonic() - (self.heard[-1][0] if self.heard else 0.0)

    async def pause(self, *, speech_s: float, quiet_s: float, patience_s: float) -> bool:
        """Waits until somebody has spoken and then been quiet, as one waits for a prompt to end."""
        started = time.monotonic()
        while not self.is_over.is_set():
            now = time.monotonic()
            if now - started >= patience_s:
                return False
            if self._has_paused(since=started, now=now, speech_s=speech_s, quiet_s=quiet_s):
                return True
            await asyncio.sleep(PACKET_S * 5)
        return False

    def _has_paused(self, *, since: float, now: float, speech_s: float, quiet_s: float) -> bool:
        loud = len(self._loud) - bisect_left(self._loud, since)
        return loud > 0 and loud * PACKET_S >= speech_s and now - self._loud[-1] >= quiet_s

    def next_frame(self, index: int) -> bytes:
        """The frame to send at this place in time."""
        if self._to_say:
            return self._to_say.popleft()
        return self._tone[index % len(self._tone)] if self._tone else QUIET


class Ears:
    """The server to which the network's Asterisk brings the sound of each person, by id."""

    def __init__(self) -> None:
        self._ears: dict[UUID, Ear] = {}
        self._server: asyncio.Server | None = None
        self.port = 0

    async def start(self) -> None:
        """Listens on a free port of this machine."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Hangs up on everybody."""
        if self._server:
            self._server.close()
            await self._server.wait_closed()

    def expect(self) -> Ear:
        """A person whose sound will come."""
        ear = Ear()
        self._ears[ear.id] = ear
        return ear

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT_S):
                kind, payload = await _read(reader)
            ear = self._ears.get(UUID(bytes=payload)) if kind == KIND_ID else None
            if ear is None:
                return
            ear.is_connected.set()
            try:
                await _converse(ear, reader, writer)
            finally:
                ear.is_over.set()
        except (asyncio.IncompleteReadError, ConnectionError, TimeoutError, ValueError):
            pass  # the far end hung up, which is how every conversation ends
        finally:
            writer.close()


async def _converse(ear: Ear, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    speaking = asyncio.create_task(_speak(ear, writer))
    try:
        while True:
            kind, payload = await _read(reader)
            if kind == KIND_END:
                return
            if kind == KIND_SOUND and len(payload) == len(QUIET):
                ear.hear(time.monotonic(), encode_ulaw(np.frombuffer(payload, dtype="<i2")))
    finally:
        speaking.cancel()


async def _speak(ear: Ear, writer: asyncio.StreamWriter) -> None:
    """A frame each 20 ms on an absolute clock, so that it neither hurries nor drags."""
    started = time.monotonic()
    index = 0
    while True:
        writer.write(HEADER.pack(KIND_SOUND, len(QUIET)) + ear.next_frame(index))
        await writer.drain()
        index += 1
        await asyncio.sleep(max(0.0, started + index * PACKET_S - time.monotonic()))


async def _read(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    kind, length = HEADER.unpack(await reader.readexactly(HEADER.size))
    return kind, await reader.readexactly(length)


def playable(path: Path) -> Path:
    """The file, if it can be said on a telephone; raises `InvalidInput` with a sentence if not."""
    wav_frames(path)
    return path


def wav_frames(path: Path) -> Sequence[bytes]:
    """The frames of a telephone-ready file (8 kHz, mono, 16 bit)."""
    try:
        with wave.open(str(path)) as file:
            shape = (file.getframerate(), file.getnchannels(), file.getsampwidth())
            samples = file.readframes(file.getnframes())
    except OSError as error:
        raise InvalidInput(f"{path} cannot be read: {error.strerror}") from error
    except (EOFError, wave.Error) as error:
        raise InvalidInput(f"{path} is no such WAV file as can be played: {_WANTED}") from error
    if shape != (SAMPLE_RATE_HZ, 1, 2):
        rate_hz, channels, width = shape
        found = f"{rate_hz} Hz, {channels} channels, {8 * width} bit"
        raise InvalidInput(f"{path} has {found}, and cannot be played: {_WANTED}")
    if not samples:
        raise InvalidInput(f"{path} is empty: it holds no sound")
    return [
        samples[at : at + len(QUIET)].ljust(len(QUIET), b"\0") for at in range(0, len(samples), len(QUIET))
    ]


def write_wav(path: Path, heard: Iterable[tuple[float, bytes]]) -> None:
    """Writes what was heard to a file."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE_HZ)
        for _, packet in heard:
            file.writeframes(_linear(packet))


def _linear(packet: bytes) -> bytes:
    return decode_ulaw(packet).astype("<i2").tobytes()


def _is_loud(packet: bytes) -> bool:
    samples: NDArray[np.float64] = decode_ulaw(packet).astype(np.float64)
    return float(np.sqrt(np.mean(samples**2))) >= SILENCE_RMS
