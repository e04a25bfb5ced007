"""On hold: music for the caller as soon as the agent's phone asks for it, whatever becomes of the server."""

from rig.agents import Manners
from telephony.events import CallArrived, HoldChanged, LegEnded, SwitchConnected
from tests.asterisk.held_callers import Holding, hears, waiting
from tests.asterisk.listening import hears_music
from tests.asterisk.private_asterisk import PrivateAsterisk, exchange
from tests.contract.stages import ring

PATIENT = Manners(ring_s=0.1, talk_s=60)


async def test_a_held_caller_hears_music_through_the_death_of_the_server(asterisk: PrivateAsterisk) -> None:
    handler = Holding(waiting(1))
    async with exchange(asterisk, handler) as it:
        device, phone = await it.phone(7, PATIENT)
        customer = await it.call(tone_hz=440)
        call = (await it.heard.until(CallArrived)).arrival.call
        await handler.until(1)
        await it.switch.ring(ring(call, device))
        await hears(customer, phone.tone_hz)
        await phone.hold(on=True)
        await it.heard.until(HoldChanged)
        await hears_music(customer)
        await it.server_dies()
        await hears_music(customer)
        found_before = len(it.heard.of(SwitchConnected))
        await it.server_starts(handler)
        snapshot = it.heard.of(SwitchConnected)[found_before].snapshot
        await phone.hold(on=False)
        await it.heard.until(HoldChanged, lambda event: not event.is_held)
        await hears(customer, phone.tone_hz)
        gone = it.heard.of(LegEnded)
    assert [(leg.leg, leg.is_holding) for leg in snapshot.legs] == [(f"leg-{call}-1", True)]
    assert gone == []
