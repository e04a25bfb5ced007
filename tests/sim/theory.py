"""What queueing theory knows exactly; times in seconds, rates per second."""

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise, permutations


def erlang_b(servers: int, load: float) -> float:
    """The share of calls that find all servers busy where nobody can wait."""
    blocked = 1.0
    for number in range(1, servers + 1):
        blocked = load * blocked / (number + load * blocked)
    return blocked


def erlang_c(servers: int, load: float) -> float:
    """The share of calls that have to wait."""
    blocked = erlang_b(servers, load)
    return blocked / (1 - load / servers * (1 - blocked))


def mean_wait_s(servers: int, per_s: float, talk_s: float) -> float:
    """M/M/c."""
    return erlang_c(servers, per_s * talk_s) / (servers / talk_s - per_s)


def waits_longer(servers: int, per_s: float, talk_s: float, than_s: float) -> float:
    """M/M/c: the share of calls that wait longer than this."""
    return erlang_c(servers, per_s * talk_s) * math.exp(-(servers / talk_s - per_s) * than_s)


def priority_waits_s(servers: int, rates_per_s: Sequence[float], talk_s: float) -> list[float]:
    """Mean wait of each class, the first goes first and interrupts nobody (Cobham)."""
    work = servers / talk_s
    all_busy = erlang_c(servers, sum(rates_per_s) * talk_s)
    shares = [sum(rates_per_s[:count]) / work for count in range(len(rates_per_s) + 1)]
    return [all_busy / work / ((1 - before) * (1 - upto)) for before, upto in pairwise(shares)]


def erlang_a(servers: int, per_s: float, talk_s: float, patience_s: float) -> Mapping[str, float]:
    """M/M/c with callers who give up (Palm)."""
    states, weight, number = [1.0], 1.0, 0
    while number < servers or weight > 1e-15:
        number += 1
        leaving = min(number, servers) / talk_s + max(0, number - servers) / patience_s
        weight *= per_s / leaving
        states.append(weight)
    whole = sum(states)
    waiting = sum((number - servers) * state for number, state in enumerate(states) if number > servers)
    return {
        "p_wait": sum(states[servers:]) / whole,
        "p_abandon": waiting / whole / patience_s / per_s,
        "mean_wait_s": waiting / whole / per_s,
    }


def same_patience(servers: int, per_s: float, talk_s: float, patience_s: float) -> Mapping[str, float]:
    """Everybody gives up after the same wait (M/M/c+D), by the density of the wait still to be expected.

    Up to that, the wait to be expected grows with each who comes and shrinks with time; then it only shrinks.
    """
    full_per_s = servers / talk_s
    states = [1.0]
    for busy in range(1, servers):
        states.append(states[-1] * per_s * talk_s / busy)
    drain = full_per_s - per_s
    edge = math.exp(-drain * patience_s)
    served_later = per_s * states[-1] * (1 - edge) / drain
    gives_up = per_s * states[-1] * edge / full_per_s
    whole = sum(states) + served_later + gives_up
    return {"p_wait": (served_later + gives_up) / whole, "p_abandon": gives_up / whole}


def limited(servers: int, room: int, per_s: float, talk_s: float) -> Mapping[str, float]:
    """M/M/c/K: at most `room` callers wait."""
    states = [1.0]
    for number in range(1, servers + room + 1):
        states.append(states[-1] * per_s * talk_s / min(number, servers))
    whole = sum(states)
    blocked = states[-1] / whole
    waiting = sum((number - servers) * state for number, state in enumerate(states) if number > servers)
    return {"p_blocked": blocked, "mean_wait_s": waiting / whole / (per_s * (1 - blocked))}


def single_wait_s(per_s: float, talk_s: float, cv: float) -> float:
    """M/G/1 (Pollaczek and Khinchine)."""
    load = per_s * talk_s
    return load * talk_s * (1 + cv**2) / 2 / (1 - load)


def single_priority_waits_s(classes: Sequence[tuple[float, float, float]]) -> list[float]:
    """M/G/1: mean wait of each class of (rate, talk, cv), the first goes first and interrupts nobody."""
    left_s = sum(rate * talk_s**2 * (1 + cv**2) / 2 for rate, talk_s, cv in classes)
    loads = [rate * talk_s for rate, talk_s, _ in classes]
    sums = [sum(loads[:count]) for count in range(len(loads) + 1)]
    return [left_s / ((1 - before) * (1 - upto)) for before, upto in pairwise(sums)]


def skill_waits_s(
    rates_per_s: Mapping[str, float], agents: Sequence[frozenset[str]], talk_s: float
) -> dict[str, float]:
    """Mean wait by class, first come first served, by the longest idle agent who can (Adan and Weiss).

    A state is the busy agents in the order of the calls they have, each with the calls waiting that only
    those up to there can take, and the idle agents in the order of idleness; its weight is a product.
    """
    waiting, whole = dict.fromkeys(rates_per_s, 0.0), 0.0
    everyone = range(len(agents))
    for count in range(len(agents) + 1):
        for busy in permutations(everyone, count):
            idle = [agent for agent in everyone if agent not in busy]
            idle_weight = sum(_idle_weight(order, agents, rates_per_s) for order in permutations(idle))
            steps = [_step(busy[: place + 1], agents, rates_per_s, talk_s) for place in range(count)]
            weight = idle_weight * math.prod(step_weight for step_weight, _, _ in steps)
            whole += weight
            for _, load, only in steps:
                for name in only:
                    share = rates_per_s[name] / sum(rates_per_s[other] for other in only)
                    waiting[name] += weight * load / (1 - load) * share
    return {name: waiting[name] / whole / rate for name, rate in rates_per_s.items()}


def _step(
    busy: Sequence[int], agents: Sequence[frozenset[str]], rates_per_s: Mapping[str, float], talk_s: float
) -> tuple[float, float, list[str]]:
    """Weight of all lengths of one part of the queue, its load, and the classes in it."""
    others = frozenset().union(*(agents[agent] for agent in range(len(agents)) if agent not in busy))
    only = [name for name in rates_per_s if name not in others]
    work = len(busy) / talk_s
    load = sum(rates_per_s[name] for name in only) / work
    return 1 / work / (1 - load), load, only


def _idle_weight(
    order: Sequence[int], agents: Sequence[frozenset[str]], rates_per_s: Mapping[str, float]
) -> float:
    weight = 1.0
    for count in range(1, len(order) + 1):
        can = frozenset().union(*(agents[agent] for agent in order[:count]))
        weight /= sum(rates_per_s[name] for name in can)
    return weight
