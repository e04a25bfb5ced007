"""Who answers takes the caller's claim; who is gone before the conversation gives it back."""

from collections.abc import Iterator

import pytest

from rig.agents import Manners
from telephony.events import CallArrived, Joined, LegEnded
from tests.asterisk.held_callers import Holding, hears, waiting
from tests.asterisk.private_asterisk import PrivateAsterisk, eventually, exchange, prepare
from tests.contract.stages import ring

HASTY = Manners(ring_s=0.1, talk_s=0.3)
"""Hangs up while the claim is taken and the conversation has not begun."""
PATIENT = Manners(ring_s=0.1, talk_s=60)


@pytest.fixture(scope="module")
def slow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrivateAsterisk]:
    """Needs a second from the claim to the conversation, which is some microseconds otherwise."""
    instance = prepare(tmp_path_factory.mktemp("asterisk"), fallback_after_s=1)
    dialplan = instance.places.instance / "etc" / "extensions.conf"
    before, claim, after = dialplan.read_text(encoding="utf-8").partition("\n[claim]\n")
    after = after.replace(" same => n,Return()", " same => n,Wait(1)\n same => n,Return()", 1)
    dialplan.write_text(before + claim + after, encoding="utf-8")
    instance.start()
    yield instance
    instance.kill()


async def test_a_leg_that_dies_between_claim_and_conversation_leaves_the_caller_to_others(
    slow: PrivateAsterisk,
) -> None:
    handler = Holding(waiting(1))
    async with exchange(slow, handler) as it:
        hasty, _ = await it.phone(7, HASTY)
        patient, phone = await it.phone(8, PATIENT)
        customer = await it.call()
        call = (await it.heard.until(CallArrived)).arrival.call
        await handler.until(1)
        await it.switch.ring(ring(call, hasty, 1))
        await it.heard.until(LegEnded)
        await it.switch.ring(ring(call, patient, 2))
        joined = await it.heard.until(Joined)
        await hears(customer, phone.tone_hz)
    assert joined.leg.endswith("-2")


async def test_a_member_who_dies_between_claim_and_conversation_leaves_the_caller_to_others(
    slow: PrivateAsterisk,
) -> None:
    handler = Holding(waiting(1))
    async with exchange(slow, handler) as it:
        device, phone = await it.phone(7, HASTY)
        await it.switch.set_fallback(device.id, is_ready=True)
        customer = await it.call()
        await handler.until(1)
        await it.server_dies()
        await eventually(lambda: phone.ends and not phone.ends[0].is_open)
        phone.manners = PATIENT
        await hears(customer, phone.tone_hz)
        await it.server_starts(Holding())
        await it.switch.set_fallback(device.id, is_ready=None)
