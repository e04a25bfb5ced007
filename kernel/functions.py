"""The functions of expressions in site files: on texts, numbers, dates and times."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Literal

from kernel.check_digits import is_luhn, is_mod11_2, is_mod11_10, is_resident_id
from kernel.errors import WrongExpression

Kind = Literal["text", "number", "date", "time", "truth"]
DIGITS_MAX, DECIMALS_MAX = 16, 60
"""Of a number: before the point, where a voice still finds words, and after it, where a third never ends."""
Value = str | Decimal | date | time | bool
PLACES_MAX = 6


class NoValue(Exception):
    """An expression cannot be worked out."""


@dataclass(frozen=True, slots=True)
class Function:
    """What it takes, what comes out, and how."""

    takes: tuple[Kind, ...]
    gives: Kind
    run: Callable[..., Value]

    def kind(self, given: Sequence[Kind]) -> Kind:
        """What comes out of such values. Raises `WrongExpression` where it takes others."""
        if tuple(given) != self.takes:
            wanted, found = ", ".join(self.takes), ", ".join(given) or "nothing"
            raise WrongExpression(f"a function takes ({wanted}) here, and is given ({found})")
        return self.gives

    def call(self, given: Sequence[Value]) -> Value:
        """What comes out of these values."""
        return self.run(*given)


def _whole(number: Any) -> int:
    """Of a text no more than all, and no less than nothing of it."""
    return max(0, min(int(number), 1000))


def is_sayable(number: Decimal) -> bool:
    """Whether it can be written out: `1e999999` is short, and has a million digits."""
    exponent = number.as_tuple().exponent
    return isinstance(exponent, int) and exponent >= -DECIMALS_MAX and number.adjusted() < DIGITS_MAX


def _left(text: str, count: Decimal) -> str:
    return text[: _whole(count)]


def _right(text: str, count: Decimal) -> str:
    return text[len(text) - min(_whole(count), len(text)) :]


def _rounded(number: Decimal, places: Decimal) -> Decimal:
    step = Decimal(1).scaleb(-min(_whole(places), PLACES_MAX))
    return number.quantize(step, rounding=ROUND_HALF_UP)


def _as_text(number: Decimal) -> str:
    return f"{number.normalize():f}"


FUNCTIONS: Mapping[str, Function] = {
    "length": Function(("text",), "number", lambda text: Decimal(len(text))),
    "left": Function(("text", "number"), "text", _left),
    "right": Function(("text", "number"), "text", _right),
    "starts": Function(("text", "text"), "truth", str.startswith),
    "ends": Function(("text", "text"), "truth", str.endswith),
    "number": Function(("text",), "number", Decimal),
    "text": Function(("number",), "text", _as_text),
    "round": Function(("number", "number"), "number", _rounded),
    "smaller": Function(("number", "number"), "number", min),
    "larger": Function(("number", "number"), "number", max),
    "date": Function(("text",), "date", date.fromisoformat),
    "time": Function(("text",), "time", time.fromisoformat),
    "weekday": Function(("date",), "number", lambda day: Decimal(day.isoweekday())),
    "day": Function(("date",), "number", lambda day: Decimal(day.day)),
    "month": Function(("date",), "number", lambda day: Decimal(day.month)),
    "year": Function(("date",), "number", lambda day: Decimal(day.year)),
    "hour": Function(("time",), "number", lambda moment: Decimal(moment.hour)),
    "minute": Function(("time",), "number", lambda moment: Decimal(moment.minute)),
    "luhn": Function(("text",), "truth", is_luhn),
    "mod11_2": Function(("text",), "truth", is_mod11_2),
    "mod11_10": Function(("text",), "truth", is_mod11_10),
    "resident_id": Function(("text",), "truth", is_resident_id),
}
