"""Variables in prompts, written so that they are read right in each language."""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation

from ivr.names import Variable, VariableType
from ivr.words import Language
from kernel.functions import Value, is_sayable

_PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_]*)\}")
_PHONE = re.compile(r"\+?[0-9][0-9 ()-]{1,24}")
_DIGITS = re.compile(r"[0-9]+")
_TELEPHONE_DIGITS_MIN = 7
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


def placeholders(text: str) -> list[str]:
    """The variables that a prompt names."""
    return _PLACEHOLDER.findall(text)


def fill(
    text: str,
    values: Mapping[str, Variable],
    language: Language,
    *,
    as_: Callable[[Variable, Language], str] | None = None,
) -> str:
    """The prompt with its variables put in; one that is not known is left out of the speech."""
    write = as_ or read_out

    def put(match: re.Match[str]) -> str:
        variable = values.get(match.group(1))
        return write(variable, language) if variable else ""

    return _PLACEHOLDER.sub(put, text)


def fits(variable: Variable) -> bool:
    """Whether the value, if there is one, is of the type that it claims."""
    return variable.value is None or value_of(variable) is not None


def value_of(variable: Variable) -> Value | None:
    """What expressions take it for; None where it has no value, or none of its type."""
    if variable.value is None:
        return None
    try:
        return _PARSERS[variable.type](str(variable.value))
    except (ValueError, InvalidOperation):
        return None


def written_of(value: Value, kind: VariableType) -> Variable | None:
    """A variable with what came out of an expression; None where that is none of its values."""
    variable = Variable(type=kind, value=plain(value))
    return variable if value_of(variable) is not None else None


def plain(value: Value) -> str:
    """A value as it is written, and not as it is said."""
    match value:
        case bool():
            return "true" if value else "false"
        case Decimal():
            return f"{value.normalize():f}"
        case time():
            return value.isoformat("minutes")
        case _:
            return str(value)


def read_out(variable: Variable, language: Language) -> str:
    """How a value is written for speech; one that does not fit its type is read as it stands."""
    raw = "" if variable.value is None else str(variable.value)
    match value_of(variable):
        case bool() as truth:
            said = _YES_NO[language][truth]
        case date() as day:
            said = _say_date(day, language)
        case time() as moment:
            said = _say_time(moment, language)
        case Decimal() as amount:
            unit = {"zh": "元", "en": " yuan"}[language] if variable.type == "money" else ""
            said = f"{amount:f}{unit}"
        case str() if variable.type == "digits" or (variable.type == "phone" and _is_short(raw)):
            said = " ".join(raw)  # so that they are said one by one
        case _:
            said = raw
    return said


def shown(variable: Variable, language: Language) -> str:
    """How a value is written for eyes: figures stand together."""
    if variable.type in {"digits", "phone"} and variable.value is not None:
        return str(variable.value)
    return read_out(variable, language)


def _is_short(number: str) -> bool:
    """Whether a telephone number could be taken for an amount, as an extension could."""
    return number.isdigit() and len(number) < _TELEPHONE_DIGITS_MIN


_YES_NO: Mapping[Language, Mapping[bool, str]] = {
    "zh": {True: "是", False: "否"},
    "en": {True: "yes", False: "no"},
}
_TRUTHS = {"true": True, "yes": True, "false": False, "no": False}


def _number(raw: str) -> Decimal:
    number = Decimal(raw)
    if not is_sayable(number):
        raise ValueError(raw)
    return number


def _matching(pattern: re.Pattern[str], raw: str) -> str:
    if not pattern.fullmatch(raw):
        raise ValueError(raw)
    return raw


def _truth(raw: str) -> bool:
    if raw.lower() not in _TRUTHS:
        raise ValueError(raw)
    return _TRUTHS[raw.lower()]


_PARSERS: Mapping[VariableType, Callable[[str], Value]] = {
    "text": str,
    "number": _number,
    "money": _number,
    "date": date.fromisoformat,
    "time": time.fromisoformat,
    "phone": lambda raw: _matching(_PHONE, raw),
    "digits": lambda raw: _matching(_DIGITS, raw),
    "yes_no": _truth,
}


WEEKDAYS = {
    "zh": ("星期一", "星期二", "星期三", "星期四", "星期五", "星期六", "星期日"),
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
}
DAYS_BY_NAME = 7


def say_opening(opens: datetime, now: datetime, language: Language) -> str:
    """A moment soon, as people say it: `tomorrow at 9:00 AM`, `Monday, ...`."""
    days = (opens.date() - now.astimezone(opens.tzinfo).date()).days
    clock = _say_time(opens.time(), language)
    if language == "zh":
        named = {0: "今天", 1: "明天"}.get(days) or (
            WEEKDAYS["zh"][opens.weekday()] if days < DAYS_BY_NAME else f"{opens.month}月{opens.day}日"
        )
        return f"{named}{clock}"
    if days in {0, 1}:
        return f"{'today' if days == 0 else 'tomorrow'} at {clock}"
    by_date = f"{_MONTHS[opens.month - 1]} {opens.day}"
    return f"{WEEKDAYS['en'][opens.weekday()] if days < DAYS_BY_NAME else by_date} at {clock}"


def _say_date(day: date, language: Language) -> str:
    if language == "zh":
        return f"{day.year}年{day.month}月{day.day}日"
    return f"{_MONTHS[day.month - 1]} {day.day}, {day.year}"


def _say_time(moment: time, language: Language) -> str:
    if language == "en":
        half = "AM" if moment.hour < 12 else "PM"
        return f"{moment.hour % 12 or 12}:{moment.minute:02d} {half}"
    if moment.minute == 0:
        return f"{moment.hour}点整"
    tens = "零" if moment.minute < 10 else ""
    return f"{moment.hour}点{tens}{moment.minute}分"
