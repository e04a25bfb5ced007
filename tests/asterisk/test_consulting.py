"""An agent asks a colleague while the caller hears music: who hears whom without routing, or any server."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

from kernel.ids import AgentId, CallId, LegId
from rig.agents import Manners, WebPhone
from rig.customers import Customer
from telephony.events import CallArrived, Consulting, Joined, LegEnded
from telephony.model import CallMark, Device, EndReason, Phase
from tests.asterisk.held_callers import Holding, waiting
from tests.asterisk.listening import hear_all, hear_each_other, hears_music
from tests.asterisk.private_asterisk import Exchange, PrivateAsterisk, eventually, exchange
from tests.contract.stages import ring

HELD = CallMark(phase=Phase.HELD, key_ms=1, sequence=1, agent=AgentId(7), waited_ms=100)


def patient(ring_s: float = 0.1) -> Manners:
    """Talks until told to hang up."""
    return Manners(ring_s=ring_s, talk_s=0, may_hang_up=asyncio.Event())


def hangs_up(phone: WebPhone) -> None:
    """Ends the conversation; the next one goes on again until told."""
    leaving, phone.manners = phone.manners.may_hang_up, patient()
    assert leaving is not None, "hangs up by the clock"
    leaving.set()


@dataclass
class Talk:
    """Li (7) talks with a customer, Wang (8) can be asked."""

    it: Exchange
    handler: Holding
    call: CallId
    customer: Customer
    li: WebPhone
    wang: WebPhone
    wangs: Device
    rung: int = 1

    @property
    def asking(self) -> LegId:
        return LegId(f"leg-{self.call}-1")

    @property
    def asked(self) -> LegId:
        return LegId(f"leg-{self.call}-{self.rung}")

    async def ask(self) -> None:
        """Wang's phone rings for Li."""
        before = len(self.wang.invites)
        await self.it.switch.set_aside(self.call, self.asking, HELD)
        self.rung += 1
        await self.it.switch.ring(replace(ring(self.call, self.wangs, self.rung), asked_by=self.asking))
        await eventually(lambda: len(self.wang.invites) > before)

    async def consult(self) -> None:
        """Wang has answered."""
        await self.ask()
        await self.it.heard.until(Consulting, lambda event: event.leg == self.asked)
        await self.both_talk()

    async def both_talk(self) -> None:
        await asyncio.gather(hears_music(self.customer), hear_each_other(self.li, self.wang))

    async def all_talk(self) -> None:
        await self.it.switch.join_all(self.call, self.asking, self.asked)
        await self.it.heard.until(Joined, lambda event: event.leg == self.asked)
        await hear_all(self.customer, self.li, self.wang)


@asynccontextmanager
async def talking(asterisk: PrivateAsterisk, *, ring_s: float = 0.1) -> AsyncIterator[Talk]:
    handler = Holding(waiting(1))
    async with exchange(asterisk, handler) as it:
        (lis, li), (wangs, wang) = await asyncio.gather(it.phone(7, patient()), it.phone(8, patient(ring_s)))
        customer = await it.call()
        call = (await it.heard.until(CallArrived)).arrival.call
        await handler.until(1)
        await it.switch.ring(ring(call, lis))
        await it.heard.until(Joined)
        yield Talk(it, handler, call, customer, li, wang, wangs)


async def test_all_three_talk_and_whoever_hangs_up_leaves_the_others_talking(
    asterisk: PrivateAsterisk,
) -> None:
    async with talking(asterisk) as talk:
        await talk.consult()
        await talk.all_talk()
        found = await talk.it.switch.snapshot()
        hangs_up(talk.wang)
        left = await talk.it.heard.until(LegEnded)
        await hear_each_other(talk.customer, talk.li)
        await talk.consult()
        await talk.all_talk()
        hangs_up(talk.li)
        await hear_each_other(talk.customer, talk.wang)
    assert [leg.is_with_caller for leg in found.legs] == [True, True]
    assert found.calls[0].talks_with == talk.asking
    assert (left.agent, left.reason) == (8, EndReason.AGENT_HUNG_UP)


async def test_without_a_server_a_colleague_can_be_asked_and_leave_and_the_call_ends_like_any(
    asterisk: PrivateAsterisk,
) -> None:
    async with talking(asterisk, ring_s=1) as talk:
        await talk.ask()
        await talk.it.server_dies()
        await eventually(lambda: talk.wang.ends)
        await talk.both_talk()
        hangs_up(talk.wang)
        await hear_each_other(talk.customer, talk.li)
        hangs_up(talk.li)
        await talk.customer.until_over(10)


async def test_a_server_that_dies_while_the_colleague_of_three_is_led_to_the_caller_parts_nobody(
    asterisk: PrivateAsterisk,
) -> None:
    async with talking(asterisk) as talk:
        await talk.consult()
        await talk.all_talk()
        await talk.it.switch.cancel(talk.asking)
        await talk.it.switch.stay(talk.call, talk.asked, talk.asking, HELD)
        await talk.it.server_dies()
        # What was to be heard of the three is over by then.
        await eventually(lambda: not talk.li.ends[-1].is_open)
        await hear_each_other(talk.customer, talk.wang)
        hangs_up(talk.wang)
        await talk.customer.until_over(10)


async def test_without_a_server_an_agent_who_is_gone_leaves_the_caller_with_the_colleague(
    asterisk: PrivateAsterisk,
) -> None:
    async with talking(asterisk) as talk:
        await talk.consult()
        await talk.it.server_dies()
        hangs_up(talk.li)
        await hear_each_other(talk.customer, talk.wang)
        await talk.it.server_starts(talk.handler)
        found = (await talk.it.switch.snapshot()).calls
    assert [live.talks_with for live in found] == [talk.asked]


async def test_an_agent_who_is_gone_before_the_colleague_answers_leaves_them_the_caller(
    asterisk: PrivateAsterisk,
) -> None:
    async with talking(asterisk, ring_s=1) as talk:
        await talk.ask()
        await talk.it.server_dies()
        hangs_up(talk.li)
        await eventually(lambda: talk.wang.ends)
        await hear_each_other(talk.customer, talk.wang)
