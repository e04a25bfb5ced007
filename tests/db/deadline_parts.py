"""Deadlines on a database, as tests need them."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import timedelta

from infra.database import Database
from infra.jobs import Jobs
from infra.outbox import Outbox
from kernel.calendar import WEEK, Calendar
from kernel.ids import StaffId, TicketId
from tests.db.ticket_parts import BOSS, LI, ZHANG, Site
from tickets.deadlines.book import DeadlineBook
from tickets.deadlines.model import Kind, MarkKind, Policy, Stage
from tickets.deadlines.rules_file import parse_deadlines
from tickets.deadlines.service import Deadlines
from tickets.deadlines.store import WAKE, DeadlineStore
from tickets.events import DeadlineNoticed, TicketChanged
from tickets.model import Priority, TicketType
from tickets.service import Draft
from tickets.store import TicketStore

ALWAYS = Calendar.model_validate({"holidays": "none", "weekly": dict.fromkeys(WEEK, "00:00-24:00")})
POLICY = parse_deadlines(
    """
deadlines:
  calendar: always
  pause_in: [pending_feedback]
  remind: [3m]
  warn: [0m]
  escalate: [{after: 0m, to: [supervisors]}, {after: 10m, to: [admins]}]
  rules:
    - {name: 紧急, when: {priority: [urgent]}, first_response: 10m}
    - {name: 其他, first_response: 2h, resolution: {within: 9h, remind: [1h]}}
"""
)
FAULT = Draft(
    type=TicketType.COMPLAINT, title="电表冒烟，全家停电", priority=Priority.URGENT, customer=ZHANG.id
)
ADMIN = StaffId(3)
MINUTE = timedelta(minutes=1)


class Ranks:
    async def supervisors(self) -> Collection[StaffId]:
        return {BOSS.staff_id}

    async def admins(self) -> Collection[StaffId]:
        return {ADMIN}

    async def named(self, name: str) -> StaffId | None:
        return BOSS.staff_id if name == BOSS.name else None


class Server:
    """One of the servers of a site: jobs of its own on the site's database."""

    def __init__(
        self, site: Site, database: Database, policy: Policy = POLICY, jobs: Jobs | None = None
    ) -> None:
        self.site = site
        self.clock = site.clock
        self.changes: list[Policy] = []
        self.stages: dict[TicketId, Stage] = {}
        self.calendars: Mapping[str, Calendar] = {"always": ALWAYS}
        self.jobs = jobs or Jobs(database, site.clock)
        self.outbox = Outbox(self.jobs)
        self.tickets = replace(
            site.tickets, store=TicketStore(database, self.outbox, self.jobs), clock=site.clock
        )
        self.deadlines = Deadlines(
            tickets=self.tickets,
            store=DeadlineStore(database, self.outbox, self.jobs),
            book=DeadlineBook(policy, lambda: self.changes.pop() if self.changes else None),
            calendars=self._calendars,
            ranks=Ranks(),
            clock=site.clock,
            stages=self._stage,
        )
        self.heard: list[DeadlineNoticed] = []
        self.jobs.handle(WAKE, self.deadlines.on_wake)
        self.outbox.subscribe(TicketChanged, self.deadlines.on_change, name="deadlines")
        self.outbox.subscribe(DeadlineNoticed, self._hear, name="desk")

    async def _stage(self, ticket: TicketId) -> Stage | None:
        return self.stages.get(ticket)

    async def _calendars(self) -> Mapping[str, Calendar]:
        return self.calendars

    async def _hear(self, event: DeadlineNoticed) -> None:
        self.heard.append(event)

    async def until(self, minutes: float) -> None:
        """Lets time pass minute by minute, with all jobs that fall due."""
        end = self.clock.time + minutes * MINUTE
        while self.clock.time < end:
            self.clock.time += MINUTE
            await self.jobs.run_due()

    async def told(self, ticket: TicketId) -> list[tuple[int, Kind, MarkKind, int]]:
        """Who was told, of what, and in which minute of the ticket."""
        created = (await self.tickets.store.get(ticket)).ticket.created_at
        store = self.deadlines.store
        found = [
            (staff, one.kind, one.mark, round((one.at - created) / MINUTE))
            for staff in (LI.staff_id, BOSS.staff_id, ADMIN)
            for one in await store.notices_of(staff, only_new=False, limit=100)
            if one.ticket_id == ticket
        ]
        return sorted(found, key=lambda one: (one[3], one[0]))
