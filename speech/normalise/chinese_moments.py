"""Dates and times in Chinese."""

import re

from speech.normalise.chinese_numbers import cardinal, counted, spell
from speech.normalise.months import (
    BY_DAY,
    BY_MONTH,
    BY_YEAR,
    CLOCK,
    DAY,
    HALF,
    MONTH,
    MONTH_NAME,
    YEAR,
    ZONE,
    day_of_year,
    month_number,
)
from speech.normalise.rules import Rule, rule

_ALONE = r"(?<![\dA-Za-z.])"
_END = r"(?![\dA-Za-z])"
_NOON, _EVENING = 12, 18


def _year(digits: str) -> str:
    return f"{spell(digits, telephone=False)}年"


def _date(found: re.Match[str]) -> str:
    parts = found.groupdict()
    year = _year(parts["year"]) if parts.get("year") else ""
    day = f"{cardinal(parts['day'])}日" if parts.get("day") else ""
    return f"{year}{cardinal(str(month_number(found)))}月{day}"


def _time(found: re.Match[str]) -> str:
    parts = found.groupdict()
    hour, minute, second = parts["hour"], parts.get("minute"), parts.get("second")
    said = _half(int(hour), parts.get("half")) + counted(hour) + "点"
    seconds = f"{_of_sixty(second)}秒" if second and int(second) else ""
    if not seconds and int(minute or "0") == 0:
        return said + "整"
    return f"{said}{_of_sixty(minute or '0')}分{seconds}"


def _half(hour: int, written: str | None) -> str:
    """The part of the day that AM or PM means."""
    if not written:
        return ""
    if written.lower() == "a":
        return "凌晨" if hour == _NOON else "上午"
    if hour == _NOON:
        return "中午"
    return "晚上" if hour + _NOON >= _EVENING else "下午"


def _of_sixty(digits: str) -> str:
    if int(digits) == 0:
        return "零"
    return ("零" if digits[0] == "0" else "") + cardinal(digits)


def _moment(found: re.Match[str]) -> str:
    return f"{_date(found)} {_time(found)}"


def _years(found: re.Match[str]) -> str:
    return f"{spell(found['from'], telephone=False)}到{spell(found['to'], telephone=False)}"


def _day_or_part(found: re.Match[str]) -> str:
    first, second = found["first"], found["second"]
    if int(second) == 0:
        return f"{spell(first)} {spell(second)}"
    day = (first, second) if found["is_day"] else day_of_year(first, second)
    if day:
        return f"{cardinal(day[0])}月{cardinal(day[1])}日"
    return f"{cardinal(second)}分之{cardinal(first)}"


_CHARACTER = "[\u4e00-\u9fff]"
BLANKS: tuple[Rule, ...] = (rule(rf"(?<=\d)\ (?={_CHARACTER})|(?<={_CHARACTER})\ (?=\d)", ""),)
"""Many write blanks between figures and characters; nobody says them."""

MOMENTS: tuple[Rule, ...] = (
    rule(rf"{_ALONE}{BY_YEAR}T{CLOCK}{ZONE}{_END}", _moment),
    rule(rf"{_ALONE}(?:{BY_YEAR}){_END}日?", _date),
    rule(rf"{_ALONE}(?:{BY_MONTH}){_END}", _date),
    rule(rf"{_ALONE}(?:{BY_DAY}){_END}", _date),
    rule(rf"\b{MONTH_NAME}\ ?{DAY}(?:st|nd|rd|th)?(?:,?\ ?{YEAR})?{_END}(?![:：])", _date, ignore_case=True),
    rule(
        rf"{_ALONE}{DAY}(?:st|nd|rd|th)?[\ -]?(?:of\ )?{MONTH_NAME}(?:[,\ -]{{0,2}}{YEAR}{_END})?",
        _date,
        ignore_case=True,
    ),
    rule(
        rf"{_ALONE}(?P<from>[12]\d{{3}})年?\s?[-~～–—至到]\s?(?P<to>(?:19|20)\d{{2}}){_END}(?![-/.]\d)",
        _years,
    ),
    rule(rf"{_ALONE}{YEAR}[-/](?P<month>0[1-9]|1[0-2]){_END}(?![-/])", _date),
    rule(
        r"(?<!\d)(?:[5-9]\d|00|10)(?=后(?![\u4e00-\u9fff]*\d))",
        lambda found: spell(found[0], telephone=False),
    ),
    rule(r"(?<![\d.])(\d{4}|[789]\d)(?=年代)", lambda found: spell_or_tens(found[1])),
    rule(
        rf"{_ALONE}((?:1[5-9]|20|21)\d{{2}})(?=\ ?(?:年|财年|学年|届|级|款))",
        lambda found: spell(found[1], telephone=False),
    ),
    rule(rf"{_ALONE}{MONTH}-(?P<day>[12]\d|3[01])日", _date),
    rule(rf"{_ALONE}(?P<month>0[1-9])-(?P<day>0[1-9]|[12]\d|3[01])(?![\d-])", _date),
    rule(rf"{_ALONE}{CLOCK}(?:\ ?{HALF})?(?!\d)", _time, ignore_case=True),
    rule(rf"{_ALONE}(?P<hour>1[0-2]|0?[1-9])\ ?{HALF}", _time, ignore_case=True),
    rule(r"(?<=[点时分])0\d(?!\d)|(?<!\d)0\d(?=分(?!之)|秒)", lambda found: _of_sixty(found[0])),
    rule(r"(?<=\d)\ (?=[1-9]/[2-9](?![\d/]))", "又"),
    rule(rf"{_ALONE}24/7(?![\d/])", "七乘二十四"),
    rule(
        rf"{_ALONE}(?P<first>\d{{1,4}})/(?P<second>\d{{1,4}})(?P<is_day>日|号)?(?![\d/A-Za-z])",
        _day_or_part,
    ),
)


def spell_or_tens(digits: str) -> str:
    """A decade: 九十年代, 一九九零年代."""
    return cardinal(digits) if len(digits) == 2 else spell(digits, telephone=False)
