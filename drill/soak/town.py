"""The people whom agents call: most answer, some are busy, some let it ring."""

import asyncio
import contextlib
from typing import cast

from typing_extensions import override

from rig import sip
from rig.instance import NETWORK_HOST
from rig.media import MediaClock
from rig.outside import OutsidePhone

PORT = 5060
"""Where outside lines are by themselves; nobody else is in the soak's own network."""
CUSTOMER_TONE_HZ = 440
BUSY_DIGIT, RINGS_DIGIT, LEAVES_DIGITS = "9", "8", "0123"
"""By the last digit of a number: who is busy, who lets it ring, and who hangs up before the agent does."""
RINGS_S, LEAVES_AFTER_S = 0.5, 2.0
GONE = frozenset({"BYE", "CANCEL"})


class Town(asyncio.DatagramProtocol):
    """All their phones, at one address."""

    def __init__(self, clock: MediaClock) -> None:
        self._clock = clock
        self._transport: asyncio.BaseTransport | None = None
        self._phones: dict[str, OutsidePhone] = {}
        self._leaving: set[asyncio.Task[None]] = set()

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    @override
    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        message = sip.parse(data.decode())
        call = message.get("Call-ID")
        phone = self._phones.get(call) or self._phone_for(message)
        if message.method == "INVITE":
            self._phones[call] = phone
        phone.datagram_received(data, addr)
        if message.method in GONE:
            self._phones.pop(call, None)
            if phone.end is not None:
                phone.end.close()

    def _phone_for(self, message: sip.Message) -> OutsidePhone:
        digit = message.get("To").partition("@")[0][-1:]
        phone = OutsidePhone(
            NETWORK_HOST,
            self._clock,
            rings_s=None if digit == RINGS_DIGIT else RINGS_S,
            refuses="486 Busy Here" if digit == BUSY_DIGIT else "",
            tone_hz=CUSTOMER_TONE_HZ,
        )
        assert self._transport is not None, "bound"
        phone.connection_made(self._transport)
        if message.method == "INVITE" and digit and digit in LEAVES_DIGITS:
            leaving = asyncio.create_task(self._leave(phone, message.get("Call-ID")))
            self._leaving.add(leaving)
            leaving.add_done_callback(self._leaving.discard)
        return phone

    async def _leave(self, phone: OutsidePhone, call: str) -> None:
        await asyncio.sleep(RINGS_S + LEAVES_AFTER_S)
        if self._phones.pop(call, None) is not None and phone.end is not None:
            phone.hang_up()
            phone.end.close()

    async def open(self) -> None:
        """Can be called from now on."""
        loop = asyncio.get_running_loop()
        await loop.create_datagram_endpoint(lambda: self, local_addr=(NETWORK_HOST, PORT))

    def close(self) -> None:
        """Nobody answers any more."""
        for leaving in self._leaving:
            leaving.cancel()
        for phone in self._phones.values():
            if phone.end is not None:
                # Or the switch would wait for their sound for a minute.
                with contextlib.suppress(AssertionError):  # answered in this moment
                    phone.hang_up()
                phone.end.close()
        if self._transport is not None:
            cast("asyncio.DatagramTransport", self._transport).close()
