import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterable
from datetime import UTC, datetime, timedelta

import pytest

from infra.bus import LocalBus
from infra.tasks import Tasks
from kernel.briefs import Words
from kernel.events import Event
from kernel.ids import AgentId, CallId, LegId
from telephony.errors import EntryRefused
from telephony.events import (
    CallArrived,
    CallClosed,
    CallEnded,
    CallRejected,
    EndOrdered,
    Joined,
    SwitchConnected,
)
from telephony.ledger import Ledger
from telephony.ledger_rules import CallEntry, SwitchRecord
from telephony.model import Arrival, CallMark, EndReason, LiveCall, Outcome, Phase, Snapshot

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def arrival(call: str) -> Arrival:
    return Arrival(call=CallId(call), at=NOON, caller_number="", caller_name="", dialled="4001", trunk="t")


class Surroundings:
    """Journal, bus and clock in memory; the journal can be out of order."""

    def __init__(self, *open_calls: str) -> None:
        self.saved = {CallId(call): CallEntry(arrival=arrival(call)) for call in open_calls}
        self.published: list[Event] = []
        self.records: list[SwitchRecord] = []
        self.messages: set[CallId] = set()
        """In the spool."""
        self.message_tickets: set[CallId] = set()
        self.was_written = asyncio.Event()
        self.ended_last: datetime | None = None
        self.asked: list[datetime | None] = []
        """Since when the switch's records were read."""
        self.is_broken = False
        self.refused: set[CallId] = set()
        """Calls whose entry is never taken."""
        self.before_commit: Callable[[], Awaitable[None]] = self.nothing

    async def nothing(self) -> None:
        pass

    async def open_entries(self) -> list[CallEntry]:
        return [entry for entry in self.saved.values() if entry.is_open]

    async def last_end(self) -> datetime | None:
        return self.ended_last

    async def known(self, calls: Iterable[CallId]) -> set[CallId]:
        if self.is_broken:
            raise OSError("disk full")
        return set(calls) & self.saved.keys()

    async def save(self, entries: Iterable[CallEntry]) -> None:
        written = {entry.arrival.call: entry for entry in entries}
        if self.is_broken:
            raise OSError("disk full")
        if self.refused & written.keys():
            raise EntryRefused("too long")
        await self.before_commit()
        self.saved |= written
        self.was_written.set()

    def publish(self, event: Event) -> None:
        self.published.append(event)

    def listen(self, kind: type[Event], handler: Callable[[Event], None]) -> None:
        self.listening = (kind, handler)

    def subscribe(self, kind: type[Event], handler: Callable[[Event], Awaitable[None]]) -> None:
        self.subscribed = (kind, handler)

    def now(self) -> datetime:
        return NOON

    def monotonic(self) -> float:
        return 0.0

    async def ledger(self) -> Ledger:
        ledger = Ledger(self, self, self, read_records=self.read_records, messages=self)
        await ledger.start()
        return ledger

    def read_records(self, since: datetime | None) -> list[SwitchRecord]:
        self.asked.append(since)
        return self.records

    async def waits(self, call: CallId) -> bool:
        return call in self.messages

    async def was_left(self, call: CallId) -> bool:
        return call in self.messages | self.message_tickets

    def outcomes(self) -> list[tuple[CallId, Outcome]]:
        return [(event.call, event.outcome) for event in self.published if isinstance(event, CallClosed)]


async def test_a_call_is_found_before_it_is_written() -> None:
    around = Surroundings()
    ledger = await around.ledger()
    await ledger.heard(CallArrived(at=NOON, arrival=arrival("c-1")))
    waiting = ledger.find(CallId("c-1"))
    await ledger.heard(CallEnded(at=NOON, call=CallId("c-1"), reason=EndReason.CALLER_HUNG_UP))
    over = ledger.find(CallId("c-1"))
    await ledger.flush()
    assert (waiting and waiting.is_open, over and over.outcome) == (True, Outcome.ABANDONED)
    assert ledger.find(CallId("c-1")) is None
    assert CallId("c-1") in around.saved


def ended(call: str, phase: Phase) -> SwitchRecord:
    return SwitchRecord(arrival=arrival(call), phase=phase, joined_leg=None, ended_at=NOON)


def snapshot(*calls: str, mark: CallMark | None = None) -> SwitchConnected:
    live = tuple(LiveCall(arrival=arrival(call), mark=mark, talks_with=None) for call in calls)
    return SwitchConnected(
        at=NOON, snapshot=Snapshot(boot_id="1", calls=live, legs=(), registered=frozenset())
    )


async def test_a_call_is_closed_once_with_its_outcome() -> None:
    around = Surroundings()
    ledger = await around.ledger()
    await ledger.heard(CallArrived(at=NOON, arrival=arrival("a")))
    await ledger.heard(Joined(at=NOON, call=CallId("a"), leg=LegId("leg-a-1"), agent=AgentId(7)))
    ended = CallEnded(at=NOON, call=CallId("a"), reason=EndReason.CALLER_HUNG_UP)
    await ledger.heard(ended)
    await ledger.heard(ended)
    await ledger.flush()
    assert around.outcomes() == [(CallId("a"), Outcome.SERVED)]
    assert around.saved[CallId("a")].outcome is Outcome.SERVED


async def test_a_call_that_an_agent_ended_on_the_page_says_so() -> None:
    around = Surroundings()
    ledger = await around.ledger()
    await ledger.heard(CallArrived(at=NOON, arrival=arrival("a")))
    await ledger.heard(Joined(at=NOON, call=CallId("a"), leg=LegId("leg-a-1"), agent=AgentId(7)))
    await ledger.heard(EndOrdered(at=NOON, call=CallId("a"), agent=AgentId(7)))
    await ledger.heard(CallEnded(at=NOON, call=CallId("a"), reason=EndReason.HOTLINE_HUNG_UP))
    await ledger.flush()
    closed = around.saved[CallId("a")]
    assert (closed.end_reason, closed.legs[0].reason) == (EndReason.AGENT_HUNG_UP, EndReason.AGENT_HUNG_UP)


async def test_a_call_that_the_switch_turned_away_has_its_outcome_once_whoever_tells_of_it() -> None:
    around = Surroundings()
    ledger = await around.ledger()
    await ledger.heard(CallRejected(at=NOON, arrival=arrival("heard")))
    around.records = [
        SwitchRecord(arrival=arrival(call), phase=None, joined_leg=None, is_rejected=True, ended_at=NOON)
        for call in ("heard", "both", "noted")
    ]
    await ledger.heard(snapshot())
    await ledger.heard(CallRejected(at=NOON, arrival=arrival("both")))
    await ledger.flush()
    assert sorted(around.outcomes()) == [
        (CallId("both"), Outcome.REJECTED),
        (CallId("heard"), Outcome.REJECTED),
        (CallId("noted"), Outcome.REJECTED),
    ]
    assert await around.open_entries() == []


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

    def read_slowly(_since: datetime | None) -> list[SwitchRecord]:
        loop.call_soon_threadsafe(begun.set)
        go_on.wait(5)
        return [ended("new", Phase.MENU)]

    ledger = Ledger(around, bus, around, read_records=read_slowly, messages=around)
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


async def test_what_was_chosen_in_a_menu_outlives_the_server() -> None:
    around = Surroundings("a")
    complaints, sales = Words(zh="投诉", en="Complaints"), Words(zh="销售", en="Sales")
    for choice in (complaints, sales):
        ledger = await around.ledger()
        await ledger.choose(CallId("a"), choice)
        await ledger.flush()
    assert around.saved[CallId("a")].said_in_menu == (complaints, sales)


async def test_nothing_is_lost_while_the_database_is_out_of_order() -> None:
    around = Surroundings()
    ledger = await around.ledger()
    around.is_broken = True
    await ledger.heard(CallArrived(at=NOON, arrival=arrival("a")))
    await ledger.flush()
    await ledger.decide(CallId("a"), Outcome.SELF_SERVED)
    around.is_broken = False
    await ledger.flush()
    assert around.saved[CallId("a")].decided is Outcome.SELF_SERVED


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


@pytest.mark.parametrize(
    ("end", "reason"),
    [
        (CallEnded(at=NOON, call=CallId("a"), reason=EndReason.CALLER_HUNG_UP), EndReason.CALLER_HUNG_UP),
        (None, EndReason.SWITCH_LOST),
    ],
)
async def test_a_message_that_the_switch_itself_took_is_the_calls_outcome(
    end: CallEnded | None, reason: EndReason
) -> None:
    around = Surroundings()
    ledger = await around.ledger()
    await ledger.heard(snapshot("a"))
    around.messages = {CallId("a")}
    await ledger.heard(end or snapshot())
    await ledger.flush()
    assert around.saved[CallId("a")].end_reason is reason
    assert around.outcomes() == [(CallId("a"), Outcome.VOICEMAIL)]


async def test_a_call_that_came_while_the_server_was_dead_is_opened() -> None:
    around = Surroundings()
    ledger = await around.ledger()
    await ledger.heard(snapshot("new"))
    await ledger.flush()
    assert around.saved[CallId("new")].is_open


async def test_an_entry_that_can_never_be_written_keeps_no_other_from_it() -> None:
    around = Surroundings()
    ledger = await around.ledger()
    around.refused = {CallId("bad")}
    for call in ("a", "bad", "b"):
        await ledger.heard(CallArrived(at=NOON, arrival=arrival(call)))
    await ledger.flush()
    assert around.saved.keys() == {"a", "b"}
    around.refused = set()
    await ledger.flush()
    assert around.saved.keys() == {"a", "b"}
    await ledger.heard(CallEnded(at=NOON, call=CallId("bad"), reason=EndReason.CALLER_HUNG_UP))
    around.records = [ended("bad", Phase.WAITING)]
    await ledger.heard(snapshot("a", "b"))
    assert around.outcomes() == [(CallId("bad"), Outcome.ABANDONED)]


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


async def test_what_changes_while_an_entry_is_written_is_written_too() -> None:
    around = Surroundings()
    ledger = await around.ledger()
    await ledger.heard(CallArrived(at=NOON, arrival=arrival("a")))

    async def decide() -> None:
        await ledger.decide(CallId("a"), Outcome.SELF_SERVED)

    around.before_commit = decide
    await ledger.flush()
    assert around.saved[CallId("a")].decided is None
    await ledger.flush()
    assert around.saved[CallId("a")].decided is Outcome.SELF_SERVED


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
