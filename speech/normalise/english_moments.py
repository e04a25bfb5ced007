"""Dates and times in English."""

import re
from collections.abc import Mapping
from functools import partial

from speech.normalise.english_numbers import cardinal, ordinal, year
from speech.normalise.months import (
    BY_DAY,
    BY_MONTH,
    BY_YEAR,
    CLOCK,
    DAY,
    HALF,
    MONTH,
    MONTH_NAME,
    MONTHS,
    YEAR,
    ZONE,
    day_of_year,
    month_number,
)
from speech.normalise.rules import Rule, rule

_ALONE = r"(?<![\w.])"
_END = r"(?![\dA-Za-z])"
_TO = r"\s?[-~～–—]\s?"
_NOON = 12
_HOUR_WORDS = "|".join(cardinal(str(hour)) for hour in range(1, 13))
_HALVES = {"a": " a m", "p": " p m"}


def _month(found: re.Match[str]) -> str:
    return MONTHS[month_number(found) - 1]


def _date(found: re.Match[str]) -> str:
    parts = found.groupdict()
    day = f" {ordinal(parts['day'])}" if parts.get("day") else ""
    return f"{_month(found)}{day}" + (f", {year(parts['year'])}" if parts.get("year") else "")


def _month_of_year(found: re.Match[str]) -> str:
    return f"{_month(found)} {year(found['year'])}"


def _day_of_month(found: re.Match[str]) -> str:
    """As written: the twenty-third of November."""
    said = f"{ordinal(found['day'])} of {_month(found)}"
    return said + (f", {year(found['year'])}" if found["year"] else "")


def _days(found: re.Match[str]) -> str:
    return f"{_month(found)} {ordinal(found['day'])} to {ordinal(found['last'])}"


def _time(found: re.Match[str]) -> str:
    parts = found.groupdict()
    hour, minute = int(parts["hour"]), (parts.get("minute") or "").zfill(2)
    second = parts.get("second") or "00"
    half = _half(hour, parts)
    said = cardinal(str((hour - 1) % _NOON + 1))
    if int(minute):
        said += f" {_of_sixty(minute)}"
    elif not half and not int(second):
        return said + " o'clock"
    seconds = f" and {cardinal(second)} second{'' if second == '01' else 's'}" if int(second) else ""
    return said + seconds + half


def _half(hour: int, parts: Mapping[str, str | None]) -> str:
    if written := parts.get("half"):
        return _HALVES[written.lower()]
    if hour % (2 * _NOON) == 0 or (hour < _NOON and parts.get("until_evening") is not None):
        return " a m"
    return " p m" if hour > _NOON else ""


def _of_sixty(digits: str) -> str:
    return ("oh " if digits[0] == "0" else "") + cardinal(digits)


def _moment(found: re.Match[str]) -> str:
    return f"{_date(found)} at {_time(found)}"


def _day_or_part(found: re.Match[str]) -> str:
    first, second = found["first"], found["second"]
    if day := day_of_year(first, second):
        return f"{MONTHS[int(day[0]) - 1]} {ordinal(day[1])}"
    if int(second) < 2:  # nobody divides by that
        return f"{cardinal(first)} over {cardinal(second)}"
    return _part(first, second)


def _part(top: str, bottom: str) -> str:
    many = "" if int(top) == 1 else "s"
    if int(bottom) == 2:
        return "one half" if not many else f"{cardinal(top)} halves"
    return f"{cardinal(top)} {ordinal(bottom)}{many}"


def _decade(found: re.Match[str]) -> str:
    said = year(found[1]) if found[1] else cardinal(found[2])
    return said[:-1] + "ies" if said.endswith("y") else said + "s"


_named = partial(rule, ignore_case=True)

MOMENTS: tuple[Rule, ...] = (
    rule(rf"{_ALONE}{BY_YEAR}T{CLOCK}{ZONE}{_END}", _moment),
    rule(rf"{_ALONE}(?:{BY_YEAR}){_END}", _date),
    rule(rf"{_ALONE}(?:{BY_MONTH}){_END}", _date),
    rule(rf"{_ALONE}(?:{BY_DAY}){_END}", _date),
    rule(
        rf"{_ALONE}(?P<from>(?:19|20)\d{{2}})年?{_TO}(?P<to>(?:19|20)\d{{2}})(?:年|{_END})",
        lambda found: f"{year(found['from'])} to {year(found['to'])}",
    ),
    rule(rf"(?<!\d){MONTH}月{DAY}[日号]?{_TO}(?P<last>3[01]|[12]\d|[1-9])[日号]", _days),
    rule(rf"(?<!\d)(?:{YEAR}年)?{MONTH}月(?:{DAY}[日号])?", _date),
    rule(rf"(?<!\d){YEAR}年", lambda found: year(found["year"])),
    _named(
        rf"\b{MONTH_NAME}\ {DAY}(?:st|nd|rd|th)?{_TO}(?P<last>3[01]|[12]\d|[1-9])(?:st|nd|rd|th)?{_END}",
        _days,
    ),
    _named(rf"\b{MONTH_NAME}\ {DAY}(?:st|nd|rd|th)?(?:,?\ {YEAR})?{_END}(?![:.]\d)", _date),
    _named(
        rf"{_ALONE}{DAY}(?:st|nd|rd|th)?\ of\ {MONTH_NAME}(?:,?\ {YEAR}{_END})?",
        _day_of_month,
    ),
    _named(rf"{_ALONE}{DAY}(?:st|nd|rd|th)?[\ -]{MONTH_NAME}(?:[,\ -]{{1,2}}{YEAR}{_END})?", _date),
    _named(rf"\b{MONTH_NAME}\ {YEAR}{_END}", _month_of_year),
    rule(rf"{_ALONE}{YEAR}[-/](?P<month>0[1-9]|1[0-2]){_END}(?![-/])", _month_of_year),
    rule(
        r"(?<![\w.])((?:1[5-9]|20)\d0)s\b|(?:(?<=the\ )|(?<=early\ )|(?<=late\ )|(?<!\w)')([2-9]0)s\b",
        _decade,
    ),
    rule(rf"{_ALONE}(?P<hour>2[0-4]|[01]?\d)[点时](?:(?P<minute>[0-5]?\d)分?|整)?", _time),
    _named(rf"{_ALONE}{CLOCK}(?:\ ?{HALF})?(?!\d)(?P<until_evening>(?={_TO}(?:1[3-9]|2[0-4])[:：]))?", _time),
    _named(rf"{_ALONE}(?P<hour>1[0-2]|0?[1-9])\ ?{HALF}", _time),
    rule(rf"(?<=\ m|ck){_TO}(?=(?:{_HOUR_WORDS})\b)", " to "),
    rule(rf"{_ALONE}24/7(?![\d/])", "twenty-four seven"),
    rule(rf"{_ALONE}50/50(?![\d/])", "fifty-fifty"),
    rule(r"(?<=\d)\ (?=[1-9]/[2-9](?![\d/]))", " and "),
    rule(rf"{_ALONE}(?P<first>\d{{1,4}})/(?P<second>\d{{1,4}})(?![\d/A-Za-z])", _day_or_part),
)
YEARS: tuple[Rule, ...] = (
    rule(
        rf"{_ALONE}(1[6-9]\d{{2}}|20\d[1-9]|20[1-9]0)(?![\d.])(?!,\d)",
        lambda found: year(found[1]),
    ),
)
"""Four bare figures are a year more often than a number, and said so both are understood."""
