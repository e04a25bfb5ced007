"""The site's `calling.yaml`: read, checked, and every mistake named with its line."""

import asyncio
from collections.abc import Callable
from typing import Annotated, Any

from pydantic import Field, ValidationError

from infra.tasks import to_the_end
from kernel.site_yaml import Strict, document_of, line_of
from kernel.written import in_plain_words
from outbound.errors import CallingFileInvalid
from outbound.rules import CallingRules

LISTED_MAX = 500

_Country = Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
_Beginning = Annotated[str, Field(pattern=r"^\+[0-9]{1,15}$")]
_Short = Annotated[str, Field(pattern=r"^[0-9]{3,8}$")]


class _Limits(Strict):
    per_hour: int = Field(default=60, ge=0, le=10_000)
    per_day: int = Field(default=300, ge=0, le=100_000)


class _Calling(Strict):
    countries: list[_Country] = Field(default_factory=list, max_length=LISTED_MAX)
    refuse: list[_Beginning] = Field(default_factory=list, max_length=LISTED_MAX)
    allow: list[_Beginning] = Field(default_factory=list, max_length=LISTED_MAX)
    short: list[_Short] = Field(default_factory=list, max_length=LISTED_MAX)
    emergency: bool = True
    limits: _Limits = _Limits()
    ring_s: float = Field(default=45.0, ge=5, le=180)


def parse_calling(text: str, *, home: str = "CN", name: str = "calling.yaml") -> CallingRules:
    """What agents may call; raises `CallingFileInvalid` with file and line."""
    document = document_of(text, name, CallingFileInvalid)
    listed: Any = document.get("calling") if isinstance(document, dict) else None
    if not isinstance(listed, dict):
        raise CallingFileInvalid(name, 1, "needs `calling:` with the rules below it")
    try:
        written = _Calling.model_validate(listed)
    except ValidationError as error:
        first = error.errors()[0]
        what = ".".join(str(part) for part in first["loc"]) or "calling"
        line = line_of(listed, first["loc"])
        raise CallingFileInvalid(name, line, f"{what}: {in_plain_words(first)}") from error
    return CallingRules(
        home=home,
        countries=frozenset(written.countries),
        refused=tuple(written.refuse),
        allowed=tuple(written.allow),
        short=frozenset(written.short),
        allows_emergency=written.emergency,
        per_hour=written.limits.per_hour,
        per_day=written.limits.per_day,
        ring_s=written.ring_s,
    )


class CallingBook:
    """The rules as the file says now; what is broken leaves those of before."""

    def __init__(self, rules: CallingRules, changed: Callable[[], CallingRules | None]) -> None:
        self._rules = rules
        self._changed = changed
        self._reading = asyncio.Lock()

    async def read(self) -> CallingRules:
        """What counts."""
        async with self._reading:
            await to_the_end(self._read)
        return self._rules

    def _read(self) -> None:
        # Here, and not where it is waited for: an edit is told once, and who asked may be gone by then.
        changed = self._changed()
        if changed is not None:
            self._rules = changed
