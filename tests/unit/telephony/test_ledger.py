from collections.abc import Awaitable, Callable, Iterable
from datetime import UTC, datetime, timedelta

import pytest

from kernel.events import Event
from kernel.ids import AgentId, CallId, LegId
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
from telephony.model import Arrival, EndReason, LiveCall, Outcome, Phase, Snapshot

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
        self.is_broken = False

    async def open_entries(self) -> list[CallEntry]:
        return [entry for entry in self.saved.values() if entry.is_open]

    async def last_end(self) -> datetime | None:
        return None

    async def known(self, calls: Iterable[CallId]) -> set[CallId]:
        return set(calls) & self.saved.keys()

    async def save(self, entries: Iterable[CallEntry]) -> None:
        if self.is_broken:
            raise OSError("disk full")
        self.saved |= {entry.arrival.call: entry for entry in entries}

    def publish(self, event: Event) -> None:
        self.published.append(event)

    def subscribe(self, kind: type[Event], handler: Callable[[Event], Awaitable[None]]) -> None:
        self.subscribed = (kind, handler)

    def now(self) -> datetime:
        return NOON

    def monotonic(self) -> float:
        return 0.0

    async def ledger(self) -> Ledger:
        ledger = Ledger(self, self, self, read_records=lambda _: self.records, messages=self)
        await ledger.start()
        return ledger

    def waits(self, call: CallId) -> bool:
        return call in self.messages

    async def was_left(self, call: CallId) -> bool:
        return call in self.messages | self.message_tickets

    def outcomes(self) -> list[tuple[CallId, Outcome]]:
        return [(event.call, event.outcome) for event in self.published if isinstance(event, CallClosed)]


def snapshot(*calls: str) -> SwitchConnected:
    live = tuple(
        LiveCall(arrival=arrival(call), mark=None, is_in_fallback=False, talks_with=None) for call in calls
    )
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
    assert ledger.open_calls == 0


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
    assert around.outcomes() == [(CallId("gone"), Outcome.FAILED)]
    assert ledger.open_calls == 1


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
