"""What transactions promise, on both databases."""

import asyncio
import sqlite3
import threading
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, StatementError

from infra.database import Database, UtcDateTime
from infra.settings import DatabaseLimits
from kernel.errors import DatabaseUnavailable

notes = sa.Table(
    "test_note",
    sa.MetaData(),
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("at", UtcDateTime),
)


@pytest.fixture
async def noted(database: Database) -> Database:
    async with database.transaction() as connection:
        await connection.run_sync(notes.metadata.create_all)
    return database


async def _texts(database: Database) -> list[str]:
    async with database.reading() as connection:
        return list((await connection.execute(sa.select(notes.c.text).order_by(notes.c.id))).scalars())


async def test_what_a_failed_transaction_wrote_is_undone(noted: Database) -> None:
    async def fail_half_way() -> None:
        async with noted.transaction() as connection:
            await connection.execute(notes.insert().values(text="客户投诉"))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fail_half_way()
    assert await _texts(noted) == []


async def test_a_cancelled_transaction_is_undone_and_the_next_one_works(noted: Database) -> None:
    written = asyncio.Event()

    async def hang() -> None:
        async with noted.transaction() as connection:
            await connection.execute(notes.insert().values(text="一"))
            written.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(hang())
    await written.wait()
    task.cancel()
    await asyncio.wait([task])
    async with noted.transaction() as connection:
        await connection.execute(notes.insert().values(text="二"))
    assert await _texts(noted) == ["二"]


async def test_reading_sees_the_last_commit_while_somebody_writes(noted: Database) -> None:
    async with noted.transaction() as connection:
        await connection.execute(notes.insert().values(text="before"))
    async with noted.transaction() as connection:
        await connection.execute(notes.insert().values(text="not yet"))
        assert await _texts(noted) == ["before"]
    assert await _texts(noted) == ["before", "not yet"]


async def test_a_write_where_only_reading_was_announced_is_refused(noted: Database) -> None:
    with pytest.raises((DBAPIError, DatabaseUnavailable)):
        async with noted.reading() as connection:
            await connection.execute(notes.insert().values(text="no"))
    assert await _texts(noted) == []


async def test_read_then_write_never_loses_an_update_to_another_writer(noted: Database) -> None:
    async with noted.transaction() as connection:
        await connection.execute(notes.insert().values(id=1, text="0"))

    async def count_up() -> None:
        async with noted.transaction() as connection:
            query = sa.select(notes.c.text).where(notes.c.id == 1).with_for_update()
            number = int((await connection.execute(query)).scalar_one())
            await connection.execute(notes.update().values(text=str(number + 1)))

    await asyncio.gather(*(count_up() for _ in range(20)))
    assert await _texts(noted) == ["20"]


async def test_a_moment_comes_back_aware_and_in_utc(noted: Database) -> None:
    in_shanghai = datetime(2026, 11, 22, 9, 30, 0, 123456, tzinfo=timezone(timedelta(hours=8)))
    async with noted.transaction() as connection:
        await connection.execute(notes.insert().values(text="早上", at=in_shanghai))
    async with noted.reading() as connection:
        found = (await connection.execute(sa.select(notes.c.at))).scalar_one()
    assert found == in_shanghai
    assert found.tzinfo is UTC


async def test_a_naive_moment_is_refused(noted: Database) -> None:
    with pytest.raises(StatementError, match="naive"):
        async with noted.transaction() as connection:
            await connection.execute(notes.insert().values(text="?", at=datetime(2026, 11, 22)))  # noqa: DTZ001 - the fault itself


async def test_ping_tells_when_the_database_is_gone(
    database: Database, tmp_path_factory: pytest.TempPathFactory
) -> None:
    await database.ping()
    nowhere = Database(f"postgresql://hotline@/x?host={tmp_path_factory.mktemp('no-server')}")
    with pytest.raises(DatabaseUnavailable):
        await nowhere.ping()
    await nowhere.close()


async def test_a_database_that_goes_away_in_the_middle_says_so(url: str) -> None:
    database = Database(url, DatabaseLimits(busy_timeout_ms=1))
    other = Database(url)
    with pytest.raises(DatabaseUnavailable):
        await _break_off(database, other)
    async with database.reading() as connection:
        assert (await connection.execute(sa.select(1))).scalar_one() == 1
    await database.close()
    await other.close()


async def _break_off(database: Database, other: Database) -> None:
    """SQLite: somebody else writes for too long. PostgreSQL: it ends the connection, as at its own end."""
    async with other.transaction() as disturbing, database.transaction() as connection:
        if connection.dialect.name == "postgresql":
            mine = (await connection.execute(sa.text("SELECT pg_backend_pid()"))).scalar_one()
            await disturbing.execute(sa.text(f"SELECT pg_terminate_backend({mine})"))
        await connection.execute(sa.select(1))


@pytest.mark.parametrize("url", ["sqlite://", "mysql://root@localhost/hotline"])
def test_a_database_we_do_not_support_is_named_at_once(url: str) -> None:
    with pytest.raises(ValueError, match="SQLite"):
        Database(url)


async def test_nothing_of_a_connection_that_was_given_up_half_made_outlives_the_database(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    is_connecting, may_connect = threading.Event(), threading.Event()
    connect = sqlite3.connect

    def slow(file: str, **options: Any) -> sqlite3.Connection:
        is_connecting.set()
        assert may_connect.wait(10)
        return connect(file, **options)

    monkeypatch.setattr(sqlite3, "connect", slow)
    before = set(threading.enumerate())
    database = Database(f"sqlite:///{tmp_path}/hotline.db")
    asking = asyncio.create_task(database.ping())
    await asyncio.to_thread(is_connecting.wait, 10)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    threading.Timer(0.1, may_connect.set).start()
    await database.close()
    assert not [thread for thread in set(threading.enumerate()) - before if "_connection" in thread.name]
