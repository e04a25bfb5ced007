"""A customer answers a survey on a telephone without scripts; people here read what they said."""

import asyncio
from urllib.parse import urlsplit

from playwright.async_api import BrowserContext, ViewportSize, expect

from rig.browser import Browsers
from server.simulated.api import Api
from tests.e2e.floor import Floor
from tests.e2e.flow_desk import picture, signed_in

TELEPHONE = ViewportSize(width=390, height=844)
TITLE = "洗衣机甩干时噪音大"
WITHIN_S = 20.0


async def resolved(api: Api) -> int:
    people = (await api.ask("GET", "/api/customers?search=13812345678"))["items"]
    wish = {"type": "complaint", "title": TITLE, "customer_id": people[0]["id"]}
    ticket = await api.ask("POST", "/api/tickets", wish)
    await api.ask("PATCH", f"/api/tickets/{ticket['id']}", {"version": 1, "state": "resolved"})
    return int(ticket["id"])


async def link_in_message(api: Api) -> str:
    async with asyncio.timeout(WITHIN_S):
        while True:
            for message in (await api.ask("GET", "/api/messages?search=/s/"))["items"]:
                return str(message["text"])
            await asyncio.sleep(0.1)


async def answer(context: BrowserContext, address: str) -> None:
    assert context.browser is not None
    telephone = await context.browser.new_context(java_script_enabled=False, viewport=TELEPHONE)
    async with telephone:
        page = await telephone.new_page()
        await page.goto(address)
        for number, dimension in enumerate(("attitude", "speed", "result", "overall"), start=2):
            await page.locator(f"input[name={dimension}][value='{number}']").check()
        await page.get_by_label("您的意见").fill("师傅很准时")
        await picture(page, "survey-telephone")
        await page.get_by_role("button", name="提交").click()
        await expect(page.get_by_role("status")).to_have_text("感谢您的反馈！")
        await page.goto(f"{address}?language=en")
        await expect(page.get_by_role("status")).to_have_text("Thank you for your feedback!")


async def test_a_customer_answers_without_scripts_and_is_read_on_both_pages(
    floor: Floor, browsers: Browsers
) -> None:
    async with browsers.fresh(tone_hz=1000) as context, Api(floor.instance.base_url, None) as chen:
        await chen.sign_in("chen", floor.password("chen"))
        ticket = await resolved(chen)
        said = await link_in_message(chen)
        path = urlsplit(said[said.index("http") :]).path
        await answer(context, f"{floor.instance.base_url}{path}")

        page = await signed_in(floor, context, "chen")
        await page.get_by_role("link", name="满意度").click()
        line = page.get_by_test_id("survey-line")
        await expect(line).to_contain_text("5.00")
        await line.get_by_test_id("survey-behind").click()
        await expect(page.get_by_test_id("survey-answer").filter(has_text="师傅很准时")).to_have_count(1)
        await picture(page, "surveys")
        await page.goto(f"{floor.instance.base_url}/tickets/{ticket}")
        row = page.get_by_test_id("ticket-survey-row")
        await expect(row).to_contain_text("整体满意 5")
        await page.get_by_test_id("survey-why").fill("回访后再次确认")
        await page.get_by_test_id("survey-send").click()
        await expect(row).to_have_count(2)
        await picture(page, "ticket-survey")
