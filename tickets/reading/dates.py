"""Dates in what was said, told from the day on which it was said. Pure."""

import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta

from tickets.reading.figures import LIKELY, POSSIBLE, SURE, finding
from tickets.reading.folding import Folded
from tickets.reading.model import Field, Finding
from tickets.reading.numerals import CHINESE_NUMBER, ENGLISH_NUMBER, number

Told = tuple[date, float]
Tell = Callable[[re.Match[str], date], Told | None]

_DAYS = {
    "大前天": -3, "前天": -2, "昨天": -1, "昨日": -1, "昨晚": -1, "今天": 0, "今日": 0, "今早": 0, "今晚": 0,
    "明天": 1, "明日": 1, "明早": 1, "明晚": 1, "后天": 2, "大后天": 3,
    "the day before yesterday": -2, "yesterday": -1, "last night": -1, "today": 0, "tonight": 0,
    "the day after tomorrow": 2, "tomorrow": 1,
}  # fmt: skip
_WEEKDAYS = {sign: at % 7 for at, sign in enumerate("一二三四五六日天")} | {"天": 6} | {
    str(at + 1): at for at in range(7)
} | {
    name: at
    for at, name in enumerate(
        ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
    )
}  # fmt: skip
_MONTHS = {
    name: at
    for at, names in enumerate(
        (
            "january|jan", "february|feb", "march|mar", "april|apr", "may", "june|jun", "july|jul",
            "august|aug", "september|sept|sep", "october|oct", "november|nov", "december|dec",
        ),
        start=1,
    )
    for name in names.split("|")
}  # fmt: skip
_WEEKS = {"上上": -2, "上": -1, "last ": -1, "下": 1, "next ": 1, "下下": 2, "这": 0, "本": 0, "this ": 0}
_YEARS = {"去年": -1, "今年": 0, "明年": 1, "前年": -2}
_UNITS = {"天": 1, "日": 1, "周": 7, "星期": 7, "礼拜": 7, "day": 1, "week": 7, "month": 30, "月": 30}

_FIGURES = rf"\d{{1,2}}|{CHINESE_NUMBER}"
_MONTH = "|".join(sorted(_MONTHS, key=len, reverse=True))
_YEAR = r"(?P<year>\d{4}(?=年)|[零〇一二三四五六七八九]{4}(?=年)|[去今明前]年)"
_AND_YEAR = r"(?:,? (?P<year>\d{4}))?"
_TH = "(?:st|nd|rd|th)?"
_NAMED = "|".join(rf"\b{name}\b" if name.isascii() else name for name in sorted(_DAYS, key=len, reverse=True))
_WEEKDAY = "|".join(name for name in _WEEKDAYS if len(name) > 1)


def _by_name(found: re.Match[str], day: date) -> Told:
    return day + timedelta(days=_DAYS[found[0]]), SURE


def _by_weekday(found: re.Match[str], day: date) -> Told:
    weekday = _WEEKDAYS[found["weekday"]]
    if found["week"]:
        monday = day - timedelta(days=day.weekday())
        return monday + timedelta(weeks=_WEEKS[found["week"]], days=weekday), LIKELY
    # Alone, people mostly tell of what was.
    return day - timedelta(days=(day.weekday() - weekday) % 7), POSSIBLE


def _by_distance(found: re.Match[str], day: date) -> Told | None:
    count = number(found["count"])
    if count is None or count > 1000:
        return None
    away = int(count) * _UNITS[found["unit"]]
    way = -1 if found["way"] in {"前", "ago"} else 1
    return day + timedelta(days=way * away), SURE if away < 7 else POSSIBLE


def _by_figures(found: re.Match[str], _: date) -> Told | None:
    parts = [int(found[name]) for name in ("year", "month", "day")]
    return _existing(*parts)


def _by_month(found: re.Match[str], day: date) -> Told | None:
    named = found.groupdict()
    month = _MONTHS.get(named["month"]) or number(named["month"])
    of_month = number(named["day"])
    if month is None or of_month is None:
        return None
    year = named.get("year")
    if year in _YEARS:
        return _existing(day.year + _YEARS[year], int(month), int(of_month))
    if year:
        given = number(year)
        return _existing(int(given), int(month), int(of_month)) if given else None
    near = [_existing(day.year + years, int(month), int(of_month)) for years in (-1, 0, 1)]
    return min((one for one in near if one), key=lambda one: abs(one[0] - day), default=None)


def _by_day_of_month(found: re.Match[str], day: date) -> Told | None:
    of_month = number(found["day"])
    told = _existing(day.year, day.month, int(of_month)) if of_month else None
    return (told[0], POSSIBLE) if told else None


def _existing(year: int, month: int, day: int) -> Told | None:
    try:
        return date(year, month, day), SURE
    except ValueError:
        return None


_WAYS: tuple[tuple[re.Pattern[str], Tell], ...] = tuple(
    (re.compile(pattern), tell)
    for pattern, tell in (
        (r"(?<!\d)(?P<year>\d{4})[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})(?!\d)", _by_figures),
        (
            rf"(?:{_YEAR}年?)?(?P<month>{_FIGURES})月(?:份)?(?P<day>{_FIGURES})[号日]?",
            _by_month,
        ),
        (
            rf"\b(?P<month>{_MONTH})\.? (?:the )?(?P<day>\d{{1,2}}){_TH}\b{_AND_YEAR}",
            _by_month,
        ),
        (
            rf"\b(?P<day>\d{{1,2}}){_TH} (?:of )?(?P<month>{_MONTH})\b{_AND_YEAR}",
            _by_month,
        ),
        (_NAMED, _by_name),
        (
            r"(?P<week>上上|上|下下|下|这|本)?个?(?:周|星期|礼拜)(?P<weekday>[一二三四五六日天1-6])(?![\d个天])",
            _by_weekday,
        ),
        (rf"\b(?P<week>last |next |this )?(?P<weekday>{_WEEKDAY})\b", _by_weekday),
        (
            rf"(?P<count>\d{{1,3}}|{CHINESE_NUMBER})个?多?(?P<unit>天|日|周|星期|礼拜|月)[以之]?(?P<way>[前后])",
            _by_distance,
        ),
        (rf"(?P<count>\b\d{{1,3}}|{ENGLISH_NUMBER}) (?P<unit>day|week|month)s? (?P<way>ago)\b", _by_distance),
        (rf"(?<![\d月个点.])(?P<day>{_FIGURES})号(?![楼线门店厅柜])", _by_day_of_month),
    )
)


def dates(folded: Folded, day: date) -> Iterator[Finding]:
    """Such as 昨天, 上周三, 11月23号, last Friday, November 23rd; the value is as in 2026-11-23.

    A place in the text counts once: the ways are tried from the plainest on.
    """
    taken: set[int] = set()
    for pattern, tell in _WAYS:
        for found in pattern.finditer(folded.text):
            told = _safely(tell, found, day)
            if told is not None and not taken & {*range(*found.span())}:
                taken.update(range(*found.span()))
                yield finding(folded, Field.DATE, told[0].isoformat(), found.span(), told[1])


def _safely(tell: Tell, found: re.Match[str], day: date) -> Told | None:
    try:
        return tell(found, day)
    except OverflowError:
        # Before the first or after the last day of the calendar.
        return None
