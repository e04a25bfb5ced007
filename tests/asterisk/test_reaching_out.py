"""Callers whose flow has somebody outside rung for them, on a live Asterisk, also without a server."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from typing_extensions import override

from acd.model import QueueRequest
from kernel.ids import CallId, is_guest
from rig.customers import Customer
from rig.outside import OutsidePhone
from telephony.events import CallArrived, CallEnded, Joined
from telephony.model import Phase
from telephony.port import Line, LineEntry
from tests.asterisk.listening import hear_each_other, hears_music
from tests.asterisk.private_asterisk import PrivateAsterisk, eventually, exchange
from tests.asterisk.test_menu import write_tone
from tests.asterisk.test_outside_talks import CHEN, EXPERT_HZ
from tests.asterisk.test_routed_talks import MENU_HZ, House
from tests.unit.acd.floor import SALES


class DutyHouse(House):
    """Whose flow sends callers to an expert, and says something to those whom nobody takes."""

    @override
    async def line(self, line: Line) -> None:
        routing, mark = self.now(), line.mark
        request = QueueRequest(arrival=line.arrival, queue=SALES, flow="main", node="duty", mark=mark)
        if line.entry is LineEntry.ARRIVED:
            await line.answer()
            await routing.reach(request, CHEN)
        elif mark is not None and mark.phase in {Phase.TALKING, Phase.SERVED}:
            await routing.after_talk(line.arrival.call)
            await line.hang_up()
            return
        else:
            await routing.enter(request)
        music = asyncio.create_task(line.hold())
        nobody_came = asyncio.create_task(routing.sent_away(line.arrival.call))
        try:
            await asyncio.wait({music, nobody_came}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            music.cancel()
            nobody_came.cancel()
            await asyncio.gather(music, nobody_came, return_exceptions=True)
        if nobody_came.done() and not nobody_came.cancelled():
            write_tone(self.prompt, MENU_HZ, 20)
            await line.play([self.prompt])


@dataclass
class Wait:
    """A caller who waits for an expert."""

    house: DutyHouse
    customer: Customer
    call: CallId
    far: OutsidePhone

    async def is_the_experts(self) -> None:
        routing = self.house.now()
        await eventually(lambda: routing.phase_of(self.call) is Phase.TALKING)
        agent = routing.agent_of(self.call)
        assert agent is not None
        assert is_guest(agent)


@asynccontextmanager
async def waiting(asterisk: PrivateAsterisk, **facts: object) -> AsyncIterator[Wait]:
    async def nobody(line: Line) -> None:
        await line.hold()

    async with exchange(asterisk, nobody) as it:
        house = DutyHouse(it)
        await it.server_dies()
        await house.begin()
        manners = {"tone_hz": EXPERT_HZ} | facts
        _, far = await asyncio.get_running_loop().create_datagram_endpoint(
            lambda: OutsidePhone(it.asterisk.line.host, it.clock, **manners),  # type: ignore[arg-type]
            local_addr=(it.asterisk.line.host, it.asterisk.line.port),
        )
        try:
            customer = await it.call()
            call = (await it.heard.until(CallArrived)).arrival.call
            await eventually(lambda: far.invites)
            yield Wait(house, customer, call, far)
        finally:
            await house.die()
            far.close()


async def test_mailboxes_never_have_the_caller_for_whom_the_flow_goes_on(asterisk: PrivateAsterisk) -> None:
    async with waiting(asterisk) as it:
        await hears_music(it.customer)
        await eventually(lambda: any(window.is_tone(MENU_HZ) for window in it.customer.listen()), within_s=30)
        assert it.customer.is_on_the_phone
        assert it.house.it.heard.of(Joined) == []
    assert [invite.start.split("@")[0] for invite in it.far.invites] == [
        "INVITE sip:13900001111",
        "INVITE sip:13900002222",
    ]


async def test_who_presses_the_key_has_the_caller_though_the_server_dies(asterisk: PrivateAsterisk) -> None:
    async with waiting(asterisk, presses="1", rings_s=2) as it:
        await it.house.die()
        await hears_music(it.customer)
        await hear_each_other(it.customer, it.far)
        await it.house.begin()
        await it.is_the_experts()
        it.far.hang_up()
        await it.customer.until_over(15)


async def test_a_server_that_dies_while_it_rings_knows_afterwards_that_nobody_came(
    asterisk: PrivateAsterisk,
) -> None:
    async with waiting(asterisk, rings_s=3) as it:
        await it.house.die()
        await it.house.begin()
        await eventually(lambda: any(window.is_tone(MENU_HZ) for window in it.customer.listen()), within_s=40)
    assert len(it.far.invites) == len(CHEN.numbers)


async def test_who_hangs_up_meanwhile_ends_the_ringing_and_leaves_nothing_behind(
    asterisk: PrivateAsterisk,
) -> None:
    async with waiting(asterisk, rings_s=60) as it:
        await hears_music(it.customer)
        await it.customer.leave()
        await it.house.it.heard.until(CallEnded)
        await eventually(
            lambda: "0 active channels" in it.house.it.asterisk.console("core show channels count")
        )
        assert it.house.now().phase_of(it.call) is None
