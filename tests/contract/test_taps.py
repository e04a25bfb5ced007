"""What the port `Switch` promises of taps: one side of a conversation is heard, as long as it lasts."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass

import pytest

from kernel.ids import CallId, LegId
from telephony.errors import CallGone, SoundUnavailable
from telephony.events import CallEnded, Joined, LegEnded
from telephony.model import CallMark, Phase
from telephony.port import FRAME_BYTES, LineHandler
from tests.contract.stages import Stage, ring
from tests.contract.test_switch import Handler

Setting = Callable[[LineHandler], AbstractAsyncContextManager[Stage]]


@dataclass
class Tapped:
    """An agent talks with a caller; both are heard."""

    stage: Stage
    call: CallId
    leg: LegId
    listening: list["asyncio.Task[int]"]

    def listen(self, leg: LegId | None) -> asyncio.Event:
        """From now on; the event is set with the first frame."""
        began = asyncio.Event()

        async def hear() -> int:
            frames = 0
            async with self.stage.switch.tap(self.call, leg) as sound:
                async for frame in sound:
                    assert len(frame) == FRAME_BYTES
                    frames += 1
                    began.set()
            return frames

        self.listening.append(asyncio.create_task(hear()))
        return began

    async def is_over(self) -> None:
        """No tap is left."""
        async with asyncio.timeout(10):
            assert all(await asyncio.gather(*self.listening))


@asynccontextmanager
async def tapped(setting: Setting) -> AsyncIterator[Tapped]:
    handler = Handler()
    async with setting(handler) as stage:
        agents = await stage.phone(7, answers=True)
        call = await stage.call_in()
        await handler.holds.wait()
        await stage.switch.ring(ring(call, agents))
        joined = await stage.heard.until(Joined)
        it = Tapped(stage, call, joined.leg, [])
        began = [it.listen(None), it.listen(joined.leg)]
        async with asyncio.timeout(10):
            await asyncio.gather(*(each.wait() for each in began))
        yield it


async def test_both_sides_are_heard_until_the_call_ends(setting: Setting) -> None:
    async with tapped(setting) as it:
        await it.stage.switch.hang_up(it.call)
        await it.stage.heard.until(CallEnded)
        await it.is_over()


async def test_a_caller_is_not_heard_once_the_agent_is_gone(setting: Setting) -> None:
    async with tapped(setting) as it:
        await it.stage.switch.park(it.call)
        await it.stage.heard.until(LegEnded)
        await it.is_over()
        assert not it.stage.heard.of(CallEnded)


async def test_what_an_agent_says_to_a_colleague_is_not_heard(setting: Setting) -> None:
    async with tapped(setting) as it:
        mark = CallMark(phase=Phase.HELD, agent=it.stage.heard.of(Joined)[0].agent)
        await it.stage.switch.set_aside(it.call, it.leg, mark)
        await it.is_over()
        assert not it.stage.heard.of(LegEnded)


async def test_who_stops_listening_leaves_the_two_talking(setting: Setting) -> None:
    async with tapped(setting) as it:
        for listening in it.listening:
            listening.cancel()
        await asyncio.gather(*it.listening, return_exceptions=True)
        found = await it.stage.switch.snapshot()
        assert [live.talks_with for live in found.calls] == [it.leg]
        assert [leg.leg for leg in found.legs] == [it.leg], "a tap is nobody's leg"


async def test_who_is_gone_cannot_be_heard(setting: Setting) -> None:
    async with tapped(setting) as it:
        await it.stage.switch.hang_up(it.call)
        await it.stage.heard.until(CallEnded)
        with pytest.raises(CallGone):
            async with it.stage.switch.tap(it.call, None):
                pass
        with suppress(CallGone, SoundUnavailable):
            async with it.stage.switch.tap(it.call, it.leg) as sound:
                assert [frame async for frame in sound] == []
