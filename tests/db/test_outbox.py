"""Events reach their subscribers after the commit, also over a restart."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from infra.database import Database
from infra.jobs import Jobs
from infra.outbox import Outbox
from infra.settings import JobLimits
from kernel.events import Event
from kernel.ids import TicketId

NOW = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened(Event):
    ticket: TicketId
    title: str


OPENED = Opened(at=NOW, ticket=TicketId(7), title="客户投诉")


class Clock:
    time = NOW

    def now(self) -> datetime:
        return self.time

    def monotonic(self) -> float:
        return self.time.timestamp()


class Subscriber:
    def __init__(self, failures: int = 0) -> None:
        self.seen: list[Opened] = []
        self._failures = failures

    async def __call__(self, event: Opened) -> None:
        if self._failures:
            self._failures -= 1
            raise RuntimeError
        self.seen.append(event)


def _started(database: Database, clock: Clock, **subscribers: Subscriber) -> tuple[Jobs, Outbox]:
    jobs = Jobs(database, clock, JobLimits(retry_first_s=5))
    outbox = Outbox(jobs)
    for name, subscriber in subscribers.items():
        outbox.subscribe(Opened, subscriber, name=name)
    return jobs, outbox


async def test_an_event_comes_whole_after_the_commit_and_not_before(database: Database) -> None:
    board = Subscriber()
    jobs, outbox = _started(database, Clock(), board=board)
    async with database.transaction() as connection:
        await outbox.add(connection, OPENED)
        assert board.seen == []
    await jobs.run_due()
    assert board.seen == [OPENED]


async def test_an_event_of_an_undone_transaction_is_never_told(database: Database) -> None:
    board = Subscriber()
    jobs, outbox = _started(database, Clock(), board=board)

    async def add_and_fail() -> None:
        async with database.transaction() as connection:
            await outbox.add(connection, OPENED)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await add_and_fail()
    await jobs.run_due()
    assert board.seen == []


async def test_an_event_that_the_last_run_did_not_deliver_comes_at_start(database: Database) -> None:
    _, outbox = _started(database, Clock(), board=Subscriber())
    async with database.transaction() as connection:
        await outbox.add(connection, OPENED)
    board = Subscriber()
    jobs, _ = _started(database, Clock(), board=board)
    await jobs.run_due()
    assert board.seen == [OPENED]


async def test_a_failing_subscriber_hears_the_event_again_and_the_others_do_not(database: Database) -> None:
    clock, board, survey = Clock(), Subscriber(), Subscriber(failures=1)
    jobs, outbox = _started(database, clock, board=board, survey=survey)
    async with database.transaction() as connection:
        await outbox.add(connection, OPENED)
    await jobs.run_due()
    clock.time += timedelta(seconds=5)
    await jobs.run_due()
    assert board.seen == [OPENED]
    assert survey.seen == [OPENED]
