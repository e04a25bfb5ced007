"""What each queue achieved since midnight."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from acd.events import CallConnected, CallLeftQueue
from acd.ports import PastWait
from kernel.events import Event
from kernel.ids import CallId, QueueId


@dataclass(slots=True)
class QueueDay:
    """One queue's day so far."""

    answered: int = 0
    answered_in_time: int = 0
    abandoned: int = 0

    @property
    def service_level(self) -> float | None:
        """Answered within the limit / (answered + abandoned)."""
        offered = self.answered + self.abandoned
        return self.answered_in_time / offered if offered else None


class DayFigures:
    """Counts each call's wait once, and starts anew at the site's midnight."""

    def __init__(self, timezone: str, service_level_s: Callable[[QueueId], float]) -> None:
        self._zone = ZoneInfo(timezone)
        self._service_level_s = service_level_s
        self._day: date | None = None
        self._queues: dict[QueueId, QueueDay] = {}
        self._counted: set[CallId] = set()

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
        if isinstance(event, CallConnected) and event.is_first:
            self._note(event, was_answered=True)
        elif isinstance(event, CallLeftQueue) and event.is_abandoned:
            self._note(event, was_answered=False)

    def of(self, queue: QueueId, now: datetime) -> QueueDay:
        """A queue's day so far."""
        self._turn_page(now)
        return self._queues.setdefault(queue, QueueDay())

    def _note(self, event: CallConnected | CallLeftQueue, *, was_answered: bool) -> None:
        self._turn_page(event.at)
        self._count(
            PastWait(
                call=event.call,
                queue=event.queue,
                ended_at=event.at,
                waited_s=event.waited_s,
                was_answered=was_answered,
            )
        )

    def _turn_page(self, now: datetime) -> None:
        day = now.astimezone(self._zone).date()
        if day != self._day:
            self._day = day
            self._queues.clear()
            self._counted.clear()

    def _count(self, wait: PastWait) -> None:
        if wait.call in self._counted:
            return
        self._counted.add(wait.call)
        figures = self._queues.setdefault(wait.queue, QueueDay())
        if not wait.was_answered:
            figures.abandoned += 1
            return
        figures.answered += 1
        figures.answered_in_time += wait.waited_s <= self._service_level_s(wait.queue)
