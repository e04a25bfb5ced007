"""The queues of a simulated day: every strategy, and every way to wait less or not at all."""

from collections.abc import Mapping
from dataclasses import replace

from acd.engine.strategy import STRATEGIES
from acd.model import Overflow, QueueRules, Relaxation, StickyRules
from acd.promises import CallbackRules
from acd.reserves import Reserve
from kernel.ids import QueueId, SkillId

SALES, SERVICE, COMPLAINTS = QueueId("sales"), QueueId("service"), QueueId("complaints")
ENGLISH, POLITE = SkillId("english"), SkillId("polite")
RELAXATIONS = (
    Relaxation(after_s=20.0, at_most={ENGLISH: 1}),
    Relaxation(after_s=50.0, at_most={ENGLISH: 0, POLITE: 0}),
)


def _rules(queue: QueueId, **more: object) -> QueueRules:
    given = {
        "boosts_s": {"vip": 120.0},
        "strict_levels": frozenset({"strict"}),
        "matters_s": {"outage": 60.0},
        "wrap_up_s": 10.0,
        "relaxations": RELAXATIONS,
        "sticky": StickyRules(hold_s=20.0, holds_s={"vip": 30.0}, is_capped_by_service_level=False),
        **more,
    }
    return QueueRules(id=queue, name_zh=queue, name_en=queue, **given)  # type: ignore[arg-type]


DAYTIME = {
    SALES: _rules(
        SALES,
        capacity=4,
        overflows=(Overflow(to=(SERVICE,), after_s=45),),
        reserve=Reserve(queues=(COMPLAINTS,), waiting=3, until_waiting=1, stays_s=30.0),
    ),
    SERVICE: _rules(SERVICE, max_wait_s=50.0, calendar="office"),
    COMPLAINTS: _rules(
        COMPLAINTS,
        needs={POLITE: 1},
        overflows=(Overflow(to=(SALES, SERVICE), expected_wait_s=30.0),),
        calendar="office",
        is_emptied_at_closing=True,
    ),
}
EVENING = {
    SALES: _rules(SALES, needs={ENGLISH: 1}, max_wait_s=80.0),
    SERVICE: _rules(
        SERVICE, capacity=6, overflows=(Overflow(to=(COMPLAINTS,), after_s=5),), calendar="office"
    ),
    COMPLAINTS: _rules(
        COMPLAINTS,
        relaxations=(),
        max_wait_s=40.0,
        reserve=Reserve(
            queues=(SALES,), waiting=2, expected_wait_s=20.0, until_expected_wait_s=5.0, is_proposed=True
        ),
    ),
}


CALLING = CallbackRules(attempts=2, retry_after_s=40, ring_s=10)


def editions(seed: int, *, reserves: bool) -> list[Mapping[QueueId, QueueRules]]:
    """What the site's file of queues says, and what it is changed to in the course of the day."""
    names = list(STRATEGIES)
    return [
        {
            queue: replace(
                rules,
                strategy=names[(3 * seed + place + shift) % len(names)],
                reserve=rules.reserve if reserves else None,
                callback=CALLING,
            )
            for place, (queue, rules) in enumerate(edition.items())
        }
        for shift, edition in enumerate((DAYTIME, EVENING))
    ]
