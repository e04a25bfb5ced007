"""What a caller's line writes about them, once somebody else has them."""

import asyncio
from dataclasses import replace

import pytest

from telephony.errors import LineGone
from telephony.events import Joined
from telephony.model import Phase
from telephony.port import Line, LineEntry
from tests.contract.stages import ring
from tests.contract.test_switch import WAITING, Setting


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
