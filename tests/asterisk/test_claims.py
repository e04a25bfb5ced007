"""Who answers takes the caller's claim; who is gone before the conversation gives it back."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace

import pytest

from rig.agents import Manners
from telephony.events import Joined, LegEnded
from telephony.model import Phase
from tests.asterisk.held_callers import Holding, hears, rung_for, the_record, waiting
from tests.asterisk.private_asterisk import PATIENCE_S, PrivateAsterisk, eventually, exchange, prepare
from tests.contract.stages import ring

HASTY = Manners(ring_s=0.1, talk_s=0.3)
"""Hangs up while the claim is taken and the conversation has not begun."""
PATIENT = Manners(ring_s=0.1, talk_s=60)


@pytest.fixture(scope="module")
def slow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrivateAsterisk]:
    """Needs seconds from the claim to the conversation, which is some microseconds otherwise."""
    instance = prepare(tmp_path_factory.mktemp("asterisk"), fallback_after_s=1)
    dialplan = instance.places.instance / "etc" / "extensions.conf"
    before, claim, after = dialplan.read_text(encoding="utf-8").partition("\n[claim]\n")
    after = after.replace(" same => n,Return()", " same => n,Wait(3)\n same => n,Return()", 1)
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
        customer, call = await rung_for(it, handler, hasty)
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


@pytest.mark.parametrize("dies", ["after the claim", "before the claim"])
async def test_a_server_that_dies_beside_a_claim_costs_no_caller_the_agent(
    slow: PrivateAsterisk, dies: str
) -> None:
    handler = Holding(waiting(1))
    async with exchange(slow, handler) as it:
        device, phone = await it.phone(7, PATIENT)
        customer, _ = await rung_for(it, handler, device)
        if dies == "after the claim":
            await until_claimed(slow)
        await it.server_dies()
        await hears(customer, phone.tone_hz)


async def test_a_member_refused_by_a_claim_costs_no_caller_the_agent(slow: PrivateAsterisk) -> None:
    member_rings, is_claimed = asyncio.Event(), asyncio.Event()
    handler = Holding(waiting(1))
    async with exchange(slow, handler) as it:
        device, phone = await it.phone(7, replace(PATIENT, may_answer=member_rings))
        other, member = await it.phone(8, replace(PATIENT, may_answer=is_claimed))
        await it.switch.set_fallback(other.id, is_ready=True)
        customer, _ = await rung_for(it, handler, device)
        await it.server_dies()
        await eventually(lambda: member.invites)
        member_rings.set()
        await until_claimed(slow)
        is_claimed.set()
        await hears(customer, phone.tone_hz)
        await it.server_starts(Holding())
        await it.switch.set_fallback(other.id, is_ready=None)
    assert member.ends


async def test_a_server_that_is_back_beside_a_claim_takes_nobody_for_served(slow: PrivateAsterisk) -> None:
    handler = Holding(waiting(1))
    async with exchange(slow, handler) as it:
        device, phone = await it.phone(7, PATIENT)
        customer, _ = await rung_for(it, handler, device)
        await until_claimed(slow)
        await it.server_dies()
        successor = Holding()
        await it.server_starts(successor)
        await hears(customer, phone.tone_hz)
    assert {mark.phase for _, _, mark in successor.entries if mark} <= {Phase.WAITING}


async def test_a_caller_who_hangs_up_beside_a_claim_has_not_talked(slow: PrivateAsterisk) -> None:
    handler = Holding(waiting(1))
    async with exchange(slow, handler) as it:
        device, _ = await it.phone(7, PATIENT)
        customer, call = await rung_for(it, handler, device)
        await it.server_dies()
        await until_claimed(slow)
        await customer.hang_up()
        record = await the_record(slow, call)
    assert (record.joined_leg, record.phase) == (None, Phase.WAITING)


async def test_locks_are_named_by_two_digits_for_their_names_are_never_forgotten(
    asterisk: PrivateAsterisk,
) -> None:
    handler = Holding(waiting(1))
    async with exchange(asterisk, handler) as it:
        device, phone = await it.phone(7, PATIENT)
        customer, call = await rung_for(it, handler, device)
        await hears(customer, phone.tone_hz)
        known = await asyncio.to_thread(asterisk.console, "dialplan locks show")
    assert f"claims-{call[-2:]} " in known
    assert call not in known


async def until_claimed(asterisk: PrivateAsterisk) -> None:
    """An agent has answered, and the conversation has not begun."""
    async with asyncio.timeout(PATIENCE_S):
        while "!claim!" not in await asyncio.to_thread(asterisk.console, "core show channels concise"):
            pass
