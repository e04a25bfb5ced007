"""Joins the keeping of flows to the site, the database and the people of an installation."""

from collections.abc import Mapping
from dataclasses import dataclass

from agent_ui.board import Board
from agent_ui.flow_traffic import FlowTrafficBoard
from infra.database import Database
from infra.tasks import Tasks
from infra.web import Route
from ivr.case_runs import CaseRuns
from ivr.current_site import CurrentSite
from ivr.flow_folder import FlowFolder
from ivr.http import flow_routes
from ivr.versions import FlowVersions
from ivr.visits import Visits
from ivr.wiring import flow_store
from ivr.workbench import Workbench
from ivr.workbench_http import workbench_routes
from kernel.clock import Clock
from kernel.ids import StaffId
from server.settings import Settings
from staff.service import Accounts


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowEditors:
    """Who writes flows."""

    accounts: Accounts

    async def names(self) -> Mapping[StaffId, str]:
        """Everybody's name, as colleagues call them."""
        return {one.id: one.profile.display_name for one in await self.accounts.all()}

    async def note(self, staff: StaffId | None, action: str, subject: str) -> None:
        """Adds to the trail."""
        await self.accounts.note(staff, action, subject)


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowParts:
    """What keeps the flows of the site, and counts who is in them."""

    versions: FlowVersions
    visits: Visits

    def start(self, tasks: Tasks) -> None:
        """Keeps versions and counts from now on."""
        tasks.spawn(self.versions.run(), name="versions of flows")
        tasks.spawn(self.visits.run(), name="callers in flows")

    def show_on(self, board: Board, tasks: Tasks) -> None:
        """Has supervisors see from now on who is where."""
        FlowTrafficBoard(board, self.visits).start(tasks)


def versions_of_site(
    settings: Settings, database: Database, site: CurrentSite, accounts: Accounts, clock: Clock
) -> FlowVersions:
    """What keeps and publishes the flows of the site."""
    return FlowVersions(
        flow_store(database, settings.ivr),
        _cases(settings, site),
        FlowEditors(accounts=accounts),
        clock,
    )


def flow_parts(
    settings: Settings, database: Database, site: CurrentSite, accounts: Accounts, clock: Clock
) -> FlowParts:
    """The parts around the flows of the site."""
    versions = versions_of_site(settings, database, site, accounts, clock)
    return FlowParts(versions=versions, visits=Visits(flow_store(database, settings.ivr), site, clock))


def flow_editor_routes(settings: Settings, flows: FlowParts, site: CurrentSite, clock: Clock) -> list[Route]:
    """What supervisors do with flows in the browser."""
    cases = _cases(settings, site)
    bench = Workbench(folder=cases.folder, cases=cases, site=site, settings=settings.ivr, clock=clock)
    return [*flow_routes(flows.versions), *workbench_routes(bench, flows.visits)]


def _cases(settings: Settings, site: CurrentSite) -> CaseRuns:
    folder = FlowFolder(settings.places.site, settings.ivr)
    return CaseRuns(folder=folder, site=site, settings=settings.ivr)
