"""Pauses of recordings in the database."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from infra.database import BigId, Database, UtcDateTime, metadata
from kernel.ids import AgentId, CallId, LegId
from telephony.recordings import Pause, PauseEnd

pauses = sa.Table(
    "recording_pause",
    metadata,
    sa.Column("id", BigId, primary_key=True),
    sa.Column("call_id", sa.String(80), nullable=False, index=True),
    sa.Column("leg_id", sa.String(100), nullable=False),
    sa.Column("agent_id", sa.BigInteger, nullable=False),
    sa.Column("since", UtcDateTime, nullable=False),
    # Empty while it goes on; asked for at every start of the server.
    sa.Column("until", UtcDateTime, index=True),
    sa.Column("why", sa.String(20)),
    sa.UniqueConstraint("call_id", "since"),
)


class PauseStore:
    """Each method is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def open_ones(self) -> Sequence[Pause]:
        """Those that go on."""
        return await self._found(pauses.c.until.is_(None))

    async def of_call(self, call: CallId) -> Sequence[Pause]:
        """A call's, in their order."""
        return await self._found(pauses.c.call_id == call)

    async def _found(self, where: sa.ColumnElement[bool]) -> Sequence[Pause]:
        query = sa.select(pauses).where(where).order_by(pauses.c.since, pauses.c.id)
        async with self._database.reading() as connection:
            return [_pause(row) for row in (await connection.execute(query)).mappings()]

    async def begin(self, pause: Pause) -> None:
        """A new one."""
        row = {
            "call_id": pause.call,
            "leg_id": pause.leg,
            "agent_id": pause.agent,
            "since": pause.since,
        }
        async with self._database.transaction() as connection:
            await connection.execute(pauses.insert().values(row))

    async def end(self, pause: Pause, until: datetime, why: PauseEnd) -> None:
        """It is over; the first end stays."""
        this = sa.and_(pauses.c.call_id == pause.call, pauses.c.since == pause.since)
        changing = sa.update(pauses).where(this, pauses.c.until.is_(None))
        async with self._database.transaction() as connection:
            await connection.execute(changing.values(until=until, why=why))


def _pause(row: sa.RowMapping) -> Pause:
    return Pause(
        call=CallId(row["call_id"]),
        leg=LegId(row["leg_id"]),
        agent=AgentId(row["agent_id"]),
        since=row["since"],
        until=row["until"],
        why=PauseEnd(row["why"]) if row["why"] else None,
    )
