"""Where a ticket is in its workflow, what happens there, and what follows."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from kernel.access import Principal
from tickets.model import ChangedField, State
from tickets.workflow.model import Whom

STARTED, STEP, CHECK, VISIT = "workflow", "step", "check", "visit"
"""The fields of lines of the history, beside the workflow's own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a ticket is, and what was done there."""

    workflow: str
    digest: str
    """Of the version in which it began, and stays."""
    step: str
    goal: State
    """The ticket's while somebody works at this step."""
    begun_at: datetime
    entered_at: datetime
    """The step; when it came back to it, the last time."""
    passed: frozenset[str] = frozenset()
    """The points of this step's check list."""
    values: Mapping[str, str] = field(default_factory=dict)
    """What was filled in of the workflow's own fields, as it is kept: 3.5, 2026-11-24, yes."""
    visit_at: datetime | None = None
    """When somebody comes to the customer; agreed at this step."""
    version: int = 1

    @property
    def is_untouched(self) -> bool:
        """Nobody has done anything about it but beginning."""
        return self.version == 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """Somebody writes something down; an empty text takes it away."""

    by: Principal
    values: Mapping[str, str] = field(default_factory=dict)
    passed: Mapping[str, bool] = field(default_factory=dict)
    visit_at: datetime | None = None
    """None leaves it as it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """Somebody takes the next step."""

    by: Principal
    to: str
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reopened:
    """The ticket is open again although its workflow had ended."""


Event = Filled | Taken | Reopened


@dataclass(frozen=True, slots=True, kw_only=True)
class Stands:
    """The ticket is here now."""

    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Hands:
    """The ticket goes to whoever does the step; None leaves it with its owner."""

    to: Whom | None
    goal: State


@dataclass(frozen=True, slots=True, kw_only=True)
class Notes:
    """A line of the ticket's history."""

    change: ChangedField
    why: str = ""


Effect = Stands | Hands | Notes
