"""Routing on a real Asterisk: callers who are sent on, agents who ask each other, as everybody hears it."""

import asyncio
import wave
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, cast

from acd.errors import NoWrapUp
from acd.model import AgentState, ConsultStep, QueueRequest
from acd.service import Routing
from acd.settings import AcdSettings
from infra.bus import LocalBus
from infra.tasks import Tasks
from kernel.clock import SystemClock
from kernel.events import Event
from kernel.ids import AgentId, CallId
from rig.agents import Manners, WebPhone
from rig.customers import Customer
from rig.tones import SAMPLE_RATE_HZ, load_wav
from telephony.destinations import FlowPlace
from telephony.events import CallArrived
from telephony.model import Device, Outcome, Phase, WatchMode
from telephony.port import Line, LineEntry, Switch
from tests.asterisk.listening import (
    hear_all,
    hear_each_other,
    hears_all,
    hears_music,
    hears_only,
    tone_of,
)
from tests.asterisk.private_asterisk import Exchange, PrivateAsterisk, eventually, exchange
from tests.asterisk.test_menu import write_tone
from tests.asterisk.test_recording import sides, tones
from tests.sim.house import LI, TWO_OF_SALES, WANG, Kept
from tests.unit.acd.floor import SALES, rules
from tests.unit.acd.promise_book import PromiseShelf

SECOND_BYTES = 2 * SAMPLE_RATE_HZ
RING_S = 1.5
MENU_HZ = 700
ANSWERS = Manners(ring_s=0.1, talk_s=120)
RINGS_ON = Manners(ring_s=60, talk_s=1)


class PresentSwitch:
    """The switch of the server that lives now."""

    def __init__(self, it: Exchange) -> None:
        self._it = it

    def __getattr__(self, name: str) -> Any:
        return getattr(self._it.switch, name)


class House:
    """A server with routing, which can be killed; two agents at their phones."""

    def __init__(self, it: Exchange) -> None:
        self.it = it
        self.kept = Kept(TWO_OF_SALES)
        self.rules = rules(wrap_up_s=60)
        self.promises = PromiseShelf()
        self.prompt = it.asterisk.places.instance / "menu.wav"
        self.tasks = Tasks()
        self.routing: Routing | None = None
        self.phones: dict[AgentId, tuple[Device, WebPhone]] = {}
        self._bus: LocalBus | None = None
        self._keep = it.heard.publish
        it.heard.publish = self._publish  # type: ignore[method-assign]

    def _publish(self, event: Event) -> None:
        self._keep(event)
        if self._bus is not None:
            self._bus.publish(event)

    async def begin(self) -> None:
        self.tasks = Tasks()
        self._bus = LocalBus(self.tasks)
        self.routing = Routing(
            switch=cast("Switch", PresentSwitch(self.it)),
            bus=self._bus,
            clock=SystemClock(),
            journal=self.kept,
            settings=AcdSettings(transfer_ring_s=RING_S, transfer_wait_s=RING_S),
            callbacks=self.promises.neighbours(),
        )
        await self.routing.start({SALES: self.rules})
        self.tasks.spawn(self.routing.run(), name="routing")
        for agent, (device, _) in self.phones.items():
            await self.routing.has_device(agent, device.id)
        await self.it.server_starts(self.line)

    async def die(self) -> None:
        self._bus = None
        await self.it.server_dies()
        await self.tasks.close()

    async def line(self, line: Line) -> None:
        """What a flow does around routing."""
        routing, mark = self.now(), line.mark
        if line.entry is LineEntry.ARRIVED:
            await line.answer()
            await routing.enter(QueueRequest(arrival=line.arrival, queue=SALES))
        elif mark is not None and mark.phase is Phase.MENU:
            write_tone(self.prompt, MENU_HZ, 20)
            await line.play([self.prompt])
        elif mark is not None and mark.phase in {Phase.TALKING, Phase.SERVED}:
            if await routing.after_talk(line.arrival.call) == "goodbye":
                await line.hang_up()
                return
        else:
            await routing.enter(QueueRequest(arrival=line.arrival, queue=SALES, mark=mark))
        await line.hold()

    def now(self) -> Routing:
        assert self.routing is not None
        return self.routing

    async def comes(self, agent: AgentId, manners: Manners) -> None:
        device, phone = await self.it.phone(agent, manners)
        self.phones[agent] = (device, phone)
        await self.now().has_device(agent, device.id)

    async def is_ready(self, agent: AgentId) -> None:
        """The agent wants calls, and can be rung for one."""
        with suppress(NoWrapUp):
            await self.now().end_wrap_up(agent)
        await self.now().set_state(agent, AgentState.READY)
        await eventually(lambda: self.state(agent) is AgentState.READY)

    def state(self, agent: AgentId) -> AgentState:
        return next(one.state for one in self.now().overview().agents if one.agent == agent)


class Talk:
    """Li talks with a customer."""

    def __init__(self, house: House, call: CallId, customer: Customer) -> None:
        self.house, self.call, self.customer = house, call, customer
        self.li, self.wang = house.phones[LI][1], house.phones[WANG][1]

    async def all_alone(self, agent: AgentId) -> None:
        """This agent and the customer hear each other, and the call is that agent's."""
        routing = self.house.now()
        await eventually(
            lambda: routing.agent_of(self.call) == agent and routing.phase_of(self.call) is Phase.TALKING
        )
        await hear_each_other(self.customer, self.house.phones[agent][1])

    async def consult(self, by: AgentId = LI) -> None:
        """The other agent is asked, and answers."""
        asked = WANG if by == LI else LI
        phone = self.house.phones[asked][1]
        talks = len(phone.ends)
        await self.house.now().consult(self.call, by, to=asked)
        await eventually(lambda: len(phone.ends) > talks)
        await asyncio.gather(hears_music(self.customer), hear_each_other(self.li, self.wang))

    async def all_talk(self, by: AgentId = LI) -> None:
        await self.consult(by)
        await self.go_on(ConsultStep.JOIN_ALL, by)
        await hear_all(self.customer, self.li, self.wang)

    async def go_on(self, step: ConsultStep, by: AgentId = LI) -> None:
        await self.house.now().go_on(self.call, by, step)

    async def ends(self) -> list[Path]:
        """The call is over; its recordings, once they are whole."""
        await self.house.it.switch.hang_up(self.call)
        await self.customer.until_over(15)
        files = self.recordings()
        await eventually(lambda: all(is_whole(path) for path in files))
        return files

    def recordings(self) -> list[Path]:
        return sides(self.house.it.asterisk, self.call)


@asynccontextmanager
async def talking(asterisk: PrivateAsterisk, *, wangs: Manners = ANSWERS) -> AsyncIterator[Talk]:
    async def nobody(line: Line) -> None:
        await line.hold()

    async with exchange(asterisk, nobody) as it:
        house = House(it)
        await it.server_dies()
        await house.begin()
        await asyncio.gather(house.comes(LI, ANSWERS), house.comes(WANG, wangs))
        await house.is_ready(LI)
        customer = await it.call()
        talk = Talk(house, (await it.heard.until(CallArrived)).arrival.call, customer)
        try:
            await talk.all_alone(LI)
            await house.is_ready(WANG)
            yield talk
        finally:
            await house.die()


async def test_a_caller_whom_nobody_else_takes_is_always_back_with_the_agent(
    asterisk: PrivateAsterisk,
) -> None:
    async with talking(asterisk, wangs=RINGS_ON) as talk:
        await talk.house.now().consult(talk.call, LI, to=WANG)
        await eventually(lambda: talk.wang.invites)
        await talk.go_on(ConsultStep.TAKE_BACK)
        await talk.all_alone(LI)

        await talk.house.now().consult(talk.call, LI, to=WANG)
        await hears_music(talk.customer)
        await talk.all_alone(LI)

        await talk.house.is_ready(WANG)
        await talk.house.now().transfer(talk.call, LI, to=WANG)
        await hears_music(talk.customer)
        await talk.all_alone(LI)

        await talk.house.now().set_state(WANG, AgentState.ON_BREAK)
        await talk.house.now().transfer(talk.call, LI, to=SALES)
        await hears_music(talk.customer)
        await talk.all_alone(LI)
    assert len(talk.li.invites) == 3


async def test_a_caller_is_sent_on_and_the_next_agent_asks_who_had_them(asterisk: PrivateAsterisk) -> None:
    async with talking(asterisk) as talk:
        await talk.house.now().transfer(talk.call, LI, to=WANG)
        await talk.all_alone(WANG)
        await talk.house.is_ready(LI)
        await talk.consult(by=WANG)
        await talk.go_on(ConsultStep.TAKE_BACK, by=WANG)
        await talk.all_alone(WANG)
        await eventually(lambda: talk.house.state(LI) is AgentState.READY)
        await talk.consult(by=WANG)
        await talk.go_on(ConsultStep.HAND_OVER, by=WANG)
        await talk.all_alone(LI)
        files = await talk.ends()
    agents = [talk.li.tone_hz, talk.wang.tone_hz, talk.li.tone_hz]
    assert [tones(path) for path in files] == [[tone_of(talk.customer)], agents]


async def test_a_caller_is_sent_to_a_flow_and_stands_there_though_the_server_dies(
    asterisk: PrivateAsterisk,
) -> None:
    async with talking(asterisk) as talk:
        await talk.house.now().transfer(talk.call, LI, to=FlowPlace("survey"))
        await hears_only(talk.customer, MENU_HZ)
        await eventually(lambda: talk.house.state(LI) is AgentState.WRAP_UP)
        await talk.house.die()
        await hears_music(talk.customer)
        await talk.house.begin()
        await hears_only(talk.customer, MENU_HZ)
        live = (await talk.house.it.switch.snapshot()).calls
        await talk.customer.hang_up()
    found = [one.mark for one in live if one.mark is not None]
    assert [(mark.phase, mark.flow, mark.decided) for mark in found] == [
        (Phase.MENU, "survey", Outcome.SERVED)
    ]


async def test_a_server_that_dies_while_the_agents_talk_can_connect_and_the_caller_may_hang_up(
    asterisk: PrivateAsterisk,
) -> None:
    async with talking(asterisk) as talk:
        await talk.consult()
        await talk.house.die()
        await hears_music(talk.customer)
        await talk.house.begin()
        await talk.go_on(ConsultStep.HAND_OVER)
        await talk.all_alone(WANG)

        await talk.house.is_ready(LI)
        await talk.consult(by=WANG)
        await talk.customer.hang_up()
        await eventually(lambda: talk.house.state(WANG) is AgentState.WRAP_UP)
        await eventually(lambda: talk.house.state(LI) is AgentState.READY)
        await eventually(lambda: not talk.li.ends[-1].is_open and not talk.wang.ends[-1].is_open)


async def test_a_server_that_dies_finds_who_hears_whom_and_the_caller_can_be_taken_over(
    asterisk: PrivateAsterisk,
) -> None:
    async with talking(asterisk) as talk:
        await talk.house.now().supervision.watch(talk.call, WANG, WatchMode.LISTEN)
        await eventually(lambda: talk.wang.ends)
        await asyncio.gather(hears_all(talk.wang, talk.customer, talk.li), talk.all_alone(LI))
        await talk.house.die()
        await hears_all(talk.wang, talk.customer, talk.li)
        await talk.house.begin()
        assert talk.house.state(WANG) is AgentState.TALKING
        await talk.house.now().supervision.watch(talk.call, WANG, WatchMode.WHISPER)
        await asyncio.gather(
            hears_all(talk.li, talk.customer, talk.wang), hears_only(talk.customer, talk.li.tone_hz)
        )
        await talk.house.now().supervision.take_over(talk.call, WANG)
        await talk.all_alone(WANG)
        await eventually(lambda: talk.house.state(LI) is AgentState.WRAP_UP)
    assert len(talk.wang.invites) == 2


async def test_all_three_talk_and_two_go_on_whoever_leaves(asterisk: PrivateAsterisk) -> None:
    async with talking(asterisk) as talk:
        await talk.all_talk()
        await talk.go_on(ConsultStep.LEAVE, by=LI)
        await talk.all_alone(WANG)
        before = sum(path.stat().st_size for path in talk.recordings())
        await eventually(
            lambda: sum(path.stat().st_size for path in talk.recordings()) > before + SECOND_BYTES
        )

        await talk.house.is_ready(LI)
        await talk.all_talk(by=WANG)
        await talk.go_on(ConsultStep.LEAVE, by=LI)
        await talk.all_alone(WANG)
        files = await talk.ends()
    assert [tones(path)[-1] for path in files] == [tone_of(talk.customer), talk.wang.tone_hz]


def is_whole(path: Path) -> bool:
    """The recorder has written the head, which it does last."""
    with suppress(wave.Error):
        return len(load_wav(path)) > 0
    return False
