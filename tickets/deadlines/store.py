"""Deadlines in the database."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from infra.database import Database
from infra.jobs import Jobs
from infra.outbox import Outbox
from kernel.business_time import Pause
from kernel.errors import NotFound
from kernel.ids import CallId, StaffId, TicketId
from tickets.deadlines.model import Deadline, Decided, GoneOff, Kind, MarkKind, Notice
from tickets.deadlines.tables import deadlines, notices, watches
from tickets.errors import LookedMeanwhile
from tickets.events import DeadlineNoticed, TicketChanged
from tickets.model import OPEN_STATES, HistoryLine
from tickets.tables import history, ticket_calls, tickets

WAKE = "look at deadlines"
"""The kind of job by which a ticket's deadlines are looked at in time."""
PAGE_MAX = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What is known of a ticket's deadlines."""

    generation: int = 0
    """0 where nobody has looked yet."""
    wake_at: datetime | None = None
    deadlines: Mapping[Kind, Deadline]


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """Somebody who is told, and of what."""

    gone_off: GoneOff
    staff: StaffId


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a look came to, to be kept."""

    at: datetime
    decided: Decided
    told: Sequence[Told]
    is_woken: bool
    """The job that was to wake somebody has done so; there is no other yet."""


class DeadlineStore:
    """Each method is one transaction."""

    def __init__(self, database: Database, outbox: Outbox, jobs: Jobs) -> None:
        self._database = database
        self._outbox = outbox
        self._jobs = jobs

    async def load(self, ticket: TicketId) -> Kept:
        """What is known of a ticket's deadlines."""
        async with self._database.reading() as connection:
            watch = await connection.execute(sa.select(watches).where(watches.c.ticket_id == ticket))
            row = watch.mappings().first()
            found = await connection.execute(sa.select(deadlines).where(deadlines.c.ticket_id == ticket))
            known = [_deadline(one) for one in found.mappings()]
        return Kept(
            generation=row["generation"] if row else 0,
            wake_at=row["wake_at"] if row else None,
            deadlines={one.kind: one for one in known},
        )

    async def write(self, ticket: TicketId, known: Kept, found: Found) -> None:
        """Keeps what was decided, tells whom it concerns, and sees to it that somebody looks in time.

        All of it or nothing, and only if nobody else has meanwhile; raises `LookedMeanwhile`.
        """
        generation, decided, at = known.generation + 1, found.decided, found.at
        async with self._database.transaction() as connection:
            await self._take(connection, ticket, generation, decided.wake_at)
            await connection.execute(deadlines.delete().where(deadlines.c.ticket_id == ticket))
            if decided.deadlines:
                rows = [_values(ticket, one) for one in decided.deadlines]
                await connection.execute(deadlines.insert(), rows)
            await connection.execute(
                tickets.update().where(tickets.c.id == ticket).values(due_at=decided.due_at)
            )
            for one in found.told:
                await connection.execute(notices.insert().values(_notice_values(ticket, one, at)))
            people = tuple(sorted({one.staff for one in found.told}))
            if people:
                await self._outbox.add(connection, DeadlineNoticed(at=at, ticket=ticket, told=people))
            if decided.wake_at is not None and (found.is_woken or decided.wake_at != known.wake_at):
                key, payload = f"{ticket} {generation}", {"ticket": ticket}
                await self._jobs.add(connection, WAKE, key, payload, due_at=decided.wake_at)

    async def _take(
        self, connection: AsyncConnection, ticket: TicketId, generation: int, wake_at: datetime | None
    ) -> None:
        if generation == 1:
            insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
            taking: Any = insert(watches).values(ticket_id=ticket, generation=1, wake_at=wake_at)
            taking = taking.on_conflict_do_nothing(index_elements=["ticket_id"])
        else:
            taking = (
                watches.update()
                .where(watches.c.ticket_id == ticket, watches.c.generation == generation - 1)
                .values(generation=generation, wake_at=wake_at)
            )
        if (await connection.execute(taking)).rowcount == 0:
            raise LookedMeanwhile("the ticket's deadlines were looked at meanwhile; look again")

    async def log(self, ticket: TicketId, line: HistoryLine) -> None:
        """Adds to a ticket's history; raises `NotFound`.

        What the ticket says stays as it is, and with it its version: who is writing on it goes on.
        """
        async with self._database.transaction() as connection:
            touching = tickets.update().where(tickets.c.id == ticket).values(updated_at=line.at)
            found = (await connection.execute(touching.returning(tickets.c.customer_id))).one_or_none()
            if found is None:
                raise NotFound("there is no such ticket")
            await connection.execute(
                history.insert().values(
                    ticket_id=ticket,
                    at=line.at,
                    staff_id=line.by,
                    field=line.change.field,
                    before=line.change.before,
                    after=line.change.after,
                )
            )
            changed = TicketChanged(at=line.at, ticket=ticket, customer=found.customer_id)
            await self._outbox.add(connection, changed)

    async def tickets_of(self, call: CallId) -> Sequence[TicketId]:
        """The tickets that a call belongs to."""
        query = sa.select(ticket_calls.c.ticket_id).where(ticket_calls.c.call_id == call)
        async with self._database.reading() as connection:
            return [TicketId(ticket) for ticket in await connection.scalars(query)]

    async def open_after(self, ticket: TicketId) -> Sequence[TicketId]:
        """The next open tickets behind this one, a page of them."""
        query = (
            sa.select(tickets.c.id)
            .where(tickets.c.state.in_(sorted(OPEN_STATES)), tickets.c.id > ticket)
            .order_by(tickets.c.id)
            .limit(PAGE_MAX)
        )
        async with self._database.reading() as connection:
            return [TicketId(found) for found in await connection.scalars(query)]

    async def missed_before(self, moment: datetime) -> Sequence[TicketId]:
        """Tickets at which somebody should have looked by then, a page of them."""
        query = sa.select(watches.c.ticket_id).where(watches.c.wake_at < moment)
        async with self._database.reading() as connection:
            found = await connection.scalars(query.order_by(watches.c.wake_at).limit(PAGE_MAX))
            return [TicketId(ticket) for ticket in found]

    async def notices_of(self, staff: StaffId, *, only_new: bool, limit: int) -> Sequence[Notice]:
        """What somebody was told, the newest first."""
        query = (
            sa.select(notices, tickets.c.number, tickets.c.title)
            .join(tickets, tickets.c.id == notices.c.ticket_id)
            .where(notices.c.staff_id == staff)
            .order_by(notices.c.id.desc())
            .limit(limit)
        )
        if only_new:
            query = query.where(notices.c.seen_at.is_(None))
        async with self._database.reading() as connection:
            return [_notice(row) for row in (await connection.execute(query)).mappings()]

    async def unseen(self, staff: StaffId) -> int:
        """How many notices somebody has not marked as seen."""
        where = (notices.c.staff_id == staff, notices.c.seen_at.is_(None))
        async with self._database.reading() as connection:
            counted = await connection.execute(sa.select(sa.func.count()).select_from(notices).where(*where))
            return counted.scalar_one()

    async def with_unseen(self) -> Collection[StaffId]:
        """Everybody who has such."""
        query = sa.select(notices.c.staff_id).where(notices.c.seen_at.is_(None)).distinct()
        async with self._database.reading() as connection:
            return {StaffId(staff) for staff in await connection.scalars(query)}

    async def see(self, notice: int, staff: StaffId, at: datetime) -> None:
        """Somebody has seen a notice of theirs; raises `NotFound`. The first time counts."""
        mine = (notices.c.id == notice, notices.c.staff_id == staff)
        async with self._database.transaction() as connection:
            if (await connection.execute(sa.select(notices.c.id).where(*mine))).first() is None:
                raise NotFound("there is no such notice")
            await connection.execute(
                notices.update().where(*mine, notices.c.seen_at.is_(None)).values(seen_at=at)
            )


def _values(ticket: TicketId, one: Deadline) -> dict[str, Any]:
    return {
        "ticket_id": ticket,
        "kind": one.kind,
        "step": one.step,
        "rule": one.rule,
        "calendar": one.calendar,
        "started_at": one.started_at,
        "amount_s": round(one.amount.total_seconds()),
        "pauses": [
            [pause.since.isoformat(), pause.until.isoformat() if pause.until is not None else None]
            for pause in one.pauses
        ],
        "ended_at": one.ended_at,
        "due_at": one.due_at,
        "gone_off": sorted(one.gone_off),
    }


def _deadline(row: Mapping[Any, Any]) -> Deadline:
    return Deadline(
        kind=Kind(row["kind"]),
        step=row["step"],
        rule=row["rule"],
        calendar=row["calendar"],
        started_at=row["started_at"],
        amount=timedelta(seconds=row["amount_s"]),
        pauses=tuple(
            Pause(datetime.fromisoformat(since), datetime.fromisoformat(until) if until else None)
            for since, until in row["pauses"]
        ),
        ended_at=row["ended_at"],
        due_at=row["due_at"],
        gone_off=frozenset(row["gone_off"]),
    )


def _notice_values(ticket: TicketId, told: Told, at: datetime) -> dict[str, Any]:
    gone_off = told.gone_off
    return {
        "ticket_id": ticket,
        "staff_id": told.staff,
        "kind": gone_off.kind,
        "step": gone_off.step,
        "mark": gone_off.mark.kind,
        "offset_s": round(gone_off.mark.offset.total_seconds()),
        "due_at": gone_off.due_at,
        "at": at,
    }


def _notice(row: Mapping[Any, Any]) -> Notice:
    return Notice(
        id=row["id"],
        ticket_id=row["ticket_id"],
        number=row["number"],
        title=row["title"],
        kind=Kind(row["kind"]),
        step=row["step"],
        mark=MarkKind(row["mark"]),
        offset_s=row["offset_s"],
        due_at=row["due_at"],
        at=row["at"],
        seen_at=row["seen_at"],
    )
