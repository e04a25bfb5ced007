from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from kernel.ids import AgentId, CallId, DeviceId, LegId
from telephony import ledger_rules as rules
from telephony.ledger_rules import CallEntry, Sending, SwitchRecord
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


def test_how_long_a_caller_was_on_hold_is_kept_with_the_leg_also_for_a_hold_that_never_ended() -> None:
    entry = rules.join(ARRIVED, LEG, AGENT, NOON)
    for seconds, is_held in ((1, True), (2, True), (5, False), (6, False), (20, True)):
        entry = rules.hold(entry, LEG, NOON + timedelta(seconds=seconds), is_held=is_held)
    closed = rules.close(entry, EndReason.CALLER_HUNG_UP, LATER)
    assert [(leg.held_s, leg.held_since) for leg in closed.legs] == [(14.0, None)]


def test_a_hold_goes_on_through_the_death_of_the_server() -> None:
    entry = rules.hold(rules.join(ARRIVED, LEG, AGENT, NOON), LEG, NOON, is_held=True)
    leg = LiveLeg(leg=LEG, call=ARRIVAL.call, agent=AGENT, device=DeviceId("d7"), is_answered=True)
    live = LiveCall(arrival=ARRIVAL, mark=None, talks_with=LEG)
    goes_on = rules.adopt(entry, live, [replace(leg, is_holding=True)], LATER)
    is_over = rules.adopt(entry, live, [leg], LATER)
    assert (goes_on.legs[0].held_since, goes_on.legs[0].held_s) == (NOON, 0)
    assert (is_over.legs[0].held_since, is_over.legs[0].held_s) == (None, 30)


def test_a_leg_whose_agent_sent_the_caller_on_says_so_and_both_talks_count() -> None:
    sent = Sending(at=LATER, agent=AGENT, to_agent=AgentId(8), to_queue=None, note="退货")
    entry = rules.transfer(rules.join(ARRIVED, LEG, AGENT, NOON), sent, LEG)
    entry = rules.end_leg(entry, LEG, EndReason.HOTLINE_HUNG_UP, LATER)
    entry = rules.join(entry, LegId("leg-h-1.1-2"), AgentId(8), LATER)
    closed = rules.close(entry, EndReason.CALLER_HUNG_UP, LATER + timedelta(seconds=60))
    assert [(leg.agent, leg.reason) for leg in closed.legs] == [
        (AGENT, EndReason.TRANSFERRED),
        (8, EndReason.CALLER_HUNG_UP),
    ]
    assert (closed.transfers, closed.outcome) == ((sent,), Outcome.SERVED)


def test_who_waits_again_after_a_talk_was_served_whatever_became_of_the_entry() -> None:
    mark = CallMark(phase=Phase.WAITING, waited_ms=100)
    entry = rules.adopt(ARRIVED, LiveCall(arrival=ARRIVAL, mark=mark, talks_with=None), [], LATER)
    assert rules.close(entry, EndReason.CALLER_HUNG_UP, LATER).outcome is Outcome.SERVED


def test_a_colleague_who_was_asked_is_in_the_story_and_has_talked_with_nobody_else() -> None:
    asked = LegId("leg-h-1.1-2")
    entry = rules.consult(rules.join(ARRIVED, LEG, AGENT, NOON), asked, AgentId(8), NOON)
    closed = rules.close(entry, EndReason.CALLER_HUNG_UP, LATER)
    assert [(leg.agent, leg.joined_at, leg.consulted_at) for leg in closed.legs] == [
        (AGENT, NOON, None),
        (8, None, NOON),
    ]
