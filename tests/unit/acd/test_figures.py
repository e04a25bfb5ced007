"""What a queue achieved since midnight."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from acd.events import CallConnected, CallLeftQueue
from acd.figures import DayFigures
from acd.model import Exit
from acd.ports import PastWait
from kernel.ids import AgentId, CallId, LegId
from tests.unit.acd.floor import SALES

NOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)  # 12:00 in Shanghai


def answered(
    call: str, waited_s: float, *, at: datetime = NOON, is_first: bool = True, knew: AgentId | None = None
) -> CallConnected:
    return CallConnected(
        at=at,
        call=CallId(call),
        queue=SALES,
        agent=AgentId(1),
        leg=LegId("l"),
        waited_s=waited_s,
        talking_since=at,
        is_first=is_first,
        sticky_agent=knew,
    )


def test_the_service_level_is_of_all_that_were_answered_or_gave_up() -> None:
    figures = DayFigures("Asia/Shanghai", lambda _: 20)
    figures.note(answered("a", 20))
    figures.note(answered("b", 21))
    figures.note(CallLeftQueue(at=NOON, call=CallId("c"), queue=SALES, waited_s=3))
    figures.note(CallLeftQueue(at=NOON, call=CallId("d"), queue=SALES, waited_s=3, is_abandoned=False))
    figures.note(answered("a", 90, is_first=False))

    day = figures.of(SALES, NOON)

    assert (day.answered, day.abandoned, day.service_level) == (2, 1, 1 / 3)


def test_a_day_without_calls_has_no_service_level() -> None:
    assert DayFigures("Asia/Shanghai", lambda _: 20).of(SALES, NOON).service_level is None


def test_figures_go_on_after_a_restart_and_count_no_call_twice() -> None:
    figures = DayFigures("Asia/Shanghai", lambda _: 20)
    past = PastWait(call=CallId("a"), queue=SALES, ended_at=NOON, waited_s=5, was_answered=True)
    figures.rebuild([past], NOON)
    figures.note(answered("a", 5))
    assert figures.of(SALES, NOON).answered == 1


def test_the_day_ends_at_the_sites_midnight() -> None:
    figures = DayFigures("Asia/Shanghai", lambda _: 20)
    figures.note(answered("a", 5))
    assert figures.of(SALES, NOON + timedelta(hours=11, minutes=59)).answered == 1
    assert figures.of(SALES, NOON + timedelta(hours=12)).answered == 0
    assert figures.midnight(NOON) == datetime(2026, 11, 19, 16, 0, tzinfo=UTC)


def sent_away(call: str) -> CallLeftQueue:
    return CallLeftQueue(
        at=NOON, call=CallId(call), queue=SALES, waited_s=60, is_abandoned=False, exit=Exit.TIMEOUT
    )


def test_who_was_sent_away_counts_against_the_service_level() -> None:
    figures = DayFigures("Asia/Shanghai", lambda _: 20)
    figures.note(answered("a", 5))
    figures.note(sent_away("b"))
    day = figures.of(SALES, NOON)
    assert (day.answered, day.abandoned, day.sent_away, day.service_level) == (1, 0, 1, 1 / 2)


def test_who_came_back_after_being_sent_away_counts_once() -> None:
    figures = DayFigures("Asia/Shanghai", lambda _: 20)
    for event in (sent_away("a"), sent_away("a"), answered("a", 90)):
        figures.note(event)
    day = figures.of(SALES, NOON)
    assert (day.answered, day.sent_away, day.service_level) == (1, 0, 0)


def test_who_is_sent_away_after_a_talk_was_answered() -> None:
    figures = DayFigures("Asia/Shanghai", lambda _: 20)
    figures.note(replace(sent_away("a"), is_first=False))
    assert figures.of(SALES, NOON).sent_away == 0


def test_how_many_met_the_agent_they_knew() -> None:
    figures = DayFigures("Asia/Shanghai", lambda _: 20)
    for call, knew in (("a", AgentId(1)), ("b", AgentId(2)), ("c", None)):
        figures.note(answered(call, 5, knew=knew))
    day = figures.of(SALES, NOON)
    assert (day.answered, day.knew_agent, day.met_agent) == (3, 2, 1)
