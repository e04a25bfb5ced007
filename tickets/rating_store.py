"""Ratings in the database, and who is to be surveyed instead."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Literal

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from infra.database import Database, UtcDateTime, metadata
from infra.jobs import Jobs
from infra.outbox import Outbox
from kernel.ids import AgentId, CallId, QueueId, TicketId
from tickets.events import CallRated
from tickets.model import TranscriptState
from tickets.rating_model import CallRating, Comment, RatingFigures, SurveyDue, SurveyReason
from tickets.tables import ticket_calls

TRANSCRIBE_COMMENT = "transcribe comment"
"""The kind of job that a new comment leaves behind."""

ratings = sa.Table(
    "call_rating",
    metadata,
    sa.Column("call_id", sa.String(80), primary_key=True),
    sa.Column("agent_id", sa.BigInteger, nullable=False, index=True),
    sa.Column("queue", sa.String(80), nullable=False),
    sa.Column("language", sa.String(10), nullable=False),
    sa.Column("asked_at", UtcDateTime, nullable=False, index=True),
    sa.Column("score", sa.Integer),
    sa.Column("rated_at", UtcDateTime),
    sa.Column("comment_path", sa.String(255)),
    sa.Column("comment_begun_at", UtcDateTime),
    sa.Column("comment_s", sa.Float),
    sa.Column("transcript", sa.Text),
    sa.Column("transcript_state", sa.String(10)),
)

surveys_due = sa.Table(
    "survey_due",
    metadata,
    # What makes it once for a call, however often the end of the call is heard of.
    sa.Column("call_id", sa.String(80), primary_key=True),
    sa.Column("agent_id", sa.BigInteger, nullable=False),
    sa.Column("queue", sa.String(80), nullable=False),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("why", sa.String(20), nullable=False),
    # Whoever sends it sets this in the transaction that makes the message.
    sa.Column("taken_at", UtcDateTime, index=True),
)

Grouping = Literal["agent", "queue"]
_GROUPS = {"agent": ratings.c.agent_id, "queue": ratings.c.queue}
ASKED_AT_ONCE_MAX = 500


class RatingStore:
    """Each method is one transaction."""

    def __init__(self, database: Database, outbox: Outbox, jobs: Jobs) -> None:
        self._database = database
        self._outbox = outbox
        self._jobs = jobs

    async def ask(self, asked: CallRating) -> CallRating:
        """Notes who is asked; of one who was asked before, what is kept."""
        row = {
            "call_id": asked.call,
            "agent_id": asked.agent,
            "queue": asked.queue,
            "language": asked.language,
            "asked_at": asked.asked_at,
        }
        async with self._database.transaction() as connection:
            adding = (
                _insert(connection, ratings).values(row).on_conflict_do_nothing(index_elements=["call_id"])
            )
            await connection.execute(adding)
            return await _one(connection, asked.call) or asked

    async def find(self, call: CallId) -> CallRating | None:
        """The rating of a call whose caller was asked."""
        async with self._database.reading() as connection:
            return await _one(connection, call)

    async def of_calls(self, calls: Collection[CallId]) -> Sequence[CallRating]:
        """Of those calls whose callers were asked."""
        wanted, found = list(calls), []
        async with self._database.reading() as connection:
            for start in range(0, len(wanted), ASKED_AT_ONCE_MAX):
                part = wanted[start : start + ASKED_AT_ONCE_MAX]
                rows = await connection.execute(sa.select(ratings).where(ratings.c.call_id.in_(part)))
                found += [_rating(row) for row in rows.mappings()]
        return found

    async def tickets_of(self, call: CallId) -> Sequence[TicketId]:
        """The tickets that the call belongs to."""
        query = sa.select(ticket_calls.c.ticket_id).where(ticket_calls.c.call_id == call)
        async with self._database.reading() as connection:
            return [TicketId(ticket) for ticket in await connection.scalars(query)]

    async def rate(self, call: CallId, score: int, at: datetime) -> bool:
        """Keeps the score, unless there is one already; whether it is this one."""
        changing = sa.update(ratings).where(ratings.c.call_id == call, ratings.c.score.is_(None))
        async with self._database.transaction() as connection:
            changed = await connection.execute(changing.values(score=score, rated_at=at))
            kept = await _one(connection, call) if changed.rowcount else None
            if kept is not None:
                rated = CallRated(at=at, call=call, agent=kept.agent, queue=kept.queue, score=score)
                await self._outbox.add(connection, rated)
        return kept is not None

    async def begin_comment(self, call: CallId, path: str, at: datetime) -> None:
        """Notes where a comment is about to be recorded."""
        changing = sa.update(ratings).where(ratings.c.call_id == call, ratings.c.comment_path.is_(None))
        async with self._database.transaction() as connection:
            await connection.execute(changing.values(comment_path=path, comment_begun_at=at))

    async def end_comment(self, call: CallId, seconds: float) -> None:
        """Notes how long it is, once; what was said is to be transcribed then."""
        changing = sa.update(ratings).where(ratings.c.call_id == call, ratings.c.comment_s.is_(None))
        state = TranscriptState.PENDING if seconds else None
        async with self._database.transaction() as connection:
            changed = await connection.execute(changing.values(comment_s=seconds, transcript_state=state))
            if changed.rowcount and seconds:
                await self._jobs.add(connection, TRANSCRIBE_COMMENT, call, {"call": call})

    async def open_comments(self, before: datetime) -> Sequence[CallRating]:
        """Comments that were begun before then, and of which nobody has heard the end."""
        query = sa.select(ratings).where(
            ratings.c.comment_path.is_not(None),
            ratings.c.comment_s.is_(None),
            ratings.c.comment_begun_at < before,
        )
        async with self._database.reading() as connection:
            rows = await connection.execute(query.limit(ASKED_AT_ONCE_MAX))
            return [_rating(row) for row in rows.mappings()]

    async def forget_comments(self, calls: Collection[CallId]) -> None:
        """Comments of these calls are gone, as their recordings are; the ratings stay."""
        changing = sa.update(ratings).where(ratings.c.call_id.in_(list(calls)))
        async with self._database.transaction() as connection:
            await connection.execute(
                changing.values(comment_path=None, comment_s=None, transcript=None, transcript_state=None)
            )

    async def write_transcript(self, call: CallId, text: str | None, state: TranscriptState) -> None:
        """Keeps the words of a comment."""
        changing = sa.update(ratings).where(ratings.c.call_id == call)
        async with self._database.transaction() as connection:
            await connection.execute(changing.values(transcript=text, transcript_state=state))

    async def want_survey(self, due: SurveyDue) -> bool:
        """Notes that the caller is to be surveyed who has not rated; False: they have, or are already."""
        async with self._database.transaction() as connection:
            kept = await _one(connection, due.call)
            if kept is not None and kept.score is not None:
                return False
            why = SurveyReason.HUNG_UP_FIRST if kept is None else SurveyReason.UNANSWERED
            row = {"call_id": due.call, "agent_id": due.agent, "queue": due.queue, "at": due.at, "why": why}
            adding = (
                _insert(connection, surveys_due)
                .values(row)
                .on_conflict_do_nothing(index_elements=["call_id"])
            )
            return (await connection.execute(adding)).rowcount == 1

    async def unsettled(self, calls: Collection[CallId]) -> Sequence[CallId]:
        """Those of the calls that are neither rated nor marked for the survey, in their order."""
        wanted, settled = list(calls), set[str]()
        async with self._database.reading() as connection:
            for start in range(0, len(wanted), ASKED_AT_ONCE_MAX):
                part = wanted[start : start + ASKED_AT_ONCE_MAX]
                rated = sa.select(ratings.c.call_id).where(ratings.c.score.is_not(None))
                for query in (
                    rated.where(ratings.c.call_id.in_(part)),
                    sa.select(surveys_due.c.call_id).where(surveys_due.c.call_id.in_(part)),
                ):
                    settled.update(await connection.scalars(query))
        return [call for call in wanted if call not in settled]

    async def surveys(self, limit: int) -> Sequence[SurveyDue]:
        """Who is to be surveyed, and is not yet; the oldest first."""
        query = sa.select(surveys_due).where(surveys_due.c.taken_at.is_(None))
        async with self._database.reading() as connection:
            rows = await connection.execute(query.order_by(surveys_due.c.at).limit(limit))
            return [survey_due(row) for row in rows.mappings()]

    async def figures(
        self, since: datetime, until: datetime, by: Grouping | None, *, agent: AgentId | None = None
    ) -> Sequence[RatingFigures]:
        """The ratings of callers who were asked in this time; without a grouping, all in one."""
        key = _GROUPS[by] if by is not None else sa.literal("")
        query = sa.select(key.label("key"), ratings.c.score, sa.func.count().label("callers"))
        query = query.where(ratings.c.asked_at >= since, ratings.c.asked_at < until)
        if agent is not None:
            query = query.where(ratings.c.agent_id == agent)
        grouped = [ratings.c.score] if by is None else [key, ratings.c.score]
        async with self._database.reading() as connection:
            rows = (await connection.execute(query.group_by(*grouped))).all()
        found: dict[str, RatingFigures] = {}
        for row in rows:
            one = found.get(str(row.key), RatingFigures(key=str(row.key)))
            scores = one.scores if row.score is None else {**one.scores, row.score: row.callers}
            found[one.key] = replace(one, asked=one.asked + row.callers, scores=scores)
        return sorted(found.values(), key=lambda one: one.key)


async def _one(connection: AsyncConnection, call: CallId) -> CallRating | None:
    rows = await connection.execute(sa.select(ratings).where(ratings.c.call_id == call))
    row = rows.mappings().one_or_none()
    return _rating(row) if row else None


def _rating(row: sa.RowMapping) -> CallRating:
    state = row["transcript_state"]
    comment = Comment(
        path=row["comment_path"] or "",
        begun_at=row["comment_begun_at"] or row["asked_at"],
        seconds=row["comment_s"],
        transcript=row["transcript"],
        transcript_state=TranscriptState(state) if state else None,
    )
    return CallRating(
        call=CallId(row["call_id"]),
        agent=AgentId(row["agent_id"]),
        queue=QueueId(row["queue"]),
        language=row["language"],
        asked_at=row["asked_at"],
        score=row["score"],
        rated_at=row["rated_at"],
        comment=comment if comment.path else None,
    )


def survey_due(row: sa.RowMapping) -> SurveyDue:
    """A mark as it is kept."""
    return SurveyDue(
        call=CallId(row["call_id"]),
        agent=AgentId(row["agent_id"]),
        queue=QueueId(row["queue"]),
        at=row["at"],
        why=SurveyReason(row["why"]),
    )


def _insert(connection: AsyncConnection, table: sa.Table) -> "sqlite.Insert | postgresql.Insert":
    return sqlite.insert(table) if connection.dialect.name == "sqlite" else postgresql.insert(table)
