"""Callers as a scenario draws them; how they are served changes nothing of who comes when."""

import math
from bisect import bisect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import accumulate
from random import Random

from acd.simulator.scenario import CallClass, Exponential, Fixed, Law, Scenario
from kernel.ids import AgentId

SECONDS_PER_HOUR = 3600

Draw = Callable[[], float]


@dataclass(slots=True)
class Caller:
    """One call to come, with all that chance decides about it."""

    number: int
    """From 1, by arrival."""
    at_s: float
    kind: int
    """The place of the class among the scenario's classes."""
    talk_s: float
    patience_s: float
    """Infinite: never gives up."""
    own_agent: AgentId | None


@dataclass(slots=True)
class _Source:
    talk: Draw
    patience: Draw
    sticky_share: float
    own_agents: list[AgentId]


def agents_of(scenario: Scenario) -> list[tuple[AgentId, int]]:
    """Every agent with the place of the group among the scenario's; identities count from 1."""
    groups = [place for place, group in enumerate(scenario.agents) for _ in range(group.count)]
    return [(AgentId(number), place) for number, place in enumerate(groups, start=1)]


def callers(scenario: Scenario, random: Random) -> Iterator[Caller]:
    """The calls in the order of their arrival, without an end."""
    sources = [_source(scenario, call_class, random) for call_class in scenario.classes]
    until = list(accumulate(call_class.rate_per_hour for call_class in scenario.classes))
    total, per_second = until[-1], until[-1] / SECONDS_PER_HOUR
    at_s, number = 0.0, 0
    while True:
        at_s += random.expovariate(per_second)
        number += 1
        kind = min(bisect(until, random.random() * total), len(sources) - 1)
        source = sources[kind]
        is_sticky = source.sticky_share > 0 and random.random() < source.sticky_share
        own = random.choice(source.own_agents) if is_sticky else None
        yield Caller(number, at_s, kind, source.talk(), source.patience(), own)


def _source(scenario: Scenario, call_class: CallClass, random: Random) -> _Source:
    able = [scenario.has_skills(group, call_class) for group in scenario.agents]
    own_agents = [agent for agent, group in agents_of(scenario) if able[group]]
    share = call_class.sticky.share if call_class.sticky is not None and own_agents else 0.0
    patience = (lambda: math.inf) if call_class.patience is None else _draw(call_class.patience, random)
    return _Source(_draw(call_class.talk, random), patience, share, own_agents)


def _draw(law: Law, random: Random) -> Draw:
    if isinstance(law, Fixed):
        return lambda: law.mean_s
    if isinstance(law, Exponential):
        rate = 1 / law.mean_s
        return lambda: random.expovariate(rate)
    variance = math.log1p(law.cv**2)
    middle, spread = math.log(law.mean_s) - variance / 2, math.sqrt(variance)
    return lambda: random.lognormvariate(middle, spread)
