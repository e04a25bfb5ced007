from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from kernel.ids import AgentId, CallId, DeviceId, LegId
from telephony import ledger_rules as rules
from telephony.ledger_rules import CallEntry, SwitchRecord
from telephony.model import Arrival, CallMark, EndReason, LiveCall, LiveLeg, Outcome, Phase

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
LATER = NOON + timedelta(seconds=30)
ARRIVAL = Arrival(
    call=CallId("h-1.1"), at=NOON, caller_number="+8613800138000", caller_name="王", dialled="4001", trunk="t"
)
LEG, AGENT = LegId("leg-h-1.1-1"), AgentId(7)
ARRIVED = CallEntry(arrival=ARRIVAL)


def test_who_talked_with_an_agent_was_served_whatever_follows() -> None:
    entry = rules.join(ARRIVED, LEG, AGENT, NOON)
    entry = rules.decide(entry, Outcome.SELF_SERVED)
    assert rules.close(entry, EndReason.MEDIA_LOST, LATER).outcome is Outcome.SERVED


def test_ringing_alone_serves_nobody() -> None:
    entry = rules.ring(ARRIVED, LEG, AGENT, NOON)
    closed = rules.close(entry, EndReason.CALLER_HUNG_UP, LATER)
    assert closed.outcome is Outcome.ABANDONED
    assert [(leg.leg, leg.joined_at, leg.ended_at) for leg in closed.legs] == [(LEG, None, LATER)]


@pytest.mark.parametrize("decided", [Outcome.VOICEMAIL, Outcome.SELF_SERVED, Outcome.REJECTED])
def test_the_first_decision_stays(decided: Outcome) -> None:
    entry = rules.decide(rules.decide(ARRIVED, decided), Outcome.FAILED)
    assert rules.close(entry, EndReason.CALLER_HUNG_UP, LATER).outcome is decided


@pytest.mark.parametrize(
    ("reason", "outcome"),
    [
        (EndReason.CALLER_HUNG_UP, Outcome.ABANDONED),
        (EndReason.MEDIA_LOST, Outcome.FAILED),
        (EndReason.SWITCH_LOST, Outcome.FAILED),
        (EndReason.HOTLINE_HUNG_UP, Outcome.FAILED),
    ],
)
def test_an_undecided_call_is_judged_by_its_end(reason: EndReason, outcome: Outcome) -> None:
    assert rules.close(ARRIVED, reason, LATER).outcome is outcome


def test_a_closed_call_takes_no_decision() -> None:
    closed = rules.close(ARRIVED, EndReason.CALLER_HUNG_UP, LATER)
    assert rules.decide(closed, Outcome.SERVED) == closed


def test_an_adopted_conversation_counts_as_served_and_lost_legs_end() -> None:
    rang = rules.ring(ARRIVED, LegId("leg-h-1.1-0"), AgentId(3), NOON)
    live = LiveCall(arrival=ARRIVAL, mark=None, talks_with=LEG)
    leg = LiveLeg(leg=LEG, call=ARRIVAL.call, agent=AGENT, device=DeviceId("d"), is_answered=True)
    entry = rules.adopt(rang, live, [leg], LATER)
    assert entry.decided is Outcome.SERVED
    assert {known.leg: known.ended_at for known in entry.legs} == {LegId("leg-h-1.1-0"): LATER, LEG: None}


@pytest.mark.parametrize(
    ("phase", "decided"),
    [
        (Phase.MENU, None),
        (Phase.WAITING, None),
        (Phase.TALKING, Outcome.SERVED),
        (Phase.PARKED, Outcome.SERVED),
    ],
)
def test_an_adopted_call_that_had_its_conversation_already_is_served(
    phase: Phase, decided: Outcome | None
) -> None:
    live = LiveCall(arrival=ARRIVAL, mark=CallMark(phase=phase), talks_with=None)
    assert rules.adopt(ARRIVED, live, [], LATER).decided is decided


@pytest.mark.parametrize(
    ("leg", "has_message", "outcome"),
    [(LEG, True, Outcome.SERVED), (None, True, Outcome.VOICEMAIL), (None, False, Outcome.ABANDONED)],
)
def test_a_call_that_ended_unheard_is_closed_by_the_switchs_record(
    leg: LegId | None, *, has_message: bool, outcome: Outcome
) -> None:
    record = SwitchRecord(arrival=ARRIVAL, phase=Phase.WAITING, joined_leg=leg, ended_at=LATER)
    closed = rules.close_by_record(ARRIVED, record, has_message=has_message)
    assert (closed.outcome, closed.ended_at) == (outcome, LATER)


@pytest.mark.parametrize(
    ("phase", "outcome"),
    [
        (Phase.SERVED, Outcome.SELF_SERVED),
        (Phase.TALKING, Outcome.SERVED),
        (Phase.PARKED, Outcome.SERVED),
        (Phase.MENU, Outcome.ABANDONED),
        (None, Outcome.ABANDONED),
    ],
)
def test_where_a_call_stood_tells_how_it_ended_if_nobody_else_does(
    phase: Phase | None, outcome: Outcome
) -> None:
    record = SwitchRecord(arrival=ARRIVAL, phase=phase, joined_leg=None, ended_at=LATER)
    assert rules.close_by_record(ARRIVED, record, has_message=False).outcome is outcome
    by_message = replace(record, phase=Phase.SERVED)
    assert rules.close_by_record(ARRIVED, by_message, has_message=True).outcome is Outcome.VOICEMAIL


@pytest.mark.parametrize("decided", [Outcome.REJECTED, Outcome.FAILED, Outcome.SELF_SERVED])
def test_what_was_decided_with_goodbye_counts_though_the_ledgers_note_died(decided: Outcome) -> None:
    record = SwitchRecord(
        arrival=ARRIVAL, phase=Phase.SERVED, joined_leg=None, decided=decided, ended_at=LATER
    )
    assert rules.close_by_record(ARRIVED, record, has_message=False).outcome is decided
    assert rules.close_by_record(ARRIVED, record, has_message=True).outcome is Outcome.VOICEMAIL
    mark = CallMark(phase=Phase.SERVED, decided=decided)
    live = LiveCall(arrival=ARRIVAL, mark=mark, talks_with=None)
    assert rules.adopt(ARRIVED, live, [], LATER).decided is decided


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        (EndReason.HOTLINE_HUNG_UP, EndReason.AGENT_HUNG_UP),
        (EndReason.CALLER_HUNG_UP, EndReason.CALLER_HUNG_UP),
        (EndReason.MEDIA_LOST, EndReason.MEDIA_LOST),
    ],
)
def test_an_end_that_an_agent_ordered_is_the_agents(told: EndReason, kept: EndReason) -> None:
    talking = rules.join(ARRIVED, LEG, AGENT, NOON)
    ordered = rules.order_end(talking, AGENT)
    closed = rules.close(rules.end_leg(ordered, LEG, told, LATER), told, LATER)
    assert (closed.end_reason, closed.legs[0].reason, closed.outcome) == (kept, kept, Outcome.SERVED)
    assert rules.close(talking, told, LATER).end_reason is told


def test_an_end_that_a_supervisor_ordered_is_not_the_systems() -> None:
    ordered = rules.order_end(rules.join(ARRIVED, LEG, AGENT, NOON), None)
    closed = rules.close(ordered, EndReason.HOTLINE_HUNG_UP, LATER)
    assert closed.end_reason is closed.legs[0].reason is EndReason.SUPERVISOR_HUNG_UP
