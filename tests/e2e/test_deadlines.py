"""A ticket that is not answered in time: on its page, in the list, and in front of the supervisor."""

from playwright.async_api import expect

from rig.browser import Browsers, Desk
from tests.e2e.floor import Floor
from tests.e2e.test_flow_editor import picture

TONE_HZ = 1000
IN_A_MINUTE = """
deadlines:
  calendar: always
  warn: [0m]
  rules:
    - {name: 一分钟, first_response: 1m, resolution: 8h}
"""
FAULT = {"type": "complaint", "priority": "urgent", "title": "电表冒烟，整栋楼停电"}
OVERDUE_MS = 90_000


async def test_a_missed_first_response_is_seen_by_the_supervisor_and_made_good(
    floor: Floor, browsers: Browsers
) -> None:
    rules = floor.instance.data / "site" / "deadlines.yaml"
    before = rules.read_text(encoding="utf-8")
    rules.write_text(IN_A_MINUTE, encoding="utf-8")
    try:
        async with browsers.fresh(tone_hz=TONE_HZ) as context:
            page = await context.new_page()
            await Desk(page, floor.instance.base_url).sign_in("chen", floor.password("chen"))
            await expect(page.get_by_test_id("phone-state")).to_be_visible()
            made = await page.request.post(
                f"{floor.instance.base_url}/api/tickets", data=FAULT, headers={"X-Hotline": "1"}
            )
            ticket = (await made.json())["id"]
            await page.goto(f"{floor.instance.base_url}/tickets/{ticket}")
            deadlines = page.get_by_test_id("ticket-deadline")
            await expect(deadlines.first).to_contain_text("规则：一分钟", timeout=30_000)
            await expect(deadlines.nth(1)).to_contain_text("计时中")
            await expect(deadlines.first).to_contain_text("已超时", timeout=OVERDUE_MS)
            await expect(page.get_by_test_id("new-notices")).to_be_visible(timeout=30_000)
            await picture(page, "ticket-deadlines")

            await page.goto(f"{floor.instance.base_url}/tickets")
            notice = page.get_by_test_id("deadline-notice").filter(has_text=FAULT["title"])
            await expect(notice).to_contain_text("已超时")
            await page.get_by_test_id("tickets-overdue").click()
            row = page.get_by_test_id("ticket-row").filter(has_text=FAULT["title"])
            await expect(row).to_contain_text("已超时")
            await picture(page, "tickets-overdue")
            await notice.get_by_role("button", name="知道了").click()
            await expect(notice).to_have_count(0)

            await row.get_by_role("link").first.click()
            await page.get_by_placeholder("和客户说了什么").fill("已派抢修队")
            await page.get_by_test_id("ticket-contact").click()
            await expect(deadlines.first).to_contain_text("超时完成")
            await expect(page.get_by_test_id("ticket-contact")).to_have_count(0)
    finally:
        rules.write_text(before, encoding="utf-8")
