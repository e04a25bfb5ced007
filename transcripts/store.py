"""The tables of transcripts."""

from collections.abc import Collection, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from infra.database import BigId, Database, UtcDateTime, metadata
from infra.jobs import Jobs
from kernel.ids import AgentId, CallId
from telephony.recordings import Side
from transcripts.assembling import folded, searchable
from transcripts.model import (
    Found,
    Gap,
    Lack,
    Segment,
    SideHeard,
    Source,
    State,
    Transcript,
    Word,
)

TRANSCRIBE = "transcribe call"

transcripts = sa.Table(
    "transcript",
    metadata,
    sa.Column("call_id", sa.String(80), primary_key=True),
    # When the call arrived: a search goes back through time.
    sa.Column("call_at", UtcDateTime, nullable=False, index=True),
    sa.Column("state", sa.String(20), nullable=False),
    sa.Column("language", sa.String(10), nullable=False),
    sa.Column("lack", sa.String(20)),
    sa.Column("source", sa.String(20)),
    sa.Column("seconds", sa.Float, nullable=False),
    sa.Column("sides", sa.JSON, nullable=False),
    sa.Column("gaps", sa.JSON, nullable=False),
    # All that was said, as it is compared with what is searched for.
    sa.Column("searched", sa.Text, nullable=False),
    # How often it was asked for; part of its job's key.
    sa.Column("asked", sa.Integer, nullable=False),
)
segments = sa.Table(
    "transcript_segment",
    metadata,
    sa.Column("id", BigId, primary_key=True),
    sa.Column(
        "call_id",
        sa.String(80),
        sa.ForeignKey("transcript.call_id", ondelete="CASCADE"),
        nullable=False,
        index=True,
    ),
    sa.Column("side", sa.String(10), nullable=False),
    sa.Column("start_s", sa.Float, nullable=False),
    sa.Column("end_s", sa.Float, nullable=False),
    sa.Column("said_at", UtcDateTime, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("words", sa.JSON, nullable=False),
)
agents = sa.Table(
    "transcript_agent",
    metadata,
    sa.Column(
        "call_id", sa.String(80), sa.ForeignKey("transcript.call_id", ondelete="CASCADE"), primary_key=True
    ),
    sa.Column("agent_id", sa.Integer, primary_key=True, autoincrement=False, index=True),
)
"""Who talked in the call, and so may read what was said."""


class TranscriptStore:
    """Reads and writes transcripts, and asks for those that are to be made."""

    def __init__(self, database: Database, jobs: Jobs) -> None:
        self._database = database
        self._jobs = jobs

    async def begin(self, call: CallId, call_at: datetime, language: str) -> None:
        """A conversation has begun; harmless when that is known."""
        async with self._database.transaction() as connection:
            await _begin(connection, call, call_at, language)

    async def hear_live(self, call: CallId, said: Sequence[Segment]) -> None:
        """More was heard while the conversation goes on; too late once the recording is to be heard."""
        async with self._database.transaction() as connection:
            if said and await _state(connection, call) is State.TALKING:
                await connection.execute(segments.insert(), [_segment_row(call, each) for each in said])

    async def ask(
        self, call: CallId, call_at: datetime, talked: Collection[AgentId], *, due_at: datetime, again: bool
    ) -> bool:
        """Asks for a transcript from the recording, once; says whether that is new.

        With `again` also where there is one, or none was to be had.
        """
        async with self._database.transaction() as connection:
            await _begin(connection, call, call_at, "")
            await _write_agents(connection, call, talked)
            askable = set(State) - {State.WAITING} if again else {State.TALKING}
            asked = await connection.scalar(
                transcripts.update()
                .where(transcripts.c.call_id == call, transcripts.c.state.in_(sorted(askable)))
                .values(state=State.WAITING, lack=None, asked=transcripts.c.asked + 1)
                .returning(transcripts.c.asked)
            )
            if asked is None:
                return False
            await self._jobs.add(connection, TRANSCRIBE, f"{call}#{asked}", {"call": call}, due_at=due_at)
            return True

    async def settle(self, made: Transcript, talked: Collection[AgentId]) -> bool:
        """Writes what a transcript has become, whole or not at all; False if nobody waits for it any more.

        One made live takes the place of what is there while the call was going on; one made from the
        recording that of what was asked for.
        """
        expected = State.TALKING if made.source is Source.LIVE else State.WAITING
        async with self._database.transaction() as connection:
            if await _state(connection, made.call) is not expected:
                return False
            await _write_agents(connection, made.call, talked)
            await connection.execute(segments.delete().where(segments.c.call_id == made.call))
            if made.segments:
                rows = [_segment_row(made.call, each) for each in made.segments]
                await connection.execute(segments.insert(), rows)
            await connection.execute(
                transcripts.update().where(transcripts.c.call_id == made.call).values(_row(made))
            )
        return True

    async def forget(self, calls: Collection[CallId]) -> None:
        """Deletes the transcripts of these calls, as their recordings are."""
        async with self._database.transaction() as connection:
            for table in (segments, agents, transcripts):
                await connection.execute(table.delete().where(table.c.call_id.in_(list(calls))))

    async def states(self, calls: Collection[CallId]) -> dict[CallId, State]:
        """How far those of these calls are that have a transcript."""
        query = sa.select(transcripts.c.call_id, transcripts.c.state).where(
            transcripts.c.call_id.in_(list(calls))
        )
        async with self._database.reading() as connection:
            rows = await connection.execute(query)
            return {CallId(row.call_id): State(row.state) for row in rows}

    async def find(self, call: CallId) -> Transcript | None:
        """One transcript with all that was said so far."""
        async with self._database.reading() as connection:
            row = (
                await connection.execute(sa.select(transcripts).where(transcripts.c.call_id == call))
            ).one_or_none()
            if row is None:
                return None
            said = await connection.execute(
                sa.select(segments)
                .where(segments.c.call_id == call)
                .order_by(segments.c.start_s, segments.c.side, segments.c.id)
            )
            return _transcript(row, [_segment(each) for each in said])

    async def search(
        self, text: str, since: datetime, until: datetime, *, agent: AgentId | None, limit: int
    ) -> list[Found]:
        """Calls in which this was said, the newest first; with `agent`, only those that they talked in."""
        query = (
            sa.select(transcripts.c.call_id)
            .where(
                transcripts.c.call_at >= since,
                transcripts.c.call_at < until,
                transcripts.c.searched.contains(folded(text), autoescape=True),
            )
            .order_by(transcripts.c.call_at.desc(), transcripts.c.call_id)
            .limit(limit)
        )
        if agent is not None:
            own = sa.select(agents.c.call_id).where(agents.c.agent_id == agent)
            query = query.where(transcripts.c.call_id.in_(own))
        async with self._database.reading() as connection:
            calls = [CallId(call) for call in await connection.scalars(query)]
            said = sa.select(segments).where(segments.c.call_id.in_(calls))
            rows = await connection.execute(said.order_by(segments.c.start_s, segments.c.id)) if calls else ()
            by_call: dict[CallId, list[Segment]] = {call: [] for call in calls}
            for row in rows:
                if folded(text) in folded(row.text):
                    by_call[CallId(row.call_id)].append(_segment(row))
        return [Found(call=call, segments=tuple(found)) for call, found in by_call.items()]


async def _begin(connection: AsyncConnection, call: CallId, call_at: datetime, language: str) -> None:
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    row = {
        "call_id": call,
        "call_at": call_at,
        "state": State.TALKING,
        "language": language,
        "seconds": 0.0,
        "sides": [],
        "gaps": [],
        "searched": "",
        "asked": 0,
    }
    await connection.execute(insert(transcripts).values(row).on_conflict_do_nothing())


async def _write_agents(connection: AsyncConnection, call: CallId, talked: Collection[AgentId]) -> None:
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    rows = [{"call_id": call, "agent_id": agent} for agent in sorted(set(talked))]
    if rows:
        await connection.execute(insert(agents).on_conflict_do_nothing(), rows)


async def _state(connection: AsyncConnection, call: CallId) -> State | None:
    query = sa.select(transcripts.c.state).where(transcripts.c.call_id == call).with_for_update()
    found = await connection.scalar(query)
    return State(found) if found else None


def _row(made: Transcript) -> dict[str, Any]:
    return {
        "state": made.state,
        "lack": made.lack,
        "source": made.source,
        "seconds": made.seconds,
        "sides": [asdict(each) for each in made.sides],
        "gaps": [asdict(each) for each in made.gaps],
        "searched": searchable(made.segments),
    }


def _segment_row(call: CallId, said: Segment) -> dict[str, Any]:
    return {
        "call_id": call,
        "side": said.side,
        "start_s": said.start_s,
        "end_s": said.end_s,
        "said_at": said.said_at,
        "text": said.text,
        "words": [[word.text, word.start_s, word.end_s, word.confidence] for word in said.words],
    }


def _segment(row: sa.Row[Any]) -> Segment:
    return Segment(
        side=Side(row.side),
        start_s=row.start_s,
        end_s=row.end_s,
        said_at=row.said_at,
        text=row.text,
        words=tuple(
            Word(text=text, start_s=start_s, end_s=end_s, confidence=confidence)
            for text, start_s, end_s, confidence in row.words
        ),
    )


def _transcript(row: sa.Row[Any], said: Sequence[Segment]) -> Transcript:
    return Transcript(
        call=CallId(row.call_id),
        state=State(row.state),
        language=row.language,
        lack=Lack(row.lack) if row.lack else None,
        source=Source(row.source) if row.source else None,
        seconds=row.seconds,
        sides=tuple(SideHeard(**side | {"side": Side(side["side"])}) for side in row.sides),
        gaps=tuple(Gap(**gap) for gap in row.gaps),
        segments=tuple(said),
    )
