import asyncio
import secrets
from dataclasses import replace

from kernel.ids import AgentId, DeviceId
from rig.agents import Manners, WebPhone
from telephony.events import Joined
from telephony.model import CallMark, Device, DeviceSecret, Phase
from telephony.port import Line
from tests.asterisk.held_callers import Holding
from tests.asterisk.private_asterisk import PATIENCE_S, REALM, PrivateAsterisk, exchange
from tests.contract.stages import ring


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


async def test_only_the_phone_of_an_agent_who_is_brought_back_is_asked_to_answer_by_itself(
    asterisk: PrivateAsterisk,
) -> None:
    asked = []
    for answers_itself in (False, True):
        holding = Holding(CallMark(phase=Phase.PARKED))
        async with exchange(asterisk, holding) as it:
            device, phone = await it.phone(7, Manners(ring_s=0.1, talk_s=60))
            await it.call()
            await holding.until(1)
            await it.switch.ring(replace(ring(holding.entries[0][0], device), answers_itself=answers_itself))
            await it.heard.until(Joined)
            asked.append(phone.invites[-1].get("Alert-Info"))
    assert asked == ["", "<http://hotline>;info=alert-autoanswer"]
