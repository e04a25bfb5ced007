"""Customers who are called, on a live Asterisk: whom they hear, by which line, and without a server."""

import asyncio
import secrets
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from kernel.ids import CallId
from rig.agents import WebPhone
from rig.outside import OutsidePhone
from rig.tones import SAMPLE_RATE_HZ, decode_ulaw
from telephony.asterisk.trunk_sections import endpoint_name
from telephony.errors import NoOutsideLine
from telephony.events import CallEnded, CallRejected, Dialling, Joined, LegEnded, SwitchConnected
from telephony.model import CallMark, Device, EndReason, Phase
from telephony.placed import new_call
from telephony.trunks import Trunk
from tests.asterisk.held_callers import Holding, the_record
from tests.asterisk.listening import hear_each_other, hears_music
from tests.asterisk.private_asterisk import (
    PATIENCE_S,
    Exchange,
    PrivateAsterisk,
    eventually,
    exchange,
)
from tests.contract.stages import called, ring

RINGING_HZ = 450
MARK = CallMark(phase=Phase.DIALLING, key_ms=1)


async def listens(it: Exchange, line: Trunk, **facts: object) -> OutsidePhone:
    """Whoever is called by this line."""
    loop, at = asyncio.get_running_loop(), (line.host, line.port)
    _, phone = await loop.create_datagram_endpoint(
        lambda: OutsidePhone(line.host, it.clock, **facts), local_addr=at
    )
    return phone


@asynccontextmanager
async def customer(it: Exchange, line: Trunk | None = None, **facts: object) -> AsyncIterator[OutsidePhone]:
    """At the far end of a line, or, where there is but one, of the line."""
    phone = await listens(it, line or it.asterisk.line, **{"tone_hz": 440} | facts)
    if line is not None:
        await asyncio.to_thread(is_seen, it.asterisk, line)
    try:
        yield phone
    finally:
        phone.close()


def is_seen(asterisk: PrivateAsterisk, line: Trunk) -> None:
    """Asterisk knows that somebody is there: a line where nobody was, when it last looked, is called last."""
    name = endpoint_name(line)
    give_up_at = time.monotonic() + PATIENCE_S
    while " Avail " not in asterisk.console(f"pjsip show aor {name}"):
        assert time.monotonic() < give_up_at
        asterisk.console(f"pjsip qualify {name}")


async def dialling(it: Exchange, agent: int = 7) -> tuple[CallId, Device, WebPhone]:
    """An agent who hears a ringing tone."""
    device, phone = await it.phone(agent)
    call = new_call(datetime.now(UTC), secrets.randbits(64))
    await it.switch.ring(replace(ring(call, device), dials=True))
    await it.heard.until(Dialling, lambda event: event.call == call)
    return call, device, phone


async def hears_ringing(phone: WebPhone) -> None:
    """The tone that callers hear in this country."""

    def found() -> bool:
        sound = decode_ulaw(b"".join(payload for _, payload in phone.ends[-1].heard)).astype(np.float64)
        if len(sound) < SAMPLE_RATE_HZ // 2:
            return False
        part = sound[: SAMPLE_RATE_HZ // 2]
        return abs(int(np.abs(np.fft.rfft(part)).argmax()) * 2 - RINGING_HZ) <= 4

    await eventually(found)


async def test_agent_and_customer_hear_each_other_once_the_tone_is_over(asterisk: PrivateAsterisk) -> None:
    async with exchange(asterisk, Holding()) as it, customer(it, rings_s=1) as far:
        call, device, phone = await dialling(it)
        await it.switch.call_out(called(call, device, MARK))
        await hears_ringing(phone)
        await it.heard.until(Joined)
        await hear_each_other(phone, far)
        far.hang_up()
        ended = await it.heard.until(CallEnded)
        assert far.invites[0].start.startswith("INVITE sip:13800138000@")
        assert "sip:02180009000@" in far.invites[0].get("From")
    assert ended.reason is EndReason.CALLER_HUNG_UP
    record = await the_record(asterisk, call)
    assert (record.arrival.caller_number, record.arrival.dialled) == ("+8613800138000", "02180009000")


async def test_a_line_that_never_said_that_it_is_there_is_called_all_the_same(
    asterisk: PrivateAsterisk,
) -> None:
    async with exchange(asterisk, Holding()) as it:
        await asyncio.to_thread(asterisk.console, "pjsip qualify trunk-loopback")
        await eventually(lambda: "Unavail" in asterisk.console("pjsip show aor trunk-loopback"))
        async with customer(it) as far:
            call, device, phone = await dialling(it)
            await it.switch.call_out(called(call, device, MARK))
            await hear_each_other(phone, far)


@pytest.mark.parametrize(
    ("says", "reason"),
    [
        ("486 Busy Here", EndReason.BUSY),
        ("603 Decline", EndReason.REFUSED),
        ("404 Not Found", EndReason.UNREACHABLE),
        ("503 Service Unavailable", EndReason.NO_LINE),
    ],
)
async def test_why_a_customer_did_not_answer_is_told(
    asterisk: PrivateAsterisk, says: str, reason: EndReason
) -> None:
    async with exchange(asterisk, Holding()) as it, customer(it, refuses=says):
        call, device, _ = await dialling(it)
        await it.switch.call_out(called(call, device, MARK))
        ended = await it.heard.until(CallEnded)
    assert ended.reason is reason


async def test_a_server_that_dies_while_the_phone_rings_parts_nobody(asterisk: PrivateAsterisk) -> None:
    async with exchange(asterisk, Holding()) as it, customer(it, rings_s=2) as far:
        call, device, phone = await dialling(it)
        await it.switch.call_out(called(call, device, MARK))
        await eventually(lambda: far.invites)
        await it.server_dies()
        await hear_each_other(phone, far)
        await it.server_starts(Holding())
        seen = it.heard.of(SwitchConnected)[-1].snapshot
        far.hang_up()
        await it.heard.until(CallEnded)
    assert [(live.arrival.call, live.talks_with) for live in seen.calls] == [(call, f"leg-{call}-1")]


async def test_a_server_that_starts_while_the_phone_rings_hears_what_becomes_of_it(
    asterisk: PrivateAsterisk,
) -> None:
    async with exchange(asterisk, Holding()) as it, customer(it, rings_s=None) as far:
        call, device, _ = await dialling(it)
        await it.switch.call_out(called(call, device, MARK, ring_s=4))
        await eventually(lambda: far.invites)
        await it.server_dies()
        await it.server_starts(Holding())
        seen = it.heard.of(SwitchConnected)[-1].snapshot
        ended = await it.heard.until(CallEnded)
    assert [(live.arrival.call, live.is_answered) for live in seen.calls] == [(call, False)]
    assert [(leg.leg, leg.dials, leg.is_answered) for leg in seen.legs] == [(f"leg-{call}-1", True, True)]
    assert (ended.call, ended.reason) == (call, EndReason.NO_ANSWER)


async def test_a_call_that_nobody_answered_while_the_server_was_dead_is_in_the_records(
    asterisk: PrivateAsterisk,
) -> None:
    async with exchange(asterisk, Holding()) as it, customer(it, refuses="", rings_s=None) as far:
        call, device, _ = await dialling(it)
        await it.switch.call_out(called(call, device, MARK, ring_s=1))
        await eventually(lambda: far.invites)
        await it.server_dies()
        record = await the_record(asterisk, call)
    assert (record.phase, record.joined_leg, record.why) == (Phase.DIALLING, None, EndReason.NO_ANSWER)


async def test_a_customer_whose_agent_is_gone_hears_music_and_has_the_next(asterisk: PrivateAsterisk) -> None:
    holding = Holding()
    async with exchange(asterisk, holding) as it, customer(it, rings_s=1) as far:
        call, device, _ = await dialling(it)
        await it.switch.call_out(called(call, device, MARK))
        await eventually(lambda: far.invites)
        await it.switch.cancel(ring(call, device).leg)
        await it.heard.until(LegEnded)
        await hears_music(far)
        other, phone = await it.phone(8)
        await it.switch.ring(ring(call, other, 2))
        await hear_each_other(phone, far)
    assert [(entry.value, mark and mark.phase) for _, entry, mark in holding.entries] == [
        ("next", Phase.DIALLING)
    ]


async def test_a_full_line_gives_way_to_the_next_and_for_one_call_too_many_nobody_is_rung(
    two_lines: PrivateAsterisk,
) -> None:
    first, second = two_lines.lines
    async with exchange(two_lines, Holding()) as it, customer(it, first) as near, customer(it, second) as far:
        calls = [await dialling(it, agent) for agent in (7, 8)]
        for call, device, _ in calls:
            await it.switch.call_out(called(call, device, MARK))
            await it.heard.until(Joined, lambda event, call=call: event.call == call)
        assert (len(near.invites), len(far.invites)) == (1, 1)
        await hear_each_other(calls[0][2], near)
        await hear_each_other(calls[1][2], far)
        # What comes in on the full line finds it full, too.
        await it.call(number="13911112222")
        turned_away = await it.heard.until(CallRejected)
        call, device, _ = await dialling(it, 9)
        await it.switch.call_out(called(call, device, MARK))
        await it.heard.until(Joined, lambda event: event.call == call)
        device, phone = await it.phone(10)
        with pytest.raises(NoOutsideLine):
            await it.switch.ring(
                replace(ring(new_call(datetime.now(UTC), secrets.randbits(64)), device), dials=True)
            )
        assert phone.ends == []
    assert turned_away.arrival.caller_number == "+8613911112222"


@pytest.mark.parametrize("says", ["503 Service Unavailable", "403 Forbidden"])
async def test_a_line_that_fails_by_its_own_fault_gives_way_to_the_next(
    two_lines: PrivateAsterisk, says: str
) -> None:
    first, second = two_lines.lines
    async with (
        exchange(two_lines, Holding()) as it,
        customer(it, first, refuses=says) as near,
        customer(it, second) as far,
    ):
        call, device, phone = await dialling(it)
        await it.switch.call_out(called(call, device, MARK))
        await hear_each_other(phone, far)
    assert (len(near.invites), len(far.invites)) == (1, 1)


async def test_a_customer_is_called_by_no_line_once_each_has_failed_by_its_own_fault(
    two_lines: PrivateAsterisk,
) -> None:
    first, second = two_lines.lines
    async with (
        exchange(two_lines, Holding()) as it,
        customer(it, first, refuses="503 Service Unavailable") as near,
        customer(it, second, refuses="403 Forbidden") as far,
    ):
        call, device, _ = await dialling(it)
        await it.switch.call_out(called(call, device, MARK))
        ended = await it.heard.until(CallEnded)
    assert (len(near.invites), len(far.invites)) == (1, 1)
    assert ended.reason is EndReason.NO_LINE
