"""How fast a queue moves while callers wait in it: what decides when they overflow into others.

For each event of each queue, and so as cheap as can be; what people are told is `expected_wait.py`.
"""

from acd.settings import AcdSettings


class Pace:
    """The mean time between calls that leave a line in which others go on waiting.

    It takes in whatever decides how fast a line moves: how many agents there are, how long they talk,
    which other queues they serve, and who gives up.
    """

    __slots__ = ("_counted", "_last_s", "_mean_s", "_seen_s")

    def __init__(self) -> None:
        self._mean_s = 0.0
        self._counted = 0
        self._seen_s = 0.0
        self._last_s: float | None = None
        """When a call last left that others waited behind; None when nobody did."""

    def note(self, now_s: float, settings: AcdSettings, *, others_wait: bool) -> None:
        """A call leaves the line."""
        if self._last_s is not None:
            self._counted += 1
            weight = 1 / min(self._counted, settings.pace_counts_max)
            self._mean_s += (now_s - self._last_s - self._mean_s) * weight
            self._seen_s = now_s
        self._last_s = now_s if others_wait else None

    def begin(self, now_s: float) -> None:
        """A call comes that has to wait, behind nobody."""
        if self._last_s is None:
            self._last_s = now_s

    def expected_s(self, ahead: int, now_s: float, settings: AcdSettings) -> float | None:
        """How long a call will wait behind so many others; None when too little was seen to say so."""
        if self._counted < settings.pace_counts_min or now_s - self._seen_s > settings.pace_valid_s:
            return None
        still_s = now_s - self._last_s if self._last_s is not None else 0.0
        # A line that has not moved for longer than usual is slower than it was.
        return (ahead + 1) * max(self._mean_s, still_s)
