"""What phones ask of the switch behind Hotline's back: nothing comes of it, and nobody is the worse for it.

Phones are told that they can't transfer, and one that tries gets no answer: the part of Asterisk that would
refuse is the one that would also let an INVITE take over another's conversation.
"""

import asyncio

import pytest

from kernel.ids import DeviceId
from rig.agents import Manners, WebPhone
from rig.customers import Customer
from telephony.events import CallEnded, Joined, LegEnded
from telephony.model import EndReason
from tests.asterisk.held_callers import Holding, hears, rung_for, waiting
from tests.asterisk.private_asterisk import CUSTOMERS_AT, Exchange, PrivateAsterisk, exchange
from tests.contract.stages import ring

ELSEWHERE = f"<sip:102@{CUSTOMERS_AT}>"
WITH_A_THIRD = f"<sip:102@{CUSTOMERS_AT}?Replaces=other-call%3Bto-tag%3D1%3Bfrom-tag%3D2>"


async def talk(it: Exchange, holding: Holding) -> tuple[Customer, WebPhone]:
    device, phone = await it.phone(7)
    customer, _ = await rung_for(it, holding, device)
    await it.heard.until(Joined)
    return customer, phone


@pytest.mark.parametrize("target", [ELSEWHERE, WITH_A_THIRD], ids=["blind", "attended"])
@pytest.mark.parametrize("who", ["caller", "agent"])
async def test_whose_phone_asks_to_be_connected_elsewhere_goes_on_talking(
    asterisk: PrivateAsterisk, who: str, target: str
) -> None:
    holding = Holding(waiting(1))
    async with exchange(asterisk, holding) as it:
        customer, phone = await talk(it, holding)
        await hears(customer, phone.tone_hz)
        if who == "caller":
            customer.ask_for_transfer(target)
        else:
            await phone.ask_for_transfer(target)
        await asyncio.to_thread(asterisk.console, "core show version")  # asked later, answered later
        customer.end.heard.clear()
        await hears(customer, phone.tone_hz)
        assert "INVITE" in phone.invites[0].get("Allow")
        assert "REFER" not in phone.invites[0].get("Allow")
        assert [len(it.heard.of(kind)) for kind in (Joined, LegEnded, CallEnded)] == [1, 0, 0]


async def test_a_phone_that_sends_its_calls_elsewhere_is_no_way_out_and_the_next_one_rings(
    asterisk: PrivateAsterisk,
) -> None:
    holding = Holding(waiting(1))
    async with exchange(asterisk, holding) as it:
        target, target_phone = await it.phone(8, Manners(ring_s=60))
        forwards, _ = await it.phone(7, Manners(forwards_to=f"sip:{target.id}@127.0.0.1"))
        _, call = await rung_for(it, holding, forwards)
        ended = await it.heard.until(LegEnded)
        assert (ended.agent, ended.reason, ended.was_joined) == (7, EndReason.UNREACHABLE, False)
        assert target_phone.invites == []

        outside, _ = await it.phone(6, Manners(forwards_to=f"sip:13900001234@{CUSTOMERS_AT}"))
        await it.switch.ring(ring(call, outside, 2))
        assert (await it.heard.until(LegEnded, lambda one: one.agent == 6)).reason is EndReason.UNREACHABLE

        next_one, _ = await it.phone(9)
        await it.switch.ring(ring(call, next_one, 3))
        joined = await it.heard.until(Joined)
        assert (joined.agent, {leg.device for leg in (await it.switch.snapshot()).legs}) == (
            9,
            {DeviceId(next_one.id)},
        )
