import asyncio
import secrets

from kernel.ids import AgentId, DeviceId
from rig.agents import Manners, WebPhone
from telephony.model import Device, DeviceSecret
from telephony.port import Line
from tests.asterisk.private_asterisk import PATIENCE_S, REALM, PrivateAsterisk, exchange


async def test_a_known_device_takes_a_new_secret_with_every_page_that_claims_it(
    asterisk: PrivateAsterisk,
) -> None:
    async def handler(line: Line) -> None:
        await line.hold()

    device = Device(id=DeviceId("d9-again"), agent=AgentId(9), is_browser=True)
    async with exchange(asterisk, handler) as it:
        for _ in range(3):
            known = {"username": device.id, "realm": REALM, "ha1": secrets.token_hex(16)}
            await it.switch.provide(device, DeviceSecret(**known))
        url = f"ws://127.0.0.1:{asterisk.settings.http_port}/ws"
        phone = WebPhone(it.web, url, known, it.clock)
        phone.manners = Manners(ring_s=0.1, talk_s=1)
        it.tasks.append(asyncio.create_task(phone.run()))
        async with asyncio.timeout(PATIENCE_S):
            await phone.is_registered.wait()
        assert phone.is_registered.is_set()
        await it.switch.withdraw(device.id)
