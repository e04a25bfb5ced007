"""Reads texts by the site's rules as the file says now; what is broken leaves those of before."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

from infra.tasks import to_the_end
from tickets.reading.model import Finding
from tickets.reading.reader import Circumstances, Learned, knows_nothing, read
from tickets.reading.rules import ReadingRules


class Reader:
    """Whoever has a text for a ticket asks here."""

    def __init__(
        self,
        rules: ReadingRules,
        changed: Callable[[], ReadingRules | None],
        *,
        timezone: str,
        region: str,
        classify: Callable[[str], Learned | None] = knows_nothing,
    ) -> None:
        """`region`: whose phone numbers are written without a country's code."""
        self._classify = classify
        self._rules = rules
        self._changed = changed
        self._timezone = ZoneInfo(timezone)
        self._region = region
        self._reading = asyncio.Lock()

    async def read(self, text: str, said_at: datetime) -> tuple[Finding, ...]:
        """All that the text says, as far as it was found."""
        known = Circumstances(day=said_at.astimezone(self._timezone).date(), region=self._region)
        async with self._reading:
            return await to_the_end(lambda: self._read(text, known))

    def _read(self, text: str, known: Circumstances) -> tuple[Finding, ...]:
        # Here, and not where it is waited for: an edit is told once, and who asked may be gone by then.
        changed = self._changed()
        if changed is not None:
            self._rules = changed
        return read(text, self._rules, known, self._classify)
