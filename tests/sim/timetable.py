"""A virtual clock, what is planned on it, and the one source of chance of a simulated day."""

import heapq
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count
from random import Random

from acd.model import Instant

MORNING = datetime(2026, 11, 20, 0, 0, tzinfo=UTC)


class Timetable:
    """Nothing happens by itself: all that will is planned here, in order."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.seconds = 0.0
        self._plan: list[tuple[float, int, Callable[[], None]]] = []
        self._numbers = count()

    @property
    def now(self) -> Instant:
        return Instant(self.seconds, self.wall)

    @property
    def wall(self) -> datetime:
        return MORNING + timedelta(seconds=self.seconds)

    def later(self, seconds: float, action: Callable[[], None]) -> None:
        heapq.heappush(self._plan, (self.seconds + seconds, next(self._numbers), action))

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    def run(self, next_wakeup: Callable[[], float | None], wake: Callable[[], None]) -> None:
        """Until nothing is planned any more; `wake` is called whenever its own time comes first."""
        while self._plan:
            due = next_wakeup()
            if due is not None and due <= self._plan[0][0]:
                self.seconds = max(self.seconds, due)
                wake()
                continue
            self.seconds, _, action = heapq.heappop(self._plan)
            action()
