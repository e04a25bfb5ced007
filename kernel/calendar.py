"""Business calendars: whether a company is open at a moment, in its own time zone."""

from datetime import date, datetime, time, timedelta
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

import chinese_calendar
from pydantic import BeforeValidator, Field

from kernel.site_yaml import Strict
from kernel.written import Timezone

WeekDay = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEK: tuple[WeekDay, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MINUTES_PER_DAY = 24 * 60
LOOKED_AHEAD_DAYS = 60


class Span(Strict):
    """From one minute of a day to another; `until` is the first closed minute."""

    since: int
    until: int


def minute_of_day(text: str) -> int:
    """`09:00` in minutes; `24:00` is the end of the day. Raises `ValueError` for what is no such time."""
    hours, colon, minutes = text.strip().partition(":")
    if not (colon and hours.isdecimal() and minutes.isdecimal() and len(minutes) == 2):
        raise ValueError(f"{text!r} is not a time such as 09:00")
    total = int(hours) * 60 + int(minutes)
    if total > MINUTES_PER_DAY or int(minutes) > 59:
        raise ValueError(f"{text!r} is not a time of day")
    return total


def _span(written: object) -> object:
    if not isinstance(written, str):
        return written
    since, dash, until = written.partition("-")
    if not dash:
        raise ValueError(f"{written!r} is not a span such as 09:00-17:30")
    span = Span(since=minute_of_day(since), until=minute_of_day(until))
    if span.since >= span.until:
        raise ValueError(f"{written!r} ends before it begins; write a span over midnight as two days")
    return span


def _spans(written: object) -> object:
    """`closed` is no span; a single span needs no list."""
    if isinstance(written, str):
        return [] if written == "closed" else [written]
    return written


OpenHours = Annotated[tuple[Annotated[Span, BeforeValidator(_span)], ...], BeforeValidator(_spans)]


class Calendar(Strict):
    """Weekly hours, with what overrides them: exceptions first, then public holidays."""

    timezone: Timezone = "Asia/Shanghai"
    weekly: dict[WeekDay, OpenHours]
    holidays: Literal["china", "none"] = "china"
    """`china`: closed on public holidays, open on make-up working days (调休)."""
    make_up_like: WeekDay = "mon"
    """The weekday whose hours a make-up working day has."""
    exceptions: dict[date, OpenHours] = Field(default_factory=dict)

    def is_open(self, now: datetime) -> bool:
        """Whether the company is open at this moment."""
        local = now.astimezone(ZoneInfo(self.timezone))
        minute = local.hour * 60 + local.minute
        return any(span.since <= minute < span.until for span in self.hours_on(local.date()))

    def opens_at(self, now: datetime) -> datetime | None:
        """When the company opens next; None where it is open now, or not for a long time."""
        if self.is_open(now):
            return None
        local = now.astimezone(ZoneInfo(self.timezone))
        minute = local.hour * 60 + local.minute
        for ahead in range(LOOKED_AHEAD_DAYS):
            day = local.date() + timedelta(days=ahead)
            begins = (span.since for span in self.hours_on(day) if ahead or span.since > minute)
            first = min(begins, default=None)
            if first is not None:
                return datetime.combine(day, time(first // 60, first % 60), ZoneInfo(self.timezone))
        return None

    def hours_on(self, day: date) -> OpenHours:
        """The open hours of one day."""
        if day in self.exceptions:
            return self.exceptions[day]
        weekday = WEEK[day.weekday()]
        if self.holidays == "china":
            kind = _chinese_kind(day)
            if kind == "holiday":
                return ()
            if kind == "make_up":
                weekday = self.make_up_like
        return self.weekly.get(weekday, ())


def _chinese_kind(day: date) -> Literal["plain", "holiday", "make_up"]:
    try:
        is_off, name = chinese_calendar.get_holiday_detail(day)
    except NotImplementedError:
        # The state announces a year's holidays late in the year before. Until the package knows
        # them, the weekly hours hold, and the file's own exceptions.
        return "plain"
    if name is None:
        return "plain"
    return "holiday" if is_off else "make_up"
