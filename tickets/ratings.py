"""Ratings of calls: asked for, kept, commented on, counted; who did not rate is marked for the survey."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Protocol

import structlog

from infra.jobs import Job
from kernel.clock import Clock
from kernel.ids import AgentId, CallId, QueueId
from telephony.spool import BYTES_PER_SECOND, says_something
from tickets.model import TranscriptState
from tickets.ports import Transcriber
from tickets.rating_model import CallRating, RatingFigures, SurveyDue, SurveyReason
from tickets.rating_store import Grouping, RatingStore
from tickets.settings import TicketSettings

log = structlog.get_logger(__name__)

WAV_HEADER_BYTES = 44
"""Of a WAV as the switch writes it. What the header says of the length is not true of one that was cut."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EndedTalk:
    """A call with a conversation that its queue has rated."""

    call: CallId
    agent: AgentId
    queue: QueueId
    at: datetime
    """When it had ended."""


class TalkBook(Protocol):
    """Which calls are to be rated; joined in the composition root."""

    async def ended(self, call: CallId) -> EndedTalk | None:
        """None of one that goes on, was not served, or in whose queue nobody is asked."""
        ...

    async def ended_since(self, moment: datetime) -> Sequence[EndedTalk]:
        """All that have come to a queue since then."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratings:
    """The one place where ratings are kept."""

    store: RatingStore
    clock: Clock
    settings: TicketSettings
    recordings: Path
    transcriber: Transcriber

    async def ask(self, call: CallId, agent: AgentId, queue: QueueId, language: str) -> CallRating:
        """Notes that the caller is asked, once for a call; what they have said so far."""
        asked = CallRating(call=call, agent=agent, queue=queue, language=language, asked_at=self.clock.now())
        return await self.store.ask(asked)

    async def rate(self, call: CallId, score: int) -> None:
        """Keeps the caller's one score."""
        await self.store.rate(call, score, self.clock.now())

    async def begin_comment(self, call: CallId) -> Path:
        """Where the comment is to be recorded."""
        now = self.clock.now()
        path = f"{now:%Y/%m/%d}/{call}-comment.wav"
        await self.store.begin_comment(call, path, now)
        return self.recordings / path

    async def keep_comment(self, call: CallId) -> None:
        """Notes how long the comment is, or that nothing was said; harmless when that is known."""
        kept = await self.store.find(call)
        if kept is None or kept.comment is None or kept.comment.seconds is not None:
            return
        seconds = await asyncio.to_thread(_spoken_s, self.recordings / kept.comment.path)
        await self.store.end_comment(call, seconds)

    async def of_calls(self, calls: Collection[CallId]) -> Mapping[CallId, CallRating]:
        """Those of the calls that were rated."""
        return {one.call: one for one in await self.store.of_calls(calls) if one.score is not None}

    async def figures(
        self, since: datetime, until: datetime, by: Grouping, *, agent: AgentId | None = None
    ) -> Sequence[RatingFigures]:
        """By agent or queue."""
        return await self.store.figures(since, until, by, agent=agent)

    async def by_day(
        self, since: date, days: int, *, agent: AgentId | None = None
    ) -> Sequence[RatingFigures]:
        """By the days of the site's time, also those without any."""
        found, midnight = [], self.settings.midnight
        for number in range(days):
            day = since + timedelta(days=number)
            one = await self.store.figures(midnight(day), midnight(day, later=1), None, agent=agent)
            counted = one[0] if one else RatingFigures(key="")
            found.append(replace(counted, key=day.isoformat()))
        return found

    async def transcribe(self, job: Job) -> None:
        """Handles one job: the words of a comment. Run twice, it writes the same again."""
        kept = await self.store.find(CallId(job.payload["call"]))
        if kept is None or kept.comment is None:
            return
        try:
            path = self.recordings / kept.comment.path
            text = await self.transcriber.transcribe(path, kept.language)
        except Exception:
            if job.attempt < self.settings.transcription_attempts_max:
                raise
            log.exception("comment cannot be transcribed", call_id=kept.call)
            await self.store.write_transcript(kept.call, None, TranscriptState.FAILED)
            return
        state = TranscriptState.NONE if text is None else TranscriptState.DONE
        await self.store.write_transcript(kept.call, text, state)


@dataclass(frozen=True, slots=True, kw_only=True)
class SurveyMarks:
    """Marks who talked and did not rate, each call once; who sends surveys takes the marks."""

    store: RatingStore
    talks: TalkBook
    ratings: Ratings
    clock: Clock
    settings: TicketSettings

    async def call_ended(self, call: CallId) -> None:
        """The call is closed, whoever ended it."""
        if (talk := await self.talks.ended(call)) is not None:
            await self._mark(talk)

    async def keep_complete(self) -> None:
        """Does what a server that died left undone, until cancelled."""
        while True:
            try:
                await self.sweep()
            except Exception:
                log.exception("ratings are looked through again later")
            await asyncio.sleep(self.settings.ratings_sweep_s)

    async def sweep(self) -> None:
        """Looks once."""
        now = self.clock.now()
        ended = await self.talks.ended_since(now - timedelta(hours=self.settings.survey_marks_h))
        talks = {talk.call: talk for talk in ended}
        for call in await self.store.unsettled(talks.keys()):
            await self._mark(talks[call])
        longest = timedelta(seconds=self.settings.comment_open_max_s)
        for rating in await self.store.open_comments(now - longest):
            await self.ratings.keep_comment(rating.call)

    async def _mark(self, talk: EndedTalk) -> None:
        due = SurveyDue(
            call=talk.call, agent=talk.agent, queue=talk.queue, at=talk.at, why=SurveyReason.HUNG_UP_FIRST
        )
        if await self.store.want_survey(due):
            log.info("a caller who did not rate is to be surveyed", call_id=talk.call)


def _spoken_s(path: Path) -> float:
    """How long a comment is; 0 of one in which nothing is said, which is deleted."""
    try:
        sound = path.read_bytes()[WAV_HEADER_BYTES:]
    except FileNotFoundError:
        return 0.0
    if not says_something(sound):
        path.unlink(missing_ok=True)
        return 0.0
    return len(sound) / BYTES_PER_SECOND
