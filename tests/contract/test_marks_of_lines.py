"""What a caller's line writes about them, once somebody else has them."""

import asyncio
from dataclasses import replace

import pytest

from kernel.ids import SkillId
from telephony.destinations import Outside
from telephony.errors import LineGone
from telephony.events import Joined
from telephony.model import CallMark, Phase
from telephony.port import Line, LineEntry
from tests.contract.stages import ring
from tests.contract.test_switch import WAITING, Setting

LONGEST = replace(
    WAITING,
    needs=tuple((SkillId(f"{n:02}-{'s' * 37}"), 10) for n in range(20)),
    outside=Outside(shown="😀" * 80, numbers=("+8613900001111",) * 5),
    kept_by_flow="k" * 1000,
)


async def test_the_longest_mark_is_found_again_by_whoever_asks_and_by_the_callers_next_line(
    setting: Setting,
) -> None:
    came_back: asyncio.Future[CallMark | None] = asyncio.get_running_loop().create_future()

    async def handle(line: Line) -> None:
        if line.entry is LineEntry.NEXT:
            came_back.set_result(line.mark)
        await line.hold()

    async with setting(handle) as stage:
        device = await stage.phone(7, answers=True)
        call = await stage.call_in()
        await stage.switch.ring(ring(call, device))
        await stage.heard.until(Joined)
        await stage.switch.move(call, LONGEST)
        async with asyncio.timeout(5):
            assert await came_back == LONGEST
        await stage.switch.look_again()
        live = (await stage.switch.snapshot()).calls
        assert [found.mark for found in live] == [LONGEST]
        await stage.switch.write_mark(call, WAITING)
        live = (await stage.switch.snapshot()).calls
    assert [found.mark for found in live] == [WAITING], "nothing of it is left"


async def test_a_line_that_goes_on_when_an_agent_answers_does_not_undo_the_talk(setting: Setting) -> None:
    is_marked, talks, refused = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def handle(line: Line) -> None:
        if line.entry is LineEntry.NEXT:
            return
        await line.answer()
        await line.write_mark(WAITING)
        is_marked.set()
        await talks.wait()
        with pytest.raises(LineGone):
            await line.write_mark(replace(WAITING, phase=Phase.MENU, node="what the key leads to"))
        refused.set()

    talking = replace(WAITING, phase=Phase.TALKING)
    async with setting(handle) as stage:
        device = await stage.phone(7, answers=True)
        call = await stage.call_in()
        await is_marked.wait()
        await stage.switch.ring(ring(call, device))
        await stage.heard.until(Joined)
        await stage.switch.write_mark(call, talking)
        talks.set()
        async with asyncio.timeout(5):
            await refused.wait()
        live = (await stage.switch.snapshot()).calls
    assert [found.mark for found in live] == [talking]
