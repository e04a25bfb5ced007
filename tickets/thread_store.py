"""What was said about tickets, in the database."""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from infra.database import Database
from infra.outbox import Outbox
from kernel.errors import NotFound
from kernel.ids import StaffId, TicketId
from tickets.events import TicketChanged
from tickets.model import Channel
from tickets.tables import entries, tickets
from tickets.thread import Direction, Entry, NewEntry


class ThreadStore:
    """Each method is one transaction."""

    def __init__(self, database: Database, outbox: Outbox) -> None:
        self._database = database
        self._outbox = outbox

    async def add(self, new: NewEntry) -> bool:
        """Keeps an entry; False where it is kept already. Raises `NotFound` without its ticket."""
        row = {
            "ticket_id": new.ticket,
            "key": new.key,
            "at": new.at,
            "staff_id": new.by,
            "channel": new.channel,
            "direction": new.direction,
            "text": new.text,
        }
        async with self._database.transaction() as connection:
            named = sa.select(tickets.c.customer_id).where(tickets.c.id == new.ticket)
            found = (await connection.execute(named)).first()
            if found is None:
                raise NotFound("there is no such ticket")
            insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
            statement = insert(entries).values(row).on_conflict_do_nothing(index_elements=["key"])
            is_new = (await connection.execute(statement)).rowcount == 1
            if is_new:
                # What is told late makes no ticket look as if nothing had happened since.
                older = sa.and_(tickets.c.id == new.ticket, tickets.c.updated_at < new.at)
                await connection.execute(tickets.update().where(older).values(updated_at=new.at))
                event = TicketChanged(at=new.at, ticket=new.ticket, customer=found.customer_id)
                await self._outbox.add(connection, event)
            return is_new

    async def of_ticket(self, ticket: TicketId, *, limit: int) -> list[Entry]:
        """The newest so many, the oldest of them first."""
        query = sa.select(entries).where(entries.c.ticket_id == ticket)
        async with self._database.reading() as connection:
            found = await connection.execute(query.order_by(entries.c.id.desc()).limit(limit))
            return [_entry(row) for row in reversed(found.mappings().all())]


def _entry(row: Mapping[Any, Any]) -> Entry:
    new = NewEntry(
        ticket=TicketId(row["ticket_id"]),
        key=row["key"],
        channel=Channel(row["channel"]) if row["channel"] is not None else None,
        direction=Direction(row["direction"]),
        text=row["text"],
        at=row["at"],
        by=StaffId(row["staff_id"]) if row["staff_id"] is not None else None,
    )
    return Entry(id=row["id"], new=new)
