"""Real-time sound on UDP: many ends in one process, driven by one clock."""

import asyncio
import secrets
import struct
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import cast

from rig.tones import PACKET_S, PACKET_SAMPLES, load_wav, packets, tone_packets

PAYLOAD_ULAW = 0
PAYLOAD_KEYS = 101
KEYS = "0123456789*#ABCD"
KEY_PACKETS = 8
"""Packets of one key press (160 ms); the last three carry the end mark (RFC 4733)."""
HEARD_PACKETS_MAX = 50 * 3600
CATCH_UP_MAX_S = 0.5
"""So much of what the clock missed is sent at once; more would be noise to the far end."""


class MediaEnd(asyncio.DatagramProtocol):
    """One end of a conversation: sends a tone or silence, keeps what it hears.

    The far address is learned from what arrives, or given from a session description.
    """

    def __init__(self, frequency_hz: int | None) -> None:
        """`frequency_hz`: the tone that tells this end from all others; None sends silence."""
        self.heard: list[tuple[float, bytes]] = []
        self.far: tuple[str, int] | None = None
        self.on_first_packet: Callable[[], None] | None = None
        self.frequency_hz = frequency_hz
        self._voice = tone_packets(frequency_hz) if frequency_hz else (b"\xff" * PACKET_SAMPLES,)
        self._transport: asyncio.DatagramTransport | None = None
        self._sequence = secrets.randbelow(1 << 15)
        self._timestamp = secrets.randbelow(1 << 31)
        self._source = secrets.randbelow(1 << 32)
        self._tick = 0
        self._keys: list[tuple[int, int]] = []
        self._words: deque[bytes] = deque()
        self.is_open = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The port is bound."""
        self._transport = cast("asyncio.DatagramTransport", transport)
        self.is_open = True

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """Keeps what was heard, with the time of its arrival."""
        if len(data) < 12 or data[1] & 0x7F != PAYLOAD_ULAW:
            return
        if not self.heard and self.on_first_packet:
            self.on_first_packet()
        self.far = self.far or (addr[0], addr[1])
        if len(self.heard) < HEARD_PACKETS_MAX:
            self.heard.append((time.monotonic(), data[12:]))

    @property
    def port(self) -> int:
        """The local UDP port."""
        assert self._transport is not None
        return int(self._transport.get_extra_info("sockname")[1])

    def press(self, key: str) -> None:
        """Sends a key as RFC 4733 events in place of the tone."""
        event = KEYS.index(key)
        self._keys += [(event, n) for n in range(KEY_PACKETS)]

    def say(self, recording: Path) -> None:
        """Speaks a recording (8 kHz WAV) in place of the tone."""
        self._words.extend(packets(load_wav(recording)))

    def send_packet(self) -> None:
        """Sends the next 20 ms."""
        if self._transport is None or self.far is None or not self.is_open:
            return
        self._sequence = (self._sequence + 1) & 0xFFFF
        self._timestamp = (self._timestamp + PACKET_SAMPLES) & 0xFFFFFFFF
        if self._keys:
            self._transport.sendto(self._key_packet(*self._keys.pop(0)), self.far)
            return
        self._tick += 1
        voice = self._words.popleft() if self._words else self._voice[self._tick % len(self._voice)]
        self._transport.sendto(self._header(PAYLOAD_ULAW, self._timestamp) + voice, self.far)

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
        if self._transport is not None:
            self._transport.close()


class MediaClock:
    """Sends 20 ms of every open end, on an absolute clock."""

    def __init__(self) -> None:
        self._ends: list[MediaEnd] = []
        self.longest_stall_s = 0.0
        """How late the clock was at the worst: what was heard is no more exact than that."""

    async def open(self, host: str, frequency_hz: int | None) -> MediaEnd:
        """A new end, bound to a free port of `host`."""
        loop = asyncio.get_running_loop()
        _, end = await loop.create_datagram_endpoint(lambda: MediaEnd(frequency_hz), local_addr=(host, 0))
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
