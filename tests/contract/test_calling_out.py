"""What the port `Switch` promises of customers who are called: the agent is on the phone first."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import pytest

from kernel.ids import AgentId, CallId, LegId, QueueId
from telephony.errors import CallGone
from telephony.events import CallEnded, CallPlaced, Dialling, Joined, LegEnded, SwitchConnected
from telephony.model import CallMark, Device, Direction, EndReason, Phase, Snapshot
from telephony.placed import new_call
from telephony.port import LineEntry, LineHandler
from tests.contract.stages import CUSTOMER, Stage, called, ring
from tests.contract.test_switch import Handler

Setting = Callable[[LineHandler], AbstractAsyncContextManager[Stage]]
DIALLING = CallMark(
    phase=Phase.DIALLING, queue=QueueId("service"), agent=AgentId(7), key_ms=1_795_000_000_123
)


@dataclass
class Placed:
    """An agent who hears a ringing tone."""

    stage: Stage
    handler: Handler
    call: CallId
    device: Device

    @property
    def leg(self) -> LegId:
        return LegId(f"leg-{self.call}-1")

    async def call_out(self, *, ring_s: float = 10) -> None:
        await self.stage.switch.call_out(called(self.call, self.device, DIALLING, ring_s=ring_s))


@asynccontextmanager
async def dialling(setting: Setting) -> AsyncIterator[Placed]:
    handler = Handler()
    async with setting(handler) as stage:
        device = await stage.phone(7, answers=True)
        call = new_call(datetime.now(UTC), secrets.randbits(64))
        await stage.switch.ring(replace(ring(call, device), dials=True))
        told = await stage.heard.until(Dialling)
        assert (told.call, told.leg, told.agent) == (call, f"leg-{call}-1", 7)
        yield Placed(stage, handler, call, device)


async def test_a_customer_who_answers_has_the_agent_who_called(setting: Setting) -> None:
    async with dialling(setting) as it:
        await it.stage.customer()
        await it.call_out()
        placed = await it.stage.heard.until(CallPlaced)
        joined = await it.stage.heard.until(Joined)
        seen = await it.stage.switch.snapshot()
    assert (placed.arrival.call, placed.leg, placed.agent) == (it.call, it.leg, 7)
    assert (joined.call, joined.leg, joined.agent) == (it.call, it.leg, 7)
    live = seen.calls[0]
    assert (live.arrival.call, live.talks_with, live.is_answered) == (it.call, it.leg, True)
    assert live.mark == DIALLING
    for arrival in (placed.arrival, live.arrival):
        assert (arrival.direction, arrival.caller_number) == (Direction.OUT, CUSTOMER)
        assert (arrival.dialled, arrival.trunk) == ("02180009000", "loopback")
    assert it.handler.entries == []


async def test_a_customer_whose_phone_rings_is_found_so_with_the_agent_who_waits(setting: Setting) -> None:
    async with dialling(setting) as it:
        await it.stage.customer(rings_s=None)
        before = await it.stage.switch.snapshot()
        await it.call_out()
        await it.stage.heard.until(CallPlaced)
        seen = await until_rings(it.stage)
    assert (before.calls, [(leg.leg, leg.dials, leg.is_answered) for leg in before.legs]) == (
        (),
        [(it.leg, True, True)],
    )
    assert [(live.arrival.call, live.is_answered, live.mark) for live in seen.calls] == [
        (it.call, False, DIALLING)
    ]


async def test_a_customer_who_is_just_being_called_is_found_by_every_look(setting: Setting) -> None:
    async with dialling(setting) as it:
        await it.stage.customer(rings_s=None)
        await it.call_out()
        before = len(it.stage.heard.events)
        await it.stage.switch.look_again()
        seen = await it.stage.heard.until(SwitchConnected, after=before)
        await it.stage.switch.hang_up(it.call)
        ended = await it.stage.heard.until(CallEnded)
    assert [(live.arrival.call, live.is_answered, live.mark) for live in seen.snapshot.calls] == [
        (it.call, False, DIALLING)
    ]
    assert (ended.call, ended.reason) == (it.call, EndReason.HOTLINE_HUNG_UP)


async def test_a_customer_who_is_on_the_phone_is_told_as_busy_and_the_agent_stays(setting: Setting) -> None:
    async with dialling(setting) as it:
        await it.stage.customer(is_busy=True)
        await it.call_out()
        ended = await it.stage.heard.until(CallEnded)
        seen = await it.stage.switch.snapshot()
        await it.stage.switch.cancel(it.leg)
        gone = await it.stage.heard.until(LegEnded)
    assert (ended.call, ended.reason) == (it.call, EndReason.BUSY)
    assert (seen.calls, [leg.leg for leg in seen.legs]) == ((), [it.leg])
    assert (gone.leg, gone.reason, gone.was_joined) == (it.leg, EndReason.HOTLINE_HUNG_UP, False)


async def test_a_customer_whom_nobody_answers_for_is_rung_no_longer_than_ordered(setting: Setting) -> None:
    async with dialling(setting) as it:
        await it.stage.customer(rings_s=None)
        await it.call_out(ring_s=1)
        ended = await it.stage.heard.until(CallEnded)
    assert (ended.call, ended.reason) == (it.call, EndReason.NO_ANSWER)


async def test_the_ringing_is_ended_with_the_leg_of_the_agent(setting: Setting) -> None:
    async with dialling(setting) as it:
        await it.stage.customer(rings_s=None)
        await it.call_out()
        await it.stage.switch.hang_up(it.call)
        ended = await it.stage.heard.until(CallEnded)
        gone = await it.stage.heard.until(LegEnded)
        with pytest.raises(CallGone):
            await it.stage.switch.hang_up(it.call)
        seen = await it.stage.switch.snapshot()
    assert (ended.call, ended.reason) == (it.call, EndReason.HOTLINE_HUNG_UP)
    assert (gone.leg, gone.reason) == (it.leg, EndReason.HOTLINE_HUNG_UP)
    assert (seen.calls, seen.legs) == ((), ())


async def test_a_customer_who_answers_when_the_agent_is_gone_comes_to_a_line(setting: Setting) -> None:
    async with dialling(setting) as it:
        await it.stage.customer(rings_s=None)
        await it.call_out()
        await until_rings(it.stage)
        await it.stage.switch.cancel(it.leg)
        await it.stage.heard.until(LegEnded)
        await it.stage.customer_answers(it.call)
        await asyncio.wait_for(it.handler.came_back.wait(), 10)
        again = await it.stage.phone(8, answers=True)
        await it.stage.switch.ring(ring(it.call, again, 2))
        joined = await it.stage.heard.until(Joined)
    assert it.handler.entries == [(LineEntry.NEXT, Phase.DIALLING)]
    assert (joined.call, joined.agent) == (it.call, 8)


async def test_after_the_talk_the_customer_is_asked_what_is_next_like_any_caller(setting: Setting) -> None:
    async with dialling(setting) as it:
        await it.stage.customer()
        await it.call_out()
        await it.stage.heard.until(Joined)
        await it.stage.switch.park(it.call)
        gone = await it.stage.heard.until(LegEnded)
        await asyncio.wait_for(it.handler.came_back.wait(), 10)
        await it.stage.customer_hangs_up(it.call)
        ended = await it.stage.heard.until(CallEnded)
    assert gone.was_joined
    assert it.handler.entries == [(LineEntry.NEXT, Phase.PARKED)]
    assert (ended.call, ended.reason) == (it.call, EndReason.CALLER_HUNG_UP)


async def test_an_order_that_comes_twice_calls_the_customer_once(setting: Setting) -> None:
    async with dialling(setting) as it:
        await it.stage.customer()
        await asyncio.gather(it.call_out(), it.call_out())
        await it.stage.heard.until(Joined)
        await it.call_out()
        seen = await it.stage.switch.snapshot()
    assert len(it.stage.heard.of(CallPlaced)) == 1
    assert [live.arrival.call for live in seen.calls] == [it.call]


async def test_nobody_is_called_for_an_agent_who_is_gone(setting: Setting) -> None:
    async with dialling(setting) as it:
        await it.stage.switch.cancel(it.leg)
        await it.stage.heard.until(LegEnded)
        with pytest.raises(CallGone):
            await it.call_out()
    assert it.stage.heard.of(CallPlaced) == []


async def until_rings(stage: Stage) -> Snapshot:
    """What is alive once the customer's phone rings."""
    async with asyncio.timeout(10):
        while not (seen := await stage.switch.snapshot()).calls:
            pass
    return seen
