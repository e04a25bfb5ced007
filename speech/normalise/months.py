"""What dates are written with, in any language."""

import re

MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
MONTH_NAME = rf"(?P<month>{'|'.join(f'{name[:3]}(?:{name[3:]})?' for name in MONTHS)}|Sept)\b\.?"
YEAR = r"(?P<year>[12]\d{3})"
MONTH = r"(?P<month>1[0-2]|0?[1-9])"
DAY = r"(?P<day>3[01]|[12]\d|0?[1-9])"
SAME = r"(?P<between>[-/.])"
BY_YEAR = rf"{YEAR}{SAME}{MONTH}(?P=between){DAY}"
BY_MONTH = rf"{MONTH}{SAME}{DAY}(?P=between){YEAR}"
BY_DAY = rf"{DAY}{SAME}{MONTH}(?P=between){YEAR}"
CLOCK = r"(?P<hour>2[0-4]|[01]?\d)[:：](?P<minute>[0-5]\d)(?:[:：](?P<second>[0-5]\d)(?:\.\d{1,6})?)?"
HALF = r"(?P<half>[ap])(?:\.\ ?)?m\b(?:\.(?!\ ?(?-i:[A-Z])))?"
"""Of the day: AM or PM; its last stop ends the sentence where another begins."""
ZONE = r"(?:Z|[-+]\d\d:?\d\d)?"
_MONTHS_IN_YEAR = 12
_DAYS_IN_MONTH = 31


def month_number(found: re.Match[str]) -> int:
    """From a figure or a name."""
    written = found["month"]
    if written.isdigit():
        return int(written)
    return next(number for number, name in enumerate(MONTHS, 1) if name[:3].lower() == written[:3].lower())


def day_of_year(first: str, second: str) -> tuple[str, str] | None:
    """Month and day, where `first/second` is rather that than a part of a whole."""
    month, day = int(first), int(second)
    if _MONTHS_IN_YEAR < month <= _DAYS_IN_MONTH and 1 <= day <= _MONTHS_IN_YEAR:
        return second, first
    if not (1 <= month <= _MONTHS_IN_YEAR and 1 <= day <= _DAYS_IN_MONTH):
        return None
    is_day = day > _MONTHS_IN_YEAR or month >= day or "0" in (first[0], second[0])
    return (first, second) if is_day else None
