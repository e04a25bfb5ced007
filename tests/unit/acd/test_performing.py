"""Orders reach the switch in an order that makes sense there."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from acd.engine.effects import LeadBack, MarkCall, SetAside
from acd.performing import Performer
from infra.tasks import Tasks
from kernel.ids import CallId, LegId
from telephony.errors import SwitchUnavailable
from telephony.model import CallMark, Phase

MARK = CallMark(phase=Phase.HELD)


class SlowSwitch:
    """Takes its time to set an agent aside."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.failure: Exception | None = None
        self.is_done = asyncio.Event()
        self.heard = asyncio.Event()

    async def set_aside(self, call: CallId, leg: LegId, mark: CallMark) -> None:
        assert (leg, mark) == (f"leg-{call}-1", MARK)
        self._begin(f"set_aside {call}")
        await self.is_done.wait()
        if self.failure is not None:
            raise self.failure

    async def take_back(self, call: CallId, leg: LegId) -> None:
        assert leg == f"leg-{call}-1"
        self._begin(f"take_back {call}")

    def _begin(self, order: str) -> None:
        self.begun.append(order)
        self.heard.set()

    async def until(self, count: int) -> list[str]:
        async with asyncio.timeout(5):
            while len(self.begun) < count:
                self.heard.clear()
                await self.heard.wait()
        return self.begun


@pytest.fixture
async def tasks() -> AsyncIterator[Tasks]:
    tasks = Tasks()
    yield tasks
    await tasks.close()


@pytest.mark.parametrize("failure", [None, SwitchUnavailable("too late")])
async def test_an_agent_is_led_back_only_once_they_are_set_aside(
    tasks: Tasks, failure: Exception | None
) -> None:
    switch = SlowSwitch()
    switch.failure = failure
    performer = Performer(
        switch,  # type: ignore[arg-type]
        lambda order: tasks.spawn(order, name="order"),
        lambda failed: pytest.fail(f"{failed} was not rung"),
        look_after_s=60,
    )
    for call in (CallId("a"), CallId("b")):
        performer.perform(SetAside(call=call, leg=LegId(f"leg-{call}-1"), mark=MARK))
    # The colleague's phone is busy: that may be known before the switch has done what came before it.
    performer.perform(LeadBack(call=CallId("a"), leg=LegId("leg-a-1")))
    assert await switch.until(2) == ["set_aside a", "set_aside b"]
    await asyncio.sleep(0)
    assert len(switch.begun) == 2
    switch.is_done.set()
    assert (await switch.until(3))[2:] == ["take_back a"]
    performer.perform(LeadBack(call=CallId("b"), leg=LegId("leg-b-1")))
    assert (await switch.until(4))[3:] == ["take_back b"]


async def test_a_mark_is_settled_once_the_last_that_was_noted_is_written(tasks: Tasks) -> None:
    switch = SlowMarks()
    performer = Performer(
        switch,  # type: ignore[arg-type]
        lambda order: tasks.spawn(order, name="order"),
        lambda failed: pytest.fail(f"{failed} was not rung"),
        look_after_s=60,
    )
    call = CallId("a")
    await performer.marks_settled(call)
    for phase in (Phase.TALKING, Phase.SERVED):
        performer.perform(MarkCall(call=call, mark=CallMark(phase=phase)))
        await asyncio.sleep(0)
    waiting = asyncio.ensure_future(performer.marks_settled(call))
    await asyncio.sleep(0)
    assert (switch.written, waiting.done()) == ([Phase.TALKING], False)
    switch.may_go_on.set()
    async with asyncio.timeout(5):
        await waiting
    assert switch.written == [Phase.TALKING, Phase.SERVED]


class SlowMarks:
    """Takes its time to write a mark."""

    def __init__(self) -> None:
        self.written: list[Phase] = []
        self.may_go_on = asyncio.Event()

    async def write_mark(self, call: CallId, mark: CallMark) -> None:
        assert call == "a"
        self.written.append(mark.phase)
        await self.may_go_on.wait()
