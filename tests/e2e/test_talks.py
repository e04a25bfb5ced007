"""Two agents in their browsers: one asks the other with buttons alone, and gives the caller over."""

from playwright.async_api import expect

from rig.browser import Desk, browser
from tests.e2e.floor import Floor, shows

RINGS_WITHIN_MS = 20_000


async def test_an_agent_asks_a_colleague_and_connects_the_customer(floor: Floor) -> None:
    async with browser(tone_hz=1000) as context, browser(tone_hz=1300) as other:
        li = await floor.ready_desk("lijing", context)
        customer = await floor.queued_customer("13511110072")
        await li.page.get_by_test_id("call-answer").click(timeout=RINGS_WITHIN_MS)
        await shows(li, "call-card", "data-phase", "talking")
        wang = await floor.ready_desk("wangqiang", other)
        await choose_colleague(li, "保修期内吗")
        await li.page.get_by_test_id("transfer-consult").click()
        await expect(wang.page.get_by_test_id("call-why")).to_contain_text("咨询", timeout=RINGS_WITHIN_MS)
        await wang.page.get_by_test_id("call-answer").click(timeout=RINGS_WITHIN_MS)
        await expect(li.page.get_by_test_id("consultation")).to_contain_text("客户听着音乐")
        await expect(wang.page.get_by_test_id("consultation")).to_contain_text("保修期内吗")
        await expect(li.page.get_by_test_id("call-hang-up")).to_be_hidden()
        await li.page.get_by_test_id("consult-hand_over").click()
        await shows(li, "call-card", "data-phase", "wrap_up")
        await expect(wang.page.get_by_test_id("consultation")).to_be_hidden()
        await shows(wang, "call-card", "data-phase", "talking")
        await wang.page.get_by_test_id("call-hang-up").click()
        assert await customer.until_over(10) == 0


async def choose_colleague(desk: Desk, note: str) -> None:
    await desk.page.get_by_test_id("call-transfer").click()
    await desk.page.get_by_text("王强").click()
    await desk.page.get_by_test_id("transfer-note").fill(note)
