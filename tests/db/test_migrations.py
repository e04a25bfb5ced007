"""Migrations lead to the declared tables and back, on both databases."""

import asyncio
import importlib
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.util import CommandError

from infra.database import Database
from infra.migrations import check_tables, migrate, migrate_back

ROOT = Path(__file__).resolve().parents[2]
for store in (*ROOT.glob("*/*store.py"), ROOT / "tickets" / "deadlines" / "store.py"):
    importlib.import_module(".".join(store.relative_to(ROOT).with_suffix("").parts))
importlib.import_module("infra.jobs")


async def _tables(url: str) -> set[str]:
    database = Database(url)
    async with database.reading() as connection:
        names = await connection.run_sync(lambda sync: sa.inspect(sync).get_table_names())
    await database.close()
    return set(names)


async def test_the_steps_make_exactly_the_declared_tables(url: str) -> None:
    await check_tables(url)


async def test_a_difference_between_steps_and_tables_is_noticed(url: str) -> None:
    database = Database(url)
    async with database.transaction() as connection:
        await connection.execute(sa.text("DROP TABLE job"))
    await database.close()
    with pytest.raises(CommandError):
        await check_tables(url)


async def test_every_step_can_be_undone_and_done_again(url: str) -> None:
    before = await _tables(url)
    await migrate_back(url, "base")
    assert await _tables(url) == {"alembic_version"}
    await migrate(url)
    assert await _tables(url) == before


async def test_migrating_twice_changes_nothing(url: str) -> None:
    before = await _tables(url)
    await migrate(url)
    assert await _tables(url) == before


async def test_two_servers_that_start_together_migrate_once(empty_url: str) -> None:
    await asyncio.gather(migrate(empty_url), migrate(empty_url))
    await check_tables(empty_url)


async def test_callbacks_that_were_asked_for_from_withheld_numbers_are_known_as_such(url: str) -> None:
    await migrate_back(url, "0028")
    database = Database(url)
    async with database.transaction() as connection:
        for call, number in (("withheld", ""), ("shown", "+862160000000")):
            await connection.execute(
                sa.text(
                    "INSERT INTO call (id, arrived_at, caller_number, caller_name, dialled, trunk)"
                    " VALUES (:call, CURRENT_TIMESTAMP, :number, '', '1', 't')"
                ),
                {"call": call, "number": number},
            )
            await connection.execute(
                sa.text(
                    "INSERT INTO callback (call_id, origin, number, numbers, queue, level, mark, made_at,"
                    " tries, dials, is_dialled) VALUES (:call, :call, '1', '[]', 'q', '', '{}',"
                    " CURRENT_TIMESTAMP, 0, 0, FALSE)"
                ),
                {"call": call},
            )
    await database.close()

    await migrate(url)

    database = Database(url)
    async with database.reading() as connection:
        found = await connection.execute(sa.text("SELECT origin, is_from_withheld FROM callback"))
        kept = {row.origin: bool(row.is_from_withheld) for row in found}
    await database.close()
    assert kept == {"withheld": True, "shown": False}
