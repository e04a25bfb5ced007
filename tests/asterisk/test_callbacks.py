"""Callbacks on a live Asterisk: the agent's phone, the customer's, and servers that die between."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest

from acd.model import AgentState, QueueRequest
from acd.promises import Promise, PromiseEnd
from kernel.ids import CallId
from rig.outside import OutsidePhone
from telephony.events import CallArrived, CallEnded, CallPlaced, Dialling
from telephony.model import Arrival, EndReason, Phase
from telephony.port import Line
from tests.asterisk.listening import hear_each_other
from tests.asterisk.private_asterisk import PrivateAsterisk, eventually, exchange
from tests.asterisk.test_calling_out import customer
from tests.asterisk.test_routed_talks import ANSWERS, House
from tests.sim.house import LI
from tests.unit.acd.floor import SALES
from tests.unit.acd.promise_book import PromiseShelf

NUMBER = "+8613800138000"
ORIGIN = CallId("origin-1")


async def nobody(line: Line) -> None:
    await line.hold()


def wish(call: CallId = ORIGIN) -> QueueRequest:
    arrival = Arrival(
        call=call,
        at=datetime.now(UTC),
        caller_number=NUMBER,
        caller_name="",
        dialled="02180009000",
        trunk="loopback",
    )
    return QueueRequest(arrival=arrival, queue=SALES)


class LastWord(PromiseShelf):
    """What is written down here is the last that the server does."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.is_written = asyncio.Event()

    async def add(self, promise: Promise) -> Promise:
        await super().add(promise)
        self.is_written.set()
        return await asyncio.Future()


@asynccontextmanager
async def promised(asterisk: PrivateAsterisk, **facts: object) -> AsyncIterator[tuple[House, OutsidePhone]]:
    """Somebody is to be called back, and the agent comes after that."""
    async with exchange(asterisk, nobody) as it, customer(it, **facts) as far:
        house = House(it)
        await it.server_dies()
        await house.begin()
        await house.now().callbacks.promise(wish(), NUMBER)
        over = CallEnded(at=datetime.now(UTC), call=ORIGIN, reason=EndReason.CALLER_HUNG_UP)
        await house.now()._ask(over)
        await house.comes(LI, ANSWERS)
        await house.now().set_state(LI, AgentState.READY)
        try:
            yield house, far
        finally:
            await house.die()


def kept(house: House) -> list[PromiseEnd]:
    return [ended.end for ended in house.promises.ended.values()]


async def test_the_agent_accepts_and_both_hear_each_other(asterisk: PrivateAsterisk) -> None:
    async with promised(asterisk, rings_s=0.5) as (house, far):
        await house.it.heard.until(CallPlaced)
        await eventually(lambda: house.state(LI) is AgentState.TALKING)
        await hear_each_other(house.phones[LI][1], far)
        await eventually(lambda: kept(house) == [PromiseEnd.KEPT])

        assert len(far.invites) == 1


@pytest.mark.parametrize("is_ringing", [False, True])
async def test_a_server_that_dies_calls_the_customer_once_and_loses_nobody(
    asterisk: PrivateAsterisk, *, is_ringing: bool
) -> None:
    """As the agent accepts, or while the customer's phone rings."""
    async with promised(asterisk, rings_s=2) as (house, far):
        await house.it.heard.until(Dialling)
        if is_ringing:
            await eventually(lambda: far.invites)
        await house.tasks.close()
        await house.die()
        await house.begin()
        await eventually(lambda: house.state(LI) is AgentState.TALKING, within_s=30)
        await hear_each_other(house.phones[LI][1], far)
        await eventually(lambda: kept(house) == [PromiseEnd.KEPT])

        assert len(far.invites) == 1


async def test_who_is_busy_keeps_the_place_and_the_agent_is_free(
    asterisk: PrivateAsterisk,
) -> None:
    async with promised(asterisk, refuses="486 Busy Here") as (house, _):
        ended = await house.it.heard.until(CallEnded)
        await eventually(lambda: house.state(LI) is AgentState.READY)
        (waiting,) = house.now().callbacks.waiting()

        assert ended.reason is EndReason.BUSY
        assert waiting.callback is not None
        assert waiting.callback.tries == 1


async def test_who_calls_in_while_they_are_called_has_the_place(asterisk: PrivateAsterisk) -> None:
    async with promised(asterisk, rings_s=20) as (house, _):
        await house.it.heard.until(CallPlaced)
        await house.now().enter(wish(CallId("again-1")))
        await eventually(lambda: kept(house) == [PromiseEnd.CALLED_IN])
        ended = await house.it.heard.until(CallEnded)

        assert ended.reason is EndReason.HOTLINE_HUNG_UP
        assert house.now().callbacks.waiting() == []


async def test_a_server_that_dies_before_it_has_said_so_calls_nobody_and_keeps_who_is_on_the_line(
    asterisk: PrivateAsterisk,
) -> None:
    """The promise is written down; its caller has not heard of it, and waits."""
    async with exchange(asterisk, nobody) as it, customer(it, rings_s=1) as far:
        house = House(it)
        house.promises = book = LastWord()
        await it.server_dies()
        await house.begin()
        caller = await it.call()
        arrival = (await it.heard.until(CallArrived)).arrival
        await eventually(lambda: house.now().phase_of(arrival.call) is Phase.WAITING)
        request = QueueRequest(arrival=arrival, queue=SALES)
        house.tasks.spawn(house.now().callbacks.promise(request, NUMBER), name="promise")
        await book.is_written.wait()
        await house.die()

        await house.begin()
        await house.comes(LI, ANSWERS)
        await house.now().set_state(LI, AgentState.READY)
        await eventually(lambda: house.state(LI) is AgentState.TALKING)
        await hear_each_other(caller, house.phones[LI][1])
        await eventually(lambda: kept(house) == [PromiseEnd.CALLED_IN])

        assert house.now().callbacks.waiting() == []
        assert far.invites == []
        await house.die()
