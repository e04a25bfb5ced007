"""One person with several tabs, and one who cannot sign out."""

from playwright.async_api import Route, expect

from rig.browser import Browsers, Desk
from tests.e2e.floor import Floor, shows

TONE_HZ = 1000
RINGS_WITHIN_MS = 20_000


async def test_a_second_tab_says_where_the_phone_is_and_takes_it_when_asked(
    floor: Floor, browsers: Browsers
) -> None:
    async with browsers.fresh(tone_hz=TONE_HZ) as context:
        first = await floor.ready_desk("lijing", context)
        second = Desk(await context.new_page(), first.base_url)
        await second.page.goto(second.base_url)
        await shows(second, "phone-trouble", "data-trouble", "elsewhere")
        customer = await floor.queued_customer("13511110071")
        await first.page.get_by_test_id("call-answer").click(timeout=RINGS_WITHIN_MS)
        await shows(second, "call-card", "data-phase", "talking")
        await expect(second.page.get_by_test_id("call-hold")).to_be_disabled()
        await expect(second.page.get_by_test_id("call-elsewhere")).to_contain_text("请到电话所在的页面操作")
        await second.page.get_by_test_id("call-hang-up").click()
        assert await customer.until_over(10) == 0
        await second.page.get_by_test_id("phone-take-over").click()
        await shows(second, "phone-state", "data-line", "ready")
        await expect(second.page.get_by_test_id("phone-trouble")).to_be_hidden()
        await shows(first, "phone-trouble", "data-trouble", "elsewhere")


async def test_who_cannot_sign_out_is_told_and_has_a_phone(floor: Floor, browsers: Browsers) -> None:
    async def lose(route: Route) -> None:
        if route.request.method == "DELETE":
            await route.abort("internetdisconnected")
        else:
            await route.continue_()

    async with browsers.fresh(tone_hz=TONE_HZ) as context:
        desk = await floor.ready_desk("lijing", context)
        await desk.page.route("**/api/session", lose)
        await desk.page.get_by_test_id("me-menu").click()
        await desk.page.get_by_test_id("sign-out").click()
        await expect(desk.page.get_by_text("连不上服务器，请稍后再试。")).to_be_visible()
        await expect(desk.page.get_by_test_id("phone-state")).to_have_attribute("data-line", "ready")
        await floor.queued_customer("13511110072")
        await expect(desk.page.get_by_test_id("call-answer")).to_be_enabled(timeout=RINGS_WITHIN_MS)
