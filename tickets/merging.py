"""Two people change one ticket: what goes together, and what somebody has to decide; pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tickets.engine import shown
from tickets.model import HistoryLine, Matter


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldConflict:
    """A field that two people have made different things of."""

    field: str
    before: str
    """What both of them saw first."""
    theirs: str
    """What the ticket says now."""
    yours: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """What is still to be changed, and what cannot be without a decision."""

    wishes: Mapping[str, Any]
    conflicts: tuple[FieldConflict, ...]


def merge(matter: Matter, wishes: Mapping[str, Any], since: Sequence[HistoryLine]) -> Merged:
    """Puts wishes that were made for an earlier version onto the ticket of now.

    `since` are the changes that its author did not see, the oldest first. A form sends all its fields: one
    that still says what its author saw is no wish.
    """
    before: dict[str, str] = {}
    for line in since:
        before.setdefault(line.change.field, line.change.before)
    left: dict[str, Any] = {}
    conflicts = []
    for field, wish in wishes.items():
        yours, theirs = shown(wish), shown(getattr(matter, field))
        if field not in before:
            left[field] = wish
        elif yours not in {before[field], theirs}:
            conflicts.append(FieldConflict(field=field, before=before[field], theirs=theirs, yours=yours))
    return Merged(wishes=left, conflicts=tuple(conflicts))
