"""Real-time sound on UDP: many ends in one process, driven by one clock."""

import asyncio
import secrets
import socket
import struct
import time
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

from rig.tones import PACKET_S, PACKET_SAMPLES, load_wav, packets, tone_packets

PAYLOAD_ULAW = 0
PAYLOAD_KEYS = 101
KEYS = "0123456789*#ABCD"
KEY_PACKETS = 8
"""Packets of one key press (160 ms); the last three carry the end mark (RFC 4733)."""
HEARD_PACKETS_MAX = 50 * 3600
CATCH_UP_MAX_S = 0.5
"""So much of what the clock missed is sent at once; more would be noise to the far end."""
PACKET_BYTES_MAX = 2048
_SO_TIMESTAMPNS = 35
"""Of Linux (asm-generic/socket.h), which Python has no name for: the kernel tells when a packet came."""
_TIMESPEC = struct.Struct("@ll")


class MediaEnd:
    """One end of a conversation: sends a tone or silence, keeps what it hears.

    The far address is learned from what arrives, or given from a session description.
    """

    def __init__(self, host: str, frequency_hz: int | None) -> None:
        """Binds a free port of `host`.

        `frequency_hz`: the tone that tells this end from all others; None sends silence.
        """
        self.heard: list[tuple[float, bytes]] = []
        """With the moment of arrival as the kernel saw it, on the clock that only goes forward."""
        self.stamps: list[int] = []
        """The place of each in the far end's sound, in samples (RFC 3550 §5.1)."""
        self.far: tuple[str, int] | None = None
        self.on_first_packet: Callable[[], None] | None = None
        self.frequency_hz = frequency_hz
        self._voice = tone_packets(frequency_hz) if frequency_hz else (b"\xff" * PACKET_SAMPLES,)
        self._sequence = secrets.randbelow(1 << 15)
        self._timestamp = secrets.randbelow(1 << 31)
        self._source = secrets.randbelow(1 << 32)
        self._tick = 0
        self._keys: list[tuple[int, int]] = []
        self._words: deque[bytes] = deque()
        self.answered_until_s = 0.0
        """When the last packet of its last words, or of a key, was over."""
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        self._socket.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
        self._socket.bind((host, 0))
        self.port = int(self._socket.getsockname()[1])
        self.is_open = True
        asyncio.get_running_loop().add_reader(self._socket, self._read)

    def _read(self) -> None:
        while True:
            try:
                data, told, _, far = self._socket.recvmsg(PACKET_BYTES_MAX, socket.CMSG_SPACE(_TIMESPEC.size))
            except OSError:  # nothing more has come
                return
            self._hear(data, _came_s(told), far)

    def _hear(self, data: bytes, came_s: float, far: tuple[str, int]) -> None:
        if len(data) < 12 or data[1] & 0x7F != PAYLOAD_ULAW:
            return
        if not self.heard and self.on_first_packet:
            self.on_first_packet()
        self.far = self.far or (far[0], far[1])
        if len(self.heard) < HEARD_PACKETS_MAX:
            self.heard.append((came_s, data[12:]))
            self.stamps.append(int.from_bytes(data[4:8], "big"))

    @property
    def is_answering(self) -> bool:
        """Whether it has words to say, or a key to press, yet."""
        return bool(self._words or self._keys)

    def press(self, key: str) -> None:
        """Sends a key as RFC 4733 events in place of the tone."""
        event = KEYS.index(key)
        self._keys += [(event, n) for n in range(KEY_PACKETS)]

    def say(self, recording: Path) -> None:
        """Speaks a recording (8 kHz WAV) in place of the tone."""
        self.utter(packets(load_wav(recording)))

    def utter(self, words: Iterable[bytes]) -> None:
        """Speaks packets in place of the tone."""
        self._words.extend(words)

    def send_packet(self) -> None:
        """Sends the next 20 ms."""
        if self.far is None or not self.is_open:
            return
        if self.is_answering:
            self.answered_until_s = time.monotonic() + PACKET_S
        self._sequence = (self._sequence + 1) & 0xFFFF
        self._timestamp = (self._timestamp + PACKET_SAMPLES) & 0xFFFFFFFF
        if self._keys:
            self._send(self._key_packet(*self._keys.pop(0)), self.far)
            return
        self._tick += 1
        voice = self._words.popleft() if self._words else self._voice[self._tick % len(self._voice)]
        self._send(self._header(PAYLOAD_ULAW, self._timestamp) + voice, self.far)

    def _send(self, packet: bytes, far: tuple[str, int]) -> None:
        with suppress(OSError):  # nobody there, or no room: lost, as packets are
            self._socket.sendto(packet, far)

    def _key_packet(self, event: int, n: int) -> bytes:
        # All packets of one event carry the timestamp of its begin (RFC 4733 §2.3.2).
        began = (self._timestamp - n * PACKET_SAMPLES) & 0xFFFFFFFF
        is_end = n >= KEY_PACKETS - 3
        volume_and_end = 10 | (0x80 if is_end else 0)
        return self._header(PAYLOAD_KEYS, began) + struct.pack("!BBH", event, volume_and_end, (n + 1) * 160)

    def _header(self, payload_type: int, timestamp: int) -> bytes:
        return struct.pack("!BBHII", 0x80, payload_type, self._sequence, timestamp, self._source)

    def close(self) -> None:
        """Stops sending and frees the port."""
        self.is_open = False
        if self._socket.fileno() >= 0:
            asyncio.get_running_loop().remove_reader(self._socket)
            self._socket.close()


def _came_s(told: list[tuple[int, int, bytes]]) -> float:
    """The kernel tells the wall clock's time."""
    now_s = time.monotonic()
    for _, _, stamp in told:
        seconds, nanoseconds = _TIMESPEC.unpack(stamp)
        ago_s: float = time.time() - seconds - nanoseconds / 1e9
        return now_s - max(0.0, ago_s)
    return now_s


class MediaClock:
    """Sends 20 ms of every open end, on an absolute clock."""

    def __init__(self) -> None:
        self._ends: list[MediaEnd] = []
        self.longest_stall_s = 0.0
        """How late the clock was at the worst: what was heard is no more exact than that."""

    async def open(self, host: str, frequency_hz: int | None) -> MediaEnd:
        """A new end, bound to a free port of `host`; within a running loop."""
        end = MediaEnd(host, frequency_hz)
        self._ends.append(end)
        return end

    async def run(self) -> None:
        """Ticks until cancelled."""
        due = time.monotonic()
        while True:
            self._ends = [end for end in self._ends if end.is_open]
            for end in self._ends:
                end.send_packet()
            due += PACKET_S
            late_s = time.monotonic() - due
            self.longest_stall_s = max(self.longest_stall_s, late_s)
            if late_s > CATCH_UP_MAX_S:
                due += late_s - CATCH_UP_MAX_S
            await asyncio.sleep(max(0.0, due - time.monotonic()))
