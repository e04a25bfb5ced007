"""What the port `Switch` promises."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import replace
from pathlib import Path

import pytest

from ivr.prompts import write_beep
from kernel.ids import AgentId, CallId, DeviceId, LegId, QueueId
from telephony.errors import CallGone, LineGone
from telephony.events import CallEnded, HoldChanged, Joined, LegEnded, LegRinging
from telephony.model import CallMark, Device, EndReason, Phase
from telephony.port import Line, LineEntry, LineHandler
from tests.contract.stages import FOREVER_S, Stage, ring

Setting = Callable[[LineHandler], AbstractAsyncContextManager[Stage]]
WAITING = CallMark(
    phase=Phase.WAITING,
    flow="main",
    node="排队 1",
    language="zh",
    queue=QueueId("service"),
    tier=2,
    key_ms=1_795_000_000_123,
    sequence=42,
    sticky_agent=AgentId(7),
)


class Handler:
    """Holds whoever comes; who comes back is held again, or let go."""

    def __init__(self, *, lets_go: bool = False) -> None:
        self.entries: list[tuple[LineEntry, Phase | None]] = []
        self.came_back = asyncio.Event()
        self.holds = asyncio.Event()
        self._lets_go = lets_go

    async def __call__(self, line: Line) -> None:
        self.entries.append((line.entry, line.mark.phase if line.mark else None))
        if line.entry is LineEntry.NEXT:
            self.came_back.set()
            if self._lets_go:
                await line.hang_up()
                return
        else:
            await line.answer()
            await line.write_mark(WAITING)
        self.holds.set()
        await line.hold()


async def converse(stage: Stage, handler: Handler, *, stays_s: float = FOREVER_S) -> tuple[CallId, Device]:
    """A caller and an agent who talk."""
    device = await stage.phone(7, answers=True)
    call = await stage.call_in(stays_s=stays_s)
    await handler.holds.wait()
    await stage.switch.ring(ring(call, device))
    await stage.heard.until(Joined)
    return call, device


async def test_an_agent_answers_talks_and_hangs_up(setting: Setting) -> None:
    handler = Handler(lets_go=True)
    async with setting(handler) as stage:
        device = await stage.phone(7, answers=True, talks_s=0.5)
        call = await stage.call_in()
        await handler.holds.wait()
        await stage.switch.ring(ring(call, device))
        ringing = await stage.heard.until(LegRinging)
        joined = await stage.heard.until(Joined)
        leg = await stage.heard.until(LegEnded)
        ended = await stage.heard.until(CallEnded)
    assert ringing.leg == joined.leg == leg.leg == f"leg-{call}-1"
    assert (leg.reason, leg.was_joined, leg.agent) == (EndReason.AGENT_HUNG_UP, True, 7)
    assert (ended.call, ended.reason) == (call, EndReason.HOTLINE_HUNG_UP)
    assert handler.entries == [(LineEntry.ARRIVED, None), (LineEntry.NEXT, Phase.TALKING)]


async def test_a_phone_that_nobody_answers_rings_out_and_the_caller_stays(setting: Setting) -> None:
    handler = Handler()
    async with setting(handler) as stage:
        device = await stage.phone(7, answers=False)
        call = await stage.call_in()
        await handler.holds.wait()
        await stage.switch.ring(ring(call, device, timeout_s=0.6))
        leg = await stage.heard.until(LegEnded)
        alive = await stage.switch.snapshot()
    assert (leg.reason, leg.was_joined) == (EndReason.NO_ANSWER, False)
    assert [live.arrival.call for live in alive.calls] == [call]
    assert handler.entries == [(LineEntry.ARRIVED, None)]


async def test_a_phone_that_is_not_there_is_unreachable(setting: Setting) -> None:
    handler = Handler()
    async with setting(handler) as stage:
        nowhere = Device(id=DeviceId("d-nowhere"), agent=AgentId(9), is_browser=True)
        call = await stage.call_in()
        await stage.switch.ring(ring(call, nowhere))
        leg = await stage.heard.until(LegEnded)
    assert leg.reason is EndReason.UNREACHABLE


async def test_ringing_can_be_cancelled(setting: Setting) -> None:
    handler = Handler()
    async with setting(handler) as stage:
        device = await stage.phone(7, answers=False)
        call = await stage.call_in()
        await stage.switch.ring(ring(call, device))
        await stage.heard.until(LegRinging)
        await stage.switch.cancel(LegId(f"leg-{call}-1"))
        leg = await stage.heard.until(LegEnded)
        with pytest.raises(CallGone):
            await stage.switch.cancel(LegId(f"leg-{call}-1"))
    assert (leg.reason, leg.was_joined) == (EndReason.HOTLINE_HUNG_UP, False)


async def test_cancelling_at_once_leaves_no_phone_ringing(setting: Setting) -> None:
    handler = Handler()
    async with setting(handler) as stage:
        device = await stage.phone(7, answers=False)
        call = await stage.call_in()
        await stage.switch.ring(ring(call, device))
        await stage.switch.cancel(LegId(f"leg-{call}-1"))
        leg = await stage.heard.until(LegEnded)
        alive = await stage.switch.snapshot()
    assert leg.reason is EndReason.HOTLINE_HUNG_UP
    assert alive.legs == ()


async def test_a_ring_and_its_end_are_ordered_before_either_is_awaited(setting: Setting) -> None:
    async with setting(Handler()) as stage:
        device = await stage.phone(7, answers=False)
        call = await stage.call_in()
        rung = stage.switch.ring(ring(call, device))
        await stage.heard.until(LegRinging)
        cancelled = stage.switch.cancel(LegId(f"leg-{call}-1"))
        leg = await stage.heard.until(LegEnded)
        await asyncio.gather(rung, cancelled)
    assert leg.reason is EndReason.HOTLINE_HUNG_UP


async def test_nothing_is_told_of_an_order_while_it_is_given(setting: Setting) -> None:
    async with setting(Handler()) as stage:
        device = await stage.phone(7, answers=False)
        call = await stage.call_in()
        before = len(stage.heard.events)
        rung = stage.switch.ring(ring(call, device))
        told = stage.heard.events[before:]
        await rung
    assert told == []


async def test_the_caller_hangs_up_while_a_phone_rings(setting: Setting) -> None:
    handler = Handler()
    async with setting(handler) as stage:
        device = await stage.phone(7, answers=False)
        call = await stage.call_in(stays_s=1)
        await handler.holds.wait()
        await stage.switch.ring(ring(call, device))
        await stage.heard.until(LegRinging)
        ended = await stage.heard.until(CallEnded)
        with pytest.raises(CallGone):
            await stage.switch.ring(ring(call, device, 2))
        await stage.switch.cancel(LegId(f"leg-{call}-1"))
        await stage.heard.until(LegEnded)
    assert ended.reason is EndReason.CALLER_HUNG_UP


async def test_the_caller_hangs_up_in_a_conversation(setting: Setting) -> None:
    handler = Handler()
    async with setting(handler) as stage:
        await converse(stage, handler, stays_s=1)
        leg = await stage.heard.until(LegEnded)
        ended = await stage.heard.until(CallEnded)
    assert (leg.reason, leg.was_joined) == (EndReason.CALLER_HUNG_UP, True)
    assert ended.reason is EndReason.CALLER_HUNG_UP
    assert handler.entries == [(LineEntry.ARRIVED, None)]


async def test_of_two_legs_that_answer_one_has_the_caller(setting: Setting) -> None:
    handler = Handler()
    async with setting(handler) as stage:
        first = await stage.phone(7, answers=True)
        second = await stage.phone(8, answers=True)
        call = await stage.call_in()
        await handler.holds.wait()
        await asyncio.gather(
            stage.switch.ring(ring(call, first, 1)), stage.switch.ring(ring(call, second, 2))
        )
        joined = await stage.heard.until(Joined)
        lost = await stage.heard.until(LegEnded)
        alive = await stage.switch.snapshot()
    assert lost.leg != joined.leg
    assert (lost.reason, lost.was_joined) == (EndReason.CLAIMED, False)
    assert [live.talks_with for live in alive.calls] == [joined.leg]
    assert [live.leg for live in alive.legs] == [joined.leg]
    assert len(stage.heard.of(Joined)) == 1


async def test_a_parked_caller_comes_back_to_a_line_and_can_be_joined_again(setting: Setting) -> None:
    handler = Handler()
    async with setting(handler) as stage:
        call, device = await converse(stage, handler)
        await stage.switch.park(call)
        leg = await stage.heard.until(LegEnded)
        await asyncio.wait_for(handler.came_back.wait(), 5)
        await stage.switch.ring(ring(call, device, 2))
        again = await stage.heard.until(Joined, lambda event: event.leg.endswith("-2"))
    assert (leg.reason, leg.was_joined) == (EndReason.HOTLINE_HUNG_UP, True)
    assert handler.entries == [(LineEntry.ARRIVED, None), (LineEntry.NEXT, Phase.PARKED)]
    assert again.call == call


async def test_a_caller_is_kept_whose_agent_goes_just_when_they_are_parked(setting: Setting) -> None:
    handler = Handler()
    async with setting(handler) as stage:
        call, _ = await converse(stage, handler)
        [leg] = [live.leg for live in (await stage.switch.snapshot()).legs]
        gone = stage.switch.cancel(leg)
        parked = stage.switch.park(call)
        await asyncio.gather(gone, parked)
        await asyncio.wait_for(handler.came_back.wait(), 5)
        await stage.switch.park(call)
        alive = (await stage.switch.snapshot()).calls
    assert [(live.arrival.call, live.talks_with) for live in alive] == [(call, None)]
    assert [entry for entry, _ in handler.entries] == [LineEntry.ARRIVED, LineEntry.NEXT]


async def test_a_caller_who_is_sent_on_stands_where_the_mark_says(setting: Setting) -> None:
    handler = Handler()
    sent = replace(WAITING, queue=QueueId("second line"), sent_by=AgentId(7), waited_ms=1500)
    async with setting(handler) as stage:
        first, second = await stage.phone(7, answers=True), await stage.phone(8, answers=True)
        call = await stage.call_in()
        await handler.holds.wait()
        await stage.switch.ring(ring(call, first))
        await stage.heard.until(Joined)
        await stage.switch.move(call, sent)
        leg = await stage.heard.until(LegEnded)
        await asyncio.wait_for(handler.came_back.wait(), 5)
        live = (await stage.switch.snapshot()).calls
        await stage.switch.ring(ring(call, second, 2))
        await stage.heard.until(Joined, lambda event: event.agent == 8)
    assert (leg.agent, leg.reason, leg.was_joined) == (7, EndReason.HOTLINE_HUNG_UP, True)
    assert handler.entries == [(LineEntry.ARRIVED, None), (LineEntry.NEXT, Phase.WAITING)]
    assert [found.mark for found in live] == [sent]


async def test_a_caller_on_hold_is_told_of_and_found_in_the_snapshot(setting: Setting) -> None:
    handler = Handler()
    async with setting(handler) as stage:
        device = await stage.phone(7, answers=True)
        call = await stage.call_in()
        await handler.holds.wait()
        await stage.switch.ring(ring(call, device))
        await stage.heard.until(Joined)
        await stage.hold(device, on=True)
        held = await stage.heard.until(HoldChanged)
        during = (await stage.switch.snapshot()).legs
        await stage.hold(device, on=False)
        taken_back = await stage.heard.until(HoldChanged, lambda event: not event.is_held)
        after = (await stage.switch.snapshot()).legs
    assert (held.call, held.leg, held.agent, held.is_held) == (call, f"leg-{call}-1", 7, True)
    assert (taken_back.call, taken_back.leg) == (call, held.leg)
    assert [leg.is_holding for leg in (*during, *after)] == [True, False]


async def test_a_caller_who_is_held_can_be_spoken_to_held_again_and_dismissed(
    setting: Setting, tmp_path: Path
) -> None:
    beep = tmp_path / "beep.wav"
    write_beep(beep)
    done: list[str] = []

    async def handle(line: Line) -> None:
        await line.answer()
        for _ in range(2):
            with suppress(TimeoutError):
                async with asyncio.timeout(0.2):
                    await line.hold()
            assert await line.play([beep], keys="1") is None
            done.append("held and spoken to")
        await line.hang_up()

    async with setting(handle) as stage:
        call = await stage.call_in()
        ended = await stage.heard.until(CallEnded)
    assert (ended.call, ended.reason) == (call, EndReason.HOTLINE_HUNG_UP)
    assert len(done) == 2


async def test_a_caller_who_is_held_presses_a_key_that_means_something(setting: Setting) -> None:
    holds, pressed = asyncio.Event(), []

    async def handle(line: Line) -> None:
        await line.answer()
        with suppress(TimeoutError):
            async with asyncio.timeout(0.1):
                await line.hold(keys="1")
        asyncio.get_running_loop().call_later(0.1, holds.set)
        pressed.append(await line.hold(keys="12"))
        await line.hang_up()

    async with setting(handle) as stage:
        call = await stage.call_in()
        await holds.wait()
        stage.press(call, "7")
        stage.press(call, "2")
        ended = await stage.heard.until(CallEnded)
    assert (ended.call, ended.reason, pressed) == (call, EndReason.HOTLINE_HUNG_UP, ["2"])


async def test_an_agent_who_answers_in_the_middle_of_a_sentence_has_the_caller(
    setting: Setting, tmp_path: Path
) -> None:
    sentence = [tmp_path / "beep.wav"] * 100
    write_beep(sentence[0])
    is_said, entries, cut_off = asyncio.Event(), [], []

    async def handle(line: Line) -> None:
        entries.append(line.entry)
        if line.entry is LineEntry.NEXT:
            await line.hang_up()
            return
        await line.answer()
        await line.write_mark(WAITING)
        with suppress(TimeoutError):
            async with asyncio.timeout(0.1):
                await line.hold()
        is_said.set()
        try:
            await line.play(sentence)
            await line.hold()
        except LineGone:
            cut_off.append(line.arrival.call)
            raise

    async with setting(handle) as stage:
        device = await stage.phone(7, answers=True, talks_s=0.5)
        call = await stage.call_in()
        await is_said.wait()
        await stage.switch.ring(ring(call, device))
        joined = await stage.heard.until(Joined)
        ended = await stage.heard.until(CallEnded)
    assert (joined.call, ended.call, ended.reason) == (call, call, EndReason.HOTLINE_HUNG_UP)
    assert entries == [LineEntry.ARRIVED, LineEntry.NEXT]
    assert cut_off == [call]


async def test_a_mark_is_found_again_in_the_snapshot(setting: Setting) -> None:
    handler = Handler()
    async with setting(handler) as stage:
        call = await stage.call_in()
        await handler.holds.wait()
        await stage.switch.write_mark(call, WAITING)
        live = (await stage.switch.snapshot()).calls
    assert [(found.arrival.call, found.mark) for found in live] == [(call, WAITING)]
    assert live[0].arrival.caller_number == "+8613800138000"


async def test_hotline_ends_a_call(setting: Setting) -> None:
    handler = Handler()
    async with setting(handler) as stage:
        call = await stage.call_in()
        await handler.holds.wait()
        await stage.switch.hang_up(call)
        ended = await stage.heard.until(CallEnded)
        with pytest.raises(CallGone):
            await stage.switch.hang_up(call)
    assert ended.reason is EndReason.HOTLINE_HUNG_UP


async def test_hotline_ends_a_conversation(setting: Setting) -> None:
    handler = Handler()
    async with setting(handler) as stage:
        call, _ = await converse(stage, handler)
        await stage.switch.hang_up(call)
        leg = await stage.heard.until(LegEnded)
        ended = await stage.heard.until(CallEnded)
    assert (leg.reason, leg.was_joined) == (EndReason.HOTLINE_HUNG_UP, True)
    assert ended.reason is EndReason.HOTLINE_HUNG_UP


async def test_nobody_is_sent_on_in_an_unknown_call(setting: Setting) -> None:
    async with setting(Handler()) as stage:
        with pytest.raises(CallGone):
            await stage.switch.move(CallId("nobody"), WAITING)


@pytest.mark.parametrize("order", ["hang_up", "park"])
async def test_orders_for_an_unknown_call_are_refused(setting: Setting, order: str) -> None:
    async with setting(Handler()) as stage:
        with pytest.raises(CallGone):
            await getattr(stage.switch, order)(CallId("nobody"))
        with pytest.raises(CallGone):
            await stage.switch.write_mark(CallId("nobody"), WAITING)
