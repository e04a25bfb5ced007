"""A supervisor changes a voice menu in the browser: errors, a trial, publishing, and back again."""

import re

from playwright.async_api import expect

from rig.browser import Browsers
from tests.e2e.floor import Floor
from tests.e2e.flow_desk import Node, open_flow, picture, replace, signed_in, without_draft

TONE_HZ = 1000


async def test_a_menu_is_changed_tried_published_and_brought_back(floor: Floor, browsers: Browsers) -> None:
    async with without_draft(floor, "main"), browsers.fresh(tone_hz=TONE_HZ) as context:
        page = await signed_in(floor, context, "chen")
        await page.goto(f"{floor.instance.base_url}/flows")
        await picture(page, "flows")
        await page.get_by_role("link", name="main", exact=True).click()
        await expect(page.get_by_test_id("flow-problems")).to_contain_text("检查通过")
        await expect(page.locator("[data-node=menu]").first).to_be_visible()
        await picture(page, "flow")
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


async def test_a_diagram_shows_where_callers_are_while_they_call_and_where_they_hang_up(
    floor: Floor, browsers: Browsers
) -> None:
    async with browsers.fresh(tone_hz=TONE_HZ) as context:
        page = await signed_in(floor, context, "chen")
        await open_flow(page, "main")
        menu, complaints = Node(page, "menu"), Node(page, "complaints")
        lost_in_menu, lost_waiting = await menu.hung_up(), await complaints.hung_up()
        chooses = await floor.customer("13800138000")
        await menu.shows(now=1)
        waits = await floor.queued_customer("13511110073")
        await complaints.shows(now=1)
        await menu.shows(now=1)
        await expect(page.get_by_test_id("traffic-legend")).to_contain_text("在这里挂断")
        await page.get_by_test_id("diagram-whole").click()
        await expect(page.locator("button[data-node=complaints]")).to_be_in_viewport(ratio=1)
        await picture(page, "traffic")
        await chooses.hang_up()
        await menu.shows(now=0, hung_up=lost_in_menu + 1)
        await complaints.shows(now=1)
        await waits.hang_up()
        await complaints.shows(now=0, hung_up=lost_waiting + 1)
        await expect(page.get_by_test_id("traffic-complaints")).to_have_attribute(
            "title", re.compile("现在 0 人")
        )
        await picture(page, "traffic-lost")
