"""The site's `callers.yaml`: how often callers may call, read, checked, every mistake named with its line."""

import asyncio
from collections.abc import Callable
from typing import Annotated, Any

from pydantic import Field, ValidationError

from customers.errors import CallersFileInvalid
from customers.limiter import CALLS_MAX, LimitRules, Limits, Then, Withheld
from infra.tasks import to_the_end
from kernel.site_yaml import Strict, document_of, line_of
from kernel.written import in_plain_words

NUMBERS_MAX = 500

_Calls = Annotated[int, Field(ge=1, le=CALLS_MAX)]
_Dialled = Annotated[str, Field(pattern=r"^\+?[0-9]{3,20}$")]


class _Rules(Strict):
    per_hour: _Calls | None = None
    short_per_hour: _Calls | None = None
    short_s: float = Field(default=15.0, ge=1, le=120)
    withheld: Withheld = Withheld.LET_IN
    withheld_per_hour: _Calls = 30
    then: Then = Then.END


class _Callers(Strict):
    default: _Rules = _Rules()
    numbers: dict[_Dialled, _Rules] = Field(default_factory=dict, max_length=NUMBERS_MAX)


def parse_limits(text: str, *, spell: Callable[[str], str], name: str = "callers.yaml") -> Limits:
    """The limits of a site; raises `CallersFileInvalid` with file and line. `spell` is that of numbers."""
    document = document_of(text, name, CallersFileInvalid)
    listed: Any = document.get("callers") if isinstance(document, dict) else None
    if not isinstance(listed, dict):
        raise CallersFileInvalid(name, 1, "needs `callers:` with the limits below it")
    try:
        written = _Callers.model_validate(listed)
    except ValidationError as error:
        first = error.errors()[0]
        what = ".".join(str(part) for part in first["loc"]) or "callers"
        line = line_of(listed, first["loc"])
        raise CallersFileInvalid(name, line, f"{what}: {in_plain_words(first)}") from error
    return Limits(
        default=_rules(written.default),
        by_dialled={spell(number): _rules(rules) for number, rules in written.numbers.items()},
    )


def _rules(written: _Rules) -> LimitRules:
    return LimitRules(
        per_hour=written.per_hour,
        short_per_hour=written.short_per_hour,
        short_s=written.short_s,
        withheld=written.withheld,
        withheld_per_hour=written.withheld_per_hour,
        then=written.then,
    )


class LimitBook:
    """The limits as the file says now; what is broken leaves those of before."""

    def __init__(self, limits: Limits, changed: Callable[[], Limits | None]) -> None:
        self._limits = limits
        self._changed = changed
        self._reading = asyncio.Lock()

    async def read(self) -> Limits:
        """What counts."""
        async with self._reading:
            await to_the_end(self._read)
        return self._limits

    def _read(self) -> None:
        # Here, and not where it is waited for: an edit is told once, and who asked may be gone by then.
        changed = self._changed()
        if changed is not None:
            self._limits = changed
