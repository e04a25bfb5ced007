"""Simulated agents at real browsers: they click what a person would click."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from playwright.async_api import BrowserContext
from playwright.async_api import Error as PageError

from rig.agents import Manners
from rig.browser import Desk

CLICK_WITHIN_MS = 1000
RINGING = "[data-testid=call-answer]:enabled"
TALKING = "[data-testid=phone-state][data-call=talking]"
REGISTERED = "[data-testid=phone-state][data-line=ready]"
REGISTERED_WITHIN_MS = 20_000


class DeskAgent:
    """A person at a desk: answers what rings, talks, hangs up."""

    def __init__(self, desk: Desk, manners: Manners) -> None:
        self._desk = desk
        self._manners = manners

    async def work(self) -> None:
        """Until cancelled."""
        page = self._desk.page
        while True:
            await page.locator(f"{RINGING}, {TALKING}").first.wait_for(timeout=0)
            if await page.locator(TALKING).count():
                await self._talk()
                continue
            await self._manners.ring()
            # What rang may be over by now, or be drawn anew under the hand.
            with contextlib.suppress(PageError):
                await page.locator(RINGING).click(timeout=CLICK_WITHIN_MS)
                await page.locator(TALKING).wait_for(timeout=CLICK_WITHIN_MS)

    async def _talk(self) -> None:
        """Hangs up by the button; as long as the server is away, it is pressed again."""
        page = self._desk.page
        await self._manners.talk()
        while await page.locator(TALKING).count():
            with contextlib.suppress(PageError):
                await page.get_by_test_id("call-hang-up").click(timeout=CLICK_WITHIN_MS)
            await asyncio.sleep(CLICK_WITHIN_MS / 1000)


@asynccontextmanager
async def at_desk(
    browser: BrowserContext, base_url: str, sign_in: tuple[str, str], manners: Manners
) -> AsyncIterator[Desk]:
    """Someone signed in at a browser, with a registered phone; at work until the end."""
    desk = Desk(await browser.new_page(), base_url)
    await desk.sign_in(*sign_in)
    await desk.page.locator(REGISTERED).wait_for(timeout=REGISTERED_WITHIN_MS)
    working = asyncio.create_task(DeskAgent(desk, manners).work())
    try:
        yield desk
    finally:
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)
