"""Work that must survive a crash: rows that a worker takes on lease, again until it is done.

A job is added in the transaction of what it follows from. Its handler runs at least once: after a
crash, or when its end could not be written, it runs again. So handlers are idempotent: what must
not happen twice carries a key of its own. A job whose `kind` no handler knows stays, untouched,
for a version of Hotline that does.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import sqlalchemy as sa
import structlog
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from infra.database import BigId, Database, UtcDateTime, after_commit, metadata
from infra.settings import JobLimits
from infra.tasks import Tasks
from kernel.clock import Clock
from kernel.errors import HotlineError

log = structlog.get_logger(__name__)

ERROR_CHARACTERS_MAX = 2_000

FORGET_EVERY_S = 3_600

OPEN, DONE, FAILED = "open", "done", "failed"

jobs = sa.Table(
    "job",
    metadata,
    sa.Column("id", BigId, primary_key=True),
    sa.Column("kind", sa.String(120), nullable=False),
    sa.Column("key", sa.String(200), nullable=False),
    sa.Column("payload", sa.JSON, nullable=False),
    sa.Column("state", sa.String(20), nullable=False),
    # When the job may be taken: at first its time, then the end of the lease, or of the wait.
    sa.Column("due_at", UtcDateTime, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("lease", sa.String(32)),
    sa.Column("error", sa.Text),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("finished_at", UtcDateTime),
    sa.UniqueConstraint("kind", "key"),
    sa.Index(None, "state", "due_at"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A job as its handler sees it."""

    id: int
    kind: str
    key: str
    payload: Mapping[str, Any]
    attempt: int
    """1 at the first try."""
    lease: str
    """Proves to the database that this worker still has the job."""


# Asked by every worker every second, hence put together only once.
_NEXT_DUE = (
    sa.select(jobs.c.id)
    .where(
        jobs.c.state == OPEN,
        jobs.c.due_at <= sa.bindparam("now"),
        jobs.c.kind.in_(sa.bindparam("kinds", expanding=True)),
    )
    .order_by(jobs.c.due_at, jobs.c.id)
    .limit(1)
    .with_for_update(skip_locked=True)
)
_CLAIM = (
    jobs.update()
    .where(jobs.c.id == _NEXT_DUE.scalar_subquery())
    .values(lease=sa.bindparam("new_lease"), due_at=sa.bindparam("until"), attempts=jobs.c.attempts + 1)
    .returning(
        jobs.c.id,
        jobs.c.kind,
        jobs.c.key,
        jobs.c.payload,
        jobs.c.attempts.label("attempt"),
        jobs.c.lease,
    )
)

JobHandler = Callable[[Job], Awaitable[None]]


class JobsStalled(HotlineError):
    """Jobs wait and are not being taken."""

    code = "jobs_stalled"


def retry_wait_s(attempt: int, limits: JobLimits) -> float:
    """How long to wait after the given failed try."""
    return min(limits.retry_last_s, limits.retry_first_s * 2.0 ** min(attempt - 1, 60))


class Jobs:
    """Adds jobs and works them off."""

    def __init__(self, database: Database, clock: Clock, limits: JobLimits | None = None) -> None:
        self._database = database
        self._clock = clock
        self._limits = limits or JobLimits()
        self._handlers: dict[str, JobHandler] = {}
        self._news = asyncio.Event()
        self._workers: list[asyncio.Task[None]] = []
        self._at_work = 0
        self._looked_at = clock.monotonic()

    def handle(self, kind: str, handler: JobHandler) -> None:
        """Runs `handler` for jobs of this kind."""
        if kind in self._handlers:
            raise ValueError(f"two handlers for jobs of kind {kind}")
        self._handlers[kind] = handler

    async def add(
        self,
        connection: AsyncConnection,
        kind: str,
        key: str,
        payload: Mapping[str, Any],
        *,
        due_at: datetime | None = None,
    ) -> bool:
        """Adds a job in the caller's transaction; False when this kind has that key already."""
        now = self._clock.now()
        insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
        added = await connection.execute(
            insert(jobs)
            .values(
                kind=kind,
                key=key,
                payload=dict(payload),
                state=OPEN,
                due_at=due_at or now,
                attempts=0,
                created_at=now,
            )
            .on_conflict_do_nothing(index_elements=["kind", "key"])
        )
        after_commit(connection, self._news.set)
        return added.rowcount == 1

    def start(self, tasks: Tasks) -> None:
        """Works jobs off in the background."""
        self._looked_at = self._clock.monotonic()
        self._workers = [
            tasks.spawn(self._work(), name=f"jobs {number + 1}") for number in range(self._limits.at_once)
        ]
        tasks.spawn(self._forget(), name="jobs, finished ones")

    async def check(self) -> None:
        """Raises `JobsStalled` unless every worker lives, and a free one has looked for a job lately."""
        if ended := [worker.get_name() for worker in self._workers if worker.done()]:
            raise JobsStalled(f"ended: {', '.join(ended)}; see log/server.log in the data folder")
        silent_s = self._clock.monotonic() - self._looked_at
        if self._at_work < self._limits.at_once and silent_s > self._limits.stalled_s:
            raise JobsStalled(f"no job could be taken for {silent_s:.0f} s; see log/server.log")

    async def run_due(self) -> int:
        """Works off what is due now, one after the other; returns how many tries that were."""
        tries = 0
        while job := await self._claim():
            await self._run(job)
            tries += 1
        return tries

    async def forget_finished(self) -> None:
        """Deletes jobs that were finished long ago; failed ones too, they are in the log."""
        before = self._clock.now() - timedelta(days=self._limits.kept_days)
        async with self._database.transaction() as connection:
            await connection.execute(jobs.delete().where(jobs.c.finished_at < before))

    async def _work(self) -> None:
        while True:
            self._news.clear()  # before the look, which may miss what is committed meanwhile
            try:
                await self.run_due()
            except Exception:
                log.exception("jobs cannot be read")
            try:
                async with asyncio.timeout(self._limits.poll_s):
                    await self._news.wait()
            except TimeoutError:
                continue

    async def _forget(self) -> None:
        while True:
            try:
                await self.forget_finished()
            except Exception:
                log.exception("finished jobs cannot be deleted")
            await asyncio.sleep(FORGET_EVERY_S)

    async def _claim(self) -> Job | None:
        now = self._clock.now()
        asked = {
            "now": now,
            "until": now + timedelta(seconds=self._limits.lease_s),
            "new_lease": uuid4().hex,
            "kinds": list(self._handlers),
        }
        async with self._database.transaction() as connection:
            row = (await connection.execute(_CLAIM, asked)).mappings().one_or_none()
        self._looked_at = self._clock.monotonic()
        return Job(**row) if row else None

    async def _run(self, job: Job) -> None:
        if job.attempt > self._limits.attempts_max:
            # Each earlier try took its worker with it, or it would be marked as failed already.
            await self._failed(job, "every worker that took it was lost")
            return
        self._at_work += 1
        try:
            async with asyncio.timeout(self._limits.run_s_max), self._renewing(job):
                await self._handlers[job.kind](job)
        except Exception as error:
            log.warning("job failed", job_kind=job.kind, job=job.key, attempt=job.attempt, exc_info=True)
            await self._failed(job, f"{type(error).__name__}: {error}"[:ERROR_CHARACTERS_MAX])
        else:
            await self._write(job, state=DONE, finished_at=self._clock.now(), error=None)
        finally:
            self._at_work -= 1

    @asynccontextmanager
    async def _renewing(self, job: Job) -> AsyncIterator[None]:
        """Keeps the lease while the handler works."""

        async def renew() -> None:
            while True:
                await asyncio.sleep(self._limits.lease_s / 3)
                until = self._clock.now() + timedelta(seconds=self._limits.lease_s)
                await self._write(job, due_at=until, lease=job.lease)

        renewal = Tasks()
        renewal.spawn(renew(), name=f"lease of job {job.id}")
        try:
            yield
        finally:
            await renewal.close()

    async def _failed(self, job: Job, error: str) -> None:
        now = self._clock.now()
        if job.attempt >= self._limits.attempts_max:
            log.error("job given up", job_kind=job.kind, job=job.key, attempts=job.attempt, error=error)
            await self._write(job, state=FAILED, finished_at=now, error=error)
        else:
            wait = timedelta(seconds=retry_wait_s(job.attempt, self._limits))
            await self._write(job, due_at=now + wait, error=error)

    async def _write(self, job: Job, **changes: Any) -> None:
        """Writes what became of the job, unless its lease went to another worker meanwhile."""
        async with self._database.transaction() as connection:
            written = await connection.execute(
                jobs.update()
                .where(jobs.c.id == job.id, jobs.c.lease == job.lease, jobs.c.state == OPEN)
                .values({"lease": None, **changes})
            )
        if written.rowcount == 0:
            log.warning("job was taken by another worker meanwhile", job_kind=job.kind, job=job.key)
