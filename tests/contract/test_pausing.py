"""What the port `Switch` promises of recordings that are paused."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

import pytest

from kernel.ids import CallId
from telephony.errors import CallGone
from telephony.events import CallEnded, Joined
from telephony.port import LineHandler
from tests.contract.stages import Stage, ring
from tests.contract.test_switch import Handler

Setting = Callable[[LineHandler], AbstractAsyncContextManager[Stage]]


async def test_a_recording_can_be_paused_and_go_on_as_long_as_the_caller_is_there(setting: Setting) -> None:
    handler = Handler()
    async with setting(handler) as stage:
        agents = await stage.phone(7, answers=True)
        call = await stage.call_in()
        await handler.holds.wait()
        await stage.switch.pause_recording(call, is_paused=True)
        await stage.switch.ring(ring(call, agents))
        await stage.heard.until(Joined)
        for is_paused in (True, True, False, False):
            await stage.switch.pause_recording(call, is_paused=is_paused)
        await stage.switch.hang_up(call)
        await stage.heard.until(CallEnded)
        with pytest.raises(CallGone):
            await stage.switch.pause_recording(call, is_paused=True)


async def test_there_is_no_recording_of_a_call_that_nobody_knows(setting: Setting) -> None:
    async with setting(Handler()) as stage:
        with pytest.raises(CallGone):
            await stage.switch.pause_recording(CallId("never"), is_paused=True)
