"""Look-ups by SQL: one SELECT with bound parameters, in a transaction that can only read."""

import asyncio
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import aiosqlite
import sqlalchemy as sa
from sqlalchemy.engine import URL
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from lookups.answers import given, written
from lookups.errors import LookupFailed
from lookups.model import FieldType, SqlSource
from lookups.secrets_folder import ReadSecret

INTERRUPT_EACH_S = 0.05

_TYPES: Mapping[FieldType, sa.types.TypeEngine[Any]] = {
    "number": sa.Numeric(),
    "money": sa.Numeric(),
    "date": sa.Date(),
    "time": sa.Time(),
    "yes_no": sa.Boolean(),
}
"""Of parameters; all others are texts."""


class Databases:
    """All look-ups by SQL, each database with its few connections."""

    def __init__(self, secret: ReadSecret, *, connections_max: int) -> None:
        self._secret = secret
        self._connections_max = connections_max
        self._engines: dict[str, AsyncEngine] = {}

    async def ask(self, source: SqlSource, values: Mapping[str, str]) -> Mapping[str, str] | None:
        """The columns of the first row, None where there is none. Raises `LookupFailed`."""
        try:
            bound = {name: given(values[name], kind) for name, kind in source.params.items()}
        except (ValueError, ArithmeticError) as error:
            raise LookupFailed(f"a parameter is not of its type: {error}") from error
        try:
            async with self._engine(source).connect() as connection:
                row = await _first(connection, _statement(source), bound)
        except (SQLAlchemyError, OSError, ValueError) as error:
            raise LookupFailed(f"the database cannot be asked: {type(error).__name__}") from error
        if row is None:
            return None
        if absent := sorted(source.fields.keys() - row.keys()):
            raise LookupFailed(f"the row has no column {absent[0]!r}")
        return {
            name: written(row[name], kind, name)
            for name, kind in source.fields.items()
            if row[name] is not None
        }

    async def close(self) -> None:
        """Gives all connections back."""
        for engine in self._engines.values():
            await engine.dispose()

    def _engine(self, source: SqlSource) -> AsyncEngine:
        address = self._secret(source.database_from)
        if address not in self._engines:
            self._engines[address] = _new_engine(sa.make_url(address), self._connections_max)
        return self._engines[address]


def _new_engine(url: URL, connections_max: int) -> AsyncEngine:
    bounded = {"pool_size": connections_max, "max_overflow": 0, "hide_parameters": True}
    if url.get_backend_name() == "sqlite" and url.database:
        # SQLite's own way to open a file that nothing can be written to.
        readable = url.set(
            drivername="sqlite+aiosqlite",
            database=f"file:{quote(url.database)}",
            query={"mode": "ro", "uri": "true"},
        )
        return create_async_engine(readable, **bounded)
    if url.get_backend_name() == "postgresql":
        engine = create_async_engine(url.set(drivername="postgresql+asyncpg"), pool_pre_ping=True, **bounded)
        return engine.execution_options(postgresql_readonly=True)
    raise LookupFailed("the database's address begins with postgresql:// or sqlite:///")


def _statement(source: SqlSource) -> sa.TextClause:
    bound = [sa.bindparam(name, type_=_TYPES.get(kind, sa.String())) for name, kind in source.params.items()]
    return sa.text(source.query.rstrip().rstrip(";")).bindparams(*bound)


async def _first(
    connection: AsyncConnection, statement: sa.TextClause, bound: Mapping[str, Any]
) -> Mapping[str, Any] | None:
    driver = (await connection.get_raw_connection()).driver_connection
    fetching = asyncio.ensure_future(_fetch(connection, statement, bound))
    try:
        return await asyncio.shield(fetching)
    except asyncio.CancelledError:
        await _end(fetching, driver)
        raise


async def _fetch(
    connection: AsyncConnection, statement: sa.TextClause, bound: Mapping[str, Any]
) -> Mapping[str, Any] | None:
    """One row and no more of what may be millions."""
    async with connection.stream(statement, bound) as rows:
        row = await rows.mappings().fetchone()
    return dict(row) if row is not None else None


async def _end(fetching: "asyncio.Future[Any]", driver: Any) -> None:
    """SQLite works on in its thread until it is told to stop; another database hears of a cancel."""
    while not fetching.done():
        if isinstance(driver, aiosqlite.Connection):
            await driver.interrupt()
        else:
            fetching.cancel()
        await asyncio.wait({fetching}, timeout=INTERRUPT_EACH_S)
    if not fetching.cancelled():
        fetching.exception()  # Nobody else looks at it.
