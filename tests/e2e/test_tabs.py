"""People who cannot sign out."""

from playwright.async_api import Route, expect

from rig.browser import browser
from tests.e2e.floor import Floor

TONE_HZ = 1000
RINGS_WITHIN_MS = 20_000


async def test_who_cannot_sign_out_is_told_and_has_a_phone(floor: Floor) -> None:
    async def lose(route: Route) -> None:
        if route.request.method == "DELETE":
            await route.abort("internetdisconnected")
        else:
            await route.continue_()

    async with browser(tone_hz=TONE_HZ) as context:
        desk = await floor.ready_desk("lijing", context)
        await desk.page.route("**/api/session", lose)
        await desk.page.get_by_test_id("me-menu").click()
        await desk.page.get_by_test_id("sign-out").click()
        await expect(desk.page.get_by_text("连不上服务器，请稍后再试。")).to_be_visible()
        await expect(desk.page.get_by_test_id("phone-state")).to_have_attribute("data-line", "ready")
        await floor.queued_customer("13511110072")
        await expect(desk.page.get_by_test_id("call-answer")).to_be_enabled(timeout=RINGS_WITHIN_MS)
