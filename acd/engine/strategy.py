"""Which of several idle agents gets a call. One pure function for each strategy."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from acd.model import Why
from kernel.ids import AgentId


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """What a strategy may look at. Nothing in it changes while the agent is idle."""

    agent: AgentId
    idle_since_s: float
    calls_served: int


Order = tuple[float, int]
"""Smaller is chosen first; the agent's id settles a tie."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Strategy:
    """A way to choose.

    The order of an idle agent is computed once, when it becomes idle: choosing costs O(log n).
    """

    order: Callable[[Candidate], Order]
    why: Why
    passed_over: str
    """What is said of the agents that came later in the order."""


def longest_idle(candidate: Candidate) -> Order:
    """Who has been idle longest."""
    return (candidate.idle_since_s, candidate.agent)


STRATEGIES: Mapping[str, Strategy] = {
    "longest_idle": Strategy(order=longest_idle, why=Why.LONGEST_IDLE, passed_over="idle_shorter"),
}
