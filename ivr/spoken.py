"""Variables in prompts, written so that they are read right in each language."""

import re
from collections.abc import Mapping
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation

from ivr.model import Language, Variable, VariableType

_PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_]*)\}")
_PHONE = re.compile(r"^\+?[0-9][0-9 ()-]{1,24}$")
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


def placeholders(text: str) -> list[str]:
    """The variables that a prompt names."""
    return _PLACEHOLDER.findall(text)


def fill(text: str, values: Mapping[str, Variable], language: Language) -> str:
    """The prompt with its variables put in; one that is not known is left out of the speech."""

    def put(match: re.Match[str]) -> str:
        variable = values.get(match.group(1))
        return read_out(variable, language) if variable else ""

    return _PLACEHOLDER.sub(put, text)


def fits(variable: Variable) -> bool:
    """Whether the value is of the type that it claims."""
    try:
        _parse(variable.type, str(variable.value))
    except (ValueError, InvalidOperation):
        return False
    return True


def read_out(variable: Variable, language: Language) -> str:
    """How a value is written for speech; one that does not fit its type is read as it stands."""
    raw = str(variable.value)
    if not fits(variable):
        return raw
    value = _parse(variable.type, raw)
    if isinstance(value, date):
        return _say_date(value, language)
    if isinstance(value, time):
        return _say_time(value, language)
    if variable.type == "money":
        return f"{value}元" if language == "zh" else f"{value} yuan"
    if variable.type == "digits":
        return " ".join(raw) if language == "en" else raw
    return raw


def _parse(kind: VariableType, raw: str) -> str | Decimal | date | time:
    match kind:
        case "text":
            return raw
        case "number" | "money":
            number = Decimal(raw)
            if not number.is_finite():
                raise ValueError(raw)
            return number
        case "date":
            return date.fromisoformat(raw)
        case "time":
            return time.fromisoformat(raw)
        case "phone":
            return _matching(_PHONE, raw)
        case "digits":
            return _matching(re.compile(r"^[0-9]+$"), raw)


def _matching(pattern: re.Pattern[str], raw: str) -> str:
    if not pattern.match(raw):
        raise ValueError(raw)
    return raw


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
