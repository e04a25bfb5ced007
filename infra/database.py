"""The one door to the database: writing and reading transactions, on SQLite or PostgreSQL.

A slice declares its tables on `metadata` in its `store.py` and gets connections from here; rows
never leave that module.

SQLite has one writer connection whose transactions start with BEGIN IMMEDIATE, so that they queue
here instead of failing half-way with "database is locked", and a few readers that see the last
commit meanwhile (WAL). Do not open a second `transaction()` inside one: it would wait for itself.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from threading import Thread
from typing import Any
from weakref import WeakSet

import aiosqlite
import asyncpg
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import URL, Dialect
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool
from typing_extensions import override

from infra.settings import DatabaseLimits
from kernel.errors import DatabaseUnavailable

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)
"""The tables of all slices. Constraints have names, because a migration must be able to drop them."""

BigId = sa.BigInteger().with_variant(sa.Integer, "sqlite")
"""A primary key that counts up: SQLite does so only for its own INTEGER."""


THREAD_END_S_MAX = 5.0
AFTER_COMMIT = "hotline_after_commit"


class UtcDateTime(sa.types.TypeDecorator[datetime]):
    """An aware moment, kept and given back in UTC; a naive one is refused."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    @override
    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive datetime has no place in the database; use an aware one")
        in_utc = value.astimezone(UTC)
        return in_utc.replace(tzinfo=None) if dialect.name == "sqlite" else in_utc

    @override
    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Database:
    """Transactions on one database. `url` is `sqlite:///path` or `postgresql://user@host/name`.

    Whatever is done in one raises `DatabaseUnavailable` when the database is away.
    """

    def __init__(self, url: str, limits: DatabaseLimits | None = None) -> None:
        limits = limits or DatabaseLimits()
        parsed = driver_url(url)
        self._threads: WeakSet[Thread] = WeakSet()
        if parsed.get_backend_name() == "sqlite":
            connect = partial(self._connect, str(parsed.database))
            self._writer = _sqlite_engine(parsed, limits, connect, begin="BEGIN IMMEDIATE", size=1)
            self._reader = _sqlite_engine(parsed, limits, connect, begin="BEGIN", size=limits.readers)
        else:
            self._writer = _postgresql_engine(parsed, limits)
            self._reader = self._writer.execution_options(postgresql_readonly=True)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncConnection]:
        """Reads and writes that become true together at the end, or not at all on an exception."""
        callbacks: list[Callable[[], None]] = []
        with _reaching():
            async with self._writer.begin() as connection:
                connection.info[AFTER_COMMIT] = callbacks
                yield connection
        for callback in callbacks:
            callback()

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """Reads that see one moment and never wait for writers; a write here is refused."""
        with _reaching():
            async with self._reader.begin() as connection:
                yield connection

    async def ping(self) -> None:
        """Raises `DatabaseUnavailable` unless the database answers."""
        async with self.reading() as connection:
            await connection.execute(sa.select(1))

    async def close(self) -> None:
        """Gives all connections back."""
        await self._writer.dispose()
        await self._reader.dispose()
        # What was cancelled in the middle of a statement, or while its connection was made, ends in its
        # thread, and then tells this event loop, which must not be closed before.
        for thread in list(self._threads):
            await asyncio.to_thread(thread.join, THREAD_END_S_MAX)

    def _connect(self, file: str) -> aiosqlite.Connection:
        connection = aiosqlite.connect(file)
        thread = connection._thread  # noqa: SLF001 - no public name for it
        thread.daemon = True
        self._threads.add(thread)
        return connection


@contextmanager
def _reaching() -> Iterator[None]:
    """Tells a database that is away, each driver in its own words, from a statement that it refused."""
    try:
        yield
    except (sa.exc.OperationalError, sa.exc.TimeoutError, asyncpg.PostgresError, OSError) as error:
        raise DatabaseUnavailable("the database does not answer") from error
    except DBAPIError as error:
        if not error.connection_invalidated:
            raise
        raise DatabaseUnavailable("the database does not answer") from error


def is_of_content(error: Exception) -> bool:
    """Whether the database refused what was to be written, and would refuse the same again."""
    if isinstance(error, sa.exc.IntegrityError | sa.exc.DataError | UnicodeError):
        return True
    if not isinstance(error, DBAPIError):
        return False
    # SQLAlchemy's driver for PostgreSQL has no class for these: the server's codes for data and for
    # constraints, and values that the driver itself could not send.
    code = str(getattr(error.orig, "sqlstate", None) or "")
    return code.startswith(("22", "23")) or isinstance(error.orig and error.orig.__cause__, ValueError)


def after_commit(connection: AsyncConnection, callback: Callable[[], None]) -> None:
    """Calls back once the transaction of this connection is committed; never if it is undone."""
    connection.info[AFTER_COMMIT].append(callback)


def driver_url(url: str) -> URL:
    """The address with our driver in it; makes an SQLite file, which its owner alone may read."""
    parsed = sa.make_url(url)
    if parsed.get_backend_name() == "sqlite":
        if not parsed.database or parsed.database == ":memory:":
            raise ValueError("SQLite needs a file: sqlite:///path/to/hotline.db")
        _keep_private(Path(parsed.database))
        return parsed.set(drivername="sqlite+aiosqlite")
    if parsed.get_backend_name() == "postgresql":
        return parsed.set(drivername="postgresql+asyncpg")
    raise ValueError("the database is SQLite (sqlite:///path) or PostgreSQL (postgresql://user@host/name)")


def _keep_private(path: Path) -> None:
    """SQLite gives its -wal and -shm the mode of the database, but leaves those of before as they are."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with suppress(OSError):  # opening it tells what is wrong
        path.touch(mode=0o600)
    for file in (path, path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm")):
        if file.exists() and file.stat().st_uid == os.geteuid():
            file.chmod(0o600)


def _postgresql_engine(url: URL, limits: DatabaseLimits) -> AsyncEngine:
    return create_async_engine(
        url,
        pool_size=limits.connections,
        max_overflow=0,
        pool_timeout=limits.wait_s,
        pool_pre_ping=True,
        hide_parameters=True,  # errors go to the log, customers' data does not
    )


def _sqlite_engine(
    url: URL, limits: DatabaseLimits, connect: Callable[[], aiosqlite.Connection], *, begin: str, size: int
) -> AsyncEngine:
    engine = create_async_engine(
        url,
        async_creator=connect,
        poolclass=AsyncAdaptedQueuePool,
        pool_size=size,
        max_overflow=0,
        pool_timeout=limits.wait_s,
        hide_parameters=True,
    )
    is_reader = begin == "BEGIN"
    pragmas = (
        f"busy_timeout={limits.busy_timeout_ms}",
        "journal_mode=WAL",
        "synchronous=FULL",  # a commit that we answered for survives a power cut
        "foreign_keys=ON",
        f"query_only={'ON' if is_reader else 'OFF'}",
    )

    @event.listens_for(engine.sync_engine, "connect")
    def prepare(dbapi_connection: Any, _record: object) -> None:
        # The driver's own transactions are switched off: it would begin them too late and deferred.
        dbapi_connection.isolation_level = None
        cursor = dbapi_connection.cursor()
        for pragma in pragmas:
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def begin_at_once(connection: sa.Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine
