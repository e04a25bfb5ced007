"""Which other queues a waiting call reaches: by how long it has waited, or is going to."""

from typing import Protocol

from acd.engine.lanes import Lines, Reach
from acd.engine.state import Call
from acd.model import Instant, Overflow, QueueRules
from acd.reserves import Help, HelpStand
from acd.settings import AcdSettings
from kernel.ids import QueueId

HAIR_S = 0.001
"""By so much a timer may seem to come early, for the sums of seconds are not exact."""


class Site(Protocol):
    """What is looked at of the engine's state."""

    settings: AcdSettings
    now: Instant
    help: dict[QueueId, HelpStand]
    lines: Lines

    def rules_of(self, queue: QueueId) -> QueueRules:
        """A queue's rules."""
        ...

    def waited_s(self, call: Call) -> float:
        """How long the call has waited."""
        ...

    def is_closed(self, queue: QueueId) -> bool:
        """Whether a queue takes no calls now."""
        ...


def reach_after(site: Site, call: Call) -> Reach:
    """The queues whose agents may have the call by now; what was reached once stays."""
    rules = site.rules_of(call.queue)
    if rules.reserve is None and not rules.overflows:
        return ()
    reached = dict.fromkeys(call.reach)
    stand = site.help.get(call.queue)
    if stand is not None and stand.help is Help.GIVEN:
        reached |= dict.fromkeys(stand.queues)
    for rule in rules.overflows:
        if _is_due(site, call, rule):
            reached |= dict.fromkeys(rule.to)
    return tuple(sorted(reached))


def _is_due(site: Site, call: Call, rule: Overflow) -> bool:
    if rule.after_s is not None:
        return site.waited_s(call) >= rule.after_s - HAIR_S
    if set(rule.to) <= set(call.reach) or rule.expected_wait_s is None:
        return False
    here_s = expected_s(site, call, call.queue)
    if here_s is None or here_s <= rule.expected_wait_s:
        return False
    return any(_is_sooner(site, call, queue, here_s) for queue in rule.to if not site.is_closed(queue))


def _is_sooner(site: Site, call: Call, queue: QueueId, here_s: float) -> bool:
    there_s = expected_s(site, call, queue)
    return there_s < here_s if there_s is not None else not len(site.lines[queue].places)


def expected_s(site: Site, call: Call, queue: QueueId) -> float | None:
    """How long the call would still wait in a queue, at its place; None when that cannot be told."""
    line = site.lines[queue]
    if len(line.anyone.idle):
        return 0.0
    ahead = line.places.count_before(call.key)
    return line.pace.expected_s(ahead, site.now.seconds, site.settings)


def looks_again_s(site: Site, call: Call) -> float | None:
    """When more queues may be reached; None when all are."""
    waited_s, soonest_s = site.waited_s(call), None
    for rule in site.rules_of(call.queue).overflows:
        if set(rule.to) <= set(call.reach):
            continue
        again_s = site.settings.overflow_look_s if rule.after_s is None else rule.after_s - waited_s
        soonest_s = again_s if soonest_s is None else min(soonest_s, again_s)
    return None if soonest_s is None else max(0.0, soonest_s)
