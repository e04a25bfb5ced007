"""How it stands with the queues' reserves, in the database."""

from collections.abc import Iterable, Sequence

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from acd.events import HelpChanged
from acd.reserves import Help, HelpStand
from infra.database import UtcDateTime, metadata
from kernel.events import Event
from kernel.ids import AgentId, QueueId

stands = sa.Table(
    "acd_help",
    metadata,
    sa.Column("queue", sa.String(80), primary_key=True),
    sa.Column("help", sa.String(20), nullable=False),
    sa.Column("queues", sa.JSON, nullable=False),
    sa.Column("since", UtcDateTime, nullable=False),
    sa.Column("by", sa.Integer),
)


async def write_help(connection: AsyncConnection, events: Iterable[Event]) -> None:
    """The last word for each queue stays."""
    last = {event.queue: event.stand for event in events if isinstance(event, HelpChanged)}
    if not last:
        return
    await connection.execute(sa.delete(stands).where(stands.c.queue.in_(list(last))))
    rows = [
        {
            "queue": stand.queue,
            "help": stand.help.value,
            "queues": list(stand.queues),
            "since": stand.since,
            "by": stand.by,
        }
        for stand in last.values()
        if stand is not None
    ]
    if rows:
        await connection.execute(sa.insert(stands), rows)


async def read_help(connection: AsyncConnection) -> Sequence[HelpStand]:
    """All queues that need their reserve, or did when the server stopped."""
    return [
        HelpStand(
            queue=QueueId(row["queue"]),
            help=Help(row["help"]),
            queues=tuple(map(QueueId, row["queues"])),
            since=row["since"],
            by=AgentId(row["by"]) if row["by"] is not None else None,
        )
        for row in (await connection.execute(sa.select(stands))).mappings()
    ]
