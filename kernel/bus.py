"""The port by which slices hear of each other's events."""

from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

from kernel.events import Event

E = TypeVar("E", bound=Event)


class Bus(Protocol):
    """Publish and subscribe inside one process.

    Delivery: each subscriber gets the events in the order they were published, in a task of
    its own with a bounded queue; who raises is logged and goes on. What must
    survive a crash goes through the database's outbox instead.
    """

    def publish(self, event: Event) -> None:
        """Hands the event to every subscriber of its type; never blocks, never raises."""
        ...

    def listen(self, kind: type[E], handler: Callable[[E], None]) -> None:
        """Calls `handler` within `publish`, before any subscriber begins: for what cannot wait a moment.

        The publisher waits for it, so it may do no more than that.
        """
        ...

    def subscribe(self, kind: type[E], handler: Callable[[E], Awaitable[None]]) -> None:
        """Calls `handler` for every published event that is an instance of `kind`."""
        ...
