from kernel.ids import LegId
from rig.agents import Manners
from telephony.events import CallArrived, CallEnded, Joined, LegEnded, LegRinging
from telephony.model import CallMark, EndReason, Phase, Ring
from telephony.port import Line, LineEntry
from tests.asterisk.private_asterisk import PrivateAsterisk, exchange


async def test_a_call_is_held_rung_joined_and_ended(asterisk: PrivateAsterisk) -> None:
    entries: list[tuple[LineEntry, Phase | None]] = []

    async def handler(line: Line) -> None:
        entries.append((line.entry, line.mark.phase if line.mark else None))
        if line.entry is LineEntry.NEXT:
            await line.hang_up()
            return
        await line.answer()
        await line.write_mark(CallMark(phase=Phase.WAITING))
        await line.hold()

    async with exchange(asterisk, handler) as it:
        device, phone = await it.phone(7, Manners(ring_s=0.1, talk_s=1.5))
        customer = await it.call(number="013800138000")
        arrival = (await it.heard.until(CallArrived)).arrival
        leg = LegId(f"leg-{arrival.call}-1")
        await it.switch.ring(
            Ring(
                leg=leg,
                call=arrival.call,
                agent=device.agent,
                device=device.id,
                timeout_s=10,
                shown_number=arrival.caller_number,
            )
        )
        ringing = await it.heard.until(LegRinging)
        joined = await it.heard.until(Joined)
        leg_ended = await it.heard.until(LegEnded)
        call_ended = await it.heard.until(CallEnded)
        await customer.until_over(5)
        heard_by_customer = customer.listen()
        heard_by_agent = phone.ends[0].heard

    assert (arrival.caller_number, arrival.dialled, arrival.trunk) == ("+8613800138000", "4001", "loopback")
    assert {ringing.leg, joined.leg, leg_ended.leg} == {leg}
    assert leg_ended.reason is EndReason.AGENT_HUNG_UP
    assert leg_ended.was_joined
    assert call_ended.reason is EndReason.HOTLINE_HUNG_UP
    assert entries == [(LineEntry.ARRIVED, None), (LineEntry.NEXT, Phase.TALKING)]
    assert any(window.is_tone(phone.tone_hz) for window in heard_by_customer)
    assert heard_by_agent
