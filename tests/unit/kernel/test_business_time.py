"""Business time, by a table of cases, and against a counter of minutes that only asks whether it is open."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from kernel.business_time import Pause, due, spent
from kernel.calendar import WEEK, Calendar
from tests.unit.kernel.business_time_cases import Case, cases

CASES = cases()
MINUTE = timedelta(minutes=1)
COUNTED_MAX = 4 * 24 * 60
"""Minutes that the slow counter looks at."""


def is_running(calendar: Calendar, moment: datetime, pauses: Iterable[Pause]) -> bool:
    paused = any(pause.since <= moment and (pause.until is None or moment < pause.until) for pause in pauses)
    return not paused and calendar.is_open(moment)


def counted_due(
    start: datetime, amount: timedelta, calendar: Calendar, pauses: Iterable[Pause], *, most: int
) -> datetime | None:
    """Minute by minute; None when it is not reached among so many."""
    moment, left = start.astimezone(UTC), amount
    for _ in range(most):
        if left <= timedelta(0):
            return moment
        if is_running(calendar, moment, pauses):
            left -= MINUTE
        moment += MINUTE
    return moment if left <= timedelta(0) else None


def counted_spent(start: datetime, until: datetime, calendar: Calendar, pauses: Iterable[Pause]) -> timedelta:
    moment, found = start, timedelta(0)
    while moment < until:
        found += MINUTE if is_running(calendar, moment, pauses) else timedelta(0)
        moment += MINUTE
    return found


def test_the_table_is_no_small_one() -> None:
    assert len(CASES) >= 60
    assert len({case.name for case in CASES}) == len(CASES)


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case.name))
def test_due_as_the_table_says(case: Case) -> None:
    assert due(case.start, case.amount, case.calendar, case.pauses) == case.due


@pytest.mark.parametrize(
    "case", [case for case in CASES if case.due is not None], ids=lambda case: str(case.name)
)
def test_the_table_agrees_with_a_counter_of_minutes_and_with_what_is_spent(case: Case) -> None:
    assert case.due is not None
    assert spent(case.start, case.due, case.calendar, case.pauses) == case.amount
    if case.start.second == 0:
        most = int((case.due.astimezone(UTC) - case.start.astimezone(UTC)) / MINUTE) + 1
        counted = counted_due(case.start, case.amount, case.calendar, case.pauses, most=most)
        assert counted == case.due


ZONES = (
    "Asia/Shanghai",
    "Europe/Berlin",
    "America/New_York",
    "America/St_Johns",
    "America/Havana",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "Pacific/Chatham",
    "Pacific/Apia",
    "Africa/Casablanca",
    "Asia/Tehran",
)
# Where something happens: changes of clocks, also at midnight and by half hours, a day that was left out,
# holidays with make-up days, a leap day.
AROUND = (
    date(2026, 3, 29),
    date(2026, 10, 25),
    date(2026, 3, 8),
    date(2026, 11, 1),
    date(2006, 10, 29),
    date(2026, 4, 5),
    date(2026, 10, 4),
    date(2011, 12, 30),
    date(2026, 2, 15),
    date(2026, 9, 20),
    date(2024, 2, 29),
    date(2026, 12, 31),
)


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


@st.composite
def spans(draw: st.DrawFn) -> str:
    since = draw(st.integers(0, 24 * 60 - 1))
    return f"{_clock(since)}-{_clock(draw(st.integers(since + 1, 24 * 60)))}"


HOURS = st.one_of(st.just("closed"), st.lists(spans(), max_size=3))


@st.composite
def calendars(draw: st.DrawFn) -> tuple[Calendar, date]:
    around = draw(st.sampled_from(AROUND))
    written: dict[str, Any] = {
        "timezone": draw(st.sampled_from(ZONES)),
        "holidays": draw(st.sampled_from(("china", "none"))),
        "make_up_like": draw(st.sampled_from(WEEK)),
        "weekly": draw(st.dictionaries(st.sampled_from(WEEK), HOURS)),
        "exceptions": draw(
            st.dictionaries(
                st.integers(-3, 3).map(lambda days: around + timedelta(days=days)), HOURS, max_size=2
            )
        ),
    }
    return Calendar.model_validate(written), around


@st.composite
def situations(draw: st.DrawFn) -> tuple[Calendar, datetime, tuple[Pause, ...]]:
    calendar, around = draw(calendars())
    begins = datetime(around.year, around.month, around.day, tzinfo=UTC) - timedelta(days=2)
    start = begins + draw(st.integers(0, 3 * 24 * 60)) * MINUTE
    pauses = []
    for since, lasts in draw(
        st.lists(st.tuples(st.integers(-600, 4_000), st.integers(0, 2_000)), max_size=3)
    ):
        pauses.append(Pause(start + since * MINUTE, start + (since + lasts) * MINUTE))
    return calendar, start, tuple(pauses)


@settings(max_examples=80, deadline=None)
@given(situations(), st.integers(0, 3_000))
def test_due_is_what_a_counter_of_minutes_finds(
    situation: tuple[Calendar, datetime, tuple[Pause, ...]], minutes: int
) -> None:
    calendar, start, pauses = situation
    found = counted_due(start, minutes * MINUTE, calendar, pauses, most=COUNTED_MAX)
    assume(found is not None)
    assert due(start, minutes * MINUTE, calendar, pauses) == found


@settings(max_examples=60, deadline=None)
@given(situations(), st.integers(-60, 2 * 24 * 60))
def test_spent_is_what_a_counter_of_minutes_finds(
    situation: tuple[Calendar, datetime, tuple[Pause, ...]], minutes: int
) -> None:
    calendar, start, pauses = situation
    until = start + minutes * MINUTE
    assert spent(start, until, calendar, pauses) == counted_spent(start, until, calendar, pauses)


@settings(max_examples=200, deadline=None)
@given(situations(), st.integers(0, 500_000))
def test_by_the_due_time_exactly_the_amount_is_spent_and_a_moment_before_it_is_not(
    situation: tuple[Calendar, datetime, tuple[Pause, ...]], seconds: int
) -> None:
    calendar, start, pauses = situation
    amount = timedelta(seconds=seconds)
    found = due(start, amount, calendar, pauses)
    assume(found is not None)
    assert found is not None
    assert spent(start, found, calendar, pauses) == amount
    if seconds:
        assert spent(start, found - timedelta(microseconds=1), calendar, pauses) < amount


@settings(max_examples=100, deadline=None)
@given(situations(), st.integers(0, 10_000), st.integers(0, 10_000))
def test_what_is_spent_adds_up(
    situation: tuple[Calendar, datetime, tuple[Pause, ...]], first: int, second: int
) -> None:
    calendar, start, pauses = situation
    middle = start + first * MINUTE
    end = middle + second * MINUTE
    whole = spent(start, end, calendar, pauses)
    assert whole == spent(start, middle, calendar, pauses) + spent(middle, end, calendar, pauses)


@settings(max_examples=100, deadline=None)
@given(situations(), st.integers(0, 5_000))
def test_a_pause_never_makes_anything_due_sooner(
    situation: tuple[Calendar, datetime, tuple[Pause, ...]], minutes: int
) -> None:
    calendar, start, pauses = situation
    without = due(start, minutes * MINUTE, calendar)
    paused = due(start, minutes * MINUTE, calendar, pauses)
    assume(without is not None and paused is not None)
    assert without is not None
    assert paused is not None
    assert without <= paused
