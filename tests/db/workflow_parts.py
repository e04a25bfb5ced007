"""Workflows of tickets on a database, with files of their own."""

import shutil
from pathlib import Path

from infra.database import Database
from infra.outbox import Outbox
from kernel.access import Principal
from kernel.ids import StaffId, TicketId
from server.installation import EXAMPLE_SITE
from tests.db.ticket_parts import BOSS, LI, Site
from tickets.events import TicketChanged
from tickets.model import Ticket
from tickets.workflow.folder import WorkflowFolder
from tickets.workflow.place import Filled, Taken
from tickets.workflow.service import Standing, Workflows
from tickets.workflow.store import WorkflowStore


class People:
    """Li and the boss, by the names they sign in with."""

    async def named(self, name: str) -> StaffId | None:
        return {one.name: one.staff_id for one in (LI, BOSS)}.get(name)


class Desk:
    """A site with workflows; a second one on the same folder is the server after a restart."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.site = Site(database, folder)
        self.files = folder / "workflows"
        if not self.files.exists():
            shutil.copytree(EXAMPLE_SITE / "workflows", self.files)
        self.store = WorkflowStore(database, Outbox(self.site.jobs))
        self.workflows = Workflows(
            tickets=self.site.tickets,
            store=self.store,
            folder=WorkflowFolder(self.files, kept=folder / "last_good"),
            people=People(),
            clock=self.site.clock,
            seen_at=self.site.clock.now(),
        )

    async def hears(self, ticket: TicketId) -> None:
        """The event that the ticket is new or different."""
        await self.workflows.on_change(TicketChanged(at=self.site.clock.now(), ticket=ticket, customer=None))

    async def stands(self, ticket: TicketId) -> Standing:
        standing = await self.workflows.standing(ticket)
        assert standing is not None
        return standing

    async def ticket(self, ticket: TicketId) -> Ticket:
        return (await self.site.tickets.store.get(ticket)).ticket

    async def fill(self, ticket: TicketId, by: Principal = LI, /, **values: str) -> None:
        """Fills in values, and passes the whole check list."""
        standing = await self.stands(ticket)
        checks = {one.key: True for one in standing.workflow.step(standing.place.step).checks}
        filled = Filled(by=by, values=values, passed=checks)
        await self.workflows.fill(ticket, standing.place.version, filled)

    async def take(self, ticket: TicketId, to: str, by: Principal = LI, *, why: str = "") -> None:
        version = (await self.stands(ticket)).place.version
        await self.workflows.take(ticket, version, Taken(by=by, to=to, why=why))

    async def lines(self, ticket: TicketId) -> list[tuple[str, str, str]]:
        """The history: field, before, after."""
        found = await self.site.tickets.store.history_of(ticket)
        return [(one.change.field, one.change.before, one.change.after) for one in found]
