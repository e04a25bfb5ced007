"""Callers while Hotline's server is dead, and when it is back."""

import asyncio
import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from rig.agents import Manners
from rig.customers import Customer
from rig.tones import WINDOW_S, longest_silence_s
from telephony.events import CallArrived, Joined, LegEnded, SwitchConnected
from telephony.ledger_rules import CallEntry, close_by_record
from telephony.model import CallMark, Outcome, Phase
from telephony.port import Line, LineEntry
from telephony.spool_folder import SpoolFolder
from tests.asterisk.held_callers import (
    Holding,
    dead_server,
    hears,
    rung_for,
    the_record,
    until_in_queue,
    waiting,
)
from tests.asterisk.private_asterisk import PATIENCE_S, PrivateAsterisk, eventually, exchange, prepare
from tests.contract.stages import ring

SILENCE_MAX_S = 3.0
DEATH_S = 3.5
"""A bit more than a restart takes."""


@pytest.fixture(scope="module")
def hasty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrivateAsterisk]:
    """Its callers fall into the emergency queue almost at once when the server dies."""
    instance = prepare(tmp_path_factory.mktemp("asterisk"), fallback_after_s=1)
    instance.start()
    yield instance
    instance.kill()


async def test_callers_fall_into_the_emergency_queue_in_the_order_of_their_keys_and_are_adopted_with_them(
    hasty: PrivateAsterisk,
) -> None:
    marks = (waiting(1_795_000_003_000), waiting(1_795_000_001_000), waiting(1_795_000_002_000, tier=2))
    async with dead_server(hasty, *marks) as (it, calls):
        channels = await until_in_queue(hasty, 3)
        by_channel = {
            line.split("!")[0]: line.split("!")[-1]
            for line in (await asyncio.to_thread(hasty.console, "core show channels concise")).splitlines()
        }
        successor = Holding()
        await it.server_starts(successor)
        await successor.until(3)
    # The earlier key first, and an earlier tier before every key.
    assert [by_channel[channel] for channel in channels] == [calls[1], calls[0], calls[2]]
    assert {(call, entry, mark) for call, entry, mark in successor.entries} == {
        (call, LineEntry.NEXT, mark) for call, mark in zip(calls, marks, strict=True)
    }


async def test_agents_who_come_and_go_grow_no_log_of_the_emergency_queue(asterisk: PrivateAsterisk) -> None:
    async with exchange(asterisk, Holding()) as it:
        device, _ = await it.phone(7)
        for is_ready in (True, False, None):
            await it.switch.set_fallback(device.id, is_ready=is_ready)
    assert not (asterisk.places.instance / "log" / "queue_log").exists()


async def test_a_short_death_costs_nobody_the_place_nor_the_music(asterisk: PrivateAsterisk) -> None:
    marks = (waiting(1_795_000_002_000), waiting(1_795_000_001_000), CallMark(phase=Phase.PARKED))
    handler = Holding(*marks)
    async with exchange(asterisk, handler) as it:
        device, phone = await it.phone(7, Manners(ring_s=0.1, talk_s=60))
        await it.switch.set_fallback(device.id, is_ready=True)
        customers = [await it.call() for _ in marks]
        await handler.until(len(marks))
        await it.server_dies()
        died_at_s = time.monotonic()
        await eventually(lambda: time.monotonic() - died_at_s > DEATH_S)
        successor = Holding()
        await it.server_starts(successor)
        await successor.until(len(marks))
        await it.switch.set_fallback(device.id, is_ready=None)
        heard = [[w for w in customer.listen() if w.at_s > died_at_s] for customer in customers]
    calls = [call for call, _, _ in handler.entries]
    assert {call: (entry, mark) for call, entry, mark in successor.entries} == {
        call: (LineEntry.NEXT, mark) for call, mark in zip(calls, marks, strict=True)
    }
    assert phone.ends == []
    assert max(longest_silence_s(windows) for windows in heard) <= SILENCE_MAX_S
    assert min(sum(not w.is_silent for w in windows) for windows in heard) * WINDOW_S > DEATH_S - 1


async def test_those_who_fall_in_together_reach_the_only_agent_in_the_order_of_their_keys(
    hasty: PrivateAsterisk,
) -> None:
    places = (4, 2, 5, 1, 3)
    handler = Holding(*(waiting(1_795_000_000_000 + 1000 * place) for place in places))
    async with exchange(hasty, handler) as it:
        device, phone = await it.phone(7, Manners(ring_s=0.1, talk_s=2.5))
        await it.switch.set_fallback(device.id, is_ready=True)
        customers = {}
        for place in places:
            customers[place] = await it.call()
            await handler.until(len(customers))
        await it.server_dies()
        reached = await eventually(lambda: reached_at_s(customers, phone.tone_hz), within_s=40)
        await it.server_starts(Holding())
        await it.switch.set_fallback(device.id, is_ready=None)
    assert sorted(reached, key=lambda place: reached[place]) == sorted(places)


def reached_at_s(customers: dict[int, Customer], tone_hz: int) -> dict[int, float]:
    """When each heard the agent; nothing before all have."""
    found = {
        place: window.at_s
        for place, customer in customers.items()
        for window in reversed(customer.listen())
        if window.is_tone(tone_hz)
    }
    return found if len(found) == len(customers) else {}


async def test_a_caller_in_a_menu_hears_music_until_the_server_is_back(asterisk: PrivateAsterisk) -> None:
    mark = CallMark(phase=Phase.MENU, flow="main", node="welcome", language="en")
    async with dead_server(asterisk, mark) as (it, calls):
        successor = Holding()
        await it.server_starts(successor)
        await successor.until(1)
    assert successor.entries == [(calls[0], LineEntry.NEXT, mark)]


async def test_a_caller_whom_a_hung_server_has_taken_hears_music(asterisk: PrivateAsterisk) -> None:
    asked = asyncio.Event()

    async def hangs_at_the_second_question(line: Line) -> None:
        if line.entry is LineEntry.ARRIVED:
            await line.answer()
            await line.write_mark(CallMark(phase=Phase.MENU, flow="main", node="welcome", language="zh"))
            return
        asked.set()
        await asyncio.Event().wait()

    async with exchange(asterisk, hangs_at_the_second_question) as it:
        customer = await it.call()
        async with asyncio.timeout(PATIENCE_S):
            await asked.wait()
        asked_at_s = time.monotonic()
        await eventually(lambda: time.monotonic() - asked_at_s > DEATH_S)
        music = [w for w in customer.listen() if w.at_s > asked_at_s and not w.is_silent]
    assert len(music) * WINDOW_S > DEATH_S - 1


async def test_an_agent_is_found_without_the_server_and_nobody_takes_the_caller_away(
    hasty: PrivateAsterisk,
) -> None:
    handler = Holding(waiting(1))
    async with exchange(hasty, handler) as it:
        device, phone = await it.phone(7, Manners(ring_s=0.1, talk_s=60))
        resting, idle_phone = await it.phone(8, Manners(ring_s=0.1, talk_s=60))
        await it.switch.set_fallback(device.id, is_ready=True)
        await it.switch.set_fallback(resting.id, is_ready=False)
        customer = await it.call()
        call = (await it.heard.until(CallArrived)).arrival.call
        await handler.until(1)
        await it.server_dies()
        await eventually(lambda: phone.ends and phone.ends[0].heard)
        successor = Holding()
        before = len(it.heard.events)
        await it.server_starts(successor)
        connected = await it.heard.until(SwitchConnected, after=before)
        for member in (device, resting):
            await it.switch.set_fallback(member.id, is_ready=None)
        await hears(customer, phone.tone_hz)
    live = connected.snapshot.calls[0]
    leg = connected.snapshot.legs[0]
    assert live.arrival.call == call
    assert live.talks_with == leg.leg
    assert (leg.agent, leg.device, leg.is_answered) == (device.agent, device.id, True)
    assert successor.entries == []
    assert idle_phone.ends == []


async def test_a_conversation_outlives_the_server_and_counts_as_served(asterisk: PrivateAsterisk) -> None:
    async with exchange(asterisk, Holding(waiting(1))) as it:
        device, _ = await it.phone(7, Manners(ring_s=0.1, talk_s=1.0))
        customer = await it.call()
        arrival = (await it.heard.until(CallArrived)).arrival
        await it.switch.ring(ring(arrival.call, device))
        await it.heard.until(Joined)
        await it.server_dies()
        await customer.until_over(PATIENCE_S)
        record = await the_record(asterisk, arrival.call)
    assert record.joined_leg == f"leg-{arrival.call}-1"
    closed = close_by_record(CallEntry(arrival=arrival), record, has_message=False)
    assert closed.outcome is Outcome.SERVED
    assert abs((record.arrival.at - arrival.at).total_seconds()) < 2


async def test_what_was_decided_of_a_call_is_noted_though_the_server_dies_under_goodbye(
    asterisk: PrivateAsterisk,
) -> None:
    mark = CallMark(phase=Phase.SERVED, decided=Outcome.REJECTED)
    async with dead_server(asterisk, mark) as (_, calls):
        record = await the_record(asterisk, calls[0])
    assert (record.phase, record.decided) == (Phase.SERVED, Outcome.REJECTED)


async def test_without_any_agent_a_message_is_taken_into_the_spool(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    asterisk = prepare(tmp_path_factory.mktemp("asterisk"), fallback_after_s=1, fallback_wait_s=1)
    asterisk.start()
    try:
        async with dead_server(asterisk, waiting(1)) as (_, calls):
            spool = SpoolFolder(asterisk.places.voicemail, min_s=2.5)
            await eventually(lambda: spool.has_message(calls[0]))
            (part,) = spool.parts()
            about = spool.about(part)
    finally:
        asterisk.kill()
    assert (part.call, about.caller_number, about.dialled) == (calls[0], "13800138000", "4001")
    assert part.begun_at <= datetime.now(UTC)


async def test_a_late_leg_does_not_take_a_caller_from_the_agent_who_answered_in_the_fallback(
    hasty: PrivateAsterisk,
) -> None:
    handler = Holding(waiting(1))
    async with exchange(hasty, handler) as it:
        slow_device, slow = await it.phone(7, Manners(ring_s=8.0, talk_s=60))
        device, quick = await it.phone(8, Manners(ring_s=0.1, talk_s=60))
        await it.switch.set_fallback(device.id, is_ready=True)
        customer, _ = await rung_for(it, handler, slow_device)
        await it.server_dies()
        await hears(customer, quick.tone_hz)
        # The late leg answers, finds the caller claimed, and is ended by the switch.
        await eventually(lambda: slow.ends and not slow.ends[0].is_open)
        before = len(it.heard.events)
        await it.server_starts(Holding())
        connected = await it.heard.until(SwitchConnected, after=before)
        await it.switch.set_fallback(device.id, is_ready=None)
        await hears(customer, quick.tone_hz)
    assert [leg.agent for leg in connected.snapshot.legs] == [device.agent]
    assert connected.snapshot.calls[0].talks_with == connected.snapshot.legs[0].leg


@pytest.mark.parametrize("place", ["asking for the server", "in the emergency queue"])
async def test_a_phone_that_rings_when_the_server_dies_still_gets_the_caller(
    asterisk: PrivateAsterisk, hasty: PrivateAsterisk, place: str
) -> None:
    instance, ring_s = (hasty, 2.5) if place == "in the emergency queue" else (asterisk, 1.5)
    handler = Holding(waiting(1))
    async with exchange(instance, handler) as it:
        device, phone = await it.phone(7, Manners(ring_s=ring_s, talk_s=1))
        customer, call = await rung_for(it, handler, device)
        await it.server_dies()
        if instance is hasty:
            await until_in_queue(instance, 1)
        await hears(customer, phone.tone_hz)
        assert await customer.until_over(PATIENCE_S) == 0
        record = await the_record(instance, call)
    assert (record.joined_leg, record.phase) == (f"leg-{call}-1", Phase.SERVED)


async def test_a_parked_caller_whose_agent_is_back_without_the_server_was_served(
    asterisk: PrivateAsterisk,
) -> None:
    handler = Holding(CallMark(phase=Phase.PARKED))
    async with exchange(asterisk, handler) as it:
        device, phone = await it.phone(7, Manners(ring_s=1.0, talk_s=1))
        customer, call = await rung_for(it, handler, device)
        await it.server_dies()
        await hears(customer, phone.tone_hz)
        assert await customer.until_over(PATIENCE_S / 2) == 0
        record = await the_record(asterisk, call)
    assert (record.joined_leg, record.phase) == (f"leg-{call}-1", Phase.SERVED)


async def test_a_caller_who_asks_for_the_server_while_an_agent_answers_has_talked(
    asterisk: PrivateAsterisk,
) -> None:
    async with dead_server(asterisk, waiting(1)) as (it, calls):
        successor = Holding()
        await it.server_starts(successor)
        device, _ = await it.phone(7, Manners(ring_s=0.0, talk_s=1))
        await it.switch.ring(ring(calls[0], device))
        await it.heard.until(LegEnded)
        await eventually(
            lambda: [mark for _, _, mark in successor.entries if mark and mark.phase is Phase.TALKING]
        )
