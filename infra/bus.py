"""Events inside one process: see `kernel.bus.Bus` for what is promised."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Generic, TypeVar

import structlog

from infra.tasks import Tasks
from kernel.events import Event

log = structlog.get_logger(__name__)

E = TypeVar("E", bound=Event)

QUEUE_MAX = 10_000
"""Events a subscriber may be behind: minutes at a site's busiest."""


class LocalBus:
    """The bus of one process.

    A subscriber that is `QUEUE_MAX` events behind loses its oldest ones, because the newest say
    where things stand now; each loss is counted in `lost` and logged as an error.
    """

    def __init__(self, tasks: Tasks, queue_max: int = QUEUE_MAX) -> None:
        self._tasks = tasks
        self._queue_max = queue_max
        self._listeners: list[tuple[type[Event], Callable[[Any], None]]] = []
        self._subscriptions: list[_Subscription[Any]] = []

    @property
    def lost(self) -> int:
        """Events that slow subscribers never saw."""
        return sum(each.lost for each in self._subscriptions)

    def publish(self, event: Event) -> None:
        """Hands the event to every subscriber of its type; never blocks, never raises."""
        for kind, listener in self._listeners:
            if isinstance(event, kind):
                try:
                    listener(event)
                except Exception:
                    log.exception("listener failed", event_kind=type(event).__name__)
        for subscription in self._subscriptions:
            subscription.offer(event)

    def listen(self, kind: type[E], handler: Callable[[E], None]) -> None:
        """Calls `handler` within `publish`."""
        self._listeners.append((kind, handler))

    def subscribe(self, kind: type[E], handler: Callable[[E], Awaitable[None]]) -> None:
        """Calls `handler` for every published event that is an instance of `kind`."""
        subscription = _Subscription(kind, handler, self._queue_max)
        self._subscriptions.append(subscription)
        self._tasks.spawn(subscription.run(), name=f"bus {subscription.name}")

    async def settled(self) -> None:
        """Returns once every subscriber has handled all it was given, and what followed from that."""
        while any(each.is_behind for each in self._subscriptions):
            for subscription in self._subscriptions:
                await subscription.queue.join()


class _Subscription(Generic[E]):
    """One subscriber with its queue."""

    def __init__(self, kind: type[E], handler: Callable[[E], Awaitable[None]], queue_max: int) -> None:
        self.name = f"{kind.__name__} to {getattr(handler, '__qualname__', repr(handler))}"
        self.queue: asyncio.Queue[E] = asyncio.Queue(queue_max)
        self.lost = 0
        self._kind = kind
        self._handler = handler
        self._is_busy = False

    @property
    def is_behind(self) -> bool:
        """Whether an event waits or is being handled."""
        return self._is_busy or not self.queue.empty()

    def offer(self, event: Event) -> None:
        """Puts the event into the queue if it is of the kind."""
        if not isinstance(event, self._kind):
            return
        if self.queue.full():
            self.queue.get_nowait()
            self.queue.task_done()
            self.lost += 1
            log.error("subscriber too slow, its oldest event is lost", subscriber=self.name, lost=self.lost)
        self.queue.put_nowait(event)

    async def run(self) -> None:
        """Handles events in order, for ever; a failure is logged and the next event handled."""
        while True:
            event = await self.queue.get()
            self._is_busy = True
            try:
                await self._handler(event)
            except Exception:
                log.exception("subscriber failed", subscriber=self.name, event_kind=type(event).__name__)
            finally:
                self._is_busy = False
                self.queue.task_done()
