"""Asks customers how satisfied they are, once for a matter, and has bad matters handled once more."""

import asyncio
import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog

from infra.jobs import Job
from infra.tasks import Tasks
from kernel.access import Principal
from kernel.ids import AgentId, StaffId, TicketId
from tickets.engine import change
from tickets.errors import NoSurveys, StaleVersion
from tickets.events import SurveyAnswered, TicketChanged
from tickets.model import HistoryLine, Priority, State, Ticket
from tickets.service import Tickets
from tickets.surveys.engine import Around, GiveUp, Send, Wait, decide, resolution_of, second_handler
from tickets.surveys.model import Addressee, Answer, NewSurvey, Policy, Survey, SurveyId, scores_of, text_of
from tickets.surveys.ports import Addresses, Letters, Supervisors
from tickets.surveys.store import SurveyStore
from tickets.surveys.texts import as_said, words_of

log = structlog.get_logger(__name__)

TOKEN_BYTES = 12
"""96 bits: nobody finds one by trying, and a text message has room for it."""
MARKS_AT_ONCE = 100
PATH = "/s/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Surveys:
    """The surveys of a site; none are sent while no address is set by which customers reach it."""

    tickets: Tickets
    store: SurveyStore
    addresses: Addresses
    letters: Letters
    supervisors: Supervisors

    async def on_change(self, event: TicketChanged) -> None:
        """A ticket is different: its customer is asked for each time that it is resolved."""
        lines = await self.tickets.store.history_of(event.ticket)
        number = resolution_of(lines)
        if number is None or not self.is_on:
            return
        ticket = (await self.tickets.store.get(event.ticket)).ticket
        resolved = [line for line in lines if line.change.after == State.RESOLVED][-1]
        new = await self._about(ticket, key=f"ticket/{ticket.id}/{number}", served_by=resolved.by)
        await self._want(replace(new, due_at=resolved.at + self._after))

    async def by_hand(self, ticket: TicketId, key: str, why: str, *, by: Principal) -> None:
        """Somebody wants the customer to be asked now, for a reason; raises `NotFound`, `NoSurveys`."""
        if not self.is_on:
            raise NoSurveys("tickets.survey_address is not set, so customers could not answer")
        known = (await self.tickets.store.get(ticket)).ticket
        new = await self._about(known, key=f"hand/{ticket}/{by.staff_id}/{key}", served_by=None)
        await self._want(replace(new, asked_by=by.staff_id, why=why))

    async def sweep(self) -> None:
        """Takes the marks of callers who did not rate their call."""
        if not self.is_on:
            return
        for due in await self.store.unrated(MARKS_AT_ONCE):
            call = due.call
            now = self.tickets.clock.now()
            new = NewSurvey(
                key=f"call/{call}",
                ticket=None,
                call=call,
                customer=None,
                agent=due.agent,
                department="",
                about="",
                asked_by=None,
                why="",
                created_at=now,
                due_at=max(now, due.at + self._after),
            )
            await self._want(new)

    async def on_wake(self, job: Job) -> None:
        """A survey's time has come; may run twice."""
        survey = await self.store.get(SurveyId(job.payload["survey"]))
        to = await self.addresses.of(survey.new.customer, survey.new.call)
        ticket = survey.new.ticket
        state = (await self.tickets.store.get(ticket)).ticket.matter.state if ticket is not None else None
        asked_at = await self.store.asked_at(survey, to.number) if to.number else None
        around = Around(addressee=to, state=state, customer_asked_at=asked_at)
        match decide(survey, around, self._policy, now := self.tickets.clock.now()):
            case Send(wake_at=wake_at):
                await self._send(survey, to, now, wake_at)
            case Wait(until=until):
                await self.store.wake(survey, until)
            case GiveUp(dropped=dropped):
                await self.store.give_up(survey, dropped)
            case None:
                pass

    async def _send(self, survey: Survey, to: Addressee, now: datetime, wake_at: datetime) -> None:
        """Written first, by a key that makes it once: a server that dies in between goes on from there."""
        ticket = survey.new.ticket
        words = words_of(to.language)
        number = (await self.tickets.store.get(ticket)).ticket.number if ticket is not None else ""
        text = words.about_call if ticket is None else words.about_ticket
        link = f"{self.tickets.settings.survey_address}{PATH}{survey.token}"
        whole = text.format(number=number, link=link)
        await self.letters.send(f"survey/{survey.id}/{survey.sends + 1}", to, whole, survey.new.call)
        # Who reads the ticket must not be able to answer for the customer.
        shown = text.format(number=number, link="…")
        await self.store.sent(survey, to, shown, at=now, wake_at=wake_at)
        log.info("a customer is asked how satisfied they are", survey=survey.id)

    async def answer(self, survey: Survey, given: Mapping[str, str], language: str) -> bool:
        """Keeps what a customer has chosen; False where something is missing. The first one counts."""
        scores = scores_of(given)
        if scores is None:
            return False
        answer = Answer(
            scores=scores,
            text=text_of(given.get("text", "")),
            is_anonymous=self.tickets.settings.survey_anonymous and bool(given.get("anonymous")),
            at=self.tickets.clock.now(),
        )
        await self.store.answer(survey, answer, as_said(answer, language))
        return True

    async def on_answered(self, event: SurveyAnswered) -> None:
        """A bad answer has its matter handled once more, by somebody else; may be told twice."""
        if event.ticket is None or event.is_anonymous or event.overall > self.tickets.settings.survey_bad_max:
            return None
        for _ in range(self.tickets.settings.change_tries_max):
            known = (await self.tickets.store.get(event.ticket)).ticket
            if known.matter.state not in {State.RESOLVED, State.CLOSED}:
                return None  # it is being handled again already
            with suppress(StaleVersion):
                return await self._hand_on(known, event)
        raise StaleVersion("others change the ticket all the time")

    async def _hand_on(self, known: Ticket, event: SurveyAnswered) -> None:
        supervisors = await self.supervisors.supervisors()
        handled_by = known.matter.owner
        whom = second_handler(supervisors, handled_by, await self.store.open_tickets(supervisors))
        priority = known.matter.priority
        wishes = {
            "state": State.PENDING_ACCEPTANCE if whom is not None else State.PROCESSING,
            "owner": whom if whom is not None else handled_by,
            "priority": priority if priority is Priority.URGENT else Priority.HIGH,
        }
        matter, changes = change(known.matter, wishes, handled_by or StaffId(0))
        now, why = self.tickets.clock.now(), f"survey: {event.overall}/5"
        lines = [HistoryLine(at=now, by=None, change=each, why=why) for each in changes]
        await self.tickets.store.change(replace(known, matter=matter), lines, at=now, link=None)
        log.warning("a matter was rated badly, and is handled once more", ticket=known.number)

    @property
    def is_on(self) -> bool:
        """Customers could answer."""
        return bool(self.tickets.settings.survey_address)

    @property
    def _after(self) -> timedelta:
        return timedelta(seconds=self.tickets.settings.survey_after_s)

    @property
    def _policy(self) -> Policy:
        settings = self.tickets.settings
        return Policy(
            again_after=timedelta(days=settings.survey_again_days),
            customer_pause=timedelta(days=settings.survey_customer_days),
        )

    async def _about(self, ticket: Ticket, *, key: str, served_by: StaffId | None) -> NewSurvey:
        matter, now = ticket.matter, self.tickets.clock.now()
        calls = (await self.tickets.store.get(ticket.id)).calls
        staff = matter.owner or served_by
        return NewSurvey(
            key=key,
            ticket=ticket.id,
            call=calls[-1] if calls else None,
            customer=matter.customer,
            agent=AgentId(staff) if staff is not None else None,
            department=matter.department,
            about=matter.type,
            asked_by=None,
            why="",
            created_at=now,
            due_at=now,
        )

    async def _want(self, new: NewSurvey) -> None:
        valid = timedelta(days=self.tickets.settings.survey_valid_days)
        await self.store.want(new, secrets.token_urlsafe(TOKEN_BYTES), new.created_at + valid)

    def start(self, tasks: Tasks) -> None:
        """Looks for callers who are to be surveyed, from now on."""
        tasks.spawn(self._keep_sweeping(), name="surveys")

    async def _keep_sweeping(self) -> None:
        while True:
            try:
                await self.sweep()
            except Exception:
                log.exception("callers to be surveyed are looked for again later")
            await asyncio.sleep(self.tickets.settings.surveys_sweep_s)
