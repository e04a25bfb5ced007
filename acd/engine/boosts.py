"""What a call is credited with, and so its key."""

from collections.abc import Iterable

from acd.model import ORDINARY, STRICT, Key, QueueRequest, QueueRules
from telephony.model import Boost, BoostSource


def boosts_of(rules: QueueRules, request: QueueRequest) -> tuple[Boost, ...]:
    """By the customer's level and the matter, as the queue's rules say, and what the request brings along."""
    found = request.boosts
    if request.matter in rules.matters_s:
        found = (Boost(BoostSource.MATTER, rules.matters_s[request.matter]), *found)
    if request.level in rules.strict_levels:
        found = (Boost(BoostSource.LEVEL, None), *found)
    elif rules.boosts_s.get(request.level, 0.0):
        found = (Boost(BoostSource.LEVEL, rules.boosts_s[request.level]), *found)
    return found


def seconds_of(boosts: Iterable[Boost]) -> float:
    """All of them together."""
    return sum(boost.seconds or 0.0 for boost in boosts)


def key_of(since_ms: int, boosts: tuple[Boost, ...], sequence: int) -> Key:
    """The place of a call that has waited since then."""
    if not boosts:
        return Key(ORDINARY, since_ms, sequence)
    tier = STRICT if any(boost.seconds is None for boost in boosts) else ORDINARY
    return Key(tier, since_ms - int(seconds_of(boosts) * 1000), sequence)
