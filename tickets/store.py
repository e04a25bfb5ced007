"""Tickets in the database."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from infra.database import Database
from infra.jobs import Jobs
from infra.outbox import Outbox
from kernel.errors import NotFound
from kernel.ids import CallId, StaffId, TicketId
from tickets.engine import ticket_number
from tickets.errors import StaleVersion
from tickets.events import TicketChanged
from tickets.model import (
    OPEN_STATES,
    ChangedField,
    Details,
    HistoryLine,
    Matter,
    Message,
    State,
    Ticket,
    TicketFilter,
    TicketType,
    TranscriptState,
    Voicemail,
)
from tickets.reading.model import Finding
from tickets.rows import finding_of, history_values, line_of, matter_values, ticket_of, voicemail_of
from tickets.tables import (
    SORTS,
    history,
    matching,
    readings,
    serials,
    ticket_calls,
    tickets,
    voicemail_parts,
    voicemails,
)
from tickets.workflow.tables import places

TRANSCRIBE = "transcribe voicemail"
"""The kind of job that a new message leaves behind."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTicket:
    """All that a new ticket is made of."""

    number: str
    matter: Matter
    by: StaffId | None
    """Nobody when Hotline made it."""
    at: datetime
    call: CallId | None = None
    message: Message | None = None
    left_by: str | None = None
    """By what a ticket is known that must not be made twice."""


class TicketStore:
    """Each method is one transaction."""

    def __init__(self, database: Database, outbox: Outbox, jobs: Jobs) -> None:
        self._database = database
        self._outbox = outbox
        self._jobs = jobs

    async def next_number(self, day: date) -> str:
        """A number that no ticket had or will have. If it is not used after all, a gap remains.

        In a transaction of its own, so that nobody waits for the making of somebody's ticket. Should
        the clock be set back over midnight, numbers go on from the later day.
        """
        async with self._database.transaction() as connection:
            latest = (await connection.execute(sa.select(sa.func.max(serials.c.day)))).scalar()
            day = max(day, latest or day)
            insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
            counted = await connection.execute(
                insert(serials)
                .values(day=day, last=1)
                .on_conflict_do_update(index_elements=["day"], set_={"last": serials.c.last + 1})
                .returning(serials.c.last)
            )
            return ticket_number(day, counted.scalar_one())

    async def create(self, new: NewTicket) -> Ticket:
        """A new ticket, with its call and its message."""
        async with self._database.transaction() as connection:
            created = await connection.execute(
                tickets.insert()
                .values(
                    **matter_values(new.matter),
                    number=new.number,
                    created_at=new.at,
                    updated_at=new.at,
                    version=1,
                    left_by=new.left_by,
                )
                .returning(tickets.c.id)
            )
            ticket = TicketId(created.scalar_one())
            if new.call is not None:
                await connection.execute(ticket_calls.insert().values(ticket_id=ticket, call_id=new.call))
            if new.message is not None:
                await self._add_message(connection, ticket, new.message)
            made = ChangedField(field="created", before="", after=new.number)
            line = HistoryLine(at=new.at, by=new.by, change=made)
            await _write_history(connection, ticket, [line], version=1)
            await self._tell(connection, ticket, new.matter, new.at)
        return Ticket(
            id=ticket, number=new.number, matter=new.matter, created_at=new.at, updated_at=new.at, version=1
        )

    async def create_from_message(self, new: NewTicket, message: Message) -> Ticket | None:
        """A new ticket with a message, unless the message's part has one already."""
        try:
            return await self.create(replace(new, call=message.call, message=message))
        except IntegrityError:
            if await self.has_part(message.part):
                return None
            raise

    async def create_once(self, new: NewTicket, key: str) -> str:
        """The number of the ticket of this key: a new one, unless another server was quicker."""
        try:
            return (await self.create(replace(new, left_by=key))).number
        except IntegrityError:
            if known := await self.left_by(key):
                return known
            raise

    async def left_by(self, key: str) -> str | None:
        """The number of the ticket that was left so; None where none was."""
        query = sa.select(tickets.c.number).where(tickets.c.left_by == key)
        async with self._database.reading() as connection:
            number: str | None = await connection.scalar(query)
            return number

    async def has_part(self, name: str) -> bool:
        """Whether the part of a message is in a ticket."""
        query = sa.select(voicemail_parts.c.ticket_id).where(voicemail_parts.c.name == name)
        async with self._database.reading() as connection:
            return (await connection.execute(query)).first() is not None

    async def needs_call(self, call: CallId) -> bool:
        """Whether an open ticket has the call."""
        query = sa.select(tickets.c.id).join(ticket_calls, ticket_calls.c.ticket_id == tickets.c.id)
        query = query.where(ticket_calls.c.call_id == call, tickets.c.state.in_(sorted(OPEN_STATES)))
        async with self._database.reading() as connection:
            return (await connection.execute(query.limit(1))).first() is not None

    async def message_of(self, call: CallId) -> Voicemail | None:
        """What the caller has said in this call, as far as it is in a ticket."""
        query = sa.select(voicemails).where(voicemails.c.call_id == call).order_by(voicemails.c.ticket_id)
        async with self._database.reading() as connection:
            row = (await connection.execute(query)).mappings().first()
        return voicemail_of(row) if row else None

    async def extend_message(self, ticket: TicketId, message: Message, at: datetime) -> None:
        """The caller has said more: the recording is a longer one, and is to be transcribed anew."""
        async with self._database.transaction() as connection:
            await connection.execute(
                voicemails.update()
                .where(voicemails.c.ticket_id == ticket)
                .values(path=message.path, seconds=message.seconds, transcript_state=TranscriptState.PENDING)
            )
            await self._add_part(connection, ticket, message.part)
            await self._touch(connection, ticket, at)

    async def change(
        self, ticket: Ticket, lines: Sequence[HistoryLine], *, at: datetime, link: CallId | None
    ) -> None:
        """Writes the ticket as it is to be; `ticket.version` is the one that was read."""
        async with self._database.transaction() as connection:
            changed = await connection.execute(
                tickets.update()
                .where(tickets.c.id == ticket.id, tickets.c.version == ticket.version)
                .values(**matter_values(ticket.matter), updated_at=at, version=ticket.version + 1)
            )
            if changed.rowcount == 0:
                raise StaleVersion("someone else changed the ticket; load it again")
            if link is not None:
                insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
                await connection.execute(
                    insert(ticket_calls).values(ticket_id=ticket.id, call_id=link).on_conflict_do_nothing()
                )
            await _write_history(connection, ticket.id, lines, ticket.version + 1)
            await self._tell(connection, ticket.id, ticket.matter, at)

    async def get(self, ticket: TicketId) -> Details:
        """A ticket with all that hangs on it; raises `NotFound`."""
        async with self._database.reading() as connection:
            row = (
                (await connection.execute(sa.select(tickets).where(tickets.c.id == ticket)))
                .mappings()
                .first()
            )
            if row is None:
                raise NotFound("there is no such ticket")
            calls = await connection.execute(
                sa.select(ticket_calls.c.call_id).where(ticket_calls.c.ticket_id == ticket)
            )
            message = await connection.execute(sa.select(voicemails).where(voicemails.c.ticket_id == ticket))
            found = message.mappings().first()
            reading = await connection.execute(
                sa.select(readings.c.findings).where(readings.c.ticket_id == ticket)
            )
            goal = await connection.scalar(sa.select(places.c.goal).where(places.c.ticket_id == ticket))
            return Details(
                ticket=ticket_of(row),
                calls=tuple(CallId(call) for call in calls.scalars()),
                voicemail=voicemail_of(found) if found else None,
                findings=tuple(map(finding_of, reading.scalar() or ())),
                goal=State(goal) if goal is not None else None,
            )

    async def numbered(self, number: str) -> Details | None:
        """The ticket of this number."""
        async with self._database.reading() as connection:
            found = await connection.scalar(sa.select(tickets.c.id).where(tickets.c.number == number))
        return await self.get(TicketId(found)) if found is not None else None

    async def find(self, wanted: TicketFilter) -> tuple[list[Ticket], int]:
        """The tickets of one page, and how many there are in all."""
        where = matching(wanted)
        column = SORTS[wanted.sort.removeprefix("-")]
        order = column.desc() if wanted.sort.startswith("-") else column.asc()
        if column is tickets.c.due_at:  # of others, PostgreSQL would not take their index then
            order = order.nulls_last()
        page = sa.select(tickets).where(*where).order_by(order, tickets.c.id.desc())
        async with self._database.reading() as connection:
            counted = await connection.execute(sa.select(sa.func.count()).select_from(tickets).where(*where))
            rows = await connection.execute(page.limit(wanted.limit).offset(wanted.offset))
            return [ticket_of(row) for row in rows.mappings()], counted.scalar_one()

    async def closed_texts(self, limit: int) -> list[tuple[TicketType, str]]:
        """What is said in the newest tickets that people have closed, and the type they left them with."""
        query = (
            sa.select(tickets.c.type, tickets.c.title, tickets.c.description, voicemails.c.transcript)
            .outerjoin_from(tickets, voicemails, voicemails.c.ticket_id == tickets.c.id)
            .where(tickets.c.state.in_(sorted(frozenset(State) - OPEN_STATES)))
            .order_by(tickets.c.updated_at.desc(), tickets.c.id.desc())
            .limit(limit)
        )
        async with self._database.reading() as connection:
            rows = (await connection.execute(query)).all()
        # The title of a message's ticket is Hotline's own.
        said = [(row.type, f"{row.transcript or row.title}\n{row.description}".strip()) for row in rows]
        return [(TicketType(type_), text) for type_, text in said]

    async def history_of(self, ticket: TicketId) -> list[HistoryLine]:
        """Who changed what, the oldest first."""
        query = sa.select(history).where(history.c.ticket_id == ticket).order_by(history.c.id)
        async with self._database.reading() as connection:
            return [line_of(row) for row in (await connection.execute(query)).mappings()]

    async def changes_since(self, ticket: TicketId, version: int) -> list[HistoryLine]:
        """What was changed after this version, the oldest first."""
        query = sa.select(history).where(history.c.ticket_id == ticket, history.c.version > version)
        async with self._database.reading() as connection:
            found = await connection.execute(query.order_by(history.c.id))
            return [line_of(row) for row in found.mappings()]

    async def write_transcript(
        self,
        ticket: TicketId,
        text: str | None,
        state: TranscriptState,
        at: datetime,
        *,
        findings: tuple[Finding, ...] = (),
    ) -> None:
        """What became of the transcript, and was read out of it; the ticket counts as changed."""
        async with self._database.transaction() as connection:
            await connection.execute(
                voicemails.update()
                .where(voicemails.c.ticket_id == ticket)
                .values(transcript=text, transcript_state=state)
            )
            await connection.execute(readings.delete().where(readings.c.ticket_id == ticket))
            read = [asdict(finding) for finding in findings]
            await connection.execute(readings.insert().values(ticket_id=ticket, findings=read))
            await self._touch(connection, ticket, at)

    async def _add_message(self, connection: AsyncConnection, ticket: TicketId, message: Message) -> None:
        await connection.execute(
            voicemails.insert().values(
                ticket_id=ticket,
                call_id=message.call,
                left_at=message.left_at,
                caller_number=message.caller_number,
                dialled=message.dialled,
                language=message.language,
                path=message.path,
                seconds=message.seconds,
                transcript_state=TranscriptState.PENDING,
            )
        )
        await self._add_part(connection, ticket, message.part)

    async def _add_part(self, connection: AsyncConnection, ticket: TicketId, part: str) -> None:
        await connection.execute(voicemail_parts.insert().values(name=part, ticket_id=ticket))
        await self._jobs.add(connection, TRANSCRIBE, part, {"ticket": ticket})

    async def _touch(self, connection: AsyncConnection, ticket: TicketId, at: datetime) -> None:
        changed = await connection.execute(
            tickets.update()
            .where(tickets.c.id == ticket)
            .values(updated_at=at)
            .returning(tickets.c.customer_id)
        )
        await self._outbox.add(connection, TicketChanged(at=at, ticket=ticket, customer=changed.scalar_one()))

    async def _tell(
        self, connection: AsyncConnection, ticket: TicketId, matter: Matter, at: datetime
    ) -> None:
        await self._outbox.add(connection, TicketChanged(at=at, ticket=ticket, customer=matter.customer))


async def _write_history(
    connection: AsyncConnection, ticket: TicketId, lines: Sequence[HistoryLine], version: int
) -> None:
    if lines:
        rows = [history_values(ticket, line, version) for line in lines]
        await connection.execute(history.insert(), rows)
