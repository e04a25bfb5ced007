"""An agent calls somebody back who had given up: one click, both hear each other, and the list is clear."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from playwright.async_api import expect

from rig.browser import Browsers
from rig.instance import NETWORK_HOST
from rig.outside import OutsidePhone
from rig.tones import listen
from tests.e2e.floor import Floor, shows, until

LINE_PORT = 5060
NUMBER = "13511110099"
CUSTOMER_HZ, LI_HZ = 440, 1000
SHOWN_WITHIN_MS = 20_000


@asynccontextmanager
async def at_home(floor: Floor) -> AsyncIterator[OutsidePhone]:
    """The customer's phone, at the far end of the example's line."""
    _, phone = await asyncio.get_running_loop().create_datagram_endpoint(
        lambda: OutsidePhone(NETWORK_HOST, floor.clock, rings_s=1.0, tone_hz=CUSTOMER_HZ),
        local_addr=(NETWORK_HOST, LINE_PORT),
    )
    try:
        yield phone
    finally:
        phone.close()


async def test_somebody_who_gave_up_is_called_back_with_one_click(floor: Floor, browsers: Browsers) -> None:
    customer = await floor.queued_customer(NUMBER)
    await until(
        lambda: bool(floor.rows("SELECT 1 FROM call WHERE wanted_queue = 'complaints' AND outcome IS NULL")),
        20,
        "the customer waits",
    )
    await customer.hang_up()
    async with at_home(floor) as home, browsers.fresh(tone_hz=LI_HZ) as context:
        li = await floor.ready_desk("lijing", context)
        missed = li.page.get_by_test_id("missed-caller").filter(has_text="135 1111 0099")
        await missed.get_by_test_id("call-out").click(timeout=SHOWN_WITHIN_MS)
        await shows(li, "call-card", "data-phase", "dialling")
        await shows(li, "call-card", "data-phase", "talking")

        def hears_the_agent() -> bool:
            return home.end is not None and any(
                window.is_tone(LI_HZ) for window in listen(home.end.heard[-100:], home.end.heard[-1][0])
            )

        await until(hears_the_agent, 15, "the customer hears the agent")
        home.hang_up()
        await shows(li, "call-card", "data-phase", "wrap_up")
        await shows(li, "call-card", "data-phase", "idle")
        await expect(missed).to_be_hidden(timeout=SHOWN_WITHIN_MS)
        await expect(li.page.get_by_test_id("call-row").first).to_contain_text("呼出")
    found = floor.rows(
        "SELECT direction, outcome FROM call WHERE caller_number = ? ORDER BY arrived_at", f"+86{NUMBER}"
    )
    assert found == [("in", "abandoned"), ("out", "served")]
