"""The queues of a simulated day: three strategies, and every way to wait less or not at all."""

from acd.model import Overflow, QueueRules, Relaxation
from kernel.ids import QueueId, SkillId

QUEUES = {
    QueueId(name): QueueRules(
        id=QueueId(name),
        name_zh=name,
        name_en=name,
        boosts_s={"vip": 120.0},
        strict_levels=frozenset({"strict"}),
        wrap_up_s=10.0,
        strategy=strategy,
        needs={SkillId("polite"): 1} if name == "complaints" else {},
        relaxations=(
            Relaxation(after_s=20.0, at_most={SkillId("english"): 1}),
            Relaxation(after_s=50.0, at_most={SkillId("english"): 0, SkillId("polite"): 0}),
        ),
        **more,  # type: ignore[arg-type]
    )
    for name, strategy, more in (
        (
            "sales",
            "longest_idle",
            {"capacity": 4, "overflows": (Overflow(to=(QueueId("service"),), after_s=45),)},
        ),
        ("service", "least_occupied", {"max_wait_s": 50.0, "calendar": "office"}),
        (
            "complaints",
            "best_skill",
            {
                "overflows": (Overflow(to=(QueueId("sales"), QueueId("service")), expected_wait_s=30.0),),
                "calendar": "office",
                "is_emptied_at_closing": True,
            },
        ),
    )
}
