"""Deadlines of tickets with all that they need of other parts."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import structlog

from agent_ui.board import Board, only
from agent_ui.views import DeadlineNotices
from infra.last_good import LastGood
from infra.web import Route
from kernel.access import Role
from kernel.calendar import Calendar
from kernel.errors import HotlineError
from kernel.ids import StaffId
from server.joining import Directory, TicketPeople
from server.parts import Foundation, Records, Shelf, Talk
from server.settings import Settings
from staff.service import Accounts
from telephony.events import CallClosed
from tickets.deadlines.book import DeadlineBook
from tickets.deadlines.http import deadline_routes
from tickets.deadlines.model import NO_DEADLINES
from tickets.deadlines.rules_file import parse_deadlines
from tickets.deadlines.service import Deadlines
from tickets.deadlines.store import WAKE, DeadlineStore
from tickets.events import DeadlineNoticed, TicketChanged
from tickets.workflow.service import Workflows

log = structlog.get_logger(__name__)

BOARD_KEY = "deadline_notices"


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffRanks:
    """Accounts as deadlines need them."""

    directory: Directory
    accounts: Accounts

    async def supervisors(self) -> Collection[StaffId]:
        """Everybody who may sign in as a supervisor."""
        return await self.directory.supervisors()

    async def admins(self) -> Collection[StaffId]:
        """Everybody who may sign in as an administrator."""
        return {
            account.id
            for account in await self.accounts.all()
            if account.profile.is_active and Role.ADMIN in account.profile.roles
        }

    async def named(self, name: str) -> StaffId | None:
        """Who signs in by this name, and may."""
        people = (one for one in await self.accounts.all() if one.profile.is_active)
        return next((one.id for one in people if one.profile.name == name), None)


def deadline_book(settings: Settings) -> DeadlineBook:
    """By when something has to be done; without the file there are no deadlines, nor with a broken one."""
    path = settings.places.deadlines
    file = LastGood(path, kept=settings.places.last_good / path.name, parse=parse_deadlines)
    try:
        policy = file.at_start() if path.exists() else NO_DEADLINES
    except HotlineError as error:
        log.error("the deadlines are broken; there are none", reason=str(error))  # noqa: TRY400 - its words say all
        policy = NO_DEADLINES
    return DeadlineBook(policy, file.changed)


def build_deadlines(
    foundation: Foundation, talk: Talk, shelf: Shelf, workflows: Workflows, people: TicketPeople
) -> Deadlines:
    """Deadlines, which follow tickets and calls from then on; `start` is to be called."""

    async def calendars() -> Mapping[str, Calendar]:
        return (await talk.site.read()).calendars.calendars

    deadlines = Deadlines(
        tickets=workflows.tickets,
        store=DeadlineStore(foundation.database, shelf.outbox, shelf.jobs),
        book=deadline_book(foundation.settings),
        calendars=calendars,
        ranks=StaffRanks(directory=people.directory, accounts=people.accounts),
        clock=foundation.clock,
        stages=workflows.stage,
    )
    shelf.jobs.handle(WAKE, deadlines.on_wake)
    shelf.outbox.subscribe(TicketChanged, deadlines.on_change, name="deadlines")

    async def closed(event: CallClosed) -> None:
        await deadlines.on_call(event.call)

    foundation.bus.subscribe(CallClosed, closed)
    return deadlines


def routes_of_deadlines(foundation: Foundation, records: Records, board: Board) -> list[Route]:
    """What people see of deadlines; each page shows how many notices its person has not seen."""
    deadlines = records.deadlines

    async def show(staff: StaffId) -> None:
        shown = DeadlineNotices(unseen=await deadlines.store.unseen(staff))
        board.put(BOARD_KEY, shown.model_dump(mode="json"), only(staff))

    async def told(event: DeadlineNoticed) -> None:
        for staff in event.told:
            await show(staff)

    async def show_all() -> None:
        for staff in await deadlines.store.with_unseen():
            await show(staff)

    records.outbox.subscribe(DeadlineNoticed, told, name="desk")
    foundation.tasks.spawn(show_all(), name="notices of deadlines")
    return deadline_routes(deadlines, on_seen=show)
