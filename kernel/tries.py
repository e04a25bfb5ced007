"""How often somebody may try to prove who they are. Pure."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

KEPT_MAX = 10_000
"""Names whose tries are known; of more than that the oldest are forgotten."""


@dataclass(slots=True, kw_only=True)
class Tries:
    """What was tried in vain, by whose name: a call, a caller's number, a ticket."""

    most: int
    """For each name, within the time."""
    within: timedelta
    _failed: dict[str, deque[datetime]] = field(default_factory=dict)

    def may(self, names: Iterable[str], now: datetime) -> bool:
        """Whether none of these has tried in vain too often."""
        return all(len(self._recent(name, now)) < self.most for name in names)

    def note(self, names: Iterable[str], now: datetime) -> None:
        """One more try in vain."""
        for name in names:
            tries = self._recent(name, now)
            tries.append(now)
            self._failed.pop(name, None)
            self._failed[name] = tries
        while len(self._failed) > KEPT_MAX:
            del self._failed[next(iter(self._failed))]

    def _recent(self, name: str, now: datetime) -> "deque[datetime]":
        tries = self._failed.get(name) or deque()
        while tries and tries[0] <= now - self.within:
            tries.popleft()
        return tries
