"""What systems answer, as the values of variables. Pure."""

from collections.abc import Mapping
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from kernel.text import harmless
from lookups.errors import LookupFailed
from lookups.model import FieldType

TEXT_MAX = 200
"""Characters of a text that anybody would hear to its end."""
_TRUTHS = {"true": "true", "1": "true", "false": "false", "0": "false"}


def written(value: Any, kind: FieldType, name: str) -> str:
    """One value; raises `LookupFailed` where it is not of its kind."""
    try:
        return _written(value, kind)
    except (ValueError, ArithmeticError, TypeError) as error:
        raise LookupFailed(f"{name!r} in the answer is no {kind}") from error


def _written(value: Any, kind: FieldType) -> str:
    match kind:
        case "number" | "money":
            return f"{_number(value):f}"
        case "date":
            return _date(value).isoformat()
        case "time":
            return _time(value).isoformat("minutes")
        case "yes_no":
            return _TRUTHS[str(value).lower()] if str(value).lower() in _TRUTHS else _refused(value)
        case _:
            return _text(value)


def _refused(value: Any) -> str:
    raise ValueError(type(value).__name__)


def _text(value: Any) -> str:
    if isinstance(value, dict | list | bool | bytes):
        raise TypeError(type(value).__name__)
    return harmless(str(value)).strip()[:TEXT_MAX]


def _number(value: Any) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal | str):
        raise TypeError(type(value).__name__)
    number = Decimal(str(value))
    if not number.is_finite() or abs(number.adjusted()) > TEXT_MAX:
        raise ValueError(str(value))
    return number


def _date(value: Any) -> date:
    """A moment counts as its day where it was written."""
    if isinstance(value, datetime):
        return value.date()
    return value if isinstance(value, date) else datetime.fromisoformat(str(value)).date()


def _time(value: Any) -> time:
    if isinstance(value, time):
        return value
    text = str(value)
    return datetime.fromisoformat(text).time() if "T" in text else time.fromisoformat(text)


def at(answer: Any, place: str) -> Any:
    """What stands there in an answer; None where nothing does."""
    for part in place.split("."):
        if isinstance(answer, Mapping):
            answer = answer.get(part)
        elif isinstance(answer, list) and part.isdigit() and int(part) < len(answer):
            answer = answer[int(part)]
        else:
            return None
    return answer


def given(text: str, kind: FieldType) -> Any:
    """What a question is asked by, as a database takes it. Raises `ValueError` for what is none."""
    match kind:
        case "number" | "money":
            return _number(text)
        case "date":
            return date.fromisoformat(text)
        case "time":
            return time.fromisoformat(text)
        case "yes_no":
            return text == "true"
        case _:
            return text
