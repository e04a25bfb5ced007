"""Phones outside, which Hotline calls: all at one address, told apart by the call that rings them."""

import asyncio
import contextlib
from abc import abstractmethod
from typing import cast

from typing_extensions import override

from rig import sip
from rig.instance import NETWORK_HOST
from rig.media import MediaClock
from rig.outside import OutsidePhone

PORT = 5060
"""Where outside lines are by themselves; nobody else is in a drill's own network."""
GONE = frozenset({"BYE", "CANCEL"})


class Exchange(asyncio.DatagramProtocol):
    """A phone for every call, until either end hangs up."""

    def __init__(self, clock: MediaClock) -> None:
        self.clock = clock
        self._transport: asyncio.BaseTransport | None = None
        self.phones: dict[str, OutsidePhone] = {}
        """By the call that goes on."""

    @abstractmethod
    def phone_called(self, number: str, call: str) -> OutsidePhone:
        """The phone with this number, which a call begins to ring."""

    def gone(self, phone: OutsidePhone) -> None:
        """The far end has hung up on a phone."""

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    @override
    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        message = sip.parse(data.decode())
        call, begins = message.get("Call-ID"), message.method == "INVITE" and "tag=" not in message.get("To")
        if begins and call in self.phones:
            return  # sent again, because the rig was slow to answer
        phone = self.phones.get(call) or self._connected(message, call, begins=begins)
        phone.datagram_received(data, addr)
        if message.method in GONE:
            self.phones.pop(call, None)
            if phone.end is not None:
                phone.end.close()
            self.gone(phone)

    def _connected(self, message: sip.Message, call: str, *, begins: bool) -> OutsidePhone:
        if begins:
            phone = self.phones[call] = self.phone_called(message.get("To").partition("@")[0], call)
        else:
            phone = OutsidePhone(NETWORK_HOST, self.clock)
        assert self._transport is not None, "bound"
        phone.connection_made(self._transport)
        return phone

    def hang_up(self, call: str) -> None:
        """Whoever was called leaves, if the call goes on."""
        phone = self.phones.pop(call, None)
        if phone is not None and phone.end is not None:
            # Else the switch would wait for their sound for a minute.
            with contextlib.suppress(AssertionError):  # answered in this moment
                phone.hang_up()
            phone.end.close()

    async def open(self) -> None:
        """Can be called from now on."""
        loop = asyncio.get_running_loop()
        await loop.create_datagram_endpoint(lambda: self, local_addr=(NETWORK_HOST, PORT))

    def close(self) -> None:
        """Nobody answers any more."""
        for call in list(self.phones):
            self.hang_up(call)
        if self._transport is not None:
            cast("asyncio.DatagramTransport", self._transport).close()
