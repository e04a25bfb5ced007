"""How long a caller will still wait, from how the queue has moved lately; silent when that is unsure.

With n callers ahead, agents who together take s callers a second while somebody waits, and callers who each
give up at a rate of a, the mean wait is the sum over i = 0..n of 1/(s + i a): the queue-length predictor
QLm of R. Ibrahim and W. Whitt, "Real-time delay estimation in overloaded multiserver queues with
abandonments", Management Science 55 (2009). Two things are added. s, a and the rate l_j at which callers of
each boost class j come are running averages of the queue itself, so that they hold whatever the agents do
besides; s is kept by agent on duty, so that it follows who goes to lunch. And the caller is overtaken: by
those of class j who come while their boost still places them before the caller, for d_j seconds from now,
so the n of the sum grows by l_j min(W, d_j), with W the wait that is looked for (found by repeating, as for
the priorities of A. Cobham, Operations Research 2 (1954)).

The spread of such a wait is that of the sum's parts: each varies like the time from one caller taken to
the next, those to come like a Poisson count, and s itself is known from so many callers only. Whatever is
off lets more callers overtake, or fewer, who are off in turn: the spread grows by their share of the line.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from acd.settings import AcdSettings

Boosted = tuple[int, int]
"""A boost class: the tier, and the seconds of boost."""

SAME_S = 0.5
ROUNDS_MAX = 50
"""Until two rounds agree to within that; a line in which they never do gets no estimate."""


class Estimate(NamedTuple):
    """A wait, how far it may be off, and how many are going to come before the caller who come later."""

    wait_s: float
    spread_s: float
    overtakers: float


class Newcomers(NamedTuple):
    """Callers of one boost class as one who waits sees them."""

    per_s: float
    for_s: float
    """As long as they go before who waits."""

    def within(self, wait_s: float) -> float:
        """How many overtake in a wait."""
        return self.per_s * max(0.0, min(wait_s, self.for_s))


@dataclass(slots=True)
class Rate:
    """How often something happens, the last while counting most."""

    count: float = 0.0
    last_s: float = 0.0

    def note(self, at_s: float, memory_s: float) -> None:
        """It happens."""
        self.count, self.last_s = self.lately(at_s, memory_s) + 1, at_s

    def lately(self, now_s: float, memory_s: float) -> float:
        """How often it has happened, the longer ago the less it counts."""
        return self.count * math.exp(min(0.0, self.last_s - now_s) / memory_s)

    def per_s(self, now_s: float, since_s: float, memory_s: float) -> float:
        """Of what has been watched since then; it may not have happened at first."""
        seen_s = memory_s * (1 - math.exp(min(0.0, since_s - now_s) / memory_s))
        return self.lately(now_s, memory_s) / seen_s if seen_s > 0 else 0.0


@dataclass(slots=True)
class Movement:
    """How a line has moved lately: running averages, in which the latest callers count most."""

    taken: float = 0.0
    """Callers, while others waited."""
    busy_s: float = 0.0
    """What the agents on duty worked meanwhile, all together."""
    squares: float = 0.0
    """Of the same between one caller and the next."""
    left: float = 0.0
    """Callers who gave up."""
    waited_s: float = 0.0
    """All callers together, however it ended."""
    serving: int = 0
    """Agents on duty."""
    since_s: float | None = None
    """Since when somebody waits for the next to be taken; None while nobody does."""
    seen_s: float = -math.inf
    """When a caller was last taken whom others stood behind."""

    def _worked_s(self, now_s: float) -> float:
        return max(0.0, now_s - self.since_s) * self.serving if self.since_s is not None else 0.0

    def begin(self, now_s: float) -> None:
        """Somebody waits, and nobody did."""
        if self.since_s is None:
            self.since_s = now_s

    def take(self, now_s: float, waited_s: float, settings: AcdSettings, *, others_wait: bool) -> None:
        """A caller is taken by an agent."""
        keep = 1 - 1 / settings.outlook_counts
        self.waited_s, self.left = self.waited_s * keep + waited_s, self.left * keep
        if self.since_s is not None:
            lasted_s = self._worked_s(now_s)
            self.taken = self.taken * keep + 1
            self.busy_s = self.busy_s * keep + lasted_s
            self.squares = self.squares * keep + lasted_s**2
            self.seen_s = now_s
        self.since_s = now_s if others_wait else None

    def leave(self, now_s: float, waited_s: float, settings: AcdSettings, *, others_wait: bool) -> None:
        """A caller gives up."""
        keep = 1 - 1 / settings.outlook_counts
        self.waited_s, self.left = self.waited_s * keep + waited_s, self.left * keep + 1
        if not others_wait:
            self.rest(now_s)

    def rest(self, now_s: float) -> None:
        """Nobody waits for the next to be taken any more."""
        if self.since_s is not None:
            self.busy_s += self._worked_s(now_s)
            self.since_s = None

    def is_known(self, now_s: float, settings: AcdSettings) -> bool:
        """Whether enough was seen, and lately."""
        return self.taken >= settings.pace_counts_min and now_s - self.seen_s <= settings.pace_valid_s

    def estimate(
        self, ahead: int, newcomers: Iterable[Newcomers], now_s: float, settings: AcdSettings
    ) -> Estimate | None:
        """The wait of a caller with so many ahead; None where it cannot be told at all."""
        if not self.serving or not self.is_known(now_s, settings):
            return None
        per_s = self.serving * self.taken / max(self.busy_s + self._worked_s(now_s), SAME_S)
        leaves_per_s = self.left / self.waited_s if self.waited_s else 0.0
        classes = [come for come in newcomers if come.per_s and come.for_s > 0]
        wait_s, overtakers = 0.0, 0.0
        for _ in range(ROUNDS_MAX):
            steps_s = _steps_s(ahead + 1 + overtakers, per_s, leaves_per_s)
            before_s, wait_s = wait_s, sum(steps_s)
            if wait_s > settings.outlook_max_s:
                return None
            overtakers = sum(come.within(wait_s) for come in classes)
            if abs(wait_s - before_s) < SAME_S:
                spread_s = self._spread_s(wait_s, steps_s, overtakers / per_s**2)
                echo = sum(come.per_s for come in classes if come.for_s > wait_s) * steps_s[-2]
                if echo >= 1:
                    return None
                return Estimate(wait_s, spread_s / (1 - echo), overtakers)
        return None

    def _spread_s(self, wait_s: float, steps_s: list[float], of_newcomers: float) -> float:
        mean_s = self.busy_s / self.taken
        variation = max(0.0, self.squares / self.taken / mean_s**2 - 1) if mean_s else 1.0
        # Regular as it may have been: who takes callers one after the other may not go on so.
        variation = max(variation, 0.5)
        of_steps = variation * sum(step_s**2 for step_s in steps_s)
        of_rate = wait_s**2 * variation / self.taken
        return math.sqrt(of_steps + of_rate + of_newcomers)


def _steps_s(callers: float, per_s: float, leaves_per_s: float) -> list[float]:
    """The time until each caller in turn is gone, those in front first gone last."""
    whole = int(callers)
    steps_s = [1 / (per_s + place * leaves_per_s) for place in range(whole)]
    return [*steps_s, (callers - whole) / (per_s + whole * leaves_per_s)]
