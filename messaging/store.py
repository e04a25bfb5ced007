"""Messages in the database."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from infra.database import BigId, Database, UtcDateTime, metadata
from kernel.ids import CallId
from messaging.model import Message, MessageFilter, MessageState, NewMessage

messages = sa.Table(
    "message",
    metadata,
    sa.Column("id", BigId, primary_key=True),
    sa.Column("key", sa.String(250), nullable=False, unique=True),
    sa.Column("number", sa.String(40), nullable=False, index=True),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("language", sa.String(10), nullable=False),
    sa.Column("call_id", sa.String(80), index=True),
    sa.Column("state", sa.String(20), nullable=False),
    sa.Column("written_at", UtcDateTime, nullable=False, index=True),
)


class MessageStore:
    """Each method is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def write(self, new: NewMessage, state: MessageState, at: datetime) -> bool:
        """Keeps a message; False where it is kept already."""
        row = {
            "key": new.key,
            "number": new.number,
            "text": new.text,
            "language": new.language,
            "call_id": new.call,
            "state": state,
            "written_at": at,
        }
        async with self._database.transaction() as connection:
            insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
            statement = insert(messages).values(row).on_conflict_do_nothing(index_elements=["key"])
            return (await connection.execute(statement)).rowcount == 1

    async def find(self, wanted: MessageFilter) -> tuple[list[Message], int]:
        """The messages of one page, the newest first, and how many there are in all."""
        where = _matching(wanted)
        newest = sa.select(messages).order_by(messages.c.written_at.desc(), messages.c.id.desc())
        async with self._database.reading() as connection:
            counted = await connection.execute(sa.select(sa.func.count()).select_from(messages).where(*where))
            rows = await connection.execute(newest.where(*where).limit(wanted.limit).offset(wanted.offset))
            return [_message(row) for row in rows.mappings()], counted.scalar_one()

    async def of_calls(self, calls: Sequence[CallId], *, limit: int) -> list[Message]:
        """The newest messages that followed from these calls, the oldest of them first."""
        query = sa.select(messages).where(messages.c.call_id.in_(calls)).order_by(messages.c.id.desc())
        async with self._database.reading() as connection:
            rows = await connection.execute(query.limit(limit))
            return [_message(row) for row in reversed(rows.mappings().all())]


def _matching(wanted: MessageFilter) -> list[sa.ColumnElement[bool]]:
    where: list[sa.ColumnElement[bool]] = []
    if wanted.state is not None:
        where.append(messages.c.state == wanted.state)
    if wanted.call is not None:
        where.append(messages.c.call_id == wanted.call)
    if wanted.search:
        texts = (messages.c.number, messages.c.text)
        where.append(sa.or_(*(text.icontains(wanted.search, autoescape=True) for text in texts)))
    return where


def _message(row: Mapping[Any, Any]) -> Message:
    return Message(
        id=row["id"],
        number=row["number"],
        text=row["text"],
        language=row["language"],
        call=CallId(row["call_id"]) if row["call_id"] is not None else None,
        state=MessageState(row["state"]),
        written_at=row["written_at"],
    )
