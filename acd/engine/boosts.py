"""What a call is credited with, and so its key."""

from collections.abc import Iterable

from acd.model import ORDINARY, STRICT, Key, QueueRequest, QueueRules
from telephony.model import Boost, BoostSource


def boosts_of(rules: QueueRules, request: QueueRequest) -> tuple[Boost, ...]:
    """By the customer's level and the matter, as the queue's rules say, and what the request brings along."""
    found = request.boosts
    if request.lost_waits and (lost_s := _lost_s(rules.lost_wait_back_s, request)):
        found = (*found, Boost(BoostSource.LOST_WAIT, lost_s))
    if request.matter in rules.matters_s:
        found = (Boost(BoostSource.MATTER, rules.matters_s[request.matter]), *found)
    if request.level in rules.strict_levels:
        found = (Boost(BoostSource.LEVEL, None), *found)
    elif rules.boosts_s.get(request.level, 0.0):
        found = (Boost(BoostSource.LEVEL, rules.boosts_s[request.level]), *found)
    return found


def _lost_s(back_within_s: float, request: QueueRequest) -> float:
    """Waited in vain, each time less than this before the next; calls at the same time waited once."""
    lost_s, next_call = 0.0, request.arrival.at
    for wait in request.lost_waits:
        until = min(wait.until, next_call)
        if (next_call - wait.until).total_seconds() > back_within_s:
            break
        lost_s += max(0.0, (until - wait.since).total_seconds())
        next_call = min(next_call, wait.since)
    return lost_s if back_within_s else 0.0


def seconds_of(boosts: Iterable[Boost]) -> float:
    """All of them together."""
    return sum(boost.seconds or 0.0 for boost in boosts)


def key_of(since_ms: int, boosts: tuple[Boost, ...], sequence: int) -> Key:
    """The place of a call that has waited since then."""
    if not boosts:
        return Key(ORDINARY, since_ms, sequence)
    tier = STRICT if any(boost.seconds is None for boost in boosts) else ORDINARY
    return Key(tier, since_ms - int(seconds_of(boosts) * 1000), sequence)
