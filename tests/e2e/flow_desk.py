"""The pages on which voice menus are written, as somebody works with them."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urljoin

from playwright.async_api import BrowserContext, Page, expect

from rig.browser import Desk
from server.simulated.api import Api
from tests.e2e.floor import Floor

PICTURES = os.environ.get("HOTLINE_PICTURES")
"""A folder for pictures of the pages, for who wants to look at them."""
SHOWN_WITHIN_MS = 10_000
EDITOR = "document.querySelector('[data-testid=flow-text] .cm-content').cmTile.view"


async def picture(page: Page, name: str) -> None:
    if PICTURES:
        await page.screenshot(path=str(Path(PICTURES) / f"{name}.png"))


@asynccontextmanager
async def without_draft(floor: Floor, flow: str) -> AsyncIterator[None]:
    """Whatever becomes of a story, the next finds the flow as it is published."""
    try:
        yield
    finally:
        async with Api(floor.instance.base_url, None) as chen:
            await chen.sign_in("chen", floor.password("chen"))
            path = f"/api/site/flows/{flow}"
            if draft := (await chen.ask("GET", path))["draft"]:
                await chen.ask("DELETE", f"{path}/draft?revision={draft['revision']}")


async def signed_in(floor: Floor, context: BrowserContext, name: str) -> Page:
    desk = Desk(await context.new_page(), floor.instance.base_url)
    await desk.sign_in(name, floor.password(name))
    return desk.page


async def open_flow(page: Page, flow: str) -> None:
    """Returns when its text is there and was checked."""
    await page.goto(urljoin(page.url, f"/flows/{flow}"))
    await expect(page.get_by_test_id("flow-problems")).to_contain_text("检查通过")


async def text_of(page: Page) -> str:
    """All of the editor's text; only some lines of it are in the page."""
    read = (
        "() => document.querySelector('[data-testid=flow-text] .cm-content').cmTile.view.state.doc.toString()"
    )
    return str(await page.evaluate(read))


async def replace(page: Page, old: str, new: str) -> None:
    """Writes into the editor as a person does: to the place by the keyboard, then the words."""
    text = await text_of(page)
    assert old in text
    at = text.index(old)
    await page.evaluate(
        f"([from, to, insert]) => {EDITOR}"
        ".dispatch({ changes: { from, to, insert }, userEvent: 'input' })",
        [at, at + len(old), new],
    )
    await page.get_by_test_id("flow-text").locator(".cm-content").focus()


async def open_form(page: Page, node: str) -> None:
    """A node is chosen in the diagram, and changed by its form."""
    await page.get_by_role("tab", name="流程图").click()
    await page.locator(f"button[data-node={node}]").click()
    await page.get_by_role("tab", name="表单").click()
    await expect(page.get_by_test_id("flow-form")).to_be_visible()


async def fill_field(page: Page, field: str, words: str) -> None:
    box = page.get_by_test_id(f"field-{field}")
    await box.fill(words)
    await box.blur()


async def choose_way(page: Page, field: str, node: str) -> None:
    """Types into a list of nodes, also one that is none."""
    box = page.get_by_test_id(f"field-{field}").get_by_role("combobox")
    await box.fill(node)
    await page.get_by_role("option", name=node, exact=True).click()


async def confirm(page: Page, words: str) -> None:
    """Answers the question that a button asks back; the button itself may have the same words."""
    question = page.locator(".el-popconfirm:visible, .el-message-box:visible")
    await question.get_by_role("button", name=words).click()


async def drop_draft(page: Page) -> None:
    await page.get_by_test_id("flow-drop").click()
    await confirm(page, "放弃草稿")
    await expect(page.get_by_test_id("flow-state")).to_contain_text("与已发布的相同")


class Node:
    """What a flow's diagram says of a node's callers."""

    def __init__(self, page: Page, name: str) -> None:
        self._mark = page.get_by_test_id(f"traffic-{name}")

    async def hung_up(self) -> int:
        """How many callers hung up there today."""
        lost = self._mark.locator(".lost")
        return int((await lost.inner_text()).lstrip("✕")) if await lost.count() else 0

    async def shows(self, *, now: int | None = None, hung_up: int | None = None) -> None:
        """Waits until it says so."""
        if now is not None:
            await expect(self._mark.locator(".there")).to_have_text(str(now), timeout=SHOWN_WITHIN_MS)
        if hung_up is not None:
            await expect(self._mark.locator(".lost")).to_have_text(f"✕{hung_up}", timeout=SHOWN_WITHIN_MS)
