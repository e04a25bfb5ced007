"""A ticket on its page goes through its workflow: filled in, checked, and taken from step to step."""

from playwright.async_api import expect

from rig.browser import Browsers, Desk
from tests.e2e.floor import Floor
from tests.e2e.test_flow_editor import picture

TONE_HZ = 1000
MATTER = {
    "type": "complaint",
    "title": "同批次三台洗衣机异响",
    "description": "脱水时异响",
    "category": "质量",
}


async def test_an_agent_takes_a_ticket_from_reception_to_inspection(floor: Floor, browsers: Browsers) -> None:
    base = floor.instance.base_url
    async with browsers.fresh(tone_hz=TONE_HZ) as context:
        page = await context.new_page()
        await Desk(page, base).sign_in("chen", floor.password("chen"))
        await expect(page.get_by_test_id("phone-state")).to_be_visible()
        made = await page.request.post(f"{base}/api/tickets", data=MATTER, headers={"X-Hotline": "1"})
        await page.goto(f"{base}/tickets/{(await made.json())['id']}")
        workflow = page.get_by_test_id("ticket-workflow")
        await expect(page.get_by_test_id("workflow-step")).to_have_text("受理", timeout=30_000)
        await expect(workflow).to_contain_text("人身安全")
        await expect(page.get_by_test_id("workflow-lacking")).to_contain_text("产品型号")

        await page.get_by_test_id("workflow-field-batch").fill("B-2026-11")
        for point in ("photos", "stopped"):
            await page.get_by_test_id(f"workflow-check-{point}").click()
        await page.get_by_test_id("workflow-to-inspect").click()
        await expect(page.get_by_text("本环节还有未完成的内容")).to_be_visible()
        await expect(page.get_by_test_id("workflow-field-batch")).to_have_value("B-2026-11")

        await page.get_by_text("更多信息").click()
        await page.get_by_label("产品型号").fill("XQG100")
        await page.get_by_test_id("ticket-save").click()
        await expect(page.get_by_test_id("workflow-lacking")).to_have_count(0)
        await picture(page, "ticket-workflow")
        await page.get_by_test_id("workflow-to-inspect").click()
        await expect(page.get_by_test_id("workflow-step")).to_have_text("检测")
        await expect(workflow).to_contain_text("quality")
        await expect(page.get_by_test_id("ticket-timeline")).to_contain_text("receive → inspect")
        await page.get_by_text("流程图").click()
        await expect(workflow.get_by_alt_text("制造质量")).to_be_visible()
