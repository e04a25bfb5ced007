"""What is counted of a run, and what many runs together say."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import fmean, stdev
from typing import NamedTuple

CLOCK_EXACT_TO_S = 1e-6
"""A difference of moments is not exact: who was held for 20 s waited 20 s, not a trillionth more."""


class Estimate(NamedTuple):
    """A mean over runs with its standard error; None: there was nothing to take it of."""

    value: float | None
    se: float | None


@dataclass(slots=True)
class Tally:
    """What became of the counted calls of one class in one run."""

    offered: int = 0
    answered: int = 0
    abandoned: int = 0
    blocked: int = 0
    waited: int = 0
    """Admitted, and not answered at the instant of arrival."""
    over_level: int = 0
    """Admitted, and in the queue for longer than the service level, however it ended."""
    answered_within_level: int = 0
    wait_s: float = 0.0
    wait_answered_s: float = 0.0

    def note_answer(self, wait_s: float, level_s: float) -> None:
        """A call reached an agent."""
        self.answered += 1
        self.wait_answered_s += wait_s
        self.answered_within_level += wait_s <= level_s + CLOCK_EXACT_TO_S
        self._note_wait(wait_s, level_s)
        self.waited += wait_s > 0

    def note_leaving(self, wait_s: float, level_s: float) -> None:
        """A caller gave up."""
        self.abandoned += 1
        self._note_wait(wait_s, level_s)
        self.waited += 1

    def _note_wait(self, wait_s: float, level_s: float) -> None:
        self.wait_s += wait_s
        self.over_level += wait_s > level_s + CLOCK_EXACT_TO_S

    def add(self, other: "Tally") -> None:
        """Counts another class, or another run, in."""
        for name in Tally.__slots__:
            setattr(self, name, getattr(self, name) + getattr(other, name))

    def ratios(self) -> dict[str, float | None]:
        """The figures that are taken of each run; a share of nothing is None."""
        admitted = self.offered - self.blocked
        return {
            "mean_wait_s": _ratio(self.wait_s, admitted),
            "mean_wait_answered_s": _ratio(self.wait_answered_s, self.answered),
            "p_wait": _ratio(self.waited, admitted),
            "p_wait_over_sl": _ratio(self.over_level, admitted),
            "p_abandon": _ratio(self.abandoned, self.offered),
            "answered_within_sl_of_offered": _ratio(self.answered_within_level, self.offered),
        }


@dataclass(slots=True)
class RunFigures:
    """One run."""

    classes: list[Tally]
    occupancy: list[float | None]
    """Of each agent."""
    events: int = 0


@dataclass(frozen=True, slots=True)
class CallFigures:
    """Calls of one class, or of all, over all runs."""

    counts: Mapping[str, int]
    estimates: Mapping[str, Estimate]


@dataclass(frozen=True, slots=True)
class Result:
    """All runs together."""

    elapsed_s: float
    events: int
    total: CallFigures
    classes: Mapping[str, CallFigures]
    agents: Mapping[str, Estimate] = field(default_factory=dict)
    """Occupancy."""

    @property
    def decisions_per_s(self) -> float:
        """Over all processes."""
        return self.events / self.elapsed_s


def over_runs(tallies: Sequence[Tally]) -> CallFigures:
    """What the runs say about one class."""
    whole = Tally()
    for tally in tallies:
        whole.add(tally)
    counts = {name: getattr(whole, name) for name in ("offered", "answered", "abandoned", "blocked")}
    by_run = [tally.ratios() for tally in tallies]
    return CallFigures(counts, {name: estimate([run[name] for run in by_run]) for name in by_run[0]})


def estimate(values: Sequence[float | None]) -> Estimate:
    """The mean of what the runs give; runs that give nothing don't count, and one run has no spread."""
    known = [value for value in values if value is not None]
    if not known:
        return Estimate(None, None)
    se = stdev(known) / math.sqrt(len(known)) if len(known) > 1 else None
    return Estimate(fmean(known), se)


def sum_of(tallies: Sequence[Tally]) -> Tally:
    """All classes of a run as one."""
    whole = Tally()
    for tally in tallies:
        whole.add(tally)
    return whole


def _ratio(part: float, whole: int) -> float | None:
    return part / whole if whole else None
