"""How long talks last in a queue."""

from bisect import bisect_right, insort
from collections import deque


class Talks:
    """The lengths of the latest talks."""

    __slots__ = ("_latest", "_sorted")

    def __init__(self) -> None:
        self._latest: deque[float] = deque()
        self._sorted: list[float] = []

    def note(self, talked_s: float, *, kept: int) -> None:
        """A talk has ended."""
        self._latest.append(talked_s)
        insort(self._sorted, talked_s)
        if len(self._latest) > kept:
            self._sorted.pop(bisect_right(self._sorted, self._latest.popleft()) - 1)

    def chance_to_end(self, lasted_s: float, within_s: float, *, counts_min: int) -> float | None:
        """Of those that lasted so long, which share ended within this time; None when too few did."""
        longer = len(self._sorted) - bisect_right(self._sorted, lasted_s)
        if longer < counts_min:
            return None
        if within_s <= 0:
            return 0.0
        return 1 - (len(self._sorted) - bisect_right(self._sorted, lasted_s + within_s)) / longer
