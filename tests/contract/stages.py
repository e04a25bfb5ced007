"""The same stage on the fake switch and on a real Asterisk: people who call, and phones that ring."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Protocol

from kernel.clock import SystemClock
from kernel.ids import AgentId, CallId, DeviceId, LegId
from rig.agents import Manners, WebPhone
from rig.customers import Customer
from rig.outside import OutsidePhone
from telephony.events import CallArrived, CallPlaced, LegRinging
from telephony.fake import FakeSwitch
from telephony.model import CallMark, CallOut, Device, EndReason, Ring
from telephony.port import LineHandler, Switch
from tests.asterisk.private_asterisk import CUSTOMERS_AT, Exchange, Heard, PrivateAsterisk, exchange

FOREVER_S = 60.0
CUSTOMER = "+8613800138000"


class Stage(Protocol):
    """What a test can have people do."""

    switch: Switch
    heard: Heard

    async def call_in(self, *, stays_s: float = FOREVER_S) -> CallId:
        """A customer calls, and hangs up after a while; returns when the call has arrived."""
        ...

    def press(self, call: CallId, key: str) -> None:
        """The customer presses a key."""
        ...

    async def phone(self, agent: int, *, answers: bool, talks_s: float = FOREVER_S) -> Device:
        """A registered phone that rings out, or answers and hangs up after a while."""
        ...

    async def hold(self, device: Device, *, on: bool) -> None:
        """The agent at this phone puts the caller on hold, or takes them back."""
        ...

    async def customer(self, *, rings_s: float | None = 0.3, is_busy: bool = False) -> None:
        """Somebody who is called: picks up after a while (None: never), or is on the phone already."""
        ...

    async def customer_answers(self, call: CallId) -> None:
        """Somebody whose phone rings picks up now."""
        ...

    async def customer_hangs_up(self, call: CallId) -> None:
        """Somebody who was called, and has answered."""
        ...


def ring(call: CallId, device: Device, number: int = 1, timeout_s: float = 10) -> Ring:
    return Ring(
        leg=LegId(f"leg-{call}-{number}"),
        call=call,
        agent=device.agent,
        device=device.id,
        timeout_s=timeout_s,
        shown_number="+8613800138000",
    )


def called(call: CallId, device: Device, mark: CallMark, *, ring_s: float = 10) -> CallOut:
    """The customer whom this agent waits for, on the leg that `ring` has given them."""
    return CallOut(
        call=call,
        leg=LegId(f"leg-{call}-1"),
        agent=device.agent,
        to=CUSTOMER,
        shown="02180009000",
        ring_s=ring_s,
        mark=mark,
    )


class RealStage:
    def __init__(self, it: Exchange) -> None:
        self._it = it
        self.switch: Switch = it.switch
        self.heard = it.heard
        self._customers: dict[CallId, Customer] = {}
        self._phones: dict[DeviceId, WebPhone] = {}
        self._called: OutsidePhone | None = None

    async def call_in(self, *, stays_s: float = FOREVER_S) -> CallId:
        before = len(self.heard.events)
        customer = await self._it.call(patience_s=stays_s)
        call = (await self.heard.until(CallArrived, after=before)).arrival.call
        self._customers[call] = customer
        return call

    def press(self, call: CallId, key: str) -> None:
        self._customers[call].press(key)

    async def phone(self, agent: int, *, answers: bool, talks_s: float = FOREVER_S) -> Device:
        manners = Manners(ring_s=0.1 if answers else FOREVER_S, talk_s=talks_s)
        device, phone = await self._it.phone(agent, manners)
        self._phones[device.id] = phone
        return device

    async def hold(self, device: Device, *, on: bool) -> None:
        await self._phones[device.id].hold(on=on)

    async def customer(self, *, rings_s: float | None = 0.3, is_busy: bool = False) -> None:
        loop, at = asyncio.get_running_loop(), (CUSTOMERS_AT, self._it.asterisk.line.port)
        refuses = "486 Busy Here" if is_busy else ""
        made = partial(OutsidePhone, CUSTOMERS_AT, self._it.clock, rings_s=rings_s, refuses=refuses)
        _, self._called = await loop.create_datagram_endpoint(made, local_addr=at)

    async def customer_answers(self, call: CallId) -> None:
        del call
        assert self._called is not None
        self._called.pick_up()

    async def customer_hangs_up(self, call: CallId) -> None:
        del call
        assert self._called is not None
        self._called.hang_up()

    def close(self) -> None:
        """Nobody is called any more."""
        if self._called is not None:
            self._called.close()


class FakeStage:
    patience_s = 1.0
    """How long who is called lets it ring whom nobody answers."""

    def __init__(self, switch: FakeSwitch, heard: Heard) -> None:
        self.switch: Switch = switch
        self.heard = heard
        self._fake = switch
        self._phones: dict[AgentId, Callable[[LegId], None]] = {}
        self._called: tuple[float | None, bool] = (None, False)

    async def call_in(self, *, stays_s: float = FOREVER_S) -> CallId:
        call = self._fake.call_in(number="+8613800138000")
        asyncio.get_running_loop().call_later(stays_s, self._hang_up, call)
        return call

    def press(self, call: CallId, key: str) -> None:
        line = self._fake.calls[call].line
        assert line is not None
        line.keys.put_nowait(key)

    async def phone(self, agent: int, *, answers: bool, talks_s: float = FOREVER_S) -> Device:
        device = Device(id=DeviceId(f"d{agent}"), agent=AgentId(agent), is_browser=False)
        loop = asyncio.get_running_loop()

        def act(leg: LegId) -> None:
            if not answers:
                loop.call_later(self._fake.legs[leg].ring.timeout_s, self._end, leg, EndReason.NO_ANSWER)
                return
            self._fake.answer(leg)
            loop.call_later(talks_s, self._end, leg, EndReason.AGENT_HUNG_UP)

        self._phones[device.agent] = act
        self._fake.register(device.id)
        return device

    async def hold(self, device: Device, *, on: bool) -> None:
        talking = (leg for leg, found in self._fake.legs.items() if found.ring.device == device.id)
        self._fake.hold(next(talking), on=on)

    async def customer(self, *, rings_s: float | None = 0.3, is_busy: bool = False) -> None:
        self._called = rings_s, is_busy

    async def customer_answers(self, call: CallId) -> None:
        self._answer(call)

    async def customer_hangs_up(self, call: CallId) -> None:
        self._hang_up(call)

    async def play_customers(self) -> None:
        """Has whoever is called react to that."""
        seen, loop = 0, asyncio.get_running_loop()
        while True:
            placed = await self.heard.until(CallPlaced, after=seen, within_s=FOREVER_S)
            seen = self.heard.events.index(placed) + 1
            call, (rings_s, is_busy) = placed.arrival.call, self._called
            if is_busy:
                self._fake.customer_is_not_reached(call, EndReason.BUSY)
            elif rings_s is not None and rings_s < self.patience_s:
                loop.call_later(rings_s, self._answer, call)
            else:
                loop.call_later(self.patience_s, self._ring_out, call)

    def _answer(self, call: CallId) -> None:
        if call in self._fake.calls:
            self._fake.customer_answers(call)

    def _ring_out(self, call: CallId) -> None:
        if call in self._fake.calls and self._fake.calls[call].placed_for is not None:
            self._fake.customer_is_not_reached(call, EndReason.NO_ANSWER)

    def _hang_up(self, call: CallId) -> None:
        if call in self._fake.calls:
            self._fake.caller_hangs_up(call)

    def _end(self, leg: LegId, reason: EndReason) -> None:
        if leg in self._fake.legs:
            self._fake.end(leg, reason)

    async def play_phones(self) -> None:
        """Has the phones react to their ringing."""
        seen = 0
        while True:
            ringing = await self.heard.until(LegRinging, after=seen, within_s=FOREVER_S)
            seen = self.heard.events.index(ringing) + 1
            if ringing.leg in self._fake.legs:
                self._phones[ringing.agent](ringing.leg)


@asynccontextmanager
async def fake_stage(handler: LineHandler) -> AsyncIterator[Stage]:
    heard = Heard()
    switch = FakeSwitch(heard, SystemClock())
    stage = FakeStage(switch, heard)
    running = [
        asyncio.create_task(work)
        for work in (switch.run(handler), stage.play_phones(), stage.play_customers())
    ]
    await asyncio.sleep(0)
    try:
        yield stage
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


@asynccontextmanager
async def real_stage(asterisk: PrivateAsterisk, handler: LineHandler) -> AsyncIterator[Stage]:
    async with exchange(asterisk, handler) as it:
        stage = RealStage(it)
        try:
            yield stage
        finally:
            stage.close()
