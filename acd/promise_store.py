"""Promises to call people back: each is written down before anybody hears of it."""

from collections.abc import Sequence
from dataclasses import replace

import sqlalchemy as sa
from pydantic import TypeAdapter
from sqlalchemy.dialects import postgresql, sqlite

from acd.events import CallbackEnded
from acd.promises import Promise, PromiseId, call_name
from infra.database import BigId, Database, UtcDateTime, metadata
from kernel.ids import CallId
from telephony.model import NUMBER_LENGTH_MAX, CallMark

promises = sa.Table(
    "callback",
    metadata,
    sa.Column("id", BigId, primary_key=True),
    sa.Column("call_id", sa.String(80), nullable=False),
    sa.Column("origin", sa.String(80), nullable=False, index=True),
    sa.Column("number", sa.String(NUMBER_LENGTH_MAX), nullable=False),
    sa.Column("numbers", sa.JSON, nullable=False),
    sa.Column("is_from_withheld", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("queue", sa.String(80), nullable=False),
    sa.Column("level", sa.String(40), nullable=False),
    sa.Column("mark", sa.JSON, nullable=False),
    sa.Column("made_at", UtcDateTime(), nullable=False),
    sa.Column("tries", sa.Integer, nullable=False),
    sa.Column("dials", sa.Integer, nullable=False),
    sa.Column("is_dialled", sa.Boolean, nullable=False),
    sa.Column("not_before", UtcDateTime()),
    sa.Column("ended_at", UtcDateTime(), index=True),
    sa.Column("end", sa.String(20)),
    sa.Column("by_call", sa.String(80)),
    sa.Column("reason", sa.String(20)),
    sa.Index(
        "uq_callback_origin",
        "origin",
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    ),
)
"""A call is promised one callback at a time."""

_MARK = TypeAdapter(CallMark)


class PromiseStore:
    """Reads and writes promises."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def open(self) -> Sequence[Promise]:
        """Those that are still to be kept, the oldest first."""
        query = sa.select(promises).where(promises.c.ended_at.is_(None)).order_by(promises.c.id)
        async with self._database.reading() as connection:
            return [_promise(row) for row in (await connection.execute(query)).mappings()]

    async def add(self, promise: Promise) -> Promise:
        """Writes a new one down, under its own identity; one that the same call was given is given again."""
        same = sa.select(promises).where(promises.c.origin == promise.origin, promises.c.ended_at.is_(None))
        async with self._database.transaction() as connection:
            insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
            adding = insert(promises).values(_row(promise)).on_conflict_do_nothing()
            added = (await connection.execute(adding.returning(promises.c.id))).scalar_one_or_none()
            if added is None:
                return _promise((await connection.execute(same)).mappings().one())
            identity = PromiseId(added)
            named = replace(promise, id=identity, call=call_name(identity, 0, promise.made_at))
            named_row = sa.update(promises).where(promises.c.id == identity)
            await connection.execute(named_row.values(call_id=named.call))
            return named

    async def claim(self, promise: PromiseId, call: CallId) -> bool:
        """Notes that the customer is called now, by this call; False: they are not to be, or are already."""
        claimed = sa.update(promises).where(
            promises.c.id == promise,
            promises.c.call_id == call,
            promises.c.ended_at.is_(None),
            sa.not_(promises.c.is_dialled),
        )
        async with self._database.transaction() as connection:
            done = await connection.execute(claimed.values(is_dialled=True, dials=promises.c.dials + 1))
            return done.rowcount == 1

    async def save(self, changed: Sequence[Promise], ended: Sequence[CallbackEnded]) -> None:
        """Writes what has changed, and which are settled; one that is settled stays as it is."""
        async with self._database.transaction() as connection:
            for promise in changed:
                await connection.execute(_open(promise.id).values(_change(promise)))
            for event in ended:
                await connection.execute(_open(event.promise).values(_end(event)))

    async def was_made(self, origin: CallId) -> bool:
        """Whether somebody was promised a callback in this call, and is not on the line in it again."""
        mine = sa.and_(promises.c.origin == origin, sa.func.coalesce(promises.c.by_call, "") != origin)
        async with self._database.reading() as connection:
            return bool(await connection.scalar(sa.select(sa.exists().where(mine))))


def _open(promise: PromiseId) -> sa.Update:
    return sa.update(promises).where(promises.c.id == promise, promises.c.ended_at.is_(None))


def _row(promise: Promise) -> dict[str, object]:
    return {
        "call_id": promise.call,
        "origin": promise.origin,
        "number": promise.number,
        "numbers": list(promise.numbers),
        "is_from_withheld": promise.is_from_withheld,
        "queue": promise.mark.queue or "",
        "level": promise.level,
        "mark": _MARK.dump_python(promise.mark, mode="json"),
        "made_at": promise.made_at,
        "tries": promise.tries,
        "dials": promise.dials,
        "is_dialled": promise.is_dialled,
        "not_before": promise.not_before,
    }


def _change(promise: Promise) -> dict[str, object]:
    """What may be written of a known one: that a call is made, only who claims it says."""
    row = _row(promise)
    return {name: row[name] for name in row if not (promise.is_dialled and name in {"is_dialled", "dials"})}


def _end(event: CallbackEnded) -> dict[str, object]:
    return {
        "ended_at": event.at,
        "end": event.end.value,
        "by_call": event.by,
        "reason": event.reason.value if event.reason else None,
        "is_dialled": False,
    }


def _promise(row: sa.RowMapping) -> Promise:
    return Promise(
        id=PromiseId(row["id"]),
        call=CallId(row["call_id"]),
        origin=CallId(row["origin"]),
        number=row["number"],
        numbers=tuple(row["numbers"]),
        is_from_withheld=row["is_from_withheld"],
        level=row["level"],
        mark=_MARK.validate_python(row["mark"]),
        made_at=row["made_at"],
        tries=row["tries"],
        dials=row["dials"],
        is_dialled=row["is_dialled"],
        not_before=row["not_before"],
    )
