"""Which of several idle agents gets a call. One pure function for each strategy."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from acd.model import Branch, Why
from kernel.ids import AgentId, SkillId
from telephony.model import Needs


class Candidate(Protocol):
    """What a strategy may look at of an idle agent; nothing of it changes while idle."""

    id: AgentId
    idle_since_s: float
    calls_served: int
    turn: int
    """When last given a call, counted in calls of the site; 0: never."""
    busy_s: float
    """Talking and in wrap-up, since on duty."""
    on_duty_since_s: float
    skills: Mapping[SkillId, int]
    region: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a strategy may look at of a call."""

    needs: Needs
    region: str
    now_s: float


Order = tuple[float, ...]
"""Smaller is chosen first; the agent's id settles a tie."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Strategy:
    """A way to choose.

    Where the order depends on the agent and the skills asked for alone, it is computed once, when the
    agent becomes idle, and choosing costs O(log n). Otherwise all idle agents are looked at.
    """

    order: Callable[[Candidate, Wanted], Order]
    why: Why
    passed_over: str
    """What is said of the agents that came later in the order."""
    is_settled_when_idle: bool = True


def longest_idle(candidate: Candidate, _: Wanted) -> Order:
    """Who has been idle longest."""
    return (candidate.idle_since_s, candidate.id)


def fewest_calls(candidate: Candidate, _: Wanted) -> Order:
    """Who has served the fewest calls."""
    return (candidate.calls_served, candidate.idle_since_s, candidate.id)


def round_robin(candidate: Candidate, _: Wanted) -> Order:
    """Whose last turn is longest ago, however long the calls took."""
    return (candidate.turn, candidate.id)


def in_order(candidate: Candidate, _: Wanted) -> Order:
    """The first of a fixed order who is idle."""
    return (candidate.id,)


def best_skill(candidate: Candidate, wanted: Wanted) -> Order:
    """Who is best at what is asked for."""
    level = sum(candidate.skills.get(skill, 0) for skill, _ in wanted.needs)
    return (-level, candidate.idle_since_s, candidate.id)


def least_occupied(candidate: Candidate, wanted: Wanted) -> Order:
    """Who has worked the smallest share of the time on duty."""
    on_duty_s = wanted.now_s - candidate.on_duty_since_s
    share = candidate.busy_s / on_duty_s if on_duty_s > 0 else 0.0
    return (share, candidate.idle_since_s, candidate.id)


def branch_of(candidate_region: str, caller_region: str) -> Branch:
    """How an agent stands to a caller. Of a caller from nobody knows where, headquarters come first."""
    if not candidate_region:
        return Branch.HEADQUARTERS
    return Branch.LOCAL if candidate_region == caller_region else Branch.OTHER


_NEAREST = tuple(Branch)


def region(candidate: Candidate, wanted: Wanted) -> Order:
    """The caller's own branch, then headquarters, then the others."""
    distance = _NEAREST.index(branch_of(candidate.region, wanted.region))
    return (distance, candidate.idle_since_s, candidate.id)


STRATEGIES: Mapping[str, Strategy] = {
    "longest_idle": Strategy(order=longest_idle, why=Why.LONGEST_IDLE, passed_over="idle_shorter"),
    "fewest_calls": Strategy(order=fewest_calls, why=Why.FEWEST_CALLS, passed_over="served_more"),
    "least_occupied": Strategy(
        order=least_occupied,
        why=Why.LEAST_OCCUPIED,
        passed_over="more_occupied",
        is_settled_when_idle=False,
    ),
    "best_skill": Strategy(order=best_skill, why=Why.BEST_SKILL, passed_over="less_skilled"),
    "round_robin": Strategy(order=round_robin, why=Why.ROUND_ROBIN, passed_over="turn_comes_later"),
    "in_order": Strategy(order=in_order, why=Why.IN_ORDER, passed_over="later_in_order"),
    "region": Strategy(order=region, why=Why.REGION, passed_over="farther", is_settled_when_idle=False),
}

PRESETS: Mapping[str, str] = {
    "顺序": "in_order",
    "轮选": "round_robin",
    "平均": "fewest_calls",
    "最长空闲": "longest_idle",
    "最少占用": "least_occupied",
    "技能优先": "best_skill",
    "地区优先": "region",
}
"""The names under which Chinese buyers know them."""


def strategy_named(name: str) -> str | None:
    """The strategy's own name, from that or a preset's; None when there is none."""
    known = PRESETS.get(name, name)
    return known if known in STRATEGIES else None
