"""Ratings on both databases: one for a call, and one mark for the survey for who gave none."""

import wave
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from infra.database import Database
from infra.jobs import Jobs
from infra.outbox import Outbox
from kernel.ids import AgentId, CallId, QueueId
from tests.db.ticket_parts import Clock
from tickets.events import CallRated
from tickets.model import TranscriptState
from tickets.rating_model import CallRating, SurveyReason
from tickets.rating_store import TRANSCRIBE_COMMENT, RatingStore
from tickets.ratings import EndedTalk, Ratings, SurveyMarks
from tickets.settings import TicketSettings

A, B, C = CallId("a-1.1"), CallId("b-1.2"), CallId("c-1.3")
LI, WANG = AgentId(1), AgentId(2)
SALES, COMPLAINTS = QueueId("sales"), QueueId("complaints")


@dataclass
class Talks:
    ended_talks: dict[CallId, EndedTalk] = field(default_factory=dict)

    async def ended(self, call: CallId) -> EndedTalk | None:
        return self.ended_talks.get(call)

    async def ended_since(self, moment: datetime) -> Sequence[EndedTalk]:
        return [talk for talk in self.ended_talks.values() if talk.at >= moment]


class Desk:
    """Ratings with what stands around them."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.clock = Clock()
        self.jobs = Jobs(database, self.clock)
        outbox = Outbox(self.jobs)
        self.heard: list[CallRated] = []
        outbox.subscribe(CallRated, self._hear, name="test")
        self.store = RatingStore(database, outbox, self.jobs)
        settings = TicketSettings()
        self.words: str | None = "服务很好"
        self.ratings = Ratings(
            store=self.store, clock=self.clock, settings=settings, recordings=folder, transcriber=self
        )
        self.jobs.handle(TRANSCRIBE_COMMENT, self.ratings.transcribe)
        self.talks = Talks()
        self.marks = SurveyMarks(
            store=self.store, talks=self.talks, ratings=self.ratings, clock=self.clock, settings=settings
        )

    async def _hear(self, event: CallRated) -> None:
        self.heard.append(event)

    async def transcribe(self, path: Path, language: str) -> str | None:
        assert (path.name, language) == (f"{A}-comment.wav", "zh")
        return self.words

    async def asked(self, call: CallId, agent: AgentId = LI, queue: QueueId = SALES) -> CallRating:
        return await self.ratings.ask(call, agent, queue, "zh")

    def ends(self, *calls: CallId) -> None:
        for call in calls:
            self.talks.ended_talks[call] = EndedTalk(call=call, agent=LI, queue=SALES, at=self.clock.now())


@pytest.fixture
def desk(database: Database, tmp_path: Path) -> Desk:
    return Desk(database, tmp_path)


def say(path: Path, *, loud: bool, seconds: float = 2.0) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes((b"\x10\x20" if loud else b"\x00\x00") * round(8000 * seconds))


async def test_the_first_score_of_a_call_stays_and_is_told_once(desk: Desk) -> None:
    await desk.asked(A)
    await desk.ratings.rate(A, 5)
    await desk.ratings.rate(A, 1)
    await desk.jobs.run_due()
    assert [(event.call, event.agent, event.score) for event in desk.heard] == [(A, LI, 5)]
    assert {call: one.score for call, one in (await desk.ratings.of_calls([A, B])).items()} == {A: 5}


async def test_who_is_asked_again_is_the_one_who_was_asked(desk: Desk) -> None:
    await desk.asked(A, LI)
    await desk.ratings.rate(A, 3)
    again = await desk.asked(A, WANG, COMPLAINTS)
    assert (again.agent, again.queue, again.score) == (LI, SALES, 3)


async def test_nobody_rates_who_was_not_asked(desk: Desk) -> None:
    await desk.ratings.rate(A, 3)
    assert await desk.ratings.of_calls([A]) == {}


async def test_a_comment_is_measured_and_transcribed_once(desk: Desk) -> None:
    await desk.asked(A)
    await desk.ratings.rate(A, 5)
    say(await desk.ratings.begin_comment(A), loud=True)
    await desk.ratings.keep_comment(A)
    await desk.ratings.keep_comment(A)
    await desk.jobs.run_due()
    comment = (await desk.ratings.of_calls([A]))[A].comment
    assert comment is not None
    assert (comment.seconds, comment.transcript, comment.transcript_state) == (
        pytest.approx(2, abs=0.01),
        "服务很好",
        TranscriptState.DONE,
    )


async def test_a_comment_can_be_forgotten_and_the_rating_stays(desk: Desk) -> None:
    await desk.asked(A)
    await desk.ratings.rate(A, 5)
    say(await desk.ratings.begin_comment(A), loud=True)
    await desk.ratings.keep_comment(A)
    await desk.store.forget_comments([A])
    kept = (await desk.ratings.of_calls([A]))[A]
    assert (kept.score, kept.comment) == (5, None)
    await desk.jobs.run_due()


async def test_without_a_recogniser_the_comment_says_so(desk: Desk) -> None:
    desk.words = None
    await desk.asked(A)
    await desk.ratings.rate(A, 5)
    say(await desk.ratings.begin_comment(A), loud=True)
    await desk.ratings.keep_comment(A)
    await desk.jobs.run_due()
    comment = (await desk.ratings.of_calls([A]))[A].comment
    assert comment is not None
    assert comment.transcript_state is TranscriptState.NONE


@pytest.mark.parametrize("is_recorded", [True, False])
async def test_silence_is_no_comment_and_leaves_no_file(desk: Desk, *, is_recorded: bool) -> None:
    await desk.asked(A)
    path = await desk.ratings.begin_comment(A)
    if is_recorded:
        say(path, loud=False)
    await desk.ratings.keep_comment(A)
    kept = await desk.store.find(A)
    assert kept is not None
    assert kept.comment is not None
    assert (kept.comment.seconds, path.exists()) == (0, False)


async def test_a_comment_whose_end_nobody_heard_is_found_later(desk: Desk) -> None:
    await desk.asked(A)
    await desk.ratings.rate(A, 2)
    say(await desk.ratings.begin_comment(A), loud=True)
    await desk.marks.sweep()
    assert (await desk.ratings.of_calls([A]))[A].comment.seconds is None  # type: ignore[union-attr]
    desk.clock.time += timedelta(seconds=601)
    await desk.marks.sweep()
    assert (await desk.ratings.of_calls([A]))[A].comment.seconds  # type: ignore[union-attr]


async def test_who_did_not_rate_is_marked_for_the_survey_once(desk: Desk) -> None:
    await desk.asked(A)
    await desk.ratings.rate(A, 5)
    await desk.asked(B)
    desk.ends(A, B, C)
    for call in (A, B, C, C):
        await desk.marks.call_ended(call)
    await desk.marks.call_ended(CallId("nobody-asked"))
    await desk.marks.sweep()
    due = {one.call: one.why for one in await desk.store.surveys(10)}
    assert due == {B: SurveyReason.UNANSWERED, C: SurveyReason.HUNG_UP_FIRST}


async def test_marks_that_a_server_did_not_come_to_set_are_set_by_the_next(desk: Desk) -> None:
    desk.ends(A)
    await desk.marks.sweep()
    await desk.marks.sweep()
    assert [one.call for one in await desk.store.surveys(10)] == [A]


async def test_figures_by_agent_queue_and_day(desk: Desk) -> None:
    for call, agent, queue, score in ((A, LI, SALES, 5), (B, LI, COMPLAINTS, 2), (C, WANG, SALES, None)):
        await desk.asked(call, agent, queue)
        if score:
            await desk.ratings.rate(call, score)
    since, until = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC)
    agents = {
        one.key: (one.asked, one.rated, one.mean) for one in await desk.ratings.figures(since, until, "agent")
    }
    assert agents == {"1": (2, 2, 3.5), "2": (1, 0, None)}
    queues = {one.key: dict(one.scores) for one in await desk.ratings.figures(since, until, "queue")}
    assert queues == {"sales": {5: 1}, "complaints": {2: 1}}
    days = await desk.ratings.by_day(date(2026, 11, 21), 3)
    assert [(one.key, one.asked, one.rated) for one in days] == [
        ("2026-11-21", 0, 0),
        ("2026-11-22", 3, 2),
        ("2026-11-23", 0, 0),
    ]
    mine = await desk.ratings.by_day(date(2026, 11, 22), 1, agent=WANG)
    assert [(one.asked, one.rated) for one in mine] == [(1, 0)]
