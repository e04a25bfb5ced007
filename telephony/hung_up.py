"""Callers who have hung up on a flow, on their way to whoever goes on for them: once for each call."""

from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy.ext.asyncio import AsyncConnection

from infra.jobs import Job, JobHandler, Jobs
from telephony.events import HungUp
from telephony.ledger_rules import CallEntry

JOB_KIND = "flow after a hang-up"


_WRITTEN: TypeAdapter[HungUp] = TypeAdapter(HungUp)


def hung_up(entry: CallEntry) -> HungUp | None:
    """Of a call that has ended with nothing decided; None of all others.

    Who has talked with somebody, left a message, was promised a callback, or was told goodbye is not among
    them. A line that broke is: for the caller it is the same.
    """
    is_theirs = entry.decided is None and not entry.is_outgoing
    if not is_theirs or entry.stood is None or not entry.stood.flow or entry.ended_at is None:
        return None
    return HungUp(arrival=entry.arrival, mark=entry.stood, at=entry.ended_at)


async def add_jobs(jobs: Jobs, connection: AsyncConnection, ended: Iterable[CallEntry]) -> None:
    """Has their flows go on, when and only when the ends of these calls are written down."""
    for left in filter(None, map(hung_up, ended)):
        await jobs.add(connection, JOB_KIND, left.arrival.call, to_payload(left))


def to_payload(one: HungUp) -> dict[str, Any]:
    """As a job has it."""
    written: dict[str, Any] = _WRITTEN.dump_python(one, mode="json")
    return written


def handler_of(go_on: Callable[[HungUp], Awaitable[None]]) -> JobHandler:
    """Handles such jobs; what is raised is tried again."""

    async def handle(job: Job) -> None:
        await go_on(_WRITTEN.validate_python(dict(job.payload)))

    return handle
