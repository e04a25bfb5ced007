"""Whether something grows with the calls, or only for a while. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

WARM_UP_SHARE = 0.25
"""Of the calls: until then caches fill, pools of threads and connections grow, allocators find their size."""
STEP_MB = 6.0
"""Memory is taken from the system in steps: so much may come and go by chance."""
FILLING_MB, FILLED_CALLS = 16.0, 500
"""After fewer calls than these, threads, arenas and caches still find their size: a short soak allows it."""
PER_1000_MB = 2.0
"""Beyond the step, so small that nobody notices: 10,000 calls a day take a gibibyte in fifty days."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """The memory of each part at one moment."""

    calls: int
    """Placed until then."""
    mb: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth:
    """One part, from the end of the warm-up on."""

    part: str
    warm_up_calls: int
    """Placed before that."""
    begin_mb: float
    end_mb: float
    calls: int
    """Between the two."""

    @property
    def grown_mb(self) -> float:
        """By so much."""
        return self.end_mb - self.begin_mb

    @property
    def per_1000_mb(self) -> float:
        """As it would go on."""
        return 1000 * self.grown_mb / self.calls if self.calls else 0.0

    @property
    def allowed_mb(self) -> float:
        """By so much it may have grown."""
        step_mb = FILLING_MB if self.warm_up_calls < FILLED_CALLS else STEP_MB
        return step_mb + PER_1000_MB * self.calls / 1000


def growths(readings: Sequence[Reading]) -> list[Growth]:
    """The middle of the first third after the warm-up against the middle of the last."""
    if not readings:
        return []
    warm = [one for one in readings if one.calls >= WARM_UP_SHARE * readings[-1].calls]
    third = max(1, len(warm) // 3)
    first, last = warm[:third], warm[-third:]
    return [
        Growth(
            part=part,
            warm_up_calls=warm[0].calls,
            begin_mb=median(one.mb[part] for one in first),
            end_mb=median(one.mb[part] for one in last),
            calls=round(median(one.calls for one in last) - median(one.calls for one in first)),
        )
        for part in readings[-1].mb
    ]
