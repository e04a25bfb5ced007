"""What `Line.sound` promises."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, suppress

from telephony.errors import LineGone
from telephony.events import CallEnded
from telephony.model import EndReason
from telephony.port import FRAME_BYTES, Line, LineHandler
from tests.contract.stages import Stage

Setting = Callable[[LineHandler], AbstractAsyncContextManager[Stage]]


async def test_a_callers_sound_brings_keys_and_frames_and_then_the_line_goes_on(setting: Setting) -> None:
    heard: list[bytes | str] = []
    opened, done = asyncio.Event(), asyncio.Event()

    async def handler(line: Line) -> None:
        await line.answer()
        async with line.sound() as sound:
            opened.set()
            async for one in sound.heard():
                heard.append(one)
                if isinstance(one, str):
                    break
        await line.wait_key(0.01)
        done.set()
        await line.hang_up()

    async with setting(handler) as stage:
        call = await stage.call_in()
        await opened.wait()
        stage.press(call, "7")
        await done.wait()
        assert (await stage.heard.until(CallEnded)).reason is EndReason.HOTLINE_HUNG_UP
    assert heard[-1] == "7"
    assert {len(one) for one in heard[:-1]} <= {FRAME_BYTES}


async def test_the_sound_of_a_caller_who_hangs_up_ends(setting: Setting) -> None:
    ended = asyncio.Event()

    async def handler(line: Line) -> None:
        await line.answer()
        with suppress(LineGone):
            async with line.sound() as sound:
                async for _ in sound.heard():
                    pass
        ended.set()
        raise LineGone("the caller hung up")

    async with setting(handler) as stage:
        await stage.call_in(stays_s=0.3)
        await stage.heard.until(CallEnded)
        async with asyncio.timeout(10):
            await ended.wait()
