"""From a customer's phone through a browser's desk to a ticket, every part real."""

import sqlite3

from playwright.async_api import expect

from rig.agents import Manners
from rig.browser import Browsers
from tests.e2e.floor import VIP_NUMBER, WRAP_UP_S, Floor, hears_tone, shows, until

AGENT_TONE_HZ = 1000
CUSTOMER_TONE_HZ = 440
TITLE = "洗衣机漏水，要求上门维修"


async def test_the_agent_sees_who_calls_before_answering_and_leaves_a_ticket(
    floor: Floor, browsers: Browsers
) -> None:
    async with browsers.fresh(tone_hz=AGENT_TONE_HZ) as context:
        desk = await floor.ready_desk("lijing", context)
        customer = await floor.queued_customer(VIP_NUMBER, tone_hz=CUSTOMER_TONE_HZ)

        await shows(desk, "call-card", "data-phase", "ringing", within_s=20)
        await expect(desk.page.get_by_test_id("call-customer")).to_contain_text("张伟")
        await expect(desk.page.get_by_test_id("call-why")).not_to_be_empty()
        await desk.page.get_by_test_id("call-answer").click()

        await shows(desk, "call-card", "data-phase", "talking")
        await desk.heard_tone(CUSTOMER_TONE_HZ, within_s=10)
        await hears_tone(customer, AGENT_TONE_HZ)

        await desk.page.get_by_test_id("ticket-title").fill(TITLE)
        await desk.page.get_by_test_id("ticket-save").click()
        await expect(desk.page.get_by_test_id("ticket-saved")).to_contain_text("CS")

        await desk.page.get_by_test_id("call-hang-up").click()
        assert await customer.until_over(10) == 0
        await shows(desk, "state-menu", "data-state", "wrap_up")
        await shows(desk, "state-menu", "data-state", "ready", within_s=WRAP_UP_S + 5)
    with sqlite3.connect(floor.instance.data / "hotline.db") as database:
        assert database.execute("SELECT count(*) FROM ticket WHERE title = ?", (TITLE,)).fetchone() == (1,)


async def test_a_second_call_reaches_the_same_agent_though_another_is_idle_longer(
    floor: Floor, browsers: Browsers
) -> None:
    async with browsers.fresh(tone_hz=AGENT_TONE_HZ) as context:
        desk = await floor.ready_desk("lijing", context)
        number = "13911112222"
        first = await floor.queued_customer(number)
        await desk.page.get_by_test_id("call-answer").click(timeout=20_000)
        await hears_tone(first, AGENT_TONE_HZ)
        other = await floor.ready_agent("wangqiang", tone_hz=1500, manners=Manners())
        await desk.page.get_by_test_id("call-hang-up").click()
        await first.until_over(10)
        await desk.page.get_by_test_id("wrap-up-end").click()
        await shows(desk, "state-menu", "data-state", "ready")

        second = await floor.queued_customer(number)

        await shows(desk, "call-card", "data-phase", "ringing", within_s=20)
        await desk.page.get_by_test_id("call-answer").click()
        await hears_tone(second, AGENT_TONE_HZ)
        assert other.phone is not None
        assert other.phone.ends == []


async def test_a_vip_overtakes_an_ordinary_caller_who_waits(floor: Floor, browsers: Browsers) -> None:
    async with browsers.fresh(tone_hz=AGENT_TONE_HZ) as context:
        desk = await floor.ready_desk("lijing", context)
        await desk.page.get_by_test_id("state-menu").click()
        await desk.page.get_by_test_id("state-break-rest").click()
        await shows(desk, "state-menu", "data-state", "on_break")
        await floor.queued_customer("13711112222")
        await expect(desk.page.get_by_test_id("bar-queues")).to_contain_text("排队 1", timeout=20_000)
        await floor.queued_customer(VIP_NUMBER)
        await expect(desk.page.get_by_test_id("bar-queues")).to_contain_text("排队 2", timeout=20_000)

        await desk.become_ready()

        await shows(desk, "call-card", "data-phase", "ringing")
        await expect(desk.page.get_by_test_id("call-customer")).to_contain_text("张伟")


async def test_a_ringing_call_that_the_customer_gives_up_ends_on_the_page(
    floor: Floor, browsers: Browsers
) -> None:
    async with browsers.fresh(tone_hz=AGENT_TONE_HZ) as context:
        desk = await floor.ready_desk("lijing", context)
        customer = await floor.queued_customer("13611112222")
        await shows(desk, "call-card", "data-phase", "ringing", within_s=20)

        await customer.hang_up()

        await shows(desk, "call-card", "data-phase", "idle", within_s=5)
        await until(lambda: not customer.is_on_the_phone, 10, "the customer's phone is free")
        await shows(desk, "state-menu", "data-state", "ready")
