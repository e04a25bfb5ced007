"""When the company is open."""

from datetime import UTC, datetime, timedelta

import pytest

from ivr.flow import load_calendars
from kernel.calendar import Calendar

OFFICE = Calendar.model_validate(
    {
        "timezone": "Asia/Shanghai",
        "weekly": {
            "mon": "09:00-18:00",
            "tue": "09:00-18:00",
            "wed": ["09:00-12:00", "13:00-18:00"],
            "thu": "09:00-18:00",
            "fri": "09:00-24:00",
        },
        "exceptions": {"2026-11-24": "closed", "2026-11-28": "10:00-11:00"},
    }
)


@pytest.mark.parametrize(
    ("local", "is_open"),
    [
        ("2026-11-23T08:59", False),
        ("2026-11-23T09:00", True),
        ("2026-11-23T17:59", True),
        ("2026-11-23T18:00", False),
        ("2026-11-25T12:30", False),  # the break at noon
        ("2026-11-27T23:59", True),
        ("2026-11-22T10:00", False),  # Sunday
        ("2026-11-24T10:00", False),  # exception: closed
        ("2026-11-28T10:30", True),  # exception: a Saturday with hours
        ("2026-10-01T10:00", False),  # National Day, a Thursday
        ("2026-10-10T10:00", True),  # 调休: a Saturday that is worked like a Monday
        ("2026-02-17T10:00", False),  # Spring Festival
        ("2035-10-01T10:00", True),  # no state calendar yet: weekly hours
    ],
)
def test_hours_in_china(local: str, *, is_open: bool) -> None:
    assert OFFICE.is_open(datetime.fromisoformat(f"{local}+08:00")) is is_open


def test_time_zone_is_the_calendars_own() -> None:
    abroad = OFFICE.model_copy(update={"timezone": "Europe/Berlin", "holidays": "none"})
    at = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)  # 17:00 in Shanghai, 10:00 in Berlin
    assert (OFFICE.is_open(at), abroad.is_open(at)) == (True, True)
    assert (OFFICE.is_open(at + timedelta(hours=3)), abroad.is_open(at + timedelta(hours=3))) == (False, True)


def test_chinese_holidays_can_be_left_out() -> None:
    abroad = OFFICE.model_copy(update={"holidays": "none"})
    assert abroad.is_open(datetime.fromisoformat("2026-10-01T10:00+08:00"))


@pytest.mark.parametrize(
    ("written", "line"),
    [
        ("calendars:\n  a:\n    timezone: Mars/Base\n    weekly: {}\n", 3),
        ("calendars:\n  a:\n    weekly:\n      mon: 9-17\n", 4),
        ("calendars:\n  a:\n    weekly:\n      mon: 18:00-09:00\n", 4),
        ("calendars:\n  a:\n    weekly:\n      monday: 09:00-18:00\n", 4),
        ("calendars:\n  a:\n    weekly: {}\n    exceptions:\n      2026-13-40: closed\n", 5),
    ],
)
def test_wrong_calendar_is_refused_with_its_line(written: str, line: int) -> None:
    loaded, (problem,) = load_calendars(written, file="calendars.yaml")
    assert loaded is None
    assert (problem.code, problem.line) == ("wrong_type", line)
