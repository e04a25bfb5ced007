"""Which files belong to which tickets, in the database."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from infra.database import Database
from infra.outbox import Outbox
from kernel.errors import NotFound
from kernel.ids import StaffId, TicketId
from tickets.attachments.model import Attachment, NewAttachment
from tickets.errors import TooManyAttachments
from tickets.events import TicketChanged
from tickets.model import ChangedField, HistoryLine
from tickets.rows import history_values
from tickets.tables import attachments, history, tickets

FIELD = "attachment"
"""In the history."""


class AttachmentStore:
    """Each method is one transaction."""

    def __init__(self, database: Database, outbox: Outbox) -> None:
        self._database = database
        self._outbox = outbox

    async def add(self, new: NewAttachment, *, most: int) -> Attachment:
        """Keeps it; what its key is of already stays, and is given back in its place.

        Raises `NotFound` without its ticket, `TooManyAttachments` if the ticket has `most` of them.
        """
        async with self._database.transaction() as connection:
            version = await _locked(connection, new.ticket)
            own = sa.select(attachments).where(attachments.c.ticket_id == new.ticket)
            kept = (await connection.execute(own.where(attachments.c.key == new.key))).mappings().first()
            if kept is not None:
                return _attachment(kept)
            there = own.where(attachments.c.removed_at.is_(None)).subquery()
            counted = await connection.execute(sa.select(sa.func.count()).select_from(there))
            if counted.scalar_one() >= most:
                raise TooManyAttachments(f"a ticket has {most} files at most")
            await connection.execute(attachments.insert().values(_values(new)))
            change = ChangedField(field=FIELD, before="", after=new.name)
            line = HistoryLine(at=new.at, by=new.by, change=change)
            await self._write(connection, new.ticket, line, version)
            return Attachment(new=new)

    async def remove(self, ticket: TicketId, key: str, *, at: datetime, by: StaffId, why: str) -> Attachment:
        """From now on it is no more; raises `NotFound` if it was not. That it was stays in the history."""
        async with self._database.transaction() as connection:
            version = await _locked(connection, ticket)
            removed = await connection.execute(
                attachments.update()
                .where(
                    attachments.c.ticket_id == ticket,
                    attachments.c.key == key,
                    attachments.c.removed_at.is_(None),
                )
                .values(removed_at=at)
                .returning(attachments)
            )
            row = removed.mappings().first()
            if row is None:
                raise NotFound("the ticket has no such file")
            change = ChangedField(field=FIELD, before=row["name"], after="")
            await self._write(connection, ticket, HistoryLine(at=at, by=by, change=change, why=why), version)
            return _attachment(row)

    async def of_ticket(self, ticket: TicketId) -> list[Attachment]:
        """Those that are there, the oldest first."""
        there = (attachments.c.ticket_id == ticket, attachments.c.removed_at.is_(None))
        query = sa.select(attachments).where(*there).order_by(attachments.c.id)
        async with self._database.reading() as connection:
            return [_attachment(row) for row in (await connection.execute(query)).mappings()]

    async def get(self, ticket: TicketId, key: str) -> Attachment:
        """One that is there; raises `NotFound`."""
        query = sa.select(attachments).where(
            attachments.c.ticket_id == ticket, attachments.c.key == key, attachments.c.removed_at.is_(None)
        )
        async with self._database.reading() as connection:
            row = (await connection.execute(query)).mappings().first()
        if row is None:
            raise NotFound("the ticket has no such file")
        return _attachment(row)

    async def wanted(self, files: Sequence[str]) -> set[str]:
        """Which of these files belong to a ticket."""
        query = sa.select(attachments.c.file).where(
            attachments.c.file.in_(files), attachments.c.removed_at.is_(None)
        )
        async with self._database.reading() as connection:
            return set((await connection.execute(query)).scalars())

    async def _write(
        self, connection: AsyncConnection, ticket: TicketId, line: HistoryLine, version: int
    ) -> None:
        await connection.execute(history.insert(), history_values(ticket, line, version))
        touched = await connection.execute(
            tickets.update()
            .where(tickets.c.id == ticket)
            .values(updated_at=line.at)
            .returning(tickets.c.customer_id)
        )
        event = TicketChanged(at=line.at, ticket=ticket, customer=touched.scalar_one())
        await self._outbox.add(connection, event)


async def _locked(connection: AsyncConnection, ticket: TicketId) -> int:
    """The ticket's version; who else adds to it or removes from it waits until this transaction ends."""
    query = sa.select(tickets.c.version).where(tickets.c.id == ticket).with_for_update()
    version = (await connection.execute(query)).scalar()
    if version is None:
        raise NotFound("there is no such ticket")
    return int(version)


def _values(new: NewAttachment) -> dict[str, Any]:
    return {
        "ticket_id": new.ticket,
        "key": new.key,
        "file": new.file,
        "name": new.name,
        "kind": new.kind,
        "size_bytes": new.size_bytes,
        "at": new.at,
        "staff_id": new.by,
    }


def _attachment(row: Mapping[Any, Any]) -> Attachment:
    new = NewAttachment(
        ticket=TicketId(row["ticket_id"]),
        key=row["key"],
        file=row["file"],
        name=row["name"],
        kind=row["kind"],
        size_bytes=row["size_bytes"],
        at=row["at"],
        by=StaffId(row["staff_id"]),
    )
    return Attachment(new=new, removed_at=row["removed_at"])
