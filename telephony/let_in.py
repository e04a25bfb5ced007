"""Calls of a number that were let in lately: one query by an index, for each call that comes in."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from infra.database import Database
from kernel.ids import CallId
from telephony.model import Direction, Outcome
from telephony.store import calls

_LET_IN = (
    sa.select(calls.c.id, calls.c.arrived_at, calls.c.ended_at, calls.c.outcome, calls.c.wanted_since)
    .where(
        calls.c.caller_number == sa.bindparam("number"),
        calls.c.arrived_at > sa.bindparam("since"),
        calls.c.dialled == sa.bindparam("dialled"),
        calls.c.direction == Direction.IN,
        sa.func.coalesce(calls.c.outcome, "") != Outcome.BLOCKED,
    )
    .order_by(calls.c.arrived_at.desc())
    .limit(sa.bindparam("most"))
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LetIn:
    """As much of a call as tells whether its caller calls too often."""

    call: CallId
    at: datetime
    ended_at: datetime | None
    outcome: Outcome | None
    wanted_somebody: bool


class LetInCalls:
    """Reads the ledger for who limits callers."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def since(self, number: str, dialled: str, since: datetime, *, most: int) -> list[LetIn]:
        """Calls from a number, "" of who withholds it, to one of ours that were not blocked; newest first."""
        async with self._database.reading() as connection:
            found = await connection.execute(
                _LET_IN, {"number": number, "dialled": dialled, "since": since, "most": most}
            )
            return [
                LetIn(
                    call=CallId(row.id),
                    at=row.arrived_at,
                    ended_at=row.ended_at,
                    outcome=Outcome(row.outcome) if row.outcome else None,
                    wanted_somebody=row.wanted_since is not None,
                )
                for row in found
            ]
