"""Surveys in the database."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from infra.database import Database
from infra.jobs import Jobs
from infra.outbox import Outbox
from kernel.errors import NotFound
from kernel.ids import AgentId, CallId, CustomerId, StaffId, TicketId
from tickets.events import Corresponded, SurveyAnswered
from tickets.model import OPEN_STATES, Channel
from tickets.rating_model import SurveyDue
from tickets.rating_store import survey_due, surveys_due
from tickets.surveys.model import (
    Addressee,
    Answer,
    Dimension,
    Dropped,
    Figures,
    NewSurvey,
    Survey,
    SurveyId,
    SurveyState,
)
from tickets.surveys.tables import surveys
from tickets.tables import tickets
from tickets.thread import Direction

WAKE = "survey"
"""The kind of job by which a survey is looked at when its time has come."""
OPEN = (SurveyState.PENDING, SurveyState.SENT)

Grouping = Literal["agent", "department", "type"]
_GROUPS = {"agent": surveys.c.agent_id, "department": surveys.c.department, "type": surveys.c.about}
_SCORES = [surveys.c[one.value] for one in Dimension]


@dataclass(frozen=True, slots=True, kw_only=True)
class SurveyFilter:
    """Which surveys of a list: of those that were sent in this time."""

    since: datetime
    until: datetime
    agent: AgentId | None = None
    department: str | None = None
    about: str | None = None
    overall_max: int | None = None
    limit: int = 50
    offset: int = 0


class SurveyStore:
    """Each method is one transaction."""

    def __init__(self, database: Database, outbox: Outbox, jobs: Jobs) -> None:
        self._database = database
        self._outbox = outbox
        self._jobs = jobs

    async def want(self, new: NewSurvey, token: str, expires_at: datetime) -> bool:
        """Keeps a survey that is to be sent; False where its key is known. A call's mark is taken with it."""
        row = {
            "key": new.key,
            "token": token,
            "ticket_id": new.ticket,
            "call_id": new.call,
            "customer_id": new.customer,
            "agent_id": new.agent,
            "department": new.department,
            "about": new.about,
            "asked_by": new.asked_by,
            "why": new.why,
            "state": SurveyState.PENDING,
            "number": "",
            "language": "",
            "sends": 0,
            "created_at": new.created_at,
            "due_at": new.due_at,
            "expires_at": expires_at,
            "text": "",
            "is_anonymous": False,
        }
        async with self._database.transaction() as connection:
            insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
            adding = insert(surveys).values(row).on_conflict_do_nothing(index_elements=["key"])
            added = (await connection.execute(adding.returning(surveys.c.id))).scalar()
            if new.call is not None and new.ticket is None:
                taken = sa.update(surveys_due).where(surveys_due.c.call_id == new.call)
                await connection.execute(taken.values(taken_at=new.created_at))
            if added is not None:
                await self._wake(connection, SurveyId(added), new.due_at)
        return added is not None

    async def unrated(self, limit: int) -> Sequence[SurveyDue]:
        """Callers who did not rate their call, and are not surveyed yet; the oldest first."""
        query = sa.select(surveys_due).where(surveys_due.c.taken_at.is_(None)).order_by(surveys_due.c.at)
        async with self._database.reading() as connection:
            return [survey_due(row) for row in (await connection.execute(query.limit(limit))).mappings()]

    async def get(self, survey: SurveyId) -> Survey:
        """One survey; raises `NotFound`."""
        return await self._one(surveys.c.id == survey)

    async def by_token(self, token: str) -> Survey:
        """The survey of a link; raises `NotFound`."""
        return await self._one(surveys.c.token == token)

    async def _one(self, where: sa.ColumnElement[bool]) -> Survey:
        async with self._database.reading() as connection:
            row = (await connection.execute(sa.select(surveys).where(where))).mappings().one_or_none()
        if row is None:
            raise NotFound("there is no such survey")
        return _survey(row)

    async def of_ticket(self, ticket: TicketId) -> Sequence[Survey]:
        """All surveys about a ticket, the newest first."""
        query = sa.select(surveys).where(surveys.c.ticket_id == ticket).order_by(surveys.c.id.desc())
        async with self._database.reading() as connection:
            return [_survey(row) for row in (await connection.execute(query)).mappings()]

    async def asked_at(self, survey: Survey, number: str) -> datetime | None:
        """When this customer, or this number, was sent another survey last."""
        same = [surveys.c.number == number]
        if survey.new.customer is not None:
            same.append(surveys.c.customer_id == survey.new.customer)
        query = sa.select(sa.func.max(surveys.c.first_sent_at)).where(
            surveys.c.id != survey.id, sa.or_(*same)
        )
        async with self._database.reading() as connection:
            found: datetime | None = await connection.scalar(query)
            return found

    async def sent(
        self, survey: Survey, to: Addressee, text: str, *, at: datetime, wake_at: datetime
    ) -> None:
        """It was written once more, and is to be looked at again; nothing where that is known already."""
        changing = sa.update(surveys).where(
            surveys.c.id == survey.id, surveys.c.sends == survey.sends, surveys.c.state.in_(OPEN)
        )
        async with self._database.transaction() as connection:
            changed = await connection.execute(
                changing.values(
                    state=SurveyState.SENT,
                    number=to.number,
                    language=to.language,
                    sends=survey.sends + 1,
                    sent_at=at,
                    first_sent_at=sa.func.coalesce(surveys.c.first_sent_at, at),
                )
            )
            if changed.rowcount:
                await self._wake(connection, survey.id, wake_at)
                await self._tell_thread(connection, survey, text, at, is_answer=False)

    async def give_up(self, survey: Survey, dropped: Dropped | None) -> None:
        """It is over without an answer."""
        changing = sa.update(surveys).where(surveys.c.id == survey.id, surveys.c.state == survey.state)
        state = SurveyState.EXPIRED if dropped is None else SurveyState.DROPPED
        async with self._database.transaction() as connection:
            await connection.execute(changing.values(state=state, dropped=dropped))

    async def wake(self, survey: Survey, at: datetime) -> None:
        """It is to be looked at then."""
        async with self._database.transaction() as connection:
            await self._wake(connection, survey.id, at)

    async def _wake(self, connection: AsyncConnection, survey: SurveyId, at: datetime) -> None:
        key = f"{survey}/{at.isoformat()}"
        await self._jobs.add(connection, WAKE, key, {"survey": survey}, due_at=at)

    async def answer(self, survey: Survey, answer: Answer, text: str) -> bool:
        """Keeps the one answer; False where there is one, or it is too late."""
        changing = sa.update(surveys).where(
            surveys.c.id == survey.id, surveys.c.state.in_(OPEN), surveys.c.expires_at > answer.at
        )
        async with self._database.transaction() as connection:
            changed = await connection.execute(
                changing.values(
                    **{one.value: score for one, score in answer.scores.items()},
                    state=SurveyState.ANSWERED,
                    text=answer.text,
                    is_anonymous=answer.is_anonymous,
                    answered_at=answer.at,
                )
            )
            if not changed.rowcount:
                return False
            said = SurveyAnswered(
                at=answer.at,
                survey=survey.id,
                ticket=survey.new.ticket,
                agent=survey.new.agent,
                overall=answer.overall,
                is_anonymous=answer.is_anonymous,
            )
            await self._outbox.add(connection, said)
            if not answer.is_anonymous:
                await self._tell_thread(connection, survey, text, answer.at, is_answer=True)
        return True

    async def _tell_thread(
        self, connection: AsyncConnection, survey: Survey, text: str, at: datetime, *, is_answer: bool
    ) -> None:
        if survey.new.ticket is None:
            return
        said = Corresponded(
            at=at,
            ticket=survey.new.ticket,
            key=f"survey/{survey.id}/{'answer' if is_answer else survey.sends + 1}",
            channel=Channel.WEB if is_answer else Channel.SMS,
            direction=Direction.INBOUND if is_answer else Direction.OUTBOUND,
            text=text,
        )
        await self._outbox.add(connection, said)

    async def open_tickets(self, owners: Collection[StaffId]) -> Mapping[StaffId, int]:
        """How many open tickets these people have."""
        query = (
            sa.select(tickets.c.owner_id, sa.func.count())
            .where(tickets.c.owner_id.in_(owners), tickets.c.state.in_(sorted(OPEN_STATES)))
            .group_by(tickets.c.owner_id)
        )
        async with self._database.reading() as connection:
            return {StaffId(owner): count for owner, count in (await connection.execute(query)).all()}

    async def figures(
        self, since: datetime, until: datetime, by: Grouping | None, *, agent: AgentId | None = None
    ) -> Sequence[Figures]:
        """Surveys that were sent in this time; without a grouping, all in one."""
        key = _GROUPS[by] if by is not None else sa.literal("")
        where = _sent_in(since, until)
        if agent is not None:
            where.append(surveys.c.agent_id == agent)
        summed = [sa.func.coalesce(sa.func.sum(column), 0) for column in _SCORES]
        query = sa.select(key, surveys.c.overall, sa.func.count(), *summed).where(*where)
        grouped = [surveys.c.overall] if by is None else [key, surveys.c.overall]
        async with self._database.reading() as connection:
            rows = (await connection.execute(query.group_by(*grouped))).all()
        return _figures(rows)

    async def find(self, wanted: SurveyFilter) -> tuple[Sequence[Survey], int]:
        """The surveys of one page, the newest answers first, and how many there are in all."""
        where = _sent_in(wanted.since, wanted.until)
        for column, value in (
            (surveys.c.agent_id, wanted.agent),
            (surveys.c.department, wanted.department),
            (surveys.c.about, wanted.about),
        ):
            if value is not None:
                where.append(column == value)
        if wanted.overall_max is not None:
            where.append(surveys.c.overall <= wanted.overall_max)
        page = sa.select(surveys).where(*where)
        page = page.order_by(surveys.c.answered_at.desc().nulls_last(), surveys.c.id.desc())
        async with self._database.reading() as connection:
            total = await connection.scalar(sa.select(sa.func.count()).select_from(surveys).where(*where))
            rows = await connection.execute(page.limit(wanted.limit).offset(wanted.offset))
            return [_survey(row) for row in rows.mappings()], int(total or 0)


def _sent_in(since: datetime, until: datetime) -> list[sa.ColumnElement[bool]]:
    return [surveys.c.first_sent_at >= since, surveys.c.first_sent_at < until]


def _figures(rows: Sequence[sa.Row[Any]]) -> Sequence[Figures]:
    """One line for each key, of rows for each key and overall score."""
    kept: dict[str, tuple[int, dict[Dimension, int], dict[int, int]]] = {}
    for row in rows:
        key, overall, count, *sums = tuple(row)
        name = "" if key is None else str(key)
        sent, added, scores = kept.setdefault(name, (0, dict.fromkeys(Dimension, 0), {}))
        if overall is not None:
            scores[overall] = count
        for one, value in zip(Dimension, sums, strict=True):
            added[one] += value
        kept[name] = (sent + count, added, scores)
    return [
        Figures(key=name, sent=sent, answered=sum(scores.values()), sums=added, overall=scores)
        for name, (sent, added, scores) in sorted(kept.items())
    ]


def _survey(row: sa.RowMapping) -> Survey:
    return Survey(
        id=SurveyId(row["id"]),
        new=NewSurvey(
            key=row["key"],
            ticket=TicketId(row["ticket_id"]) if row["ticket_id"] is not None else None,
            call=CallId(row["call_id"]) if row["call_id"] is not None else None,
            customer=CustomerId(row["customer_id"]) if row["customer_id"] is not None else None,
            agent=AgentId(row["agent_id"]) if row["agent_id"] is not None else None,
            department=row["department"],
            about=row["about"],
            asked_by=StaffId(row["asked_by"]) if row["asked_by"] is not None else None,
            why=row["why"],
            created_at=row["created_at"],
            due_at=row["due_at"],
        ),
        token=row["token"],
        state=SurveyState(row["state"]),
        dropped=Dropped(row["dropped"]) if row["dropped"] else None,
        number=row["number"],
        language=row["language"],
        sends=row["sends"],
        sent_at=row["sent_at"],
        expires_at=row["expires_at"],
        answer=_answer(row),
    )


def _answer(row: sa.RowMapping) -> Answer | None:
    if row["answered_at"] is None:
        return None
    return Answer(
        scores={one: row[one.value] for one in Dimension},
        text=row["text"],
        is_anonymous=row["is_anonymous"],
        at=row["answered_at"],
    )
