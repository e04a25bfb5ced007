"""A caller who is sent on: music at once, then the next voice, also if the server dies on the way."""

import asyncio

import pytest

from kernel.ids import AgentId, CallId
from rig.agents import Manners
from rig.customers import Customer
from telephony.events import CallArrived, Joined, LegEnded
from telephony.model import CallMark, Device, EndReason, Phase
from tests.asterisk.held_callers import Holding, hears, waiting
from tests.asterisk.listening import hear_each_other, hears_music
from tests.asterisk.private_asterisk import Exchange, PrivateAsterisk, eventually, exchange, prepare
from tests.contract.stages import ring

PATIENT = Manners(ring_s=0.1, talk_s=60)
SENT = CallMark(phase=Phase.PARKED, key_ms=1, sequence=1, agent=AgentId(8), sent_by=AgentId(7), waited_ms=100)


async def talk(it: Exchange, handler: Holding, device: Device) -> tuple[CallId, Customer]:
    customer = await it.call()
    call = (await it.heard.until(CallArrived)).arrival.call
    await handler.until(1)
    await it.switch.ring(ring(call, device))
    await it.heard.until(Joined)
    return call, customer


async def test_a_caller_hears_music_and_then_the_colleague_who_was_rung_when_the_server_died(
    asterisk: PrivateAsterisk,
) -> None:
    handler = Holding(waiting(1))
    async with exchange(asterisk, handler) as it:
        (li, _), (wang, phone) = await asyncio.gather(
            it.phone(7, PATIENT), it.phone(8, Manners(ring_s=1.5, talk_s=60))
        )
        call, customer = await talk(it, handler, li)
        await it.switch.move(call, SENT)
        await it.switch.ring(ring(call, wang, 2))
        first = await it.heard.until(LegEnded)
        await handler.until(2)
        await eventually(lambda: phone.invites)
        await it.server_dies()
        await hears_music(customer)
        await eventually(lambda: phone.ends)
        await hear_each_other(customer, phone)
        await it.server_starts(handler)
        live = (await it.switch.snapshot()).calls
    assert (first.agent, first.reason) == (7, EndReason.HOTLINE_HUNG_UP)
    assert handler.entries[1][2] == SENT
    assert [(found.arrival.call, found.talks_with) for found in live] == [(call, f"leg-{call}-2")]


async def test_who_was_sent_on_by_a_server_that_stays_dead_reaches_whoever_is_ready(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.mktemp("asterisk")
    instance = prepare(folder, fallback_after_s=1)
    instance.start()
    handler = Holding(waiting(1))
    try:
        async with exchange(instance, handler) as it:
            (li, _), (wang, phone) = await asyncio.gather(it.phone(7, PATIENT), it.phone(8, PATIENT))
            await it.switch.set_fallback(wang.id, is_ready=True)
            call, customer = await talk(it, handler, li)
            await it.switch.move(call, SENT)
            await it.server_dies()
            await hears(customer, phone.tone_hz)
    finally:
        instance.kill()
