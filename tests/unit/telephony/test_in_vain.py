"""Who reached nobody, read from the ledger: the people, and the waiting they have lost."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from kernel.ids import AgentId, CallId, LegId, QueueId
from telephony import ledger_rules as rules
from telephony.in_vain import People, lost_waits, missed_callers
from telephony.ledger_rules import CallEntry, SwitchRecord
from telephony.model import Arrival, CallMark, EndReason, LiveCall, LostWait, Outcome, PersonWanted, Phase

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
SALES = QueueId("sales")
NOW = CallId("now")


def at(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


def came(call: str, minutes: float = 0, number: str = "+861") -> CallEntry:
    arrival = Arrival(
        call=CallId(call), at=at(minutes), caller_number=number, caller_name="", dialled="4001", trunk="t"
    )
    return CallEntry(arrival=arrival)


def waits(call: str, since: float, number: str = "+861") -> CallEntry:
    return rules.want(came(call, since, number), PersonWanted(queue=SALES, since=at(since)))


def gave_up(call: str, since: float, until: float, number: str = "+861") -> CallEntry:
    return rules.close(waits(call, since, number), EndReason.CALLER_HUNG_UP, at(until))


def served(call: str, since: float, until: float) -> CallEntry:
    joined = rules.join(waits(call, since), LegId(f"leg-{call}-1"), AgentId(7), at(since))
    return rules.close(joined, EndReason.CALLER_HUNG_UP, at(until))


def lost(since: float, until: float) -> LostWait:
    return LostWait(since=at(since), until=at(until))


LATE = PersonWanted(queue=SALES, since=at(0), until=at(0), turned_away="closed")


@pytest.mark.parametrize(
    ("before", "given_back"),
    [
        pytest.param([], (), id="a stranger"),
        pytest.param([gave_up("a", 0, 5)], (lost(0, 5),), id="gave up once"),
        pytest.param([gave_up("a", 0, 5), gave_up("b", 6, 8)], (lost(6, 8), lost(0, 5)), id="and again"),
        pytest.param([gave_up("a", 0, 5), served("b", 6, 8)], (), id="got through"),
        pytest.param([served("a", 0, 5), gave_up("b", 6, 8)], (lost(6, 8),), id="got through before"),
        pytest.param([gave_up("a", 0, 5), waits("b", 6)], (), id="another call has it"),
        pytest.param(
            [gave_up("a", 0, 5), rules.close(came("b", 6), EndReason.CALLER_HUNG_UP, at(7))],
            (lost(0, 5),),
            id="hung up in the menu meanwhile",
        ),
        pytest.param(
            [gave_up("a", 0, 5), rules.reject(came("b", 6), at(6))], (lost(0, 5),), id="the line was busy"
        ),
        pytest.param(
            [rules.close(rules.want(came("a"), LATE), EndReason.CALLER_HUNG_UP, at(1))], (), id="out of hours"
        ),
    ],
)
def test_waiting_in_vain_is_given_back_to_the_next_call_and_to_no_other(
    before: list[CallEntry], given_back: tuple[LostWait, ...]
) -> None:
    now = waits(NOW, 9)
    assert lost_waits([now, *before], now.arrival) == given_back


def test_of_two_calls_at_about_the_same_time_the_first_is_given_back_what_was_lost() -> None:
    calls = [waits("second", 9.01), waits("first", 9), gave_up("a", 0, 5)]
    second, first, _ = calls
    assert lost_waits(calls, first.arrival) == (lost(0, 5),)
    assert lost_waits(calls, second.arrival) == ()


def test_people_are_listed_once_with_their_last_call_and_how_often_they_tried() -> None:
    newest_first = [gave_up("c", 9, 11, "+862"), gave_up("b", 6, 8), gave_up("a", 0, 5)]
    first, second = missed_callers(newest_first, People())
    assert (first.last.arrival.caller_number, first.times, first.waited) == ("+862", 1, timedelta(minutes=2))
    assert (second.last.arrival.call, second.times, second.first_at) == ("b", 2, at(0))


def marked(**changes: object) -> CallMark:
    key_ms = int(at(1).timestamp() * 1000)
    mark = CallMark(phase=Phase.WAITING, queue=SALES, key_ms=key_ms - 60_000, boost_ms=60_000)
    return replace(mark, **changes)  # type: ignore[arg-type]


WANTED = PersonWanted(queue=SALES, since=at(1))


@pytest.mark.parametrize(
    ("phase", "mark", "wanted"),
    [
        pytest.param(Phase.WAITING, marked(), WANTED, id="waited when the server died"),
        pytest.param(Phase.MENU, marked(phase=Phase.MENU, queue=None, key_ms=0), None, id="was in a menu"),
        pytest.param(None, None, PersonWanted(queue=QueueId(""), since=at(0)), id="no server ever had it"),
        pytest.param(Phase.MENU, None, None, id="recorded by older code"),
    ],
)
def test_who_hangs_up_while_the_server_is_dead_is_known_by_what_the_switch_noted(
    phase: Phase | None, mark: CallMark | None, wanted: PersonWanted | None
) -> None:
    entry = came("a")
    record = SwitchRecord(arrival=entry.arrival, phase=phase, joined_leg=None, mark=mark, ended_at=at(3))
    closed = rules.close_by_record(entry, record, has_message=False)
    assert (closed.outcome, closed.wanted) == (Outcome.ABANDONED, wanted)


def test_what_the_server_wrote_down_before_it_died_stays() -> None:
    entry = waits("a", 0)
    record = SwitchRecord(
        arrival=entry.arrival, phase=Phase.WAITING, joined_leg=None, mark=marked(), ended_at=at(3)
    )
    assert rules.close_by_record(entry, record, has_message=False).wanted == entry.wanted


def test_a_waiting_call_that_is_found_alive_is_known_to_want_a_person() -> None:
    live = LiveCall(arrival=came("a").arrival, mark=marked(), talks_with=None)
    assert rules.adopt(came("a"), live, (), at(2)).wanted == WANTED
