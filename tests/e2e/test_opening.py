"""Pages that lose their way to the browser: nobody is left with an empty page."""

import pytest
from playwright.async_api import Route, expect

from rig.browser import Browsers
from tests.e2e.floor import Floor

TONE_HZ = 1000
OPEN_WITHIN_MS = 15_000


async def _lose(route: Route) -> None:
    await route.abort("internetdisconnected")


# The browser itself asks twice for a part that is only needed by one page.
@pytest.mark.parametrize(
    ("lost", "times"), [("/assets/index-*.js", 1), ("/assets/SignInRoute-*.js", 2), ("/api/session", 1)]
)
async def test_what_was_lost_while_the_page_opened_is_fetched_again(
    floor: Floor, browsers: Browsers, lost: str, times: int
) -> None:
    async with browsers.fresh(tone_hz=TONE_HZ) as context:
        page = await context.new_page()
        await page.route(f"**{lost}", _lose, times=times)
        await page.goto(floor.instance.base_url)
        await page.get_by_test_id("sign-in-name").wait_for(timeout=OPEN_WITHIN_MS)


async def test_a_server_out_of_reach_is_told_of_in_both_languages_until_it_answers(
    floor: Floor, browsers: Browsers
) -> None:
    async with browsers.fresh(tone_hz=TONE_HZ) as context:
        page = await context.new_page()
        await page.route("**/api/session", _lose)
        await page.goto(floor.instance.base_url)
        told = page.locator("#opening")
        await expect(told).to_contain_text("连不上服务器，正在自动重试…", use_inner_text=True)
        await expect(told).to_contain_text("The server can’t be reached. Trying again…", use_inner_text=True)
        await expect(page.get_by_text("正在打开")).to_be_hidden()
        await page.unroute("**/api/session")
        await page.get_by_test_id("sign-in-name").wait_for(timeout=OPEN_WITHIN_MS)
