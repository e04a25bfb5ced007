"""An agent at home: behind a router that translates addresses, over HTTPS by our own authority."""

import ssl
from pathlib import Path

import aiohttp

from rig import namespace
from rig.browser import browser
from rig.instance import Instance
from rig.nat import home_network
from tests.e2e.floor import SETTINGS, Floor, hears_tone, prepare_site

AGENT_TONE_HZ = 1000
CUSTOMER_TONE_HZ = 440
SOUND_PACKETS_MIN = 50
"""One second of sound, which signalling and checks of connectivity don't come near."""


async def _is_trusted(instance: Instance) -> bool:
    """Whether a machine that was told of the authority, and of nothing else, gets the page."""
    trusting = ssl.create_default_context(cafile=instance.data / "tls" / "authority.pem")
    async with aiohttp.ClientSession() as session, session.get(instance.base_url, ssl=trusting) as reply:
        return reply.status == 200


async def test_an_agent_behind_a_router_hears_and_is_heard(floor: Floor, tmp_path: Path) -> None:
    instance = Instance(tmp_path, {**SETTINGS, "HOTLINE_EDGE__ADDRESS": namespace.ADDRESS})
    prepare_site(instance.data)
    office = Floor(instance, floor.clock)
    try:
        await instance.start()
        assert await _is_trusted(instance)
        async with (
            home_network() as home,
            browser(tone_hz=AGENT_TONE_HZ, program=home.browser_program(tmp_path)) as context,
        ):
            desk = await office.ready_desk("lijing", context)
            customer = await office.queued_customer("13511110004", tone_hz=CUSTOMER_TONE_HZ)
            await desk.page.get_by_test_id("call-answer").click(timeout=20_000)

            await desk.heard_tone(CUSTOMER_TONE_HZ, within_s=10)
            await hears_tone(customer, AGENT_TONE_HZ)
            packets = await home.sound_packets()
            await desk.page.get_by_test_id("call-hang-up").click()
            assert await customer.until_over(10) == 0
    finally:
        await office.clear()
        await instance.stop()
    assert min(packets.values()) >= SOUND_PACKETS_MIN
