"""The same stage on the fake switch and on a real Asterisk: people who call, and phones that ring."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Protocol

from kernel.clock import SystemClock
from kernel.ids import AgentId, CallId, DeviceId, LegId
from rig.agents import Manners, WebPhone
from rig.customers import Customer
from telephony.events import CallArrived, LegRinging
from telephony.fake import FakeSwitch
from telephony.model import Device, EndReason, Ring
from telephony.port import LineHandler, Switch
from tests.asterisk.private_asterisk import Exchange, Heard, PrivateAsterisk, exchange

FOREVER_S = 60.0


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


def ring(call: CallId, device: Device, number: int = 1, timeout_s: float = 10) -> Ring:
    return Ring(
        leg=LegId(f"leg-{call}-{number}"),
        call=call,
        agent=device.agent,
        device=device.id,
        timeout_s=timeout_s,
        shown_number="+8613800138000",
    )


class RealStage:
    def __init__(self, it: Exchange) -> None:
        self._it = it
        self.switch: Switch = it.switch
        self.heard = it.heard
        self._customers: dict[CallId, Customer] = {}
        self._phones: dict[DeviceId, WebPhone] = {}

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


class FakeStage:
    def __init__(self, switch: FakeSwitch, heard: Heard) -> None:
        self.switch: Switch = switch
        self.heard = heard
        self._fake = switch
        self._phones: dict[AgentId, Callable[[LegId], None]] = {}

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
    running = [asyncio.create_task(switch.run(handler)), asyncio.create_task(stage.play_phones())]
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
        yield RealStage(it)
