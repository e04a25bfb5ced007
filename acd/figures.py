"""What each queue achieved since midnight."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from acd.ports import PastWait
from acd.waits import wait_ended
from kernel.events import Event
from kernel.ids import CallId, QueueId


@dataclass(slots=True)
class QueueDay:
    """One queue's day so far."""

    answered: int = 0
    answered_in_time: int = 0
    abandoned: int = 0
    sent_away: int = 0
    knew_agent: int = 0
    met_agent: int = 0

    @property
    def service_level(self) -> float | None:
        """Answered within the limit / (answered + abandoned + sent away)."""
        offered = self.answered + self.abandoned + self.sent_away
        return self.answered_in_time / offered if offered else None


class DayFigures:
    """Counts each call's wait once, and starts anew at the site's midnight."""

    def __init__(self, timezone: str, service_level_s: Callable[[QueueId], float]) -> None:
        self._zone = ZoneInfo(timezone)
        self._service_level_s = service_level_s
        self._day: date | None = None
        self._queues: dict[QueueId, QueueDay] = {}
        self._counted: dict[CallId, PastWait] = {}

    def midnight(self, now: datetime) -> datetime:
        """When the day began."""
        return datetime.combine(now.astimezone(self._zone).date(), time(), self._zone)

    def rebuild(self, waits: Iterable[PastWait], now: datetime) -> None:
        """Takes over what the journal knows of today."""
        self._turn_page(now)
        for wait in waits:
            self._count(wait)

    def note(self, event: Event) -> None:
        """Counts what a published event says of a wait."""
        wait = wait_ended(event)
        if wait is not None:
            self._turn_page(event.at)
            self._count(wait)

    def of(self, queue: QueueId, now: datetime) -> QueueDay:
        """A queue's day so far."""
        self._turn_page(now)
        return self._queues.setdefault(queue, QueueDay())

    def _turn_page(self, now: datetime) -> None:
        day = now.astimezone(self._zone).date()
        if day != self._day:
            self._day = day
            self._queues.clear()
            self._counted.clear()

    def _count(self, wait: PastWait) -> None:
        """Each call once. Who was sent away and came back counts by how that ended."""
        known = self._counted.get(wait.call)
        if known is not None and known.exit is None:
            return
        self._counted[wait.call] = wait
        if known is not None:
            self._add(known, -1)
        self._add(wait, 1)

    def _add(self, wait: PastWait, number: int) -> None:
        figures = self._queues.setdefault(wait.queue, QueueDay())
        if wait.exit is not None:
            figures.sent_away += number
        elif not wait.was_answered:
            figures.abandoned += number
        else:
            figures.answered += number
            figures.answered_in_time += number * (wait.waited_s <= self._service_level_s(wait.queue))
            figures.knew_agent += number * (wait.met_own_agent is not None)
            figures.met_agent += number * bool(wait.met_own_agent)
