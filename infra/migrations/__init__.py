"""The way from any earlier database to the tables of today; each step can be undone.

A new step: change the tables in a slice's `store.py`, add `versions/NNNN_what.py` that follows the
last one, and run `tests/db`, which compares the tables with what the steps make.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from infra.database import driver_url

MIGRATION_LOCK = 4_685_463
"""PostgreSQL: two servers that start together must not migrate together."""


REVISIONS = sorted(path.name[:4] for path in (Path(__file__).parent / "versions").glob("[0-9]*.py"))
"""All steps in their order; numbers may be left out."""

NEWEST = REVISIONS[-1]
"""The revision of today's tables."""


async def migrate(url: str, revision: str = "head") -> None:
    """Brings the database to the newest tables."""
    if revision == "head" and await is_newest(url):
        return  # without loading Alembic: callers wait for a server that starts again
    await _run(url, lambda command, config: command.upgrade(config, revision))


async def migrate_back(url: str, revision: str) -> None:
    """Undoes the steps after `revision`; `base` undoes all."""
    await _run(url, lambda command, config: command.downgrade(config, revision))


async def check_tables(url: str) -> None:
    """Raises when the tables that are declared now differ from what the steps have made."""
    await _run(url, lambda command, config: command.check(config))


async def is_newest(url: str) -> bool:
    """Whether the database has today's tables; false also for one that cannot be opened."""
    engine = create_async_engine(driver_url(url), poolclass=NullPool)
    try:
        async with engine.connect() as connection:
            found = await connection.execute(sa.text("SELECT version_num FROM alembic_version"))
            return found.scalars().all() == [NEWEST]
    except DBAPIError:
        return False  # an empty database; or none, of which the step itself tells more
    finally:
        await engine.dispose()


async def _run(url: str, step: Callable[[Any, Any], object]) -> None:
    # Alembic takes as long to load as half of the server, and most starts have nothing to change.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    # An engine of its own: SQLite changes a table by copying it, which foreign keys would not allow.
    engine = create_async_engine(driver_url(url), poolclass=NullPool)

    def run(connection: sa.Connection) -> None:
        if connection.dialect.name == "postgresql":
            connection.execute(sa.text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATION_LOCK})
        else:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        config = Config()
        config.set_main_option("script_location", str(Path(__file__).parent))
        config.attributes["connection"] = connection
        step(command, config)

    try:
        async with engine.begin() as connection:
            await connection.run_sync(_take_over_transactions)
            await connection.run_sync(run)
    finally:
        await engine.dispose()


def _take_over_transactions(connection: sa.Connection) -> None:
    """SQLite's driver commits before a change of tables unless it is told to leave that to us."""
    if connection.dialect.name == "sqlite":
        raw: Any = connection.connection.dbapi_connection
        raw.isolation_level = None
