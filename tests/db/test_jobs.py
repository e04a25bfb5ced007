"""Jobs survive crashes, failures and second deliveries, on both databases."""

import asyncio
import os
import signal
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from structlog.testing import capture_logs

from infra.database import Database
from infra.jobs import Job, Jobs, JobsStalled, retry_wait_s
from infra.jobs import jobs as table
from infra.settings import JobLimits
from infra.tasks import Tasks

ROOT = Path(__file__).resolve().parents[2]
LIMITS = JobLimits(lease_s=30, attempts_max=3, retry_first_s=10, retry_last_s=15)


class DrivenClock:
    def __init__(self) -> None:
        self.time = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self.time

    def monotonic(self) -> float:
        return self.time.timestamp()

    def pass_s(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> DrivenClock:
    return DrivenClock()


@pytest.fixture
def jobs(database: Database, clock: DrivenClock) -> Jobs:
    return Jobs(database, clock, LIMITS)


class Noted:
    """A handler that notes what it got, and fails as often as told."""

    def __init__(self, failures: int = 0) -> None:
        self.seen: list[tuple[str, int]] = []
        self._failures = failures

    async def __call__(self, job: Job) -> None:
        self.seen.append((job.payload["text"], job.attempt))
        if self._failures:
            self._failures -= 1
            raise RuntimeError("识别失败")


async def _add(database: Database, jobs: Jobs, key: str = "k", **more: Any) -> bool:
    async with database.transaction() as connection:
        return await jobs.add(connection, "transcribe", key, {"text": "留言"}, **more)


async def _states(database: Database) -> list[tuple[str, str | None]]:
    async with database.reading() as connection:
        rows = await connection.execute(sa.select(table.c.state, table.c.error).order_by(table.c.id))
        return [(row.state, row.error) for row in rows]


async def test_a_job_is_done_once_and_its_key_is_not_taken_again(database: Database, jobs: Jobs) -> None:
    noted = Noted()
    jobs.handle("transcribe", noted)
    assert await _add(database, jobs)
    assert not await _add(database, jobs)
    assert await jobs.run_due() == 1
    assert await jobs.run_due() == 0
    assert not await _add(database, jobs)
    assert noted.seen == [("留言", 1)]
    assert await _states(database) == [("done", None)]


async def test_a_job_of_an_undone_transaction_never_was(database: Database, jobs: Jobs) -> None:
    jobs.handle("transcribe", Noted())

    async def add_and_fail() -> None:
        async with database.transaction() as connection:
            await jobs.add(connection, "transcribe", "k", {"text": "留言"})
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await add_and_fail()
    assert await jobs.run_due() == 0


async def test_a_failed_try_is_repeated_after_growing_waits(
    database: Database, jobs: Jobs, clock: DrivenClock
) -> None:
    noted = Noted(failures=2)
    jobs.handle("transcribe", noted)
    await _add(database, jobs)
    for wait_s in (0, 10, 15):
        clock.pass_s(wait_s - 0.001)
        assert await jobs.run_due() == 0
        clock.pass_s(0.001)
        assert await jobs.run_due() == 1
    assert [attempt for _, attempt in noted.seen] == [1, 2, 3]
    assert await _states(database) == [("done", None)]


async def test_a_hopeless_job_is_given_up_and_said_so(
    database: Database, jobs: Jobs, clock: DrivenClock
) -> None:
    noted = Noted(failures=99)
    jobs.handle("transcribe", noted)
    await _add(database, jobs)
    with capture_logs() as logs:
        for _ in range(5):
            await jobs.run_due()
            clock.pass_s(60)
    assert len(noted.seen) == 3
    assert await _states(database) == [("failed", "RuntimeError: 识别失败")]
    assert [each["job"] for each in logs if each["log_level"] == "error"] == ["k"]


async def test_a_job_waits_for_its_time(database: Database, jobs: Jobs, clock: DrivenClock) -> None:
    jobs.handle("transcribe", Noted())
    await _add(database, jobs, due_at=clock.now() + timedelta(hours=2))
    clock.pass_s(7199)
    assert await jobs.run_due() == 0
    clock.pass_s(1)
    assert await jobs.run_due() == 1


async def test_a_kind_that_nobody_knows_waits_for_who_does(
    database: Database, jobs: Jobs, clock: DrivenClock
) -> None:
    await _add(database, jobs)
    assert await jobs.run_due() == 0
    newer = Jobs(database, clock, LIMITS)
    newer.handle("transcribe", Noted())
    assert await newer.run_due() == 1


async def test_a_lost_workers_job_is_taken_again_and_its_late_answer_ignored(
    database: Database, jobs: Jobs, clock: DrivenClock
) -> None:
    started, go_on = asyncio.Event(), asyncio.Event()

    async def hang(_job: Job) -> None:
        started.set()
        await go_on.wait()
        raise RuntimeError("too late")

    jobs.handle("transcribe", hang)
    other = Jobs(database, clock, LIMITS)
    noted = Noted()
    other.handle("transcribe", noted)
    await _add(database, jobs)
    hanging = asyncio.create_task(jobs.run_due())
    await started.wait()
    clock.pass_s(29)
    assert await other.run_due() == 0
    clock.pass_s(2)
    assert await other.run_due() == 1
    go_on.set()
    await hanging
    assert noted.seen == [("留言", 2)]
    assert await _states(database) == [("done", None)]


async def test_a_long_job_keeps_its_lease_as_long_as_its_worker_lives(database: Database) -> None:
    class TickingClock(DrivenClock):
        def now(self) -> datetime:
            return self.time + timedelta(seconds=asyncio.get_running_loop().time())

    renewed, clock = asyncio.Event(), TickingClock()
    jobs = Jobs(database, clock, JobLimits(lease_s=0.3))

    async def work_until_renewed(job: Job) -> None:
        before = await _due_at(database)
        while await _due_at(database) == before:
            pass
        assert job.attempt == 1
        renewed.set()

    jobs.handle("transcribe", work_until_renewed)
    await _add(database, jobs)
    assert await jobs.run_due() == 1
    assert renewed.is_set()
    assert await _states(database) == [("done", None)]


async def _due_at(database: Database) -> datetime:
    async with database.reading() as connection:
        return (await connection.execute(sa.select(table.c.due_at))).scalar_one()  # type: ignore[no-any-return]


async def test_many_workers_run_each_job_once(database: Database, clock: DrivenClock) -> None:
    seen: list[str] = []

    async def note(job: Job) -> None:
        seen.append(job.key)

    workers = [Jobs(database, clock, LIMITS) for _ in range(8)]
    for worker in workers:
        worker.handle("transcribe", note)
    for number in range(40):
        await _add(database, workers[0], key=f"{number:02}")
    await asyncio.gather(*(worker.run_due() for worker in workers))
    assert sorted(seen) == [f"{number:02}" for number in range(40)]


async def test_a_started_worker_takes_a_job_as_soon_as_it_is_committed(
    database: Database, clock: DrivenClock
) -> None:
    jobs = Jobs(database, clock, JobLimits(poll_s=3600))
    done = asyncio.Event()

    async def finish(_job: Job) -> None:
        done.set()

    jobs.handle("transcribe", finish)
    tasks = Tasks()
    jobs.start(tasks)
    await _add(database, jobs)
    async with asyncio.timeout(10):
        await done.wait()
    await tasks.close()


async def test_a_job_that_is_committed_while_a_worker_looks_is_taken_at_once_too(
    database: Database, clock: DrivenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs = Jobs(database, clock, JobLimits(poll_s=3600, at_once=1))
    done, claim = asyncio.Event(), jobs._claim

    async def finish(_job: Job) -> None:
        done.set()

    async def claim_as_one_is_added() -> Job | None:
        found = await claim()
        await _add(database, jobs)
        return found

    jobs.handle("transcribe", finish)
    monkeypatch.setattr(jobs, "_claim", claim_as_one_is_added)
    tasks = Tasks()
    jobs.start(tasks)
    async with asyncio.timeout(10):
        await done.wait()
    await tasks.close()


async def test_finished_jobs_are_forgotten_after_their_time(
    database: Database, jobs: Jobs, clock: DrivenClock
) -> None:
    jobs.handle("transcribe", Noted())
    await _add(database, jobs, key="old")
    await jobs.run_due()
    clock.pass_s(LIMITS.kept_days * 86_400 + 1)
    await _add(database, jobs, key="new")
    await jobs.forget_finished()
    assert await _states(database) == [("open", None)]


def test_waits_double_up_to_a_limit() -> None:
    limits = JobLimits(retry_first_s=5, retry_last_s=3600)
    assert [retry_wait_s(attempt, limits) for attempt in (1, 2, 3, 10, 11, 5000)] == [
        5,
        10,
        20,
        2560,
        3600,
        3600,
    ]


KILLED_WORKER = """
import asyncio, sys
from infra.database import Database
from infra.jobs import Jobs
from kernel.clock import SystemClock

async def main():
    jobs = Jobs(Database(sys.argv[1]), SystemClock())
    async def hang(job):
        print("started", flush=True)
        await asyncio.Event().wait()
    jobs.handle("transcribe", hang)
    await jobs.run_due()

asyncio.run(main())
"""


@pytest.fixture
async def killed_in_a_job(url: str, database: Database) -> None:
    """A worker process took the job and was killed without a word."""
    clock = DrivenClock()
    clock.time = datetime.now(UTC)
    await _add(database, Jobs(database, clock))
    worker = await asyncio.create_subprocess_exec(
        sys.executable, "-c", KILLED_WORKER, url, stdout=asyncio.subprocess.PIPE, cwd=ROOT
    )
    assert worker.stdout is not None
    assert await worker.stdout.readline() == b"started\n"
    os.kill(worker.pid, signal.SIGKILL)
    await worker.wait()


@pytest.mark.usefixtures("killed_in_a_job")
async def test_the_job_of_a_killed_process_is_done_by_the_next(database: Database) -> None:
    clock = DrivenClock()
    clock.time = datetime.now(UTC)
    successor, noted = Jobs(database, clock), Noted()
    successor.handle("transcribe", noted)
    assert await successor.run_due() == 0
    clock.pass_s(JobLimits().lease_s + 1)
    assert await successor.run_due() == 1
    assert noted.seen == [("留言", 2)]


async def test_workers_that_take_jobs_are_fit_and_ones_that_cannot_are_not(
    database: Database, clock: DrivenClock, jobs: Jobs
) -> None:
    tasks, done = Tasks(), asyncio.Event()

    async def note(_job: Job) -> None:
        done.set()

    jobs.handle("transcribe", note)
    jobs.start(tasks)
    await _add(database, jobs)
    async with asyncio.timeout(10):
        await done.wait()
    await jobs.check()
    clock.pass_s(LIMITS.stalled_s + 1)
    with pytest.raises(JobsStalled, match="no job could be taken for 31 s"):
        await jobs.check()
    await tasks.close()
    with pytest.raises(JobsStalled, match="ended: jobs 1, jobs 2"):
        await jobs.check()


async def test_workers_who_are_all_at_work_are_not_stuck(database: Database, clock: DrivenClock) -> None:
    jobs, tasks = Jobs(database, clock, JobLimits(at_once=1)), Tasks()
    taken, free = asyncio.Event(), asyncio.Event()

    async def long(_job: Job) -> None:
        taken.set()
        await free.wait()

    jobs.handle("transcribe", long)
    await _add(database, jobs)
    jobs.start(tasks)
    async with asyncio.timeout(10):
        await taken.wait()
    clock.pass_s(LIMITS.stalled_s + 1)
    await jobs.check()
    free.set()
    await tasks.close()
