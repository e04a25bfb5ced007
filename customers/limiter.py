"""Callers who call too often: whether one more call is let in. No I/O."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

HOUR = timedelta(hours=1)
CALLS_MAX = 1000
"""No limit of calls in an hour is higher, and no more calls are looked at."""


class Withheld(StrEnum):
    """What becomes of callers who do not show their number."""

    LET_IN = "let_in"
    LIMITED = "limited"
    """All of them together may call so often."""
    TYPE_NUMBER = "type_number"
    """They have to type one, which then counts as theirs."""
    REJECTED = "rejected"


class Then(StrEnum):
    """What becomes of a call too many."""

    END = "end"
    """The caller is told so, and the call ends."""
    MESSAGE = "message"
    """The caller is told so, and may leave a message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitRules:
    """How often one caller may call one of our numbers."""

    per_hour: int | None = None
    """Calls of one number that are let in within an hour; None: any."""
    short_per_hour: int | None = None
    """So many of them may end in the menu after less than `short_s`."""
    short_s: float = 15.0
    withheld: Withheld = Withheld.LET_IN
    withheld_per_hour: int = 30
    """Of all who withhold their number together, where they are limited."""
    then: Then = Then.END


NO_LIMITS = LimitRules()


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The rules of a site."""

    default: LimitRules = NO_LIMITS
    by_dialled: Mapping[str, LimitRules] = field(default_factory=dict)
    """By what customers dial, in its one spelling."""

    def of(self, dialled: str) -> LimitRules:
        """Those of a number that was dialled, in its one spelling."""
        return self.by_dialled.get(dialled, self.default)

    @property
    def are_none(self) -> bool:
        """Whether nobody is limited."""
        return self.default == NO_LIMITS and not self.by_dialled


@dataclass(frozen=True, slots=True, kw_only=True)
class PastCall:
    """An earlier call of the same number that was let in."""

    at: datetime
    lasted_s: float | None
    """None while it goes on."""
    reached_a_queue: bool
    """Or an agent, or left a message, or heard what they called for."""


class Decision(StrEnum):
    """What becomes of a call."""

    LET_IN = "let_in"
    TOO_OFTEN = "too_often"
    REJECTED = "rejected"
    TYPE_NUMBER = "type_number"


def decide(rules: LimitRules, number: str, before: Iterable[PastCall], now: datetime) -> Decision:
    """What becomes of a call by its number, "" where that is withheld, and by the earlier calls of it."""
    calls = [call for call in before if now - HOUR < call.at <= now]
    if number:
        return Decision.TOO_OFTEN if _is_too_often(rules, calls) else Decision.LET_IN
    match rules.withheld:
        case Withheld.LET_IN:
            return Decision.LET_IN
        case Withheld.LIMITED:
            return Decision.TOO_OFTEN if len(calls) >= rules.withheld_per_hour else Decision.LET_IN
        case Withheld.TYPE_NUMBER:
            return Decision.TYPE_NUMBER
        case Withheld.REJECTED:
            return Decision.REJECTED


def _is_too_often(rules: LimitRules, calls: list[PastCall]) -> bool:
    if rules.per_hour is not None and len(calls) >= rules.per_hour:
        return True
    short = [
        call
        for call in calls
        if not call.reached_a_queue and call.lasted_s is not None and call.lasted_s < rules.short_s
    ]
    return rules.short_per_hour is not None and len(short) >= rules.short_per_hour
