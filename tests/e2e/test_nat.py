"""An agent at home: behind a router that translates addresses, over HTTPS by our own authority."""

import json
import ssl
from contextlib import AsyncExitStack
from pathlib import Path

import aiohttp
import pytest

from rig import namespace, turn
from rig.browser import browser
from rig.instance import Instance
from rig.nat import OUTSIDE, home_network
from tests.e2e.floor import Floor, hears_tone

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
    async with (
        floor.branch(tmp_path, HOTLINE_EDGE__ADDRESS=namespace.ADDRESS) as office,
        home_network() as home,
        browser(tone_hz=AGENT_TONE_HZ, program=home.browser_program(tmp_path)) as context,
    ):
        assert await _is_trusted(office.instance)
        desk = await office.ready_desk("lijing", context)
        customer = await office.queued_customer("13511110004", tone_hz=CUSTOMER_TONE_HZ)
        await desk.page.get_by_test_id("call-answer").click(timeout=20_000)

        await desk.heard_tone(CUSTOMER_TONE_HZ, within_s=10)
        await hears_tone(customer, AGENT_TONE_HZ)
        packets = await home.sound_packets()
        await desk.page.get_by_test_id("call-hang-up").click()
        assert await customer.until_over(10) == 0
    assert min(packets.values()) >= SOUND_PACKETS_MIN


@pytest.mark.parametrize(("transport", "only_udp_port"), [("udp", turn.PORT), ("tcp", 0)])
async def test_an_agent_whose_network_lets_sound_through_to_a_turn_server_alone_hears_and_is_heard(
    floor: Floor, tmp_path: Path, transport: str, only_udp_port: int
) -> None:
    async with AsyncExitStack() as stack:
        home = await stack.enter_async_context(home_network(only_udp_port=only_udp_port))
        sign_in = await stack.enter_async_context(turn.turn_server(OUTSIDE, tmp_path))
        server = {"urls": f"turn:{OUTSIDE}:{turn.PORT}?transport={transport}", **sign_in}
        branch = floor.branch(
            tmp_path,
            HOTLINE_TELEPHONY__ICE_SERVERS=json.dumps([server]),
            HOTLINE_EDGE__ADDRESS=namespace.ADDRESS,
        )
        office = await stack.enter_async_context(branch)
        program = home.browser_program(tmp_path)
        context = await stack.enter_async_context(browser(tone_hz=AGENT_TONE_HZ, program=program))
        desk = await office.ready_desk("lijing", context)
        customer = await office.queued_customer("13511110005", tone_hz=CUSTOMER_TONE_HZ)
        await desk.page.get_by_test_id("call-answer").click(timeout=20_000)
        await desk.heard_tone(CUSTOMER_TONE_HZ, within_s=10)
        await hears_tone(customer, AGENT_TONE_HZ)
