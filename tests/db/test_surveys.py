"""Surveys on both databases: once for a matter, sent twice at most, and bad answers handled again."""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from infra.database import Database
from kernel.ids import AgentId, CallId, CustomerId, QueueId, StaffId, TicketId
from tests.db.ticket_parts import BOSS, LI, NUMBER, ZHANG, Site
from tickets.errors import NoSurveys
from tickets.events import Corresponded, SurveyAnswered, TicketChanged
from tickets.model import Priority, State, Ticket, TicketType
from tickets.rating_model import SurveyDue, SurveyReason
from tickets.rating_store import RatingStore
from tickets.service import Draft
from tickets.settings import TicketSettings
from tickets.surveys.model import Addressee, Dimension, Dropped, Survey, SurveyState
from tickets.surveys.service import Surveys
from tickets.surveys.store import WAKE, SurveyStore

CALL = CallId("a-1.1")
GOOD = {"attitude": "5", "speed": "4", "result": "5", "overall": "5", "text": "李娜很耐心"}
BAD = GOOD | {"result": "1", "overall": "1", "text": "还是漏水 <b>"}


class Outside:
    """Addresses, messages and supervisors."""

    def __init__(self) -> None:
        self.to = Addressee(number=NUMBER, language="zh", is_allowed=True)
        self.sent: dict[str, str] = {}
        self.dies = False
        self.bosses: set[StaffId] = {BOSS.staff_id}

    async def of(self, customer: CustomerId | None, call: CallId | None) -> Addressee:
        assert customer is not None or call is not None
        return self.to

    async def send(self, key: str, to: Addressee, text: str, call: CallId | None) -> None:
        assert to is self.to
        del call
        self.sent.setdefault(key, text)
        if self.dies:
            self.dies = False
            raise ConnectionError("the server dies")

    async def supervisors(self) -> Collection[StaffId]:
        return self.bosses


class Desk:
    """A site that surveys."""

    def __init__(self, database: Database, folder: Path, **changes: object) -> None:
        self.site = Site(database, folder)
        settings = TicketSettings(survey_address="https://hotline.example", survey_after_s=60).model_copy(
            update=changes
        )
        object.__setattr__(self.site.tickets, "settings", settings)
        self.outside = Outside()
        self.surveys = Surveys(
            tickets=self.site.tickets,
            store=SurveyStore(database, self.site.outbox, self.site.jobs),
            addresses=self.outside,
            letters=self.outside,
            supervisors=self.outside,
        )
        self.thread: list[Corresponded] = []
        self.site.jobs.handle(WAKE, self.surveys.on_wake)
        self.site.outbox.subscribe(TicketChanged, self.surveys.on_change, name="surveys")
        self.site.outbox.subscribe(SurveyAnswered, self.surveys.on_answered, name="second handling")
        self.site.outbox.subscribe(Corresponded, self._write_down, name="thread")

    async def _write_down(self, event: Corresponded) -> None:
        self.thread.append(event)

    async def passes(self, **time: float) -> None:
        await self.site.jobs.run_due()
        self.site.clock.time += timedelta(**time)
        await self.site.jobs.run_due()

    async def resolved(self) -> Ticket:
        draft = Draft(type=TicketType.COMPLAINT, title="洗衣机漏水", customer=ZHANG.id)
        ticket = await self.site.tickets.create(draft, LI)
        await self.becomes(ticket.id, State.RESOLVED)
        return ticket

    async def becomes(self, ticket: TicketId, state: State) -> None:
        version = (await self.ticket(ticket)).version
        await self.site.tickets.change(ticket, version, {"state": state}, None, by=LI)

    async def ticket(self, ticket: TicketId) -> Ticket:
        return (await self.site.tickets.store.get(ticket)).ticket

    async def survey(self, ticket: Ticket) -> Survey:
        (found,) = await self.surveys.store.of_ticket(ticket.id)
        return found

    async def answered(self, ticket: Ticket, given: dict[str, str]) -> None:
        assert await self.surveys.answer(await self.survey(ticket), given, "zh")
        await self.site.jobs.run_due()


@pytest.fixture
def desk(database: Database, tmp_path: Path) -> Desk:
    return Desk(database, tmp_path)


async def test_a_customer_is_asked_once_for_a_matter_however_often_it_is_told(desk: Desk) -> None:
    ticket = await desk.resolved()
    await desk.passes(seconds=59)
    assert desk.outside.sent == {}
    await desk.surveys.on_change(TicketChanged(at=desk.site.clock.now(), ticket=ticket.id, customer=ZHANG.id))
    await desk.becomes(ticket.id, State.CLOSED)
    await desk.passes(seconds=2)
    survey = await desk.survey(ticket)
    assert (survey.state, survey.new.agent, survey.new.about) == (SurveyState.SENT, LI.staff_id, "complaint")
    (text,) = desk.outside.sent.values()
    assert text == (
        f"您反映的问题（{ticket.number}）已处理完毕，请评价我们的服务：https://hotline.example/s/{survey.token}"
    )
    assert [entry.text for entry in desk.thread] == [text.replace(text[text.index("https") :], "…")]


async def test_who_does_not_answer_gets_the_same_link_once_more_and_then_it_expires(desk: Desk) -> None:
    ticket = await desk.resolved()
    await desk.passes(seconds=61)
    await desk.passes(days=3, seconds=1)
    assert len(desk.outside.sent) == 2
    assert len(set(desk.outside.sent.values())) == 1
    await desk.passes(days=3, seconds=1)
    await desk.passes(days=8)
    assert len(desk.outside.sent) == 2
    survey = await desk.survey(ticket)
    assert survey.state is SurveyState.EXPIRED
    assert await desk.surveys.answer(survey, GOOD, "zh")
    assert (await desk.survey(ticket)).answer is None


async def test_a_server_that_dies_between_the_message_and_its_note_writes_no_second_one(desk: Desk) -> None:
    ticket = await desk.resolved()
    desk.outside.dies = True
    await desk.passes(seconds=61)
    assert (await desk.survey(ticket)).sends == 0
    await desk.passes(minutes=10)
    assert (await desk.survey(ticket)).sends == 1
    assert len(desk.outside.sent) == 1


async def test_the_first_of_two_answers_counts_and_stands_in_the_thread(desk: Desk) -> None:
    ticket = await desk.resolved()
    await desk.passes(seconds=61)
    survey = await desk.survey(ticket)
    assert not await desk.surveys.answer(survey, {"overall": "5"}, "zh")
    await desk.answered(ticket, GOOD)
    await desk.answered(ticket, BAD)
    found = await desk.survey(ticket)
    assert found.answer is not None
    assert (found.state, found.answer.text, found.answer.overall) == (SurveyState.ANSWERED, "李娜很耐心", 5)
    assert desk.thread[-1].text == "服务态度 5，响应速度 4，问题解决效果 5，整体满意度 5\n李娜很耐心"
    assert len(desk.thread) == 2
    assert (await desk.ticket(ticket.id)).matter.state is State.RESOLVED


async def test_a_bad_answer_has_a_supervisor_handle_the_matter_once_more(desk: Desk) -> None:
    ticket = await desk.resolved()
    await desk.passes(seconds=61)
    await desk.answered(ticket, BAD)
    survey = await desk.survey(ticket)
    matter = (await desk.ticket(ticket.id)).matter
    assert (matter.state, matter.owner, matter.priority) == (
        State.PENDING_ACCEPTANCE,
        BOSS.staff_id,
        Priority.HIGH,
    )
    lines = await desk.site.tickets.store.history_of(ticket.id)
    assert {line.why for line in lines if line.by is None} == {"survey: 1/5"}
    said = SurveyAnswered(
        at=desk.site.clock.now(),
        survey=survey.id,
        ticket=ticket.id,
        agent=AgentId(1),
        overall=1,
        is_anonymous=False,
    )
    await desk.surveys.on_answered(said)
    assert await desk.site.tickets.store.history_of(ticket.id) == lines


async def test_who_handled_it_badly_never_handles_it_again_for_that_reason(desk: Desk) -> None:
    desk.outside.bosses = {LI.staff_id, BOSS.staff_id}
    ticket = await desk.resolved()
    await desk.passes(seconds=61)
    await desk.answered(ticket, BAD)
    assert (await desk.ticket(ticket.id)).matter.owner == BOSS.staff_id


async def test_a_customer_is_not_asked_again_within_the_month_unless_somebody_wants_it(desk: Desk) -> None:
    await desk.resolved()
    await desk.passes(seconds=61)
    other = await desk.resolved()
    await desk.passes(seconds=61)
    found = await desk.survey(other)
    assert (found.state, found.dropped) == (SurveyState.DROPPED, Dropped.ASKED_LATELY)
    for _ in range(2):
        await desk.surveys.by_hand(other.id, "k1", "客户希望再次评价", by=BOSS)
    await desk.passes()
    by_hand, _ = await desk.surveys.store.of_ticket(other.id)
    assert (by_hand.state, by_hand.new.asked_by) == (SurveyState.SENT, BOSS.staff_id)
    assert len(desk.outside.sent) == 2


@pytest.mark.parametrize(
    ("to", "why"),
    [
        (Addressee(number="", language="zh", is_allowed=False), Dropped.NO_NUMBER),
        (Addressee(number=NUMBER, language="zh", is_allowed=False), Dropped.NOT_WANTED),
    ],
)
async def test_who_cannot_or_does_not_want_to_be_written_to_is_not(
    desk: Desk, to: Addressee, why: Dropped
) -> None:
    ticket = await desk.resolved()
    desk.outside.to = to
    await desk.passes(seconds=61)
    assert ((await desk.survey(ticket)).dropped, desk.outside.sent) == (why, {})


async def test_nobody_is_asked_about_a_matter_that_goes_on_or_was_never_resolved(desk: Desk) -> None:
    ticket = await desk.resolved()
    await desk.passes(seconds=30)
    await desk.becomes(ticket.id, State.PROCESSING)
    await desk.passes(seconds=31)
    assert (await desk.survey(ticket)).dropped is Dropped.REOPENED
    await desk.becomes(ticket.id, State.PENDING_ASSIGNMENT)
    await desk.becomes(ticket.id, State.CLOSED)
    await desk.passes(days=1)
    assert len(await desk.surveys.store.of_ticket(ticket.id)) == 1
    assert desk.outside.sent == {}


async def test_a_caller_who_did_not_rate_the_call_is_asked_once(desk: Desk, database: Database) -> None:
    marks = RatingStore(database, desk.site.outbox, desk.site.jobs)
    due = SurveyDue(
        call=CALL,
        agent=AgentId(1),
        queue=QueueId("sales"),
        at=desk.site.clock.now(),
        why=SurveyReason.HUNG_UP_FIRST,
    )
    await marks.want_survey(due)
    for _ in range(2):
        await desk.surveys.sweep()
        await desk.passes(seconds=61)
    (text,) = desk.outside.sent.values()
    assert text.startswith("感谢您的来电，请评价我们的服务：https://hotline.example/s/")
    assert list(await marks.surveys(5)) == []


async def test_without_an_address_nobody_is_asked(database: Database, tmp_path: Path) -> None:
    desk = Desk(database, tmp_path, survey_address="")
    ticket = await desk.resolved()
    await desk.passes(days=1)
    assert list(await desk.surveys.store.of_ticket(ticket.id)) == []
    with pytest.raises(NoSurveys):
        await desk.surveys.by_hand(ticket.id, "k", "客户要求", by=LI)


async def test_figures_count_what_was_sent_and_answered(desk: Desk) -> None:
    for given in (GOOD, BAD, None):
        ticket = await desk.resolved()
        await desk.passes(seconds=61)
        if given is not None:
            await desk.answered(ticket, given)
        await desk.passes(days=31)
    since = datetime(2026, 11, 1, tzinfo=UTC)
    (line,) = await desk.surveys.store.figures(since, since + timedelta(days=100), "type")
    assert (line.key, line.sent, line.answered, line.overall) == ("complaint", 3, 2, {1: 1, 5: 1})
    assert (line.mean(Dimension.OVERALL), line.mean(Dimension.SPEED)) == (3, 4)
    assert list(await desk.surveys.store.figures(since - timedelta(days=9), since, None)) == []
