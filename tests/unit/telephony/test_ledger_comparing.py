"""The ledger of calls after a time in which it did not hear of all that happened."""

import asyncio
import threading
from datetime import timedelta

import pytest

from infra.bus import LocalBus
from infra.tasks import Tasks
from kernel.briefs import Words
from kernel.events import Event
from kernel.ids import CallId, LegId
from telephony.events import CallArrived, CallEnded
from telephony.ledger import Ledger
from telephony.ledger_rules import SwitchRecord
from telephony.model import CallMark, EndReason, Outcome, Phase
from tests.unit.telephony.ledger_surroundings import NOON, Surroundings, arrival, ended, snapshot


@pytest.mark.parametrize(
    ("told", "outcome"),
    [
        pytest.param(CallArrived(at=NOON, arrival=arrival("new")), Outcome.REJECTED, id="arrives"),
        pytest.param(snapshot("new"), Outcome.REJECTED, id="adopted"),
        pytest.param(
            snapshot("new", mark=CallMark(phase=Phase.SERVED, decided=Outcome.FAILED)),
            Outcome.FAILED,
            id="adopted with what was decided before",
        ),
    ],
)
async def test_what_becomes_of_a_call_is_kept_while_older_calls_are_compared(
    told: Event, outcome: Outcome
) -> None:
    around, tasks = Surroundings(), Tasks()
    bus, begun, go_on = LocalBus(tasks), asyncio.Event(), threading.Event()
    loop = asyncio.get_running_loop()

    def read_slowly() -> None:
        loop.call_soon_threadsafe(begun.set)
        go_on.wait(5)

    around.before_reading, around.records = read_slowly, [ended("new", Phase.MENU)]
    ledger = Ledger(around, bus, around, records=around, messages=around)
    await ledger.start()
    bus.publish(snapshot())
    await begun.wait()
    bus.publish(told)
    sales = Words(zh="销售", en="Sales")
    await ledger.choose(CallId("new"), sales)
    first = await ledger.decide(CallId("new"), Outcome.REJECTED)
    second = await ledger.decide(CallId("new"), Outcome.SELF_SERVED)
    found = ledger.find(CallId("new"))
    bus.publish(CallEnded(at=NOON, call=CallId("new"), reason=EndReason.HOTLINE_HUNG_UP))
    go_on.set()
    await bus.settled()
    await ledger.flush()
    await tasks.close()
    closed = around.saved[CallId("new")]
    assert (first, second, closed.outcome) == (outcome, outcome, outcome)
    assert found is not None
    assert found.said_in_menu == closed.said_in_menu == (sales,)


async def test_calls_that_vanished_with_their_switch_are_closed_as_failed() -> None:
    around = Surroundings("gone", "alive")
    ledger = await around.ledger()
    await ledger.heard(snapshot("alive"))
    await ledger.flush()
    assert around.outcomes() == [(CallId("gone"), Outcome.FAILED)]
    assert [entry.arrival.call for entry in await around.open_entries()] == ["alive"]


async def test_calls_that_ended_while_nobody_listened_are_closed_by_the_switchs_records() -> None:
    around = Surroundings("served", "message", "ticket", "left")
    around.messages, around.message_tickets = {CallId("message")}, {CallId("ticket")}
    around.records = [
        SwitchRecord(
            arrival=arrival(call),
            phase=Phase.WAITING,
            joined_leg=LegId("leg-served-1") if call == "served" else None,
            ended_at=NOON + timedelta(seconds=5),
        )
        for call in ("served", "message", "ticket", "left", "never-seen")
    ]
    ledger = await around.ledger()
    await ledger.heard(snapshot())
    await ledger.heard(snapshot())
    assert sorted(around.outcomes()) == [
        (CallId("left"), Outcome.ABANDONED),
        (CallId("message"), Outcome.VOICEMAIL),
        (CallId("never-seen"), Outcome.ABANDONED),
        (CallId("served"), Outcome.SERVED),
        (CallId("ticket"), Outcome.VOICEMAIL),
    ]


async def test_a_call_whose_message_could_not_be_looked_for_ends_when_it_can(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("telephony.ledger.COMPARE_AGAIN_FIRST_S", 0.0)
    monkeypatch.setattr("telephony.ledger.FLUSH_EVERY_S", 0.0)
    around = Surroundings()
    around.messages = around.unreadable = {CallId("a")}
    ledger = await around.ledger()
    for call in ("a", "b"):
        await ledger.heard(CallArrived(at=NOON, arrival=arrival(call)))
        await ledger.heard(CallEnded(at=NOON, call=CallId(call), reason=EndReason.HOTLINE_HUNG_UP))
    assert around.outcomes() == [(CallId("b"), Outcome.FAILED)]
    running = asyncio.create_task(ledger.run())
    async with asyncio.timeout(5):
        await around.was_written.wait()
        around.was_written.clear()
        around.unreadable = set()
        await around.was_written.wait()
    running.cancel()
    await asyncio.wait([running])
    closed = around.saved[CallId("a")]
    assert (closed.outcome, closed.end_reason) == (Outcome.VOICEMAIL, EndReason.HOTLINE_HUNG_UP)
    assert [call for call, _ in around.outcomes()] == ["b", "a"]


async def test_a_call_that_came_while_the_server_was_dead_is_opened() -> None:
    around = Surroundings()
    ledger = await around.ledger()
    await ledger.heard(snapshot("new"))
    await ledger.flush()
    assert around.saved[CallId("new")].is_open


async def test_a_call_that_is_just_being_written_is_not_closed_again_by_the_switchs_record() -> None:
    around = Surroundings()
    ledger = await around.ledger()
    await ledger.heard(CallArrived(at=NOON, arrival=arrival("a")))
    await ledger.decide(CallId("a"), Outcome.SELF_SERVED)
    await ledger.heard(CallEnded(at=NOON, call=CallId("a"), reason=EndReason.HOTLINE_HUNG_UP))
    around.records = [ended("a", Phase.WAITING)]

    async def reconnect() -> None:
        await ledger.heard(snapshot())

    around.before_commit = reconnect
    await ledger.flush()
    await ledger.flush()
    assert around.outcomes() == [(CallId("a"), Outcome.SELF_SERVED)]
    assert around.saved[CallId("a")].outcome is Outcome.SELF_SERVED


async def test_what_the_database_kept_from_being_compared_is_compared_when_it_is_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("telephony.ledger.FLUSH_EVERY_S", 0.0)
    monkeypatch.setattr("telephony.ledger.COMPARE_AGAIN_FIRST_S", 0.0)
    around = Surroundings("gone")
    around.records = [ended("never-seen", Phase.WAITING)]
    ledger = await around.ledger()
    around.is_broken = True
    await ledger.heard(snapshot())
    await ledger.heard(CallArrived(at=NOON, arrival=arrival("later")))
    around.is_broken = False
    running = asyncio.create_task(ledger.run())
    async with asyncio.timeout(5):
        while around.saved.keys() != {"gone", "never-seen", "later"}:
            around.was_written.clear()
            await around.was_written.wait()
    running.cancel()
    await asyncio.wait([running])
    assert around.outcomes() == [
        (CallId("gone"), Outcome.FAILED),
        (CallId("never-seen"), Outcome.ABANDONED),
    ]
    assert around.saved[CallId("later")].is_open


async def test_calls_that_end_meanwhile_hide_no_record_from_a_comparison_that_is_made_late() -> None:
    around = Surroundings()
    around.ended_last = NOON
    ledger = await around.ledger()
    around.is_broken = True
    await ledger.heard(snapshot("a"))
    late = NOON + timedelta(hours=1)
    await ledger.heard(CallEnded(at=late, call=CallId("a"), reason=EndReason.CALLER_HUNG_UP))
    await ledger.heard(snapshot())
    assert around.asked == [NOON, NOON]


async def test_the_switch_may_forget_only_what_no_comparison_will_ask_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("telephony.ledger.TRIM_EVERY_S", 0.0)
    monkeypatch.setattr("telephony.ledger.COMPARE_AGAIN_FIRST_S", 0.0)
    around, late = Surroundings(), NOON + timedelta(hours=1)
    around.ended_last = NOON
    ledger = await around.ledger()
    around.is_broken = True
    await ledger.heard(snapshot())
    around.ended_last = late
    running = asyncio.create_task(ledger.run())
    meanwhile = await asyncio.to_thread(around.trimmed.get, timeout=5)
    around.is_broken = False
    async with asyncio.timeout(5):
        while await asyncio.to_thread(around.trimmed.get, timeout=5) != late:
            pass
    running.cancel()
    await asyncio.wait([running])
    assert meanwhile == NOON
