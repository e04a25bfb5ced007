"""A day as it was, as far as another outcome of it can be told."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from acd.model import AgentProfile, QueueRequest, QueueRules
from acd.ports import PastWait
from kernel.ids import QueueId


@dataclass(frozen=True, slots=True, kw_only=True)
class PastCall:
    """A call that came to a queue."""

    came_at: datetime
    request: QueueRequest
    wait: PastWait
    """How its waiting ended that day."""
    rings_s: float
    """How long a phone rings for it until it is answered."""
    talk_s: float

    @property
    def patience_s(self) -> float | None:
        """After this wait the caller gave up; None: they did not, and nobody knows when they would have."""
        has_given_up = not self.wait.was_answered and self.wait.exit is None
        return self.wait.waited_s if has_given_up else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """From when to when somebody took calls."""

    profile: AgentProfile
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PastDay:
    """Calls by when they came, and who was there for them."""

    calls: tuple[PastCall, ...]
    shifts: tuple[Shift, ...]


@dataclass(slots=True)
class Waits:
    """What became of those who came."""

    offered: int = 0
    answered: int = 0
    answered_in_time: int = 0
    gave_up: int = 0
    sent_away: int = 0
    mean_wait_s: float | None = None
    """Of the answered."""
    longest_wait_s: float | None = None
    """Of the answered."""

    @property
    def left_waiting(self) -> int:
        """They waited still when the last agent had gone."""
        return self.offered - self.answered - self.gave_up - self.sent_away

    @property
    def service_level(self) -> float | None:
        """Answered within the queue's limit / offered."""
        return self.answered_in_time / self.offered if self.offered else None

    def note(self, wait: PastWait, level_s: float) -> None:
        """Counts the end of a wait."""
        if wait.was_answered:
            self.answered += 1
            self.answered_in_time += wait.waited_s <= level_s
            self.mean_wait_s = (self.mean_wait_s or 0.0) * (
                1 - 1 / self.answered
            ) + wait.waited_s / self.answered
            self.longest_wait_s = max(self.longest_wait_s or 0.0, wait.waited_s)
        elif wait.exit is None:
            self.gave_up += 1
        else:
            self.sent_away += 1


@dataclass(frozen=True, slots=True)
class DayResult:
    """A day by its queues; a call counts for the queue to which it came."""

    total: Waits
    queues: Mapping[QueueId, Waits]
    occupancy: Mapping[int, float | None] = field(default_factory=dict)
    """Talk and wrap-up / time on duty, of each agent; of the day as it was it is not known."""
    rings_cut_short: int = 0
    """Calls taken for answered at the end of a ring that was shorter than they rang that day."""


def counted(
    calls: Iterable[PastCall], waits: Mapping[str, PastWait], rules: Mapping[QueueId, QueueRules]
) -> tuple[Waits, dict[QueueId, Waits]]:
    """All calls, and those of each queue, by how their waits ended."""
    total, queues = Waits(), {queue: Waits() for queue in rules}
    for call in calls:
        queue, wait = call.request.queue, waits.get(call.request.arrival.call)
        for counts in (total, queues[queue]):
            counts.offered += 1
            if wait is not None:
                counts.note(wait, rules[queue].service_level_s)
    return total, queues


def as_it_was(day: PastDay, rules: Mapping[QueueId, QueueRules]) -> DayResult:
    """What the ledger says of the day; in time is who was so by these rules."""
    return DayResult(*counted(day.calls, {call.wait.call: call.wait for call in day.calls}, rules))
