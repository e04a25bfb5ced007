import asyncio

from kernel.ids import AgentId, DeviceId
from rig.agents import Manners
from telephony.events import LegEnded
from telephony.model import Device, EndReason
from tests.asterisk.held_callers import Holding, waiting
from tests.asterisk.private_asterisk import PrivateAsterisk, exchange
from tests.contract.stages import ring

LOST_MAX_S = 0.3
"""It is about 0.01 s; the rest is for machines that have much else to do."""


async def test_a_phone_that_is_busy_or_away_costs_the_caller_milliseconds(asterisk: PrivateAsterisk) -> None:
    holding = Holding(waiting(1))
    async with exchange(asterisk, holding) as it:
        busy, _ = await it.phone(7, Manners(is_busy=True))
        away = Device(id=DeviceId("d-away"), agent=AgentId(8), is_browser=False)
        await it.call()
        await holding.until(1)
        call, loop = holding.entries[0][0], asyncio.get_running_loop()
        found = []
        for number, device in enumerate((busy, away), start=1):
            order, ordered_at_s = ring(call, device, number), loop.time()
            await it.switch.ring(order)
            ended = await it.heard.until(LegEnded, lambda one, leg=order.leg: one.leg == leg)  # type: ignore[misc]
            found.append((ended.reason, loop.time() - ordered_at_s < LOST_MAX_S))
    assert found == [(EndReason.BUSY, True), (EndReason.UNREACHABLE, True)]
