"""What the port `Switch` promises of agents who ask each other while the caller hears music."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace

import pytest

from kernel.ids import CallId, LegId
from telephony.errors import CallGone
from telephony.events import Consulting, Joined, LegEnded, LegRinging
from telephony.model import CallMark, EndReason, LiveLeg, Phase
from telephony.port import LineEntry, LineHandler
from tests.contract.stages import Stage, ring
from tests.contract.test_switch import WAITING, Handler

Setting = Callable[[LineHandler], AbstractAsyncContextManager[Stage]]
HELD = replace(WAITING, phase=Phase.HELD, waited_ms=1)
STAYING = replace(HELD, waited_ms=2)


@dataclass
class Consultation:
    """One agent talks with a colleague, a caller hears music."""

    stage: Stage
    handler: Handler
    call: CallId

    @property
    def asking(self) -> LegId:
        return LegId(f"leg-{self.call}-1")

    @property
    def asked(self) -> LegId:
        return LegId(f"leg-{self.call}-2")

    async def joins(self, leg: LegId, *, again: bool = False) -> None:
        await self.stage.heard.until(
            Joined, lambda event: event.leg == leg and (not again or self._joined(leg) > 1)
        )

    def _joined(self, leg: LegId) -> int:
        return sum(event.leg == leg for event in self.stage.heard.of(Joined))

    def times_joined(self) -> int:
        return self._joined(self.asking)

    async def ends(self, leg: LegId) -> LegEnded:
        return await self.stage.heard.until(LegEnded, lambda event: event.leg == leg)

    async def legs(self) -> tuple[LiveLeg, ...]:
        return (await self.stage.switch.snapshot()).legs


@asynccontextmanager
async def ringing(setting: Setting, *, answers: bool = False) -> AsyncIterator[Consultation]:
    """The colleague's phone rings for the agent."""
    handler = Handler()
    async with setting(handler) as stage:
        first, second = await stage.phone(7, answers=True), await stage.phone(8, answers=answers)
        call = await stage.call_in()
        it = Consultation(stage, handler, call)
        await handler.holds.wait()
        await stage.switch.ring(ring(call, first))
        await it.joins(it.asking)
        await stage.switch.set_aside(call, it.asking, HELD)
        await stage.switch.ring(replace(ring(call, second, 2), asked_by=it.asking))
        yield it


@asynccontextmanager
async def consulting(setting: Setting) -> AsyncIterator[Consultation]:
    """The colleague has answered."""
    async with ringing(setting, answers=True) as it:
        told = await it.stage.heard.until(Consulting)
        assert (told.call, told.leg, told.agent, told.asked_by) == (it.call, it.asked, 8, it.asking)
        await it.handler.came_back.wait()
        yield it


async def test_a_caller_who_is_set_aside_is_found_so_with_both_agents(setting: Setting) -> None:
    async with consulting(setting) as it:
        found = await it.stage.switch.snapshot()
    live: CallMark | None = found.calls[0].mark
    assert it.handler.entries == [(LineEntry.ARRIVED, None), (LineEntry.NEXT, Phase.HELD)]
    assert (live, found.calls[0].talks_with) == (HELD, None)
    assert [(leg.leg, leg.asked_by, leg.is_with_caller, leg.is_with_leg) for leg in found.legs] == [
        (it.asking, None, False, it.asked),
        (it.asked, it.asking, False, it.asking),
    ]


async def test_the_agent_comes_back_before_the_colleague_answers(setting: Setting) -> None:
    async with ringing(setting) as it:
        await it.stage.heard.until(LegRinging, lambda event: event.leg == it.asked)
        await it.stage.switch.take_back(it.call, it.asking)
        await it.stage.switch.cancel(it.asked)
        await it.joins(it.asking, again=True)
        gone = await it.ends(it.asked)
        left = await it.legs()
    assert not gone.was_joined
    assert [(leg.leg, leg.is_with_caller) for leg in left] == [(it.asking, True)]


async def test_an_agent_who_is_led_back_at_once_finds_the_caller_though_they_are_on_their_way_to_the_music(
    setting: Setting,
) -> None:
    handler = Handler()
    async with setting(handler) as stage:
        first = await stage.phone(7, answers=True)
        call = await stage.call_in()
        it = Consultation(stage, handler, call)
        await handler.holds.wait()
        await stage.switch.ring(ring(call, first))
        await it.joins(it.asking)
        for _ in range(5):
            joined = it.times_joined()
            await stage.switch.set_aside(call, it.asking, HELD)
            await stage.switch.take_back(call, it.asking)
            await stage.heard.until(Joined, lambda _, before=joined: it.times_joined() > before)
        left = await it.legs()
    assert [(leg.leg, leg.is_with_caller) for leg in left] == [(it.asking, True)]


async def test_the_colleague_gets_the_caller_and_the_agent_is_gone(setting: Setting) -> None:
    async with consulting(setting) as it:
        await it.stage.switch.hand_over(it.call, it.asking, it.asked)
        await it.joins(it.asked)
        gone = await it.ends(it.asking)
        left = await it.legs()
    assert (gone.reason, gone.was_joined) == (EndReason.HOTLINE_HUNG_UP, True)
    assert [(leg.leg, leg.is_with_caller) for leg in left] == [(it.asked, True)]


async def test_an_agent_who_connects_just_when_the_colleague_is_gone_leaves_all_the_same(
    setting: Setting,
) -> None:
    async with consulting(setting) as it:
        await it.stage.switch.cancel(it.asked)
        await it.ends(it.asked)
        with pytest.raises(CallGone):
            await it.stage.switch.hand_over(it.call, it.asking, it.asked)
        gone = await it.ends(it.asking)
        left = await it.stage.switch.snapshot()
    assert gone.reason is EndReason.HOTLINE_HUNG_UP
    assert (left.legs, [live.arrival.call for live in left.calls]) == ((), [it.call])


@pytest.mark.parametrize("is_asking", [True, False])
async def test_of_three_who_talk_one_agent_leaves_and_the_other_stays(
    setting: Setting, *, is_asking: bool
) -> None:
    async with consulting(setting) as it:
        await it.stage.switch.join_all(it.call, it.asking, it.asked)
        await it.joins(it.asked)
        await it.joins(it.asking, again=True)
        all_three = await it.stage.switch.snapshot()
        leaves, stays = (it.asking, it.asked) if is_asking else (it.asked, it.asking)
        await it.stage.switch.cancel(leaves)
        gone = await it.ends(leaves)
        left = await it.stage.switch.snapshot()
    assert [leg.is_with_caller for leg in all_three.legs] == [True, True]
    assert all_three.calls[0].talks_with == it.asking
    assert gone.was_joined
    assert left.calls[0].talks_with == stays
    assert it.handler.entries[-1] == (LineEntry.NEXT, Phase.HELD)


async def test_a_colleague_who_is_gone_sends_the_agent_back_to_the_caller(setting: Setting) -> None:
    async with consulting(setting) as it:
        await it.stage.switch.cancel(it.asked)
        await it.joins(it.asking, again=True)
        gone = await it.ends(it.asked)
    assert (gone.reason, gone.was_joined) == (EndReason.HOTLINE_HUNG_UP, False)


async def test_an_agent_who_is_gone_leaves_the_caller_to_the_colleague(setting: Setting) -> None:
    async with consulting(setting) as it:
        await it.stage.switch.cancel(it.asking)
        await it.joins(it.asked)
        left = await it.legs()
    assert [(leg.leg, leg.is_with_caller) for leg in left] == [(it.asked, True)]


async def test_nobody_is_led_about_in_an_unknown_call(setting: Setting) -> None:
    nobody, leg, other = CallId("nobody"), LegId("leg-nobody-1"), LegId("leg-nobody-2")
    async with setting(Handler()) as stage:
        with pytest.raises(CallGone):
            await stage.switch.set_aside(nobody, leg, HELD)
        with pytest.raises(CallGone):
            await stage.switch.take_back(nobody, leg)
        with pytest.raises(CallGone):
            await stage.switch.hand_over(nobody, leg, other)
        with pytest.raises(CallGone):
            await stage.switch.join_all(nobody, leg, other)


async def test_a_colleague_who_stays_of_three_comes_to_the_caller_like_any_agent(setting: Setting) -> None:
    async with consulting(setting) as it:
        await it.stage.switch.join_all(it.call, it.asking, it.asked)
        await it.joins(it.asked)
        await it.stage.switch.cancel(it.asking)
        await it.stage.switch.stay(it.call, it.asked, it.asking, STAYING)
        await it.joins(it.asked, again=True)
        left = await it.stage.switch.snapshot()
    assert (left.calls[0].talks_with, left.calls[0].mark) == (it.asked, STAYING)
    assert [(leg.leg, leg.is_with_caller) for leg in left.legs] == [(it.asked, True)]
