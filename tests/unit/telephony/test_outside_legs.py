"""People outside who are called: what becomes of the line when the call is not made after all."""

import asyncio
from dataclasses import replace

from kernel.ids import AgentId, CallId, DeviceId, LegId
from telephony.destinations import Outside
from telephony.events import LegEnded
from telephony.model import EndReason, Ring
from telephony.trunks import Trunk
from tests.unit.telephony.scripted_asterisk import CALL, SUCCESS, on_scripted_asterisk

LEG = LegId(f"leg-{CALL}-1")
NEXT = LegId(f"leg-{CALL}-2")
RING = Ring(
    leg=LEG,
    call=CallId(CALL),
    agent=AgentId(1_000_001),
    device=DeviceId(""),
    outside=Outside(shown="139****9000", numbers=("+8613900139000",)),
    timeout_s=30,
    shown_number="",
)
ONE_CHANNEL = Trunk(name="a", host="192.0.2.1", channels=1)
REFUSED = "Response: Error\nActionID: <id>\nMessage: Originate failed"
FAILED = f"Event: OriginateResponse\nActionID: {LEG}\nResponse: Failure\nReason: 8"


async def test_a_call_that_is_stopped_before_it_is_made_leaves_the_line_free() -> None:
    async with on_scripted_asterisk(lines=[ONE_CHANNEL]) as (scripted, switch, heard):
        ringing = asyncio.ensure_future(switch.ring(RING))
        await switch.cancel(LEG)
        await ringing
        ended = await heard.until(LegEnded)

        await switch.ring(replace(RING, leg=NEXT))
        asked = await scripted.asked("Originate")

    assert ended.reason is EndReason.HOTLINE_HUNG_UP
    assert [action["ChannelId"] for action in asked] == [NEXT]


async def test_a_second_line_that_refuses_the_order_is_free_again() -> None:
    second = Trunk(name="b", host="192.0.2.2", channels=1, order=200)
    async with on_scripted_asterisk(lines=[ONE_CHANNEL, second]) as (scripted, switch, heard):
        scripted.scripts["Originate"] += [(SUCCESS, FAILED), (REFUSED,)]
        await switch.ring(RING)
        ended = await heard.until(LegEnded)

        scripted.scripts["Getvar"] += [(f"{SUCCESS}\nValue: 1",)]
        await switch.ring(replace(RING, leg=NEXT))
        asked = await scripted.asked("Originate", 3)

    assert ended.reason is EndReason.UNREACHABLE
    assert asked[-1]["Channel"].startswith("PJSIP/trunk-b/sip:")


async def test_two_who_are_called_in_the_same_moment_do_not_share_the_last_channel() -> None:
    second = Trunk(name="b", host="192.0.2.2", channels=1, order=200)
    async with on_scripted_asterisk(lines=[ONE_CHANNEL, second]) as (scripted, switch, _):
        await asyncio.gather(switch.ring(RING), switch.ring(replace(RING, leg=NEXT)))
        asked = await scripted.asked("Originate", 2)

    assert [action["Channel"].split("/")[1] for action in asked] == ["trunk-a", "trunk-b"]
