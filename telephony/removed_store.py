"""Which recordings were removed, having been kept for as long as they may be."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from infra.database import Database, UtcDateTime, metadata
from kernel.ids import CallId
from telephony.ledger_rules import CallEntry
from telephony.retention import Term
from telephony.store import CallStore, calls

removed = sa.Table(
    "recording_removed",
    metadata,
    sa.Column("call_id", sa.String(80), primary_key=True),
    sa.Column("at", UtcDateTime, nullable=False),
)


class RemovedStore:
    """The ledger, and what was removed of it."""

    def __init__(self, database: Database, book: CallStore) -> None:
        self._database = database
        self._book = book

    async def recorded_before(
        self, moment: datetime, term: Term, after: tuple[datetime, CallId] | None, limit: int
    ) -> Sequence[CallEntry]:
        """See `telephony.retention.RemovedBook.recorded_before`."""
        queue = sa.func.coalesce(calls.c.wanted_queue, "")
        queues = sorted(term.queues)
        where = queue.not_in(queues) if term.is_for_others else queue.in_(queues)
        is_there = calls.c.id.not_in(sa.select(removed.c.call_id))
        return await self._book.talked_before(moment, after, limit, where=sa.and_(where, is_there))

    async def note_removed(self, call: CallId, at: datetime) -> None:
        """Its recording is gone; harmless when that is known."""
        async with self._database.transaction() as connection:
            insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
            adding = insert(removed).values(call_id=call, at=at)
            await connection.execute(adding.on_conflict_do_nothing(index_elements=["call_id"]))
