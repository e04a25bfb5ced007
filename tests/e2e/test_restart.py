"""The server is killed in a call, or behind it: the agent's screen says afterwards what it said before."""

import re
import signal

from playwright.async_api import Page, expect

from rig.browser import Browsers
from tests.e2e.floor import Floor, until

TONE_HZ = 1000
TALKED_BEFORE_S = 4
KEPT = ("call-customer", "call-facts", "call-said", "call-why")
BACK_WITHIN_MS = 30_000


async def _talked_s(page: Page) -> int:
    minutes, seconds = (await page.get_by_test_id("call-time").inner_text()).split(":")
    return int(minutes) * 60 + int(seconds)


async def _kill_server(floor: Floor, page: Page) -> None:
    """Returns when the next one serves the page."""
    floor.instance.signal("server", signal.SIGKILL)
    lost = page.get_by_text("与服务器的连接断开")
    await expect(lost).to_be_visible()
    await expect(lost).to_be_hidden(timeout=BACK_WITHIN_MS)


async def test_a_call_is_shown_after_a_restart_as_it_was(floor: Floor, browsers: Browsers) -> None:
    async with browsers.fresh(tone_hz=TONE_HZ) as context:
        page = (await floor.ready_desk("lijing", context)).page
        await floor.queued_customer("13511110081")
        await page.get_by_test_id("call-answer").click(timeout=20_000)

        async def has_talked() -> bool:
            return await _talked_s(page) >= TALKED_BEFORE_S

        await until(has_talked, TALKED_BEFORE_S + 10, "the talk goes on")
        before = {name: await page.get_by_test_id(name).inner_text() for name in KEPT}
        assert re.search("投诉", before["call-said"])
        await _kill_server(floor, page)
        for name, text in before.items():
            await expect(page.get_by_test_id(name)).to_have_text(text, use_inner_text=True)
        # Not more for sure: a restart may take less than a second.
        assert await _talked_s(page) >= TALKED_BEFORE_S
        await expect(page.get_by_test_id("state-menu")).to_have_attribute("data-state", "talking")


async def test_the_time_after_a_call_goes_on_after_a_restart_and_shows_the_call(
    floor: Floor,
    browsers: Browsers,
) -> None:
    async with browsers.fresh(tone_hz=TONE_HZ) as context:
        page = (await floor.ready_desk("lijing", context)).page
        await floor.queued_customer("13511110082")
        await page.get_by_test_id("call-answer").click(timeout=20_000)
        await page.get_by_test_id("call-hang-up").click()
        await page.get_by_test_id("wrap-up-extend").click()
        before = {name: await page.get_by_test_id(name).inner_text() for name in KEPT}

        def is_kept() -> bool:
            return bool(floor.rows("SELECT 1 FROM acd_wish WHERE wrap_up_is_extended"))

        await until(is_kept, 5, "the extended time is written")
        await _kill_server(floor, page)
        await expect(page.get_by_test_id("state-menu")).to_have_attribute("data-state", "wrap_up")
        await expect(page.get_by_test_id("call-card")).to_have_attribute("data-phase", "wrap_up")
        for name, text in before.items():
            await expect(page.get_by_test_id(name)).to_have_text(text, use_inner_text=True)
        await page.get_by_test_id("wrap-up-end").click()
        await expect(page.get_by_test_id("state-menu")).to_have_attribute("data-state", "ready")
