"""The server is killed in a call: the agent's screen says afterwards what it said before."""

import re
import signal

from playwright.async_api import Page, expect

from rig.browser import browser
from tests.e2e.floor import Floor, until

TONE_HZ = 1000
TALKED_BEFORE_S = 4
KEPT = ("call-customer", "call-facts", "call-said", "call-why")
BACK_WITHIN_MS = 30_000


async def _talked_s(page: Page) -> int:
    minutes, seconds = (await page.get_by_test_id("call-time").inner_text()).split(":")
    return int(minutes) * 60 + int(seconds)


async def test_a_call_is_shown_after_a_restart_as_it_was(floor: Floor) -> None:
    async with browser(tone_hz=TONE_HZ) as context:
        page = (await floor.ready_desk("lijing", context)).page
        await floor.queued_customer("13511110081")
        await page.get_by_test_id("call-answer").click(timeout=20_000)

        async def has_talked() -> bool:
            return await _talked_s(page) >= TALKED_BEFORE_S

        await until(has_talked, TALKED_BEFORE_S + 10, "the talk goes on")
        before = {name: await page.get_by_test_id(name).inner_text() for name in KEPT}
        assert re.search("投诉", before["call-said"])
        floor.instance.signal("server", signal.SIGKILL)
        lost = page.get_by_text("与服务器的连接断开")
        await expect(lost).to_be_visible()
        await expect(lost).to_be_hidden(timeout=BACK_WITHIN_MS)
        for name, text in before.items():
            await expect(page.get_by_test_id(name)).to_have_text(text, use_inner_text=True)
        # Not more for sure: a restart may take less than a second.
        assert await _talked_s(page) >= TALKED_BEFORE_S
        await expect(page.get_by_test_id("state-menu")).to_have_attribute("data-state", "talking")
