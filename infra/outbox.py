"""Events that survive a crash: written with what they tell of, delivered after the commit.

Each subscriber's copy of an event is a job of its own, so that one that fails is tried again
without the others hearing the event twice. Delivery is at least once; order is not promised.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import uuid4

from pydantic import TypeAdapter
from sqlalchemy.ext.asyncio import AsyncConnection

from infra.jobs import Job, Jobs
from kernel.events import Event

E = TypeVar("E", bound=Event)


@dataclass(frozen=True, slots=True)
class _Subscription:
    kind: type[Event]
    job_kind: str


class Outbox:
    """Events of slices on their way to others."""

    def __init__(self, jobs: Jobs) -> None:
        self._jobs = jobs
        self._subscriptions: list[_Subscription] = []

    def subscribe(self, kind: type[E], handler: Callable[[E], Awaitable[None]], *, name: str) -> None:
        """Calls `handler` for each event of exactly this kind, also for those of earlier runs.

        `name` stays the same over restarts: the events that wait for it are kept under it.
        """
        adapter: TypeAdapter[E] = TypeAdapter(kind)
        job_kind = f"event {kind.__name__} to {name}"

        async def deliver(job: Job) -> None:
            await handler(adapter.validate_python(job.payload["event"]))

        self._jobs.handle(job_kind, deliver)
        self._subscriptions.append(_Subscription(kind, job_kind))

    async def add(self, connection: AsyncConnection, event: Event) -> None:
        """Sends the event when, and only when, the transaction of this connection is committed."""
        kind = type(event)
        payload: dict[str, Any] = {"event": TypeAdapter(kind).dump_python(event, mode="json")}
        for subscription in self._subscriptions:
            if subscription.kind is kind:
                await self._jobs.add(connection, subscription.job_kind, uuid4().hex, payload)
