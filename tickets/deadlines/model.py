"""The words of deadlines."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from kernel.business_time import Pause
from tickets.model import Priority, State, TicketType


class Kind(StrEnum):
    """What has to be done in time."""

    FIRST_RESPONSE = "first_response"
    """The first contact with the customer; that somebody took the ticket up is none."""
    STEP = "step"
    """What the ticket's state asks for."""
    RESOLUTION = "resolution"


class MarkKind(StrEnum):
    """Why somebody is told of a deadline."""

    REMINDER = "reminder"
    WARNING = "warning"
    ESCALATION = "escalation"


OWNER, SUPERVISORS, ADMINS = "owner", "supervisors", "admins"
"""Who can be told, beside single people by their sign-in names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A moment around a deadline at which somebody is told."""

    kind: MarkKind
    offset: timedelta
    """Of business time: before it is due when negative, else after."""
    to: tuple[str, ...]

    @property
    def key(self) -> str:
        """By what it is remembered that it has gone off."""
        return f"{self.kind} {round(self.offset.total_seconds())}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """How long something may take."""

    within: timedelta
    """Of business time."""
    calendar: str
    marks: tuple[Mark, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What decides which deadlines a ticket has."""

    type: TicketType
    priority: Priority
    level: str = ""
    """Of the customer; "" where nobody knows who it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Deadlines of some tickets; what is empty is of all."""

    name: str
    types: frozenset[TicketType] = frozenset()
    priorities: frozenset[Priority] = frozenset()
    levels: frozenset[str] = frozenset()
    first_response: Target | None = None
    resolution: Target | None = None
    steps: Mapping[State, Target] = field(default_factory=dict)

    def fits(self, about: About) -> bool:
        """Whether the rule is for such a ticket."""
        return (
            (not self.types or about.type in self.types)
            and (not self.priorities or about.priority in self.priorities)
            and (not self.levels or about.level in self.levels)
        )

    def target(self, kind: Kind, state: State) -> Target | None:
        """What the rule says of this; nothing where it leaves that to others."""
        match kind:
            case Kind.FIRST_RESPONSE:
                return self.first_response
            case Kind.RESOLUTION:
                return self.resolution
            case Kind.STEP:
                return self.steps.get(state)


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """All deadlines of a site."""

    rules: tuple[Rule, ...] = ()
    pausing: frozenset[State] = frozenset()
    """In these a ticket waits for the customer, and its time stands still."""
    marks: tuple[Mark, ...] = ()
    """Around the time limits of steps of workflows, which name none themselves."""
    is_from_change: bool = False
    """A ticket of which type or priority are changed begins anew; else it counts from its beginning."""

    def target(self, kind: Kind, state: State, about: About) -> tuple[str, Target] | None:
        """What counts, by which rule: the first that fits and says something of this."""
        for rule in self.rules:
            if rule.fits(about) and (target := rule.target(kind, state)) is not None:
                return rule.name, target
        return None


NO_DEADLINES = Policy()


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """The step of a workflow at which a ticket is, where it has a time limit."""

    workflow: str
    step: str
    entered_at: datetime
    within: timedelta
    """Of business time."""
    calendar: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StateChange:
    """A line of the history."""

    at: datetime
    before: State
    after: State


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """All of a ticket that its deadlines follow from."""

    created_at: datetime
    state: State
    about: About
    changes: tuple[StateChange, ...] = ()
    contacts: tuple[datetime, ...] = ()
    """When somebody spoke with, or wrote to, the customer about it."""
    reclassified_at: datetime | None = None
    """When its type or priority was changed last."""
    stage: Stage | None = None
    """Its time comes before that of the ticket's state."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadline:
    """One of a ticket's deadlines, as it is known and kept."""

    kind: Kind
    step: str | None
    """Of which state, or step of a workflow, where it is one of a step."""
    rule: str
    calendar: str
    started_at: datetime
    amount: timedelta
    pauses: tuple[Pause, ...] = ()
    ended_at: datetime | None = None
    """When it was done, in time or not."""
    due_at: datetime | None = None
    """None while it is paused, and under a calendar that does not open any more."""
    gone_off: frozenset[str] = frozenset()
    """The keys of its marks of which somebody was told."""

    @property
    def paused_since(self) -> datetime | None:
        """Since when it waits for the customer; None while it runs, and once it is done."""
        if self.ended_at is not None:
            return None
        return next((pause.since for pause in self.pauses if pause.until is None), None)

    def is_overdue(self, now: datetime) -> bool:
        """Whether it was missed: it is not done, or was done too late."""
        return self.due_at is not None and self.due_at < (self.ended_at or now)


@dataclass(frozen=True, slots=True, kw_only=True)
class GoneOff:
    """Somebody is to be told now."""

    kind: Kind
    step: str | None
    mark: Mark
    due_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """What a look at a ticket's deadlines came to."""

    deadlines: tuple[Deadline, ...]
    gone_off: tuple[GoneOff, ...]
    wake_at: datetime | None
    """When they have to be looked at next, if nothing happens before."""

    @property
    def due_at(self) -> datetime | None:
        """The first that is still to be met."""
        open_ = (one.due_at for one in self.deadlines if one.ended_at is None and one.due_at is not None)
        return min(open_, default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What somebody was told of a deadline."""

    id: int
    ticket_id: int
    number: str
    title: str
    kind: Kind
    step: str | None
    mark: MarkKind
    offset_s: int
    due_at: datetime | None
    at: datetime
    seen_at: datetime | None
