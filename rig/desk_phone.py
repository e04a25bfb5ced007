"""A desk phone: SIP over UDP on an address of its own, with a secret that lasts."""

import asyncio
from http import HTTPStatus
from typing import Self, cast

from typing_extensions import override

from rig import sip
from rig.media import MediaClock
from rig.sip_phone import SipPhone


class DeskPhone(SipPhone, asyncio.DatagramProtocol):
    """Registers only when it is told to, so that a test can have it vanish in every way."""

    def __init__(
        self, credentials: dict[str, str], clock: MediaClock, *, at: tuple[str, int], server: tuple[str, int]
    ) -> None:
        place = f"{at[0]}:{at[1]}"
        contact = f"sip:{credentials['username']}@{place}"
        super().__init__(credentials, clock, via=f"SIP/2.0/UDP {place};rport", contact=contact)
        self.host = at[0]
        self._server = server
        self._transport: asyncio.DatagramTransport | None = None
        self._working: set[asyncio.Task[None]] = set()
        self.is_dead = False
        """Its cable is out: nothing is heard and nothing said."""
        self.statuses: list[int] = []
        """What the last registration was answered with, first without the secret and then with it."""
        self.heard: list[tuple[tuple[str, str], ...]] = []
        """The headers of those answers."""
        self._is_answered = asyncio.Event()

    @classmethod
    async def plug_in(cls, credentials: dict[str, str], clock: MediaClock, server: tuple[str, int]) -> Self:
        """A phone with a port of its own."""
        loop = asyncio.get_running_loop()
        probe, _ = await loop.create_datagram_endpoint(asyncio.DatagramProtocol, local_addr=("127.0.0.1", 0))
        at = probe.get_extra_info("sockname")[:2]
        probe.close()
        await asyncio.sleep(0)
        _, phone = await loop.create_datagram_endpoint(
            lambda: cls(credentials, clock, at=at, server=server), local_addr=at
        )
        return phone

    async def register(self, *, expires_s: int = 3600) -> int:
        """Signs in, or out with 0; the status that came in the end."""
        self._expires_s = expires_s
        self.statuses.clear()
        self.heard.clear()
        self._is_answered.clear()
        await self._register("")
        await self._is_answered.wait()
        return self.statuses[-1]

    @override
    async def _send(self, text: str) -> None:
        if self._transport is not None and not self.is_dead:
            self._transport.sendto(text.encode(), self._server)

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)

    @override
    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        if self.is_dead or not data.strip():
            return
        work = asyncio.create_task(self._received(sip.parse(data.decode())))
        self._working.add(work)
        work.add_done_callback(self._working.discard)

    @override
    async def _response(self, message: sip.Message) -> None:
        if not message.get("CSeq").endswith("REGISTER"):
            await super()._response(message)
            return
        self.statuses.append(message.status)
        self.heard.append(message.headers)
        if message.status == HTTPStatus.UNAUTHORIZED and len(self.statuses) == 1:
            await super()._response(message)
        else:
            self._is_answered.set()

    def unplug(self) -> None:
        """Gone, without a word."""
        for task in self._calls.values():
            task.cancel()
        if self._transport is not None:
            self._transport.close()
