"""Asterisk's AudioSocket: the sound of a channel by TCP, both ways.

Asterisk connects, says an id that we gave it, and then sends what the channel hears. A frame is a kind (one
byte), a length (two bytes, big-endian) and so many bytes; sound is 16-bit little-endian, 8 kHz, mono, 20 ms a
frame. A closed connection ends the application on the other side without an error. Asterisk gives up after
2 s in which nothing comes either way, so silence is sent too. (Asterisk 22: res_audiosocket, app_audiosocket)
"""

import asyncio
import struct
import wave
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Self, cast
from uuid import UUID, uuid4

import structlog
from typing_extensions import override

from telephony.errors import SoundUnavailable
from telephony.port import FRAME_BYTES, FRAME_S, Sound
from telephony.settings import TelephonySettings

_END, _ID, _KEY, _SOUND, _ERROR = 0x00, 0x01, 0x03, 0x10, 0xFF
_HEADER = struct.Struct(">BH")
_SHAPE = (8_000, 1, 2)
"""Hertz, channels and bytes of a sample."""
_SILENCE = _HEADER.pack(_SOUND, FRAME_BYTES) + bytes(FRAME_BYTES)

_log = structlog.get_logger(__name__)


class AudioFeed(Sound):
    """The sound of one channel, once Asterisk has brought it; see `Sound` for what the methods promise."""

    def __init__(
        self, settings: TelephonySettings, on_closed: Callable[["AudioFeed"], None], *, is_mute: bool = False
    ) -> None:
        self.id = uuid4()
        self._is_mute = is_mute
        self._settings = settings
        self._on_closed = on_closed
        self._transport: asyncio.WriteTransport | None = None
        self._connected = asyncio.Event()
        self._news = asyncio.Event()
        self._heard: deque[bytes | str] = deque()
        self._to_say: deque[bytes] = deque()
        self._rest = b""
        self._is_over = False
        self.lost_frames = 0
        """What came faster than it was heard."""

    async def connected(self) -> None:
        """Waits for Asterisk. Raises `SoundUnavailable` when it does not come, or not in time."""
        try:
            async with asyncio.timeout(self._settings.sound_connect_timeout_s):
                await self._connected.wait()
        except TimeoutError as error:
            raise SoundUnavailable("no sound came from the switch") from error
        if self._is_over:
            raise SoundUnavailable("the switch could not bring the sound")

    @property
    @override
    def left_to_say_s(self) -> float:
        return len(self._to_say) * FRAME_S

    @override
    async def say(self, prompts: Sequence[Path]) -> None:
        for prompt in prompts:
            self._to_say.extend(await asyncio.to_thread(_frames, prompt))

    @override
    def hush(self) -> None:
        self._to_say.clear()

    @override
    async def heard(self) -> AsyncIterator[bytes | str]:
        while True:
            while self._heard:
                yield self._heard.popleft()
            if self._is_over:
                return
            self._news.clear()
            await self._news.wait()

    def close(self) -> None:
        """Lets the channel go on in its dialplan, or in its AGI session."""
        if self._transport is not None and not self._is_over:
            self._transport.write(_HEADER.pack(_END, 0))
            self._transport.close()
        self._end()

    def take(self, transport: asyncio.WriteTransport) -> None:
        """Asterisk has come."""
        self._transport = transport
        self._connected.set()
        for _ in range(self._settings.sound_lead_frames):
            self.speak()

    def speak(self) -> None:
        """Sends the next 20 ms; a channel that takes nothing any more gets nothing."""
        if self._transport is None or self._is_over or self._is_mute:
            return
        if self._transport.get_write_buffer_size() > self._settings.sound_unsent_bytes_max:
            return
        frame = self._to_say.popleft() if self._to_say else b""
        self._transport.write(_HEADER.pack(_SOUND, FRAME_BYTES) + frame if frame else _SILENCE)

    def take_frames(self, data: bytes) -> None:
        """Reads what came, cut anywhere."""
        data = self._rest + data
        at = 0
        while len(data) - at >= _HEADER.size:
            kind, length = _HEADER.unpack_from(data, at)
            end = at + _HEADER.size + length
            if end > len(data):
                break
            self._take_frame(kind, data[at + _HEADER.size : end])
            at = end
        self._rest = data[at:]
        self._news.set()

    def _take_frame(self, kind: int, payload: bytes) -> None:
        if kind == _KEY:
            self._heard.append(payload.decode("ascii", "replace")[:1])
        elif kind == _SOUND:
            if len(self._heard) >= self._settings.sound_unheard_frames_max:
                self._heard.popleft()
                self.lost_frames += 1
            self._heard.append(payload)
        elif kind in {_END, _ERROR}:
            self._end()

    def over(self) -> None:
        """Asterisk has gone: the caller has hung up, or somebody else has the channel."""
        self._end()

    def _end(self) -> None:
        if not self._is_over:
            self._is_over = True
            self._news.set()
            self._connected.set()
            self._on_closed(self)


class _Connection(asyncio.Protocol):
    """One connection, whose first frame says which feed it is."""

    def __init__(self, server: "AudioSocketServer") -> None:
        self._server = server
        self._transport: asyncio.WriteTransport | None = None
        self._feed: AudioFeed | None = None
        self._first = b""

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.WriteTransport", transport)

    @override
    def data_received(self, data: bytes) -> None:
        if self._feed is not None:
            self._feed.take_frames(data)
            return
        self._first += data
        wanted = _HEADER.size + 16
        if len(self._first) < wanted:
            return
        kind, length = _HEADER.unpack_from(self._first)
        is_named = kind == _ID and length == 16
        id_ = UUID(bytes=self._first[_HEADER.size : wanted]) if is_named else None
        self._feed = self._server.claim(id_) if id_ else None
        if self._feed is None or self._transport is None:
            _log.warning("sound_of_nobody")
            if self._transport is not None:
                self._transport.close()
            return
        self._feed.take(self._transport)
        self._feed.take_frames(self._first[wanted:])

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        if self._feed is not None:
            self._feed.over()


class AudioSocketServer:
    """Where Asterisk brings the sound of channels; an async context manager, on a free port of `host`."""

    def __init__(self, settings: TelephonySettings) -> None:
        self._settings = settings
        self._expected: dict[UUID, AudioFeed] = {}
        self._open: set[AudioFeed] = set()
        self._server: asyncio.Server | None = None
        self._clock: asyncio.Task[None] | None = None
        self.address = ""
        """Host and port, for the dialplan's `AudioSocket`."""

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: _Connection(self), self._settings.host, 0, backlog=1024
        )
        host, port = _address(self._server.sockets)
        self.address = f"{host}:{port}"
        self._clock = asyncio.create_task(self._keep_time())
        return self

    async def __aexit__(self, *_: object) -> None:
        for feed in [*self._open, *self._expected.values()]:
            feed.close()
        if self._clock is not None:
            self._clock.cancel()
            with suppress(asyncio.CancelledError):
                await self._clock
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()

    def expect(self, *, is_mute: bool = False) -> AudioFeed:
        """A feed that Asterisk is going to be told of; close it in the end, also if nothing came.

        A mute one sends nothing, not even silence: Asterisk's channel, unlike its application, needs none.
        Raises `SoundUnavailable` when as many are open as may be.
        """
        if len(self._open) + len(self._expected) >= self._settings.sounds_max:
            raise SoundUnavailable(f"{self._settings.sounds_max} are listened to already")
        feed = AudioFeed(self._settings, self._forget, is_mute=is_mute)
        self._expected[feed.id] = feed
        return feed

    def claim(self, id_: UUID) -> AudioFeed | None:
        """The feed that is expected by this id, which counts once."""
        feed = self._expected.pop(id_, None)
        if feed is not None:
            self._open.add(feed)
        return feed

    def _forget(self, feed: AudioFeed) -> None:
        self._expected.pop(feed.id, None)
        self._open.discard(feed)

    async def _keep_time(self) -> None:
        """Lets all speak each 20 ms of an absolute clock; what a busy loop missed follows at once."""
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            due += FRAME_S
            wait_s = due - loop.time()
            if wait_s > 0:
                await asyncio.sleep(wait_s)
            elif wait_s < -self._settings.sound_catch_up_max_s:
                due = loop.time()
            for feed in list(self._open):
                feed.speak()


def _frames(prompt: Path) -> list[bytes]:
    """A prompt's frames; one that cannot be read is left out, for the call goes on."""
    try:
        with wave.open(str(prompt)) as file:
            shape = (file.getframerate(), file.getnchannels(), file.getsampwidth())
            samples = file.readframes(file.getnframes())
    except (OSError, EOFError, wave.Error) as error:
        _log.warning("prompt_unreadable", file=prompt.name, error=str(error))
        return []
    if shape != _SHAPE:
        _log.warning("prompt_unplayable", file=prompt.name, shape=shape)
        return []
    starts = range(0, len(samples), FRAME_BYTES)
    return [samples[at : at + FRAME_BYTES].ljust(FRAME_BYTES, b"\0") for at in starts]


def _address(sockets: Sequence[object]) -> tuple[str, int]:
    host, port = sockets[0].getsockname()[:2]  # type: ignore[attr-defined]
    return host, port
