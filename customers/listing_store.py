"""The blacklist and the warning list in the database."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from customers.errors import AlreadyListed
from customers.listing import Entry, Kind, Manner, Sort, Wish, candidates
from infra.database import BigId, Database, UtcDateTime, metadata
from kernel.errors import NotFound
from kernel.ids import StaffId

listed = sa.Table(
    "listed_caller",
    metadata,
    sa.Column("id", BigId, primary_key=True),
    sa.Column("sort", sa.String(10), nullable=False),
    sa.Column("kind", sa.String(10), nullable=False),
    sa.Column("value", sa.String(24), nullable=False),
    sa.Column("reason", sa.String(200), nullable=False),
    sa.Column("manner", sa.String(10), nullable=False),
    sa.Column("until", UtcDateTime(), nullable=True),
    sa.Column("added_by", sa.Integer, nullable=False),
    sa.Column("added_at", UtcDateTime(), nullable=False),
    sa.Column("is_proposed", sa.Boolean, nullable=False),
    sa.Column("lifted_by", sa.Integer, nullable=True),
    sa.Column("lifted_at", UtcDateTime(), nullable=True),
)
_IS_OPEN = listed.c.lifted_at.is_(None)
sa.Index(
    "uq_listed_caller_open",
    listed.c.value,
    listed.c.kind,
    listed.c.sort,
    unique=True,
    sqlite_where=sa.text("lifted_at IS NULL"),
    postgresql_where=sa.text("lifted_at IS NULL"),
)

# Asked for every call, hence put together only once.
_OF_NUMBER = sa.select(listed).where(listed.c.value.in_(sa.bindparam("values", expanding=True)), _IS_OPEN)


class ListingStore:
    """Each method is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of_number(self, number: str) -> Sequence[Entry]:
        """Those not lifted that could mean a number in its one spelling; "" of who withholds it."""
        async with self._database.reading() as connection:
            found = await connection.execute(_OF_NUMBER, {"values": candidates(number)})
            return [_entry(row) for row in found.mappings()]

    async def add(self, wish: Wish, staff: StaffId, now: datetime, *, is_proposed: bool) -> Entry:
        """A new entry; raises `AlreadyListed`. What a supervisor adds takes the place of a proposal."""
        same = (
            listed.c.value == wish.value,
            listed.c.kind == wish.kind,
            listed.c.sort == wish.sort,
            _IS_OPEN,
        )
        gone = listed.c.until <= now
        replaced = gone if is_proposed else sa.or_(gone, listed.c.is_proposed)
        row = _row(wish) | {"added_by": staff, "added_at": now, "is_proposed": is_proposed}
        try:
            async with self._database.transaction() as connection:
                await connection.execute(
                    listed.update().where(*same, replaced).values(lifted_by=staff, lifted_at=now)
                )
                added = await connection.execute(listed.insert().values(row).returning(listed.c.id))
                entry_id = int(added.scalar_one())
        except IntegrityError as error:
            raise AlreadyListed("this is on the list already") from error
        return Entry(id=entry_id, wish=wish, added_by=staff, added_at=now, is_proposed=is_proposed)

    async def get(self, entry: int) -> Entry:
        """One entry; raises `NotFound`."""
        async with self._database.reading() as connection:
            found = await connection.execute(sa.select(listed).where(listed.c.id == entry))
            row = found.mappings().one_or_none()
        if row is None:
            raise NotFound(f"there is no entry {entry}")
        return _entry(row)

    async def lift(self, entry: int, staff: StaffId, now: datetime) -> None:
        """It counts no more; raises `NotFound` where it did not."""
        change = listed.update().where(listed.c.id == entry, _IS_OPEN)
        await self._change(entry, change.values(lifted_by=staff, lifted_at=now))

    async def confirm(self, entry: int) -> None:
        """A proposal counts from now on; raises `NotFound` where there is none."""
        change = listed.update().where(listed.c.id == entry, _IS_OPEN, listed.c.is_proposed)
        await self._change(entry, change.values(is_proposed=False))

    async def _change(self, entry: int, change: sa.Update) -> None:
        async with self._database.transaction() as connection:
            changed = await connection.execute(change)
        if not changed.rowcount:
            raise NotFound(f"there is no such entry {entry}")

    async def find(
        self, text: str, *, values: Sequence[str], sort: Sort | None, limit: int, offset: int
    ) -> tuple[Sequence[Entry], int]:
        """Those not lifted whose reason or number has the text, or that mean one of the values; and how many.

        Proposals come first, then the latest.
        """
        where: list[sa.ColumnElement[bool]] = [_IS_OPEN]
        if sort is not None:
            where.append(listed.c.sort == sort)
        if text:
            fits: list[sa.ColumnElement[bool]] = [listed.c.reason.icontains(text, autoescape=True)]
            fits.append(listed.c.value.contains(text, autoescape=True))
            fits.append(listed.c.value.in_(values))
            where.append(sa.or_(*fits))
        order = (listed.c.is_proposed.desc(), listed.c.added_at.desc(), listed.c.id.desc())
        page = sa.select(listed).where(*where).order_by(*order).limit(limit).offset(offset)
        counted = sa.select(sa.func.count()).select_from(listed).where(*where)
        async with self._database.reading() as connection:
            total = int((await connection.execute(counted)).scalar_one())
            return [_entry(row) for row in (await connection.execute(page)).mappings()], total


def _row(wish: Wish) -> dict[str, Any]:
    return {
        "sort": wish.sort.value,
        "kind": wish.kind.value,
        "value": wish.value,
        "reason": wish.reason,
        "manner": wish.manner.value,
        "until": wish.until,
    }


def _entry(row: Mapping[Any, Any]) -> Entry:
    return Entry(
        id=row["id"],
        wish=Wish(
            sort=Sort(row["sort"]),
            kind=Kind(row["kind"]),
            value=row["value"],
            reason=row["reason"],
            manner=Manner(row["manner"]),
            until=row["until"],
        ),
        added_by=StaffId(row["added_by"]),
        added_at=row["added_at"],
        is_proposed=row["is_proposed"],
        lifted_by=None if row["lifted_by"] is None else StaffId(row["lifted_by"]),
        lifted_at=row["lifted_at"],
    )
