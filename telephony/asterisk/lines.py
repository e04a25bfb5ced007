"""The line of one caller, on a FastAGI session."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from typing_extensions import override

from telephony.asterisk.agi_codec import Reply
from telephony.asterisk.agi_server import AgiSession
from telephony.asterisk.audio_socket import AudioSocketServer
from telephony.errors import LineGone
from telephony.model import Arrival, CallMark
from telephony.port import Line, LineEntry, Recorded, Sound
from telephony.settings import TelephonySettings

_REPLY_MARGIN_S = 10.0
"""How long beyond its own limit a recording or a wait for a key may take to report."""
_KEYS = "0123456789*#"

MarkWriter = Callable[[CallMark], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class HandedOver:
    """A caller as Asterisk hands them over."""

    entry: LineEntry
    arrival: Arrival
    mark: CallMark | None


class AsteriskLine(Line):
    """Holds one caller; see the port for what each method promises."""

    def __init__(
        self,
        session: AgiSession,
        settings: TelephonySettings,
        *,
        handed_over: HandedOver,
        write_mark: MarkWriter,
        sounds: AudioSocketServer,
    ) -> None:
        self.entry = handed_over.entry
        self.arrival = handed_over.arrival
        self.mark = handed_over.mark
        self._session = session
        self._settings = settings
        self._write_mark = write_mark
        self._sounds = sounds
        self._has_music = False
        self._waits_for: tuple[str, asyncio.Future[str]] | None = None

    def press(self, key: str) -> None:
        """The caller pressed a key; one that nobody waits for means nothing."""
        if self._waits_for is not None:
            keys, pressed = self._waits_for
            if key in keys and not pressed.done():
                pressed.set_result(key)

    @override
    async def answer(self) -> None:
        await self._quick("ANSWER")

    @override
    async def play(self, prompts: Sequence[Path], *, keys: str = "") -> str | None:
        await self._stop_music()
        for prompt in prompts:
            reply = await self._session.command(
                "STREAM FILE", _without_suffix(prompt), keys, timeout_s=self._settings.play_max_s
            )
            if key := _key(reply):
                return key
        return None

    @override
    async def wait_key(self, timeout_s: float) -> str | None:
        await self._stop_music()
        reply = await self._session.command(
            "WAIT FOR DIGIT", str(int(timeout_s * 1000)), timeout_s=timeout_s + _REPLY_MARGIN_S
        )
        return _key(reply)

    @override
    async def collect(self, prompts: Sequence[Path], *, digits_max: int, timeout_s: float) -> str:
        if not prompts:
            return await self._collect_in_silence(digits_max, timeout_s)
        *first, last = prompts
        # Who knows what is asked types at once, under any of the prompts.
        if (key := await self.play(first, keys=_KEYS)) is None:
            return await self._get_data(_without_suffix(last), digits_max, timeout_s)
        if key == "#" or digits_max == 1:
            return key.strip("#")
        return key + await self._get_data("", digits_max - 1, timeout_s)

    async def _get_data(self, prompt: str, digits_max: int, timeout_s: float) -> str:
        """In one command: a key that comes between two would be lost."""
        reply = await self._session.command(
            "GET DATA",
            prompt,
            str(int(timeout_s * 1000)),
            str(digits_max),
            timeout_s=self._settings.play_max_s + digits_max * timeout_s + _REPLY_MARGIN_S,
        )
        if reply.result == "-1":
            raise LineGone("the caller left the session")
        return reply.result

    async def _collect_in_silence(self, digits_max: int, timeout_s: float) -> str:
        typed = ""
        while len(typed) < digits_max and (key := await self.wait_key(timeout_s)) not in {None, "#"}:
            typed += key or ""
        return typed

    @override
    @asynccontextmanager
    async def sound(self) -> AsyncIterator[Sound]:
        await self._stop_music()
        feed = self._sounds.expect()
        target = f"{feed.id},{self._sounds.address}"
        running = asyncio.create_task(
            self._session.command("EXEC", "AudioSocket", target, timeout_s=self._settings.play_max_s)
        )
        running.add_done_callback(lambda _: feed.over())
        is_open = False
        try:
            await feed.connected()
            is_open = True
            yield feed
        finally:
            feed.close()
            async with asyncio.timeout(self._settings.agi_command_timeout_s):
                reply = await running
            if is_open or self._session.has_left:
                _key(reply)  # that no sound came says nothing about the caller

    @override
    async def record(self, to: Path, *, max_s: float, silence_s: float, stop_keys: str) -> Recorded:
        await self._stop_music()
        await asyncio.to_thread(to.parent.mkdir, parents=True, exist_ok=True)
        arguments = (_without_suffix(to), "wav", stop_keys, str(int(max_s * 1000)), "0")
        silence = (f"s={max(1, round(silence_s))}",) if silence_s > 0 else ()
        reply = await self._session.command(
            "RECORD FILE", *arguments, *silence, timeout_s=max_s + _REPLY_MARGIN_S
        )
        return Recorded(ended_by_caller=reply.result == "-1" or reply.value == "hangup")

    @override
    async def hold(self, *, keys: str = "") -> str:
        if not self._has_music:
            await self._quick("SET MUSIC", "on", "default")
            self._has_music = True
        pressed: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._waits_for = keys, pressed
        left = asyncio.ensure_future(self._session.wait_left())
        try:
            either: set[asyncio.Future[Any]] = {left, pressed}
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._waits_for = None
            left.cancel()
        if pressed.done():
            return pressed.result()
        raise LineGone("the caller left the session")

    @override
    async def write_mark(self, mark: CallMark) -> None:
        # Not by way of the session, which knows alone that the caller is somebody else's by now.
        if self._session.has_left:
            raise LineGone("the caller left the session")
        await self._write_mark(mark)
        self.mark = mark

    @override
    async def hang_up(self) -> None:
        await self._quick("HANGUP")

    async def _stop_music(self) -> None:
        if self._has_music:
            self._has_music = False
            await self._quick("SET MUSIC", "off")

    async def _quick(self, name: str, *arguments: str) -> Reply:
        return await self._session.command(name, *arguments, timeout_s=self._settings.agi_command_timeout_s)


def _without_suffix(path: Path) -> str:
    """Asterisk adds the suffix of the format that suits the channel."""
    return str(path.absolute().with_suffix(""))


def _key(reply: Reply) -> str | None:
    """The key behind a result, which is its ASCII figure; raises `LineGone` when the caller is gone."""
    code = int(reply.result or "0")
    if code < 0:
        raise LineGone("the caller left the session")
    return chr(code) if code > 0 else None
