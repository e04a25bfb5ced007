"""The words of breaks: which agents may take, and for how long and how many at once.

They are read from the site by `breaks_file.py`, and applied by `engine/breaks.py`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakRules:
    """A reason for a break, and its limits."""

    key: str
    name_zh: str
    name_en: str
    limit_s: float | None = None
    """How long it may last. Nobody is called back: whoever is over it is shown so, and to supervisors."""
    queue_at_once: int | None = None
    """How many of one queue's agents may be on it together; None: as many as like."""
    branch_at_once: int | None = None
    """The same of one branch."""


Breaks = Mapping[str, BreakRules]
"""By key."""

OTHER_REASONS = frozenset(
    {
        "absent",
        "call_parked",
        "dialling",
        "missed",
        "page_lost",
        "phone_lost",
        "refused",
        "switch",
        "unreachable",
        "watching",
    }
)
"""What agents' states give as reasons beside breaks: a break of such a key would be shown as that."""

ANY_BREAK: Breaks = MappingProxyType({})
"""Where nothing is said, agents give whatever reason they like."""

ORDINARY_BREAKS: Breaks = MappingProxyType(
    {
        rules.key: rules
        for rules in (
            BreakRules(key="rest", name_zh="休息", name_en="Rest"),
            BreakRules(key="meal", name_zh="用餐", name_en="Meal"),
            BreakRules(key="training", name_zh="培训", name_en="Training"),
            BreakRules(key="meeting", name_zh="会议", name_en="Meeting"),
        )
    }
)
"""Of a site that says nothing about breaks."""
