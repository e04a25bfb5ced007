"""A supervisor changes a voice menu in the browser: errors, a trial, publishing, and back again."""

import os
from pathlib import Path

from playwright.async_api import Page, expect

from rig.browser import Browsers, Desk
from tests.e2e.floor import Floor

TONE_HZ = 1000
PICTURES = os.environ.get("HOTLINE_PICTURES")
"""A folder for pictures of the pages, for who wants to look at them."""


async def picture(page: Page, name: str) -> None:
    if PICTURES:
        await page.screenshot(path=str(Path(PICTURES) / f"{name}.png"))


async def replace(page: Page, old: str, new: str) -> None:
    """Writes into the editor as a person does: to the place by the keyboard, then the words."""
    content = page.get_by_test_id("flow-text").locator(".cm-content")
    text = await page.evaluate("() => document.querySelector('.cm-content').cmTile.view.state.doc.toString()")
    assert old in text
    at = text.index(old)
    await page.evaluate(
        "([from, to, insert]) => document.querySelector('.cm-content').cmTile.view"
        ".dispatch({ changes: { from, to, insert }, userEvent: 'input' })",
        [at, at + len(old), new],
    )
    await content.focus()


async def test_a_menu_is_changed_tried_published_and_brought_back(floor: Floor, browsers: Browsers) -> None:
    async with browsers.fresh(tone_hz=TONE_HZ) as context:
        page = await context.new_page()
        await Desk(page, floor.instance.base_url).sign_in("chen", floor.password("chen"))
        await page.goto(f"{floor.instance.base_url}/flows")
        await picture(page, "flows")
        await page.get_by_role("link", name="main", exact=True).click()
        await expect(page.get_by_test_id("flow-problems")).to_contain_text("检查通过")
        await expect(page.locator("[data-node=menu]").first).to_be_visible()
        await picture(page, "flow")
        customer = await floor.customer("13800138000")
        await customer.first_sound()
        await expect(page.get_by_test_id("traffic-menu")).to_contain_text("1", timeout=10_000)
        await picture(page, "flow-traffic")
        await customer.hang_up()
        await expect(page.get_by_test_id("traffic-menu").locator(".lost")).to_contain_text(
            "1", timeout=10_000
        )

        await replace(page, "queue: complaints", "queue: complains")
        await expect(page.get_by_test_id("flow-problems")).to_contain_text("complains")
        await expect(page.locator(".cm-lintRange-error").first).to_be_visible()
        await picture(page, "flow-error")
        await replace(page, "queue: complains", "queue: complaints")
        await replace(page, "您好", "您好呀")
        await expect(page.get_by_test_id("flow-problems")).to_contain_text("检查通过")

        await page.get_by_role("tab", name="试拨").click()
        await page.get_by_test_id("try-keys").fill("2")
        await page.get_by_test_id("try-run").click()
        await expect(page.get_by_test_id("try-steps")).to_contain_text("您好呀")
        await picture(page, "flow-try")

        await page.get_by_test_id("flow-publish").click()
        await page.get_by_test_id("publish-comment").fill("更亲切")
        await picture(page, "flow-publish")
        await page.get_by_test_id("publish-now").click()
        await expect(page.get_by_text("第 2 版已发布")).to_be_visible()
        file = floor.instance.data / "site" / "flows" / "main.yaml"
        assert "您好呀" in file.read_text(encoding="utf-8")

        await page.get_by_role("tab", name="版本").click()
        await page.get_by_test_id("version-1").click()
        await picture(page, "flow-back")
        await page.get_by_test_id("roll-back").click()
        await expect(page.get_by_text("第 3 版已发布")).to_be_visible()
        assert "您好呀" not in file.read_text(encoding="utf-8")
