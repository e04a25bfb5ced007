"""Who is on call at which moment: shifts over midnight, rotas, holidays, and lists that cannot be used."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.calendar import WEEK
from staff.errors import OnCallFileInvalid
from staff.on_call import OnCallList, Shift, parse_on_call, unknown_people

SHANGHAI = ZoneInfo("Asia/Shanghai")
LISTS = """\
on_call:
  night:
    name: 夜间值班
    shifts:
      - {since: 2026-10-01, until: 2026-10-07, people: [chen]}
      - {since: 2026-12-31, until: 2026-12-31, people: []}
      - {days: [mon, tue, wed, thu, fri], hours: 18:00-09:00, people: [zhao, wang]}
      - {days: [sat, sun], rota: [zhao, wang, chen], first_turn: 2026-11-21, turn_days: 7}
"""
"""2026-11-23 is a Monday."""


def on_call(text: str, local: str, *, name: str = "night") -> tuple[str, ...]:
    found = parse_on_call(text)[name]
    return found.people_at(datetime.fromisoformat(local).replace(tzinfo=ZoneInfo(found.timezone)))


@pytest.mark.parametrize(
    ("local", "people"),
    [
        ("2026-11-23T17:59:59", ()),
        ("2026-11-23T18:00", ("zhao", "wang")),
        ("2026-11-24T03:00", ("zhao", "wang")),
        ("2026-11-24T08:59:59", ("zhao", "wang")),
        ("2026-11-24T09:00", ()),
        # Friday's night goes on into Saturday morning, which is why the weekend comes after it.
        ("2026-11-28T08:00", ("zhao", "wang")),
        ("2026-11-28T09:00", ("wang", "chen", "zhao")),
        ("2026-11-29T23:00", ("wang", "chen", "zhao")),
        # The night of Sunday is nobody's: the weekend's shift ends with its day.
        ("2026-11-30T03:00", ()),
        ("2026-11-21T12:00", ("zhao", "wang", "chen")),
        ("2026-12-05T12:00", ("chen", "zhao", "wang")),
        # Before the first turn they took turns all the same.
        ("2026-11-14T12:00", ("chen", "zhao", "wang")),
        ("2026-10-01T00:00", ("chen",)),
        ("2026-10-05T20:00", ("chen",)),
        ("2026-10-08T00:00", ("zhao", "wang")),
        ("2026-12-31T20:00", ()),
        ("2027-01-01T02:00", ("zhao", "wang")),
    ],
)
def test_the_first_shift_that_fits_says_who_is_rung(local: str, people: tuple[str, ...]) -> None:
    assert on_call(LISTS, local) == people


def test_moments_are_those_of_the_lists_own_place() -> None:
    lists = parse_on_call(LISTS.replace("name: 夜间值班", "name: 夜间值班\n    timezone: Europe/Berlin"))
    assert lists["night"].people_at(datetime(2026, 11, 23, 17, 30, tzinfo=UTC)) == ("zhao", "wang")
    assert lists["night"].people_at(datetime(2026, 11, 23, 16, 30, tzinfo=UTC)) == ()


def test_a_night_in_which_clocks_change_has_no_hour_without_somebody() -> None:
    shift = Shift.model_validate({"hours": "22:00-06:00", "people": ("zhao",)})
    night = OnCallList(name="Nacht", timezone="Europe/Berlin", shifts=(shift,))
    for begins in (datetime(2026, 3, 28, 21, tzinfo=UTC), datetime(2026, 10, 24, 20, tzinfo=UTC)):
        on = [night.people_at(begins + timedelta(minutes=minute)) for minute in range(10 * 60)]
        assert on[0] == ("zhao",)
        # The spring's night has 7 hours, and autumn's has 9.
        assert on.count(("zhao",)) == (7 if begins.month == 3 else 9) * 60
        assert on.index(()) == on.count(("zhao",))


minutes = st.integers(0, 24 * 60 - 1)


@given(
    since=minutes,
    until=minutes,
    days=st.lists(st.sampled_from(WEEK), min_size=1, unique=True),
    at=st.datetimes(
        datetime.fromisoformat("2026-01-01"),
        datetime.fromisoformat("2027-12-31"),
        timezones=st.just(SHANGHAI),
    ),
)
def test_a_shift_is_what_counting_its_minutes_says(
    since: int, until: int, days: list[str], at: datetime
) -> None:
    hours = "-".join(f"{minute // 60:02}:{minute % 60:02}" for minute in (since, until))
    shift = Shift.model_validate({"days": days, "hours": hours, "people": ["a"]})
    length = (until - since) % (24 * 60) or 24 * 60
    begun = [
        day
        for ago, day in ((1, at.date() - timedelta(days=1)), (0, at.date()))
        if WEEK[day.weekday()] in days and 0 <= at.hour * 60 + at.minute + ago * 24 * 60 - since < length
    ]
    assert shift.day_of(at) == (begun[0] if begun else None)


@given(turn_days=st.integers(1, 30), days_on=st.integers(-1000, 1000), people=st.integers(1, 20))
def test_in_a_rota_everybody_comes_first_for_as_long_and_nobody_is_left_out(
    turn_days: int, days_on: int, people: int
) -> None:
    rota = tuple(f"p{n}" for n in range(people))
    first = date(2026, 11, 23)
    shift = Shift(rota=rota, first_turn=first, turn_days=turn_days)
    begins = first + timedelta(days=days_on)
    on = [shift.people_on(begins + timedelta(days=n)) for n in range(turn_days * people)]
    assert {tuple(sorted(order)) for order in on} == {tuple(sorted(rota))}
    assert Counter(order[0] for order in on) == dict.fromkeys(rota, turn_days)


@pytest.mark.parametrize(
    ("shift", "line", "says"),
    [
        ("{hours: 9-18, people: [zhao]}", 5, "'9' is not a time such as 09:00"),
        ("{hours: '25:00-09:00', people: [zhao]}", 5, "not a time of day"),
        ("{hours: 1800, people: [zhao]}", 5, "hours"),
        ("{days: [monday], people: [zhao]}", 5, "days.0: input should be 'mon'"),
        ("{people: [赵工]}", 5, "people.0"),
        ("{}", 5, "write people: [] where nobody is on call"),
        ("{people: [zhao], rota: [wang], first_turn: 2026-11-23}", 5, "not both"),
        ("{rota: [wang]}", 5, "needs first_turn"),
        ("{since: 2026-11-23, until: 2026-11-22, people: [zhao]}", 5, "ends before it begins"),
        ("{people: [zhao], first_turn: 2026-13-01}", 5, "first_turn"),
        ("{rota: [zhao], first_turn: 2026-11-23, turn_days: 0}", 5, "turn_days"),
        ("{people: [zhao], phones: 3}", 5, "phones"),
    ],
)
def test_what_cannot_be_meant_is_told_with_its_line(shift: str, line: int, says: str) -> None:
    with pytest.raises(OnCallFileInvalid) as refused:
        parse_on_call(f"on_call:\n  night:\n    name: 夜间\n    shifts:\n      - {shift}\n")
    assert refused.value.line == line
    assert says in refused.value.what


@pytest.mark.parametrize("text", ["", "on_call: []", "[]", "on_call: {夜: {}}", "on_call: {a: {name: 夜}}"])
def test_a_file_that_holds_no_lists_is_refused(text: str) -> None:
    with pytest.raises(OnCallFileInvalid):
        parse_on_call(text)


def test_a_shift_from_one_time_to_the_same_time_is_a_whole_day() -> None:
    whole = OnCallList(name="夜", shifts=(Shift.model_validate({"hours": "09:00-09:00", "people": ("a",)}),))
    assert whole.people_at(datetime(2026, 11, 23, 8, 59, tzinfo=SHANGHAI)) == ("a",)


def test_whom_the_site_does_not_know_is_told_with_the_line() -> None:
    unknown = unknown_people(LISTS, frozenset({"zhao", "wang"}))
    assert [(one.key, one.line) for one in unknown] == [("chen", 5), ("chen", 8)]
    assert unknown_people(LISTS, None) == []
