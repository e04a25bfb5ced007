"""What the port `Switch` promises of supervisors who hear conversations."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace

import pytest

from kernel.ids import CallId, LegId
from telephony.errors import CallGone
from telephony.events import Joined, LegEnded, WatchEnded, Watching
from telephony.fake import FakeSwitch
from telephony.model import LiveWatch, Watch, WatchMode
from telephony.port import LineHandler
from tests.contract.stages import Stage, fake_stage, ring
from tests.contract.test_switch import Handler

Setting = Callable[[LineHandler], AbstractAsyncContextManager[Stage]]


@dataclass
class Watched:
    """An agent talks with a caller, a supervisor hears it."""

    stage: Stage
    watch: Watch

    def found(self, mode: WatchMode) -> LiveWatch:
        watch = self.watch
        return LiveWatch(leg=watch.leg, watched=watch.watched, call=watch.call, agent=watch.agent, mode=mode)


@asynccontextmanager
async def watched(setting: Setting) -> AsyncIterator[Watched]:
    handler = Handler()
    async with setting(handler) as stage:
        agents = await stage.phone(7, answers=True)
        supervisors = await stage.phone(9, answers=True)
        call = await stage.call_in()
        await handler.holds.wait()
        await stage.switch.ring(ring(call, agents))
        joined = await stage.heard.until(Joined)
        watch = Watch(
            leg=LegId(f"leg-{call}-2"),
            watched=joined.leg,
            call=call,
            agent=supervisors.agent,
            device=supervisors.id,
            mode=WatchMode.LISTEN,
            timeout_s=10,
            shown_number="",
        )
        await stage.switch.watch(watch)
        began = await stage.heard.until(Watching)
        assert (began.call, began.leg, began.agent, began.mode) == (call, watch.leg, 9, WatchMode.LISTEN)
        yield Watched(stage, watch)


async def test_a_supervisor_is_found_beside_the_legs_in_the_mode_of_now(setting: Setting) -> None:
    async with watched(setting) as it:
        before = await it.stage.switch.snapshot()
        await it.stage.switch.change_watch(it.watch.leg, WatchMode.WHISPER)
        await it.stage.heard.until(Watching, lambda event: event.mode is WatchMode.WHISPER)
        after = await it.stage.switch.snapshot()
    assert (before.watches, after.watches) == ((it.found(WatchMode.LISTEN),), (it.found(WatchMode.WHISPER),))
    assert [leg.leg for leg in after.legs] == [it.watch.watched]
    assert [live.talks_with for live in after.calls] == [it.watch.watched]


async def test_a_supervisor_goes_and_leaves_the_two_talking(setting: Setting) -> None:
    async with watched(setting) as it:
        await it.stage.switch.cancel(it.watch.leg)
        ended = await it.stage.heard.until(WatchEnded)
        left = await it.stage.switch.snapshot()
        with pytest.raises(CallGone):
            await it.stage.switch.change_watch(it.watch.leg, WatchMode.BARGE)
        with pytest.raises(CallGone):
            await it.stage.switch.cancel(it.watch.leg)
        gone = it.stage.heard.of(LegEnded)
    assert (ended.call, ended.leg, ended.agent) == (it.watch.call, it.watch.leg, 9)
    assert (left.watches, [live.talks_with for live in left.calls], gone) == ((), [it.watch.watched], [])


async def test_a_supervisor_hears_nothing_more_once_the_agent_is_gone(setting: Setting) -> None:
    async with watched(setting) as it:
        await it.stage.switch.cancel(it.watch.watched)
        await it.stage.heard.until(WatchEnded)
        await it.stage.heard.until(LegEnded)
        left = await it.stage.switch.snapshot()
    assert (left.watches, left.legs) == ((), ())


async def test_nobody_hears_an_unknown_call(setting: Setting) -> None:
    async with watched(setting) as it:
        nobody = replace(it.watch, leg=LegId("leg-nobody-2"), call=CallId("nobody"))
        with pytest.raises(CallGone):
            await it.stage.switch.watch(nobody)


async def test_a_fake_switch_that_is_restarted_forgets_supervisors_like_everybody() -> None:
    async with watched(fake_stage) as it:
        assert isinstance(it.stage.switch, FakeSwitch)
        it.stage.switch.restart()
        left = await it.stage.switch.snapshot()
    assert (left.calls, left.legs, left.watches) == ((), (), ())
