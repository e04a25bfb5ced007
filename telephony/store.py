"""The ledger's tables: calls and their legs."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from infra.database import Database, UtcDateTime, is_of_content, metadata
from infra.jobs import Jobs
from kernel.briefs import Words
from kernel.ids import AgentId, CallId, LegId, QueueId, StaffId
from telephony.errors import EntryRefused
from telephony.hung_up import add_jobs
from telephony.ledger_rules import IN_VAIN, REACHED, CallEntry, LegEntry, Sending
from telephony.model import NUMBER_LENGTH_MAX, Arrival, Direction, EndReason, Outcome, PersonWanted

calls = sa.Table(
    "call",
    metadata,
    sa.Column("id", sa.String(80), primary_key=True),
    sa.Column("arrived_at", UtcDateTime(), nullable=False, index=True),
    sa.Column("caller_number", sa.String(NUMBER_LENGTH_MAX), nullable=False),
    sa.Column("caller_name", sa.String(80), nullable=False),
    sa.Column("dialled", sa.String(NUMBER_LENGTH_MAX), nullable=False),
    sa.Column("trunk", sa.String(40), nullable=False),
    sa.Column("decided", sa.String(20)),
    sa.Column("outcome", sa.String(20), index=True),
    sa.Column("ended_at", UtcDateTime(), index=True),
    sa.Column("end_reason", sa.String(20)),
    sa.Column("said_in_menu", sa.JSON),
    sa.Column("wanted_queue", sa.String(80)),
    sa.Column("wanted_since", UtcDateTime()),
    sa.Column("wanted_until", UtcDateTime()),
    sa.Column("turned_away", sa.String(20)),
    sa.Column("transfers", sa.JSON),
    sa.Column("direction", sa.String(3), nullable=False, server_default=Direction.IN),
    # The newest calls of a number: asked for every call that arrives.
    sa.Index(None, "caller_number", "arrived_at"),
)
legs = sa.Table(
    "leg",
    metadata,
    sa.Column("id", sa.String(100), primary_key=True),
    sa.Column(
        "call_id", sa.String(80), sa.ForeignKey("call.id", ondelete="CASCADE"), nullable=False, index=True
    ),
    sa.Column("agent_id", sa.Integer, nullable=False, index=True),
    sa.Column("began_at", UtcDateTime(), nullable=False),
    sa.Column("joined_at", UtcDateTime()),
    sa.Column("ended_at", UtcDateTime()),
    sa.Column("reason", sa.String(20)),
    sa.Column("consulted_at", UtcDateTime()),
    sa.Column("held_s", sa.Float, nullable=False, server_default="0"),
    sa.Column("held_since", UtcDateTime()),
    sa.Column("outside", sa.String(80), nullable=False, server_default=""),
)

seen_to = sa.Table(
    "caller_seen_to",
    metadata,
    sa.Column("id", sa.String(NUMBER_LENGTH_MAX), primary_key=True),
    sa.Column("until", UtcDateTime(), nullable=False),
    sa.Column("staff", sa.Integer, nullable=False),
)
"""Up to when somebody has seen to the calls from a number that had reached nobody."""

LISTED_MAX = 500
IN_VAIN_MAX = 2000
NOT_REACHED = "not_reached"
"""Why somebody is to be called who was promised a callback."""


# Asked for every call, hence put together only once.
_OF_NUMBERS = (
    sa.select(calls)
    .where(calls.c.caller_number.in_(sa.bindparam("numbers", expanding=True)))
    .order_by(calls.c.arrived_at.desc(), calls.c.id.desc())
    .limit(sa.bindparam("most"))
)
_LEGS_OF = (
    sa.select(legs)
    .where(legs.c.call_id.in_(sa.bindparam("calls", expanding=True)))
    .order_by(legs.c.began_at, legs.c.id)
)


class CallStore:
    """Reads and writes entries of the ledger."""

    def __init__(self, database: Database, jobs: Jobs | None = None) -> None:
        """Without `jobs` nothing follows from an entry, as where they are only read."""
        self._database = database
        self._jobs = jobs

    async def open_entries(self) -> list[CallEntry]:
        """Calls without an outcome."""
        async with self._database.reading() as connection:
            return await _entries(connection, sa.select(calls).where(calls.c.outcome.is_(None)))

    async def last_end(self) -> datetime | None:
        """When the last closed call ended."""
        async with self._database.reading() as connection:
            query = sa.select(calls.c.ended_at).where(calls.c.ended_at.is_not(None))
            return await connection.scalar(query.order_by(calls.c.ended_at.desc()).limit(1))

    async def known(self, asked: Iterable[CallId]) -> set[CallId]:
        """Which of these calls have an entry."""
        wanted = list(asked)
        found: set[CallId] = set()
        async with self._database.reading() as connection:
            for start in range(0, len(wanted), LISTED_MAX):
                part = wanted[start : start + LISTED_MAX]
                found.update(await connection.scalars(sa.select(calls.c.id).where(calls.c.id.in_(part))))
        return found

    async def save(self, entries: Iterable[CallEntry]) -> None:
        """Writes all of them, or none; one statement for each table, however many there are.

        With the end of a call on which its caller hung up goes the job that has their flow go on.
        """
        written = list(entries)
        try:
            async with self._database.transaction() as connection:
                await _write(connection, calls, [_call_row(entry) for entry in written])
                rows = [_leg_row(entry.arrival.call, leg) for entry in written for leg in entry.legs]
                await _write(connection, legs, rows)
                if self._jobs is not None:
                    await add_jobs(self._jobs, connection, written)
        except Exception as error:
            if is_of_content(error):
                raise EntryRefused("the database takes no such entry") from error
            raise

    async def find(self, call: CallId) -> CallEntry | None:
        """One call."""
        async with self._database.reading() as connection:
            found = await _entries(connection, sa.select(calls).where(calls.c.id == call))
        return found[0] if found else None

    async def count_blocked(self, value: str, *, is_prefix: bool, since: datetime) -> int:
        """Blocked calls since then from a number, or from all that begin so; "" are withheld ones."""
        column = calls.c.caller_number
        fits = column.startswith(value, autoescape=True) if is_prefix else column == value
        query = sa.select(sa.func.count()).where(
            fits, calls.c.outcome == Outcome.BLOCKED, calls.c.arrived_at >= since
        )
        async with self._database.reading() as connection:
            return int(await connection.scalar(query) or 0)

    async def newest(
        self,
        *,
        agent: AgentId | None = None,
        number: str | None = None,
        before: datetime | None = None,
        limit: int = 50,
    ) -> list[CallEntry]:
        """Calls, the newest first: all, those that an agent had a leg in, or those from a number."""
        query = sa.select(calls).order_by(calls.c.arrived_at.desc(), calls.c.id.desc())
        if agent is not None:
            query = query.where(calls.c.id.in_(sa.select(legs.c.call_id).where(legs.c.agent_id == agent)))
        if number is not None:
            query = query.where(calls.c.caller_number == number)
        if before is not None:
            query = query.where(calls.c.arrived_at < before)
        async with self._database.reading() as connection:
            return await _entries(connection, query.limit(min(limit, LISTED_MAX)))

    async def who_wanted(self, since: datetime, until: datetime) -> list[CallEntry]:
        """Ended calls that came to a queue in this stretch of time, oldest first."""
        query = sa.select(calls).where(calls.c.wanted_since >= since, calls.c.wanted_since < until)
        query = query.where(calls.c.wanted_queue != "", calls.c.outcome.is_not(None))
        async with self._database.reading() as connection:
            return await _entries(connection, query.order_by(calls.c.wanted_since, calls.c.id))

    async def talked_since(self, moment: datetime, *, limit: int) -> list[CallEntry]:
        """Calls in which an agent talked that ended since then, in the order of their ends."""
        talked = sa.select(legs.c.call_id).where(legs.c.joined_at.is_not(None))
        query = sa.select(calls).where(calls.c.ended_at >= moment, calls.c.outcome.is_not(None))
        query = query.where(calls.c.id.in_(talked)).order_by(calls.c.ended_at, calls.c.id)
        async with self._database.reading() as connection:
            return await _entries(connection, query.limit(limit))

    async def talked_before(
        self,
        moment: datetime,
        after: tuple[datetime, CallId] | None,
        limit: int,
        *,
        where: sa.ColumnElement[bool],
    ) -> list[CallEntry]:
        """Calls in which an agent talked that ended before, in the order of their ends, behind that one."""
        talked = sa.select(legs.c.call_id).where(legs.c.joined_at.is_not(None))
        query = sa.select(calls).where(calls.c.ended_at < moment, calls.c.outcome.is_not(None))
        query = query.where(calls.c.id.in_(talked), where)
        if after is not None:
            ended, call = after
            is_later = sa.or_(calls.c.ended_at > ended, sa.and_(calls.c.ended_at == ended, calls.c.id > call))
            query = query.where(is_later)
        async with self._database.reading() as connection:
            return await _entries(
                connection, query.order_by(calls.c.ended_at, calls.c.id).limit(min(limit, LISTED_MAX))
            )

    async def in_vain(self, since: datetime) -> list[CallEntry]:
        """Calls since then of people who reached nobody after them, without their legs; the newest first.

        Whom somebody has seen to is left out, and who is on the line now: they are about to be heard.
        """
        async with self._database.reading() as connection:
            return [_entry(row, []) for row in await connection.execute(_in_vain(since))]

    async def last_heard(self, numbers: Collection[str], since: datetime) -> dict[str, datetime]:
        """When, since then, the last call came from each number that reached somebody or goes on."""
        found = _last_heard(list(numbers), since)
        async with self._database.reading() as connection:
            rows = await connection.execute(sa.select(found.c.caller_number, found.c.at))
            return {row.caller_number: row.at for row in rows}

    async def see_to(self, numbers: Collection[str], until: datetime, staff: StaffId) -> None:
        """Somebody has seen to whoever called from these numbers in vain until then."""
        rows = [{"id": number, "until": until, "staff": staff} for number in numbers]
        async with self._database.transaction() as connection:
            await _write(connection, seen_to, rows)

    async def break_promise(self, call: CallId, number: str, at: datetime) -> None:
        """Who was promised a callback in this call was not reached: they are to be called by somebody.

        Whoever withheld their number in it is known by the one they gave to be called on.
        """
        known = sa.case((calls.c.caller_number == "", number), else_=calls.c.caller_number)
        broken = sa.update(calls).where(calls.c.id == call, calls.c.outcome == Outcome.CALLBACK)
        async with self._database.transaction() as connection:
            await connection.execute(
                broken.values(turned_away=NOT_REACHED, wanted_until=at, caller_number=known)
            )

    async def of_numbers(self, numbers: Sequence[str], *, limit: int = 20) -> list[CallEntry]:
        """Calls from any of these numbers, the newest first."""
        asked = {"numbers": list(numbers)[:LISTED_MAX], "most": min(limit, LISTED_MAX)}
        async with self._database.reading() as connection:
            return await _entries(connection, _OF_NUMBERS, asked)


def _in_vain(since: datetime) -> sa.Select[tuple[object, ...]]:
    in_vain = sa.and_(
        calls.c.arrived_at >= since,
        sa.or_(_outcome_of(calls).in_(IN_VAIN), _is_broken(calls)),
        calls.c.wanted_queue.is_not(None),
        calls.c.caller_number != "",
    )
    heard = _last_heard(sa.select(calls.c.caller_number).where(in_vain), since)
    seen = sa.exists().where(seen_to.c.id == calls.c.caller_number, seen_to.c.until >= calls.c.arrived_at)
    found = sa.select(calls).outerjoin(heard, heard.c.caller_number == calls.c.caller_number)
    found = found.where(in_vain, sa.or_(heard.c.at.is_(None), heard.c.at < calls.c.arrived_at), ~seen)
    return found.order_by(calls.c.arrived_at.desc(), calls.c.id.desc()).limit(IN_VAIN_MAX)


def _last_heard(numbers: sa.Select[tuple[str]] | list[str], since: datetime) -> sa.Subquery:
    """When the last call came from each number that reached somebody or goes on.

    Looked for once for a number, not for each of its calls: some numbers have thousands.
    """
    other = calls.alias()
    settled = sa.and_(_outcome_of(other).in_(("", *REACHED)), sa.not_(_is_broken(other)))
    found = sa.select(other.c.caller_number, sa.func.max(other.c.arrived_at).label("at"))
    found = found.where(other.c.caller_number.in_(numbers), other.c.arrived_at >= since, settled)
    return found.group_by(other.c.caller_number).subquery()


def _is_broken(table: sa.FromClause) -> sa.ColumnElement[bool]:
    """Of a call with the promise of a callback in which nobody was reached."""
    is_not_reached = sa.func.coalesce(table.c.turned_away, "") == NOT_REACHED
    return sa.and_(_outcome_of(table) == Outcome.CALLBACK, is_not_reached)


def _outcome_of(table: sa.FromClause) -> sa.ColumnElement[str]:
    """Not by the index of outcomes, which leads to all calls that ever were."""
    return sa.func.coalesce(table.c.outcome, "")


async def _write(connection: AsyncConnection, table: sa.Table, rows: list[dict[str, object]]) -> None:
    """Adds the rows, or changes those that are there."""
    if not rows:
        return
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    adding = insert(table)
    others = [column.name for column in table.columns if not column.primary_key]
    changes = {name: adding.excluded[name] for name in others}
    await connection.execute(adding.on_conflict_do_update(index_elements=["id"], set_=changes), rows)


def _call_row(entry: CallEntry) -> dict[str, object]:
    arrival = entry.arrival
    return {
        "id": arrival.call,
        "arrived_at": arrival.at,
        "caller_number": arrival.caller_number,
        "caller_name": arrival.caller_name,
        "dialled": arrival.dialled,
        "trunk": arrival.trunk,
        "decided": entry.decided,
        "outcome": entry.outcome,
        "ended_at": entry.ended_at,
        "end_reason": entry.end_reason,
        "said_in_menu": [choice.model_dump() for choice in entry.said_in_menu],
        "wanted_queue": entry.wanted.queue if entry.wanted else None,
        "wanted_since": entry.wanted.since if entry.wanted else None,
        "wanted_until": entry.wanted.until if entry.wanted else None,
        "turned_away": entry.wanted.turned_away if entry.wanted else None,
        "direction": arrival.direction,
        "transfers": [asdict(sent) | {"at": sent.at.isoformat()} for sent in entry.transfers],
    }


def _leg_row(call: CallId, leg: LegEntry) -> dict[str, object]:
    return {
        "id": leg.leg,
        "call_id": call,
        "agent_id": leg.agent,
        "began_at": leg.began_at,
        "joined_at": leg.joined_at,
        "ended_at": leg.ended_at,
        "reason": leg.reason,
        "consulted_at": leg.consulted_at,
        "held_s": leg.held_s,
        "held_since": leg.held_since,
        "outside": leg.outside,
    }


async def _entries(
    connection: AsyncConnection,
    query: sa.Select[tuple[object, ...]],
    parameters: Mapping[str, object] | None = None,
) -> list[CallEntry]:
    rows = (await connection.execute(query, parameters)).all()
    by_call: dict[str, list[LegEntry]] = {row.id: [] for row in rows}
    wanted = list(by_call)
    for start in range(0, len(wanted), LISTED_MAX):
        part = {"calls": wanted[start : start + LISTED_MAX]}
        for leg in await connection.execute(_LEGS_OF, part):
            by_call[leg.call_id].append(_leg(leg))
    return [_entry(row, by_call[row.id]) for row in rows]


def _entry(row: sa.Row[tuple[object, ...]], found: list[LegEntry]) -> CallEntry:
    return CallEntry(
        arrival=Arrival(
            call=CallId(row.id),
            at=row.arrived_at,
            caller_number=row.caller_number,
            caller_name=row.caller_name,
            dialled=row.dialled,
            trunk=row.trunk,
            direction=Direction(row.direction),
        ),
        legs=tuple(found),
        decided=Outcome(row.decided) if row.decided else None,
        outcome=Outcome(row.outcome) if row.outcome else None,
        ended_at=row.ended_at,
        end_reason=EndReason(row.end_reason) if row.end_reason else None,
        said_in_menu=tuple(Words(**choice) for choice in row.said_in_menu or ()),
        wanted=_wanted(row),
        transfers=tuple(
            Sending(**sent | {"at": datetime.fromisoformat(sent["at"])}) for sent in row.transfers or ()
        ),
    )


def _wanted(row: sa.Row[tuple[object, ...]]) -> PersonWanted | None:
    if row.wanted_queue is None:
        return None
    return PersonWanted(
        queue=QueueId(row.wanted_queue),
        since=row.wanted_since,
        until=row.wanted_until,
        turned_away=row.turned_away,
    )


def _leg(row: sa.Row[tuple[object, ...]]) -> LegEntry:
    return LegEntry(
        leg=LegId(row.id),
        agent=AgentId(row.agent_id),
        began_at=row.began_at,
        joined_at=row.joined_at,
        ended_at=row.ended_at,
        reason=EndReason(row.reason) if row.reason else None,
        consulted_at=row.consulted_at,
        held_s=row.held_s,
        outside=row.outside,
        held_since=row.held_since,
    )
