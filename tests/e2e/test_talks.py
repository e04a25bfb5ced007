"""Two agents in their browsers: one asks the other, gives the caller over, and hears them as a supervisor."""

from playwright.async_api import expect

from rig.browser import Browsers, Desk
from tests.e2e.floor import Floor, hears_tone, shows

RINGS_WITHIN_MS = 20_000
CUSTOMER_HZ = 440
LI_HZ = 1000
WANG_HZ = 1300


async def test_an_agent_asks_a_colleague_connects_the_customer_and_takes_them_over_as_a_supervisor(
    floor: Floor, browsers: Browsers
) -> None:
    async with (
        floor.as_supervisor("lijing"),
        browsers.fresh(tone_hz=LI_HZ) as context,
        browsers.fresh(tone_hz=WANG_HZ) as other,
    ):
        li = await floor.ready_desk("lijing", context)
        customer = await floor.queued_customer("13511110072", tone_hz=CUSTOMER_HZ)
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

        await li.page.get_by_role("link", name="监控大屏").click()
        await li.page.get_by_test_id("watch-listen").click()
        await shows(li, "phone-state", "data-call", "talking")
        await li.page.get_by_test_id("watch-barge").click()
        await hears_tone(customer, LI_HZ, at_least_s=0.5)
        await li.page.get_by_test_id("watch-take-over").click()
        await shows(wang, "call-card", "data-phase", "wrap_up")
        await li.page.get_by_role("link", name="工作台", exact=True).click()
        await shows(li, "call-card", "data-phase", "talking")
        await li.heard_tone(CUSTOMER_HZ, within_s=10)
        await li.page.get_by_test_id("call-hang-up").click()
        assert await customer.until_over(10) == 0


async def choose_colleague(desk: Desk, note: str) -> None:
    await desk.page.get_by_test_id("call-transfer").click()
    await desk.page.get_by_text("王强").click()
    await desk.page.get_by_test_id("transfer-note").fill(note)
