"""Steps between tables of earlier and later days, with rows in all of them, on both databases."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from infra.database import Database
from infra.migrations import REVISIONS, migrate, migrate_back

DAY = datetime(2026, 11, 22, 9, tzinfo=UTC)
Rows = dict[str, list[dict[str, Any]]]


def value(of: sa.types.TypeEngine[Any], key: int) -> object:  # noqa: PLR0911 - one for each type
    """Something that fits the type, and nothing that could be mistaken for another row's."""
    match of:
        case sa.Boolean():
            return key % 2 == 0
        case sa.JSON():
            return {"问": [f"“退货”{key}", None], "empty": {}}
        case sa.DateTime():
            return DAY + timedelta(minutes=key, microseconds=key)
        case sa.Date():
            return date(2026, 1, 1) + timedelta(days=key)
        case sa.Integer():
            return key
        case sa.Float():
            return key + 0.25
        case sa.String():
            return f'{key}张伟\'; DROP TABLE "call" --％'[: of.length]
    raise AssertionError(of)


def row(table: sa.Table, key: int, *, sparse: bool) -> dict[str, object]:
    """A row with everything, or one with nothing that may be absent."""
    given = [column for column in table.columns if not (sparse and column.nullable)]
    return {column.name: None for column in table.columns} | {
        column.name: value(column.type, key) for column in given
    }


async def look(url: str, *keys: int) -> tuple[Rows, Rows]:
    """All rows of all tables; and then once more, with a full and a sparse one of these keys in each."""
    database = Database(url)
    async with database.transaction() as connection:
        tables = await connection.run_sync(_reflected)
        found = await _read(connection, tables)
        for key, is_sparse in zip(keys, (False, True), strict=False):
            for table in tables:
                await connection.execute(table.insert(), row(table, key, sparse=is_sparse))
        filled = await _read(connection, tables) if keys else found
    await database.close()
    return found, filled


def _reflected(connection: sa.Connection) -> list[sa.Table]:
    """Those first to which others refer."""
    tables = sa.MetaData()
    tables.reflect(connection)
    return [table for table in tables.sorted_tables if table.name != "alembic_version"]


async def _read(connection: AsyncConnection, tables: list[sa.Table]) -> Rows:
    return {
        table.name: [
            dict(one)
            for one in (
                await connection.execute(sa.select(table).order_by(*table.primary_key.columns))
            ).mappings()
        ]
        for table in tables
    }


def in_both(rows: Rows, other: Mapping[str, list[dict[str, Any]]]) -> Rows:
    """What these rows say in tables and columns that the other side has, too."""
    return {
        name: [{column: one[column] for column in one.keys() & other[name][0].keys()} for one in found]
        for name, found in rows.items()
        if other.get(name)
    }


async def test_every_step_keeps_what_is_written_and_so_does_its_undoing(empty_url: str) -> None:
    before: Rows = {}
    for key, revision in enumerate(REVISIONS):
        await migrate(empty_url, revision)
        after, filled = await look(empty_url, 2 * key + 1, 2 * key + 2)
        assert in_both(after, before) == in_both(before, after), revision
        before = filled
    assert len(before["job"]) == 2 * len(REVISIONS), "from the first step on"
    for revision in [*reversed(REVISIONS[:-1]), "base"]:
        await migrate_back(empty_url, revision)
        after, _ = await look(empty_url)
        assert in_both(after, before) == in_both(before, after), f"back to {revision}"
        before = after
    assert before == {}
