"""Workflows in the database: their versions, and where tickets are."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from infra.database import Database
from infra.outbox import Outbox
from kernel.ids import TicketId
from tickets.errors import StaleVersion
from tickets.events import TicketChanged
from tickets.model import HistoryLine, Matter, State, Ticket
from tickets.rows import history_values, matter_values
from tickets.tables import history, tickets
from tickets.workflow.model import Workflow
from tickets.workflow.place import Place
from tickets.workflow.tables import places, versions


class ChangedMeanwhile(Exception):
    """The ticket itself was changed while its step was taken; decide anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """What is written when something happened in a workflow: all of it or nothing."""

    at: datetime
    ticket: Ticket
    """As it was read."""
    matter: Matter
    """As it is to be."""
    lines: Sequence[HistoryLine]
    place: Place
    known_version: int
    """Of the place that was read; 0 where there was none."""


class WorkflowStore:
    """Each method is one transaction."""

    def __init__(self, database: Database, outbox: Outbox) -> None:
        self._database = database
        self._outbox = outbox

    async def keep(self, workflows: Iterable[Workflow], since: datetime) -> None:
        """Keeps versions by which tickets go; what is kept already stays, with its own time."""
        rows = [
            {"workflow": one.key, "digest": one.digest, "text": one.text, "since": since} for one in workflows
        ]
        if not rows:
            return
        async with self._database.transaction() as connection:
            insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
            await connection.execute(insert(versions).on_conflict_do_nothing(), rows)

    async def known_since(self) -> Mapping[str, datetime]:
        """Since when there is a workflow of each name."""
        query = sa.select(versions.c.workflow, sa.func.min(versions.c.since)).group_by(versions.c.workflow)
        async with self._database.reading() as connection:
            rows = (await connection.execute(query)).all()
        return {row[0]: row[1] for row in rows}

    async def text(self, workflow: str, digest: str) -> str | None:
        """A version as it was written."""
        query = sa.select(versions.c.text).where(versions.c.workflow == workflow, versions.c.digest == digest)
        async with self._database.reading() as connection:
            found: str | None = await connection.scalar(query)
            return found

    async def place(self, ticket: TicketId) -> Place | None:
        """Where a ticket is; None where it has no workflow."""
        query = sa.select(places).where(places.c.ticket_id == ticket)
        async with self._database.reading() as connection:
            row = (await connection.execute(query)).mappings().first()
        return _place(row) if row is not None else None

    async def write(self, move: Move) -> None:
        """Raises `StaleVersion` where somebody else moved it since, and `ChangedMeanwhile`."""
        async with self._database.transaction() as connection:
            await self._stand(connection, move)
            version = await self._change(connection, move)
            if move.lines:
                rows = [history_values(move.ticket.id, line, version) for line in move.lines]
                await connection.execute(history.insert(), rows)
            changed = TicketChanged(at=move.at, ticket=move.ticket.id, customer=move.matter.customer)
            await self._outbox.add(connection, changed)

    async def _stand(self, connection: AsyncConnection, move: Move) -> None:
        ticket, values = move.ticket.id, _values(move.place)
        if move.known_version == 0:
            insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
            standing: Any = insert(places).values(ticket_id=ticket, **values).on_conflict_do_nothing()
        else:
            standing = (
                places.update()
                .where(places.c.ticket_id == ticket, places.c.version == move.known_version)
                .values(**values)
            )
        if (await connection.execute(standing)).rowcount == 0:
            raise StaleVersion("someone else did something at this step; look again")

    async def _change(self, connection: AsyncConnection, move: Move) -> int | None:
        """The ticket's new version; None where it stays what it was."""
        if move.matter == move.ticket.matter:
            touching = tickets.update().where(tickets.c.id == move.ticket.id)
            await connection.execute(touching.values(updated_at=move.at))
            return None
        version = move.ticket.version + 1
        changed = await connection.execute(
            tickets.update()
            .where(tickets.c.id == move.ticket.id, tickets.c.version == move.ticket.version)
            .values(**matter_values(move.matter), updated_at=move.at, version=version)
        )
        if changed.rowcount == 0:
            raise ChangedMeanwhile
        return version


def _values(place: Place) -> dict[str, Any]:
    return {
        "workflow": place.workflow,
        "digest": place.digest,
        "step": place.step,
        "goal": place.goal,
        "begun_at": place.begun_at,
        "entered_at": place.entered_at,
        "passed": sorted(place.passed),
        "entries": dict(place.values),
        "visit_at": place.visit_at,
        "version": place.version,
    }


def _place(row: Mapping[Any, Any]) -> Place:
    return Place(
        workflow=row["workflow"],
        digest=row["digest"],
        step=row["step"],
        goal=State(row["goal"]),
        begun_at=row["begun_at"],
        entered_at=row["entered_at"],
        passed=frozenset(row["passed"]),
        values=dict(row["entries"]),
        visit_at=row["visit_at"],
        version=row["version"],
    )
