"""Keeps deadlines true to what happens to tickets, and tells people in time.

A look reads the ticket's story, decides, and writes what changed in one transaction with whom it told and
with the job that wakes it next. So it may be taken at any time, twice, or by two servers at once.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import structlog

from infra.jobs import Job
from infra.tasks import Tasks
from kernel.access import Principal
from kernel.briefs import CallBrief
from kernel.business_time import spent
from kernel.calendar import Calendar
from kernel.clock import Clock
from kernel.errors import NotFound
from kernel.ids import CallId, StaffId, TicketId
from tickets.deadlines import model
from tickets.deadlines.book import DeadlineBook
from tickets.deadlines.engine import AROUND_THE_CLOCK, Looked, decide
from tickets.deadlines.model import (
    About,
    Deadline,
    Decided,
    GoneOff,
    Kind,
    Notice,
    Stage,
    StateChange,
    Story,
)
from tickets.deadlines.ports import Ranks
from tickets.deadlines.store import DeadlineStore, Found, Kept, Told
from tickets.errors import LookedMeanwhile
from tickets.events import TicketChanged
from tickets.model import ChangedField, Details, HistoryLine, State
from tickets.service import Tickets

log = structlog.get_logger(__name__)

CONTACTED = "contacted"
"""The field of a line of the history that says that somebody told, or asked, the customer something."""
LOOKS_MAX = 10
"""Servers that look at one ticket at once come one after the other; more than so many never do."""

Calendars = Callable[[], Awaitable[Mapping[str, Calendar]]]
Stages = Callable[[TicketId], Awaitable[Stage | None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How a deadline stands at a moment."""

    deadline: Deadline
    spent: timedelta
    """Of business time, until now or until it was done."""
    is_overdue: bool
    is_paused: bool

    @property
    def left(self) -> timedelta:
        """Of business time; negative when more was spent than there is."""
        return self.deadline.amount - self.spent


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadlines:
    """The deadlines of a site's tickets."""

    tickets: Tickets
    store: DeadlineStore
    book: DeadlineBook
    calendars: Calendars
    ranks: Ranks
    clock: Clock
    stages: Stages
    _last_calendars: dict[str, Mapping[str, Calendar]] = field(default_factory=dict)

    async def on_change(self, event: TicketChanged) -> None:
        """A ticket is new or different."""
        await self.look(event.ticket)

    async def on_wake(self, job: Job) -> None:
        """A moment has come; should it not have, as the clock was put back, the look is planned anew."""
        await self.look(TicketId(job.payload["ticket"]), is_woken=True)

    async def on_call(self, call: CallId) -> None:
        """Somebody has spoken with a caller, which may be what a ticket waits for."""
        for ticket in await self.store.tickets_of(call):
            await self.look(ticket)

    async def look(self, ticket: TicketId, *, is_woken: bool = False) -> None:
        """Finds a ticket's deadlines anew, and tells whom it concerns."""
        for _ in range(LOOKS_MAX):
            try:
                await self._look(ticket, is_woken=is_woken)
            except LookedMeanwhile:
                continue
            except NotFound:
                log.warning("a ticket without a trace has deadlines", ticket=ticket)
            return
        raise LookedMeanwhile("the ticket's deadlines are being looked at all the time")

    async def _look(self, ticket: TicketId, *, is_woken: bool) -> None:
        # Before the story, so that whoever has read a newer one has also written it later.
        known = await self.store.load(ticket)
        details = await self.tickets.store.get(ticket)
        story, now = await self._story(details), self.clock.now()
        looked = Looked(
            policy=self.book.policy,
            calendars=await self.calendars(),
            now=now,
            late_max=timedelta(hours=self.tickets.settings.deadline_late_max_h),
        )
        decided = decide(known.deadlines, story, looked)
        if not is_woken and _is_known(known, decided):
            return
        told = await self._told(decided.gone_off, details.ticket.matter.owner)
        await self.store.write(ticket, known, Found(at=now, decided=decided, told=told, is_woken=is_woken))
        for one in decided.gone_off:
            log.info("told of a deadline", ticket=details.ticket.number, deadline=one.kind, mark=one.mark.key)

    async def _story(self, details: Details) -> Story:
        ticket = details.ticket
        lines = await self.tickets.store.history_of(ticket.id)
        calls = await self.tickets.near.calls.calls(details.calls)
        customer = ticket.matter.customer
        people = await self.tickets.near.customers.customers([customer] if customer is not None else [])
        brief = people.get(customer) if customer is not None else None
        about = About(
            type=ticket.matter.type, priority=ticket.matter.priority, level=brief.level if brief else ""
        )
        return replace(story_of(details, lines, calls, about), stage=await self.stages(ticket.id))

    async def _told(self, gone_off: Sequence[GoneOff], owner: StaffId | None) -> list[Told]:
        """Each person once for each deadline, by the highest of what goes off for them now."""
        told: dict[tuple[Kind, StaffId], Told] = {}
        for one in gone_off:
            for staff in await self._people(one.mark.to, owner):
                told[one.kind, staff] = Told(gone_off=one, staff=staff)
        return list(told.values())

    async def _people(self, named: Sequence[str], owner: StaffId | None) -> set[StaffId]:
        people: set[StaffId] = set()
        for whom in named:
            match whom:
                case model.OWNER:
                    # What nobody has taken up is its supervisors' to give to somebody.
                    people |= {owner} if owner is not None else set(await self.ranks.supervisors())
                case model.SUPERVISORS:
                    people |= set(await self.ranks.supervisors())
                case model.ADMINS:
                    people |= set(await self.ranks.admins())
                case _:
                    found = await self.ranks.named(whom)
                    people |= {found} if found is not None else set(await self.ranks.supervisors())
        return people

    async def standings(self, ticket: TicketId) -> Sequence[Standing]:
        """How a ticket's deadlines stand now; raises `NotFound`."""
        await self.tickets.store.get(ticket)
        known = await self.store.load(ticket)
        calendars, now = await self.calendars(), self.clock.now()
        in_order = (known.deadlines[kind] for kind in Kind if kind in known.deadlines)
        return [_standing(one, calendars, now) for one in in_order]

    async def log_contact(self, ticket: TicketId, channel: str, note: str, *, by: Principal) -> None:
        """Somebody says that they have been in contact with the customer; raises `NotFound`."""
        said = f"{channel}: {note}" if note else channel
        change = ChangedField(field=CONTACTED, before="", after=said)
        await self.store.log(ticket, HistoryLine(at=self.clock.now(), by=by.staff_id, change=change))
        await self.look(ticket)

    async def notices(self, user: Principal, *, only_new: bool, limit: int) -> Sequence[Notice]:
        """What somebody was told, the newest first."""
        return await self.store.notices_of(user.staff_id, only_new=only_new, limit=limit)

    async def see(self, notice: int, user: Principal) -> None:
        """Somebody has seen one of theirs; raises `NotFound`."""
        await self.store.see(notice, user.staff_id, self.clock.now())

    def start(self, tasks: Tasks) -> None:
        """Looks at all open tickets once, and again whenever the site's rules or calendars are others."""
        tasks.spawn(self._follow(), name="deadlines of tickets")
        tasks.spawn(self._keep_complete(), name="missed deadlines")

    async def _follow(self) -> None:
        """Also what was changed while no server ran, and tickets from before there were deadlines."""
        is_due = True
        while True:
            try:
                if is_due:
                    await self.look_at_all()
                await asyncio.sleep(self.tickets.settings.deadlines_follow_s)
                is_due = await self.has_other_rules()
            except Exception:
                log.exception("deadlines not looked at, tried again")
                await asyncio.sleep(self.tickets.settings.deadlines_follow_s)

    async def has_other_rules(self) -> bool:
        """Whether the site's deadlines or calendars say something else than the last time."""
        calendars = dict(await self.calendars())
        is_other = calendars != self._last_calendars.get("", calendars)
        self._last_calendars[""] = calendars
        return await self.book.take_up() or is_other

    async def look_at_all(self) -> None:
        """Looks at every open ticket."""
        self._last_calendars[""] = dict(await self.calendars())
        last = TicketId(0)
        while page := await self.store.open_after(last):
            for ticket in page:
                await self._try(ticket)
            last = page[-1]

    async def _keep_complete(self) -> None:
        """A look that was planned and whose job was given up: it is taken after all."""
        while True:
            await asyncio.sleep(self.tickets.settings.deadlines_sweep_s)
            try:
                await self.look_at_missed()
            except Exception:
                log.exception("missed deadlines not looked for, tried again")

    async def look_at_missed(self) -> None:
        """Looks at tickets whose moment went by a while ago."""
        before = self.clock.now() - timedelta(seconds=self.tickets.settings.deadlines_sweep_s)
        for ticket in await self.store.missed_before(before):
            await self._try(ticket)

    async def _try(self, ticket: TicketId) -> None:
        """One ticket that cannot be read must not keep the others from being looked at."""
        try:
            await self.look(ticket)
        except Exception:
            log.exception("the ticket's deadlines are not looked at", ticket=ticket)


def _is_known(known: Kept, decided: Decided) -> bool:
    """Nothing is different from what is kept."""
    same = {one.kind: one for one in decided.deadlines} == dict(known.deadlines)
    return same and known.generation > 0 and known.wake_at == decided.wake_at and not decided.gone_off


def _standing(deadline: Deadline, calendars: Mapping[str, Calendar], now: datetime) -> Standing:
    calendar = calendars.get(deadline.calendar, AROUND_THE_CLOCK)
    until = deadline.ended_at or now
    return Standing(
        deadline=deadline,
        spent=spent(deadline.started_at, until, calendar, deadline.pauses),
        is_overdue=deadline.is_overdue(now),
        is_paused=deadline.paused_since is not None,
    )


def story_of(
    details: Details, lines: Sequence[HistoryLine], calls: Sequence[CallBrief], about: About
) -> Story:
    """What counts of a ticket's history and calls."""
    ticket = details.ticket
    contacts = [line.at for line in lines if line.change.field == CONTACTED]
    # A call in which somebody talks while its ticket is made is a contact by then.
    contacts += [max(call.at, ticket.created_at) for call in calls if _is_contact(call)]
    reclassified = [line.at for line in lines if line.change.field in {"type", "priority"}]
    return Story(
        created_at=ticket.created_at,
        state=ticket.matter.state,
        about=about,
        changes=tuple(
            StateChange(at=line.at, before=State(line.change.before), after=State(line.change.after))
            for line in lines
            if line.change.field == "state"
        ),
        contacts=tuple(sorted(contacts)),
        reclassified_at=max(reclassified, default=None),
    )


def _is_contact(call: CallBrief) -> bool:
    """Somebody who works here has spoken with the customer; who is still being called has not."""
    if call.agent_name is None:
        return False
    return bool(call.talked_s) or (call.direction == "in" and call.outcome is None)
