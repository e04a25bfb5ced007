"""Calls that agents have placed, and people who must not be called."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from infra.database import Database, UtcDateTime, metadata
from kernel.ids import AgentId, CallId, StaffId

placed = sa.Table(
    "placed_call",
    metadata,
    sa.Column("id", sa.String(80), primary_key=True),
    sa.Column("agent_id", sa.Integer, nullable=False),
    sa.Column("press", sa.String(64), nullable=False),
    sa.Column("at", UtcDateTime(), nullable=False),
    sa.UniqueConstraint("agent_id", "press"),
    sa.Index(None, "agent_id", "at"),
)
"""Written before anybody is rung: two presses are one call, and no restart lets an agent begin anew."""
not_called = sa.Table(
    "do_not_call",
    metadata,
    sa.Column("number", sa.String(40), primary_key=True),
    sa.Column("reason", sa.String(200), nullable=False),
    sa.Column("added_by", sa.Integer, nullable=False),
    sa.Column("added_at", UtcDateTime(), nullable=False),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class NotCalled:
    """Somebody who must not be called."""

    number: str
    reason: str
    added_by: StaffId
    added_at: datetime


class OutboundStore:
    """Each method is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def begin(self, call: CallId, agent: AgentId, press: str, at: datetime) -> CallId:
        """Notes a call that is about to be placed; returns the one that this press has placed already."""
        row = {"id": call, "agent_id": agent, "press": press, "at": at}
        try:
            async with self._database.transaction() as connection:
                await connection.execute(sa.insert(placed).values(row))
        except IntegrityError:
            known = sa.select(placed.c.id).where(placed.c.agent_id == agent, placed.c.press == press)
            async with self._database.reading() as connection:
                return CallId(await connection.scalar(known) or call)
        return call

    async def take_back(self, call: CallId) -> None:
        """The call was not placed after all."""
        async with self._database.transaction() as connection:
            await connection.execute(sa.delete(placed).where(placed.c.id == call))

    async def count(self, agent: AgentId, since: datetime) -> int:
        """How many calls the agent has placed since then."""
        query = sa.select(sa.func.count()).where(placed.c.agent_id == agent, placed.c.at > since)
        async with self._database.reading() as connection:
            return int(await connection.scalar(query) or 0)

    async def is_listed(self, number: str) -> bool:
        """Whether the person must not be called."""
        query = sa.select(not_called.c.number).where(not_called.c.number == number)
        async with self._database.reading() as connection:
            return await connection.scalar(query) is not None

    async def add(self, one: NotCalled) -> None:
        """Adds somebody, or says another reason."""
        row = {
            "number": one.number,
            "reason": one.reason,
            "added_by": one.added_by,
            "added_at": one.added_at,
        }
        async with self._database.transaction() as connection:
            await connection.execute(sa.delete(not_called).where(not_called.c.number == one.number))
            await connection.execute(sa.insert(not_called).values(row))

    async def remove(self, number: str) -> bool:
        """Lets somebody be called again; False if they were not listed."""
        async with self._database.transaction() as connection:
            gone = await connection.execute(sa.delete(not_called).where(not_called.c.number == number))
        return gone.rowcount > 0

    async def listed(self, search: str, *, limit: int, offset: int) -> tuple[Sequence[NotCalled], int]:
        """Who must not be called and has the text in number or reason, the latest first; and how many do."""
        found = sa.select(not_called)
        if search:
            fits = (
                column.contains(search, autoescape=True) for column in not_called.c if column.name in _TEXTS
            )
            found = found.where(sa.or_(*fits))
        page = found.order_by(not_called.c.added_at.desc(), not_called.c.number).limit(limit).offset(offset)
        async with self._database.reading() as connection:
            rows = (await connection.execute(page)).all()
            total = await connection.scalar(sa.select(sa.func.count()).select_from(found.subquery()))
        return [
            NotCalled(
                number=row.number,
                reason=row.reason,
                added_by=StaffId(row.added_by),
                added_at=row.added_at,
            )
            for row in rows
        ], int(total or 0)


_TEXTS = {"number", "reason"}
