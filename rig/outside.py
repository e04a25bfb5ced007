"""A phone at the far end of an outside line: rings, answers, presses a key, hangs up, or does not."""

import asyncio
import contextlib
import secrets
from typing import cast

from typing_extensions import override

from rig import sip
from rig.media import MediaClock, MediaEnd

PRESSES_AFTER_S = 0.3
"""Once it has answered; nobody is faster."""


class OutsidePhone(asyncio.DatagramProtocol):
    """Speaks SIP over UDP; a mailbox is one that answers and presses nothing."""

    def __init__(  # noqa: PLR0913 - what it does when it is called, each by its name
        self,
        host: str,
        clock: MediaClock,
        *,
        presses: str = "",
        rings_s: float | None = 0.0,
        refuses: str = "",
        tone_hz: int | None = None,
    ) -> None:
        """`rings_s`: None rings for ever. `refuses`: said in place of answering, such as `486 Busy Here`."""
        self._host = host
        self._clock = clock
        self._presses = presses
        self._rings_s = rings_s
        self._refuses = refuses
        self.tone_hz = tone_hz
        self._answered: tuple[sip.Message, tuple[str, int]] | None = None
        self._tag = secrets.token_hex(4)
        self._transport: asyncio.DatagramTransport | None = None
        self._answering: set[asyncio.Task[None]] = set()
        self.end: MediaEnd | None = None
        """The sound of the call that it answered last."""
        self.has_pressed = False
        self._picked_up = asyncio.Event()
        self.is_over = asyncio.Event()
        """The other end has hung up."""
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
            if message.get("Call-ID") in self._calls:  # once more, as the answer was late: it comes
                return
            self.invites.append(message)
            answering = asyncio.create_task(self._answer(message, addr))
            self._answering.add(answering)
            answering.add_done_callback(self._answering.discard)
            return
        self._send(sip.response_to(message, "200 OK", tag=self._tag), addr)
        if message.method == "CANCEL":
            for answering in self._answering:
                answering.cancel()
            self._send(sip.response_to(self.invites[-1], "487 Request Terminated", tag=self._tag), addr)
        elif message.method == "BYE" and message.get("Call-ID") in self._calls:
            self.is_over.set()

    @property
    def _calls(self) -> set[str]:
        """Its own: a call to whoever had the address before may end late."""
        return {invite.get("Call-ID") for invite in self.invites}

    async def _answer(self, invite: sip.Message, addr: tuple[str, int]) -> None:
        contact = f"sip:outside@{self._host}:{self._port}"
        self._send(sip.response_to(invite, "180 Ringing", tag=self._tag, contact=contact), addr)
        if self._refuses:
            self._send(sip.response_to(invite, self._refuses, tag=self._tag), addr)
            return
        await self.ring()
        if self.end is not None:
            self.end.close()
        self.end = await self._clock.open(self._host, self.tone_hz)
        self.end.far = sip.media_address(invite.body)
        body = sip.description(self._host, self.end.port)
        self._send(sip.response_to(invite, "200 OK", tag=self._tag, contact=contact, body=body), addr)
        self._answered = invite, addr
        if self._presses:
            await asyncio.sleep(PRESSES_AFTER_S)
            self.end.press(self._presses)
            self.has_pressed = True

    async def ring(self) -> None:
        """Returns when it is answered."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._rings_s):
                await self._picked_up.wait()

    def pick_up(self) -> None:
        """Answers what rings now, however long it would have rung."""
        self._picked_up.set()

    def hang_up(self) -> None:
        """Ends the call that it answered last."""
        assert self._answered is not None, "no call was answered"
        invite, addr = self._answered
        contact = invite.get("Contact").strip("<>").partition(">")[0]
        headers = [
            ("Via", f"SIP/2.0/UDP {self._host}:{self._port};branch=z9hG4bK{secrets.token_hex(8)}"),
            ("Max-Forwards", "70"),
            ("From", f"{invite.get('To')};tag={self._tag}"),
            ("To", invite.get("From")),
            ("Call-ID", invite.get("Call-ID")),
            ("CSeq", "1 BYE"),
        ]
        self._send(sip.build(f"BYE {contact} SIP/2.0", headers), addr)

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
