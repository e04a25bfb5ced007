"""A phone at the far end of an outside line: rings, answers, and presses a key or does not."""

import asyncio
import secrets
from typing import cast

from typing_extensions import override

from rig import sip
from rig.media import MediaClock, MediaEnd

PRESSES_AFTER_S = 0.3
"""Once it has answered; nobody is faster."""


class OutsidePhone(asyncio.DatagramProtocol):
    """Speaks SIP over UDP; a mailbox is one that answers and presses nothing."""

    def __init__(self, host: str, clock: MediaClock, *, presses: str) -> None:
        self._host = host
        self._clock = clock
        self._presses = presses
        self._tag = secrets.token_hex(4)
        self._transport: asyncio.DatagramTransport | None = None
        self._answering: set[asyncio.Task[None]] = set()
        self.end: MediaEnd | None = None
        """The sound of the call that it answered last."""
        self.has_pressed = False
        self.invites: list[sip.Message] = []
        """What rang it, newest last."""

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)

    @override
    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        message = sip.parse(data.decode())
        if message.status or message.method == "ACK":
            return
        if message.method == "INVITE" and "tag=" not in message.get("To"):
            self.invites.append(message)
            answering = asyncio.create_task(self._answer(message, addr))
            self._answering.add(answering)
            answering.add_done_callback(self._answering.discard)
            return
        self._send(sip.response_to(message, "200 OK", tag=self._tag), addr)

    async def _answer(self, invite: sip.Message, addr: tuple[str, int]) -> None:
        contact = f"sip:outside@{self._host}:{self._port}"
        self._send(sip.response_to(invite, "180 Ringing", tag=self._tag, contact=contact), addr)
        self.end = await self._clock.open(self._host, None)
        self.end.far = sip.media_address(invite.body)
        body = sip.description(self._host, self.end.port)
        self._send(sip.response_to(invite, "200 OK", tag=self._tag, contact=contact, body=body), addr)
        if self._presses:
            await asyncio.sleep(PRESSES_AFTER_S)
            self.end.press(self._presses)
            self.has_pressed = True

    @property
    def _port(self) -> int:
        assert self._transport is not None
        return int(self._transport.get_extra_info("sockname")[1])

    def _send(self, text: str, addr: tuple[str, int]) -> None:
        assert self._transport is not None
        self._transport.sendto(text.encode(), addr)

    def close(self) -> None:
        """Gone."""
        if self.end is not None:
            self.end.close()
        if self._transport is not None:
            self._transport.close()
