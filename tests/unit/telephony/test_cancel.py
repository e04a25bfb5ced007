"""What Asterisk tells of orders to end, in whichever order, is taken for what it was."""

from dataclasses import replace

import pytest

from kernel.ids import AgentId, CallId, DeviceId, LegId
from telephony.asterisk.ami import AmiRefused
from telephony.asterisk.switch import AsteriskSwitch
from telephony.errors import CallGone
from telephony.events import CallEnded, Joined, LegEnded
from telephony.model import EndReason, Ring
from tests.unit.telephony.scripted_asterisk import (
    CALL,
    NO_CHANNEL,
    SUCCESS,
    ScriptedAsterisk,
    on_scripted_asterisk,
)

LEG = LegId(f"leg-{CALL}-1")
APPEARS = f"Event: Newchannel\nUniqueid: {LEG}\nChannelState: 0"
ENDS = (
    f"Event: Hangup\nUniqueid: {LEG}\nCause: 16",
    f"Event: OriginateResponse\nActionID: {LEG}\nResponse: Failure\nReason: 0",
)


RING = Ring(
    leg=LEG, call=CallId(CALL), agent=AgentId(7), device=DeviceId("d7"), timeout_s=15, shown_number=""
)


async def ring_and_cancel(switch: AsteriskSwitch) -> None:
    await switch.ring(RING)
    await switch.cancel(LEG)


async def ended_late(scripted: ScriptedAsterisk, hangups: int) -> None:
    asked = await scripted.asked("Hangup", hangups)
    assert {action["Channel"] for action in asked} == {LEG}


async def test_a_leg_that_appears_between_the_order_and_its_refusal_is_ended() -> None:
    async with on_scripted_asterisk() as (scripted, switch, heard):
        scripted.scripts["Hangup"] += [(APPEARS, NO_CHANNEL), (SUCCESS, *ENDS)]
        await ring_and_cancel(switch)
        ended = await heard.until(LegEnded)
        await ended_late(scripted, 2)
    assert ended.reason is EndReason.HOTLINE_HUNG_UP


async def test_a_leg_that_appears_after_the_refusal_is_ended() -> None:
    async with on_scripted_asterisk() as (scripted, switch, heard):
        scripted.scripts["Hangup"] += [(NO_CHANNEL,), (SUCCESS, *ENDS)]
        await ring_and_cancel(switch)
        scripted.says(APPEARS)
        ended = await heard.until(LegEnded)
        await ended_late(scripted, 2)
    assert ended.reason is EndReason.HOTLINE_HUNG_UP


async def test_a_leg_that_asterisk_ends_before_it_tells_of_it_is_over() -> None:
    async with on_scripted_asterisk() as (scripted, switch, heard):
        scripted.scripts["Hangup"] += [(SUCCESS, APPEARS, *ENDS), (NO_CHANNEL,)]
        await ring_and_cancel(switch)
        ended = await heard.until(LegEnded)
        await ended_late(scripted, 2)
    assert ended.reason is EndReason.HOTLINE_HUNG_UP


async def test_a_phones_old_ring_is_ended_before_the_next_is_ordered() -> None:
    async with on_scripted_asterisk() as (scripted, switch, _):
        await switch.ring(RING)
        cancelled = switch.cancel(LEG)
        rung = switch.ring(replace(RING, leg=LegId(f"leg-{CALL}-2")))
        await rung
        await cancelled
        asked = [action["Action"] for action in scripted.actions]
    assert asked[-3:] == ["Originate", "Hangup", "Originate"]


async def test_a_call_that_was_not_ended_when_ordered_may_end_for_other_reasons() -> None:
    async with on_scripted_asterisk() as (scripted, switch, heard):
        scripted.scripts["Hangup"] += [("Response: Error\nActionID: <id>\nMessage: Permission denied",)]
        await switch.ring(RING)
        scripted.says(
            APPEARS, *(f"Event: BridgeEnter\nBridgeUniqueid: b\nUniqueid: {it}" for it in (CALL, LEG))
        )
        await heard.until(Joined)
        with pytest.raises(AmiRefused):
            await switch.hang_up(CallId(CALL))
        scripted.says(f"Event: Hangup\nUniqueid: {LEG}\nCause: 44")
        ended = await heard.until(LegEnded)
    assert ended.reason is EndReason.MEDIA_LOST


async def test_a_call_whose_end_was_told_is_gone_though_asterisk_still_takes_orders_for_it() -> None:
    async with on_scripted_asterisk() as (scripted, switch, heard):
        scripted.says(f"Event: Hangup\nUniqueid: {CALL}\nCause: 16")
        await heard.until(CallEnded)
        with pytest.raises(CallGone):
            await switch.hang_up(CallId(CALL))


async def test_what_asterisk_is_slow_to_answer_keeps_no_leg_from_being_ended() -> None:
    async with on_scripted_asterisk() as (scripted, switch, _):
        scripted.scripts["Setvar"] += [()]  # it says nothing for now
        scripted.scripts["Hangup"] += [(NO_CHANNEL,), (SUCCESS, *ENDS)]
        await switch.ring(replace(RING, leg=LegId(f"leg-{CALL}-9")))
        scripted.says(f"Event: Hold\nUniqueid: leg-{CALL}-9")
        await scripted.asked("Setvar")
        await ring_and_cancel(switch)
        scripted.says(APPEARS)
        await ended_late(scripted, 2)
