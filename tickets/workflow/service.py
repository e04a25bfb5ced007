"""Tickets on their way through workflows: begun, filled in, taken from step to step."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime

from kernel.access import Principal
from kernel.clock import Clock
from kernel.errors import NotFound
from kernel.ids import StaffId, TicketId
from tickets.deadlines.model import Stage
from tickets.engine import differences
from tickets.errors import StaleVersion
from tickets.events import TicketChanged
from tickets.model import OPEN_STATES, HistoryLine, Ticket
from tickets.service import Tickets
from tickets.workflow.drawing import Language, draw, to_svg
from tickets.workflow.engine import About, begin, handed, handle
from tickets.workflow.errors import NoWorkflow
from tickets.workflow.folder import WorkflowFolder, parse_workflow
from tickets.workflow.model import Workflow, chosen
from tickets.workflow.place import Effect, Event, Filled, Hands, Notes, Place, Reopened, Stands, Taken
from tickets.workflow.ports import People
from tickets.workflow.store import ChangedMeanwhile, Move, WorkflowStore


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A ticket in its workflow, as somebody sees it."""

    workflow: Workflow
    place: Place
    about: About


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """All that decides what may happen to a ticket."""

    ticket: Ticket
    about: About
    place: Place | None


@dataclass(kw_only=True)
class Workflows:
    """The workflows of a site's tickets."""

    tickets: Tickets
    store: WorkflowStore
    folder: WorkflowFolder
    people: People
    clock: Clock
    seen_at: datetime
    """When the folder was last looked at: what is new in it now has been there since at most then."""
    _kept: frozenset[tuple[str, str]] = frozenset()
    _versions: dict[tuple[str, str], Workflow] = field(default_factory=dict)

    async def on_change(self, event: TicketChanged) -> None:
        """A ticket is new or different; told twice, it does the same once."""
        with suppress(StaleVersion, NotFound):
            await self.follow(event.ticket)

    async def follow(self, ticket: TicketId) -> None:
        """Lets a ticket begin that is to have a workflow, or has come back; raises `NotFound`."""
        for _ in range(self.tickets.settings.change_tries_max):
            found, now = await self._find(ticket), self.clock.now()
            is_open = found.ticket.matter.state in OPEN_STATES
            place, effects = found.place, list[Effect]()
            if place is None or place.is_untouched:
                workflow = await self._workflow_for(found) if is_open else None
                if workflow is not None and (place is None or place.workflow != workflow.key):
                    effects = begin(workflow, found.about, now)
            if not effects and place is not None and is_open:
                effects = handle(await self.version(place), place, Reopened(), found.about, now)
            if not effects:
                return None
            with suppress(ChangedMeanwhile):
                return await self._apply(found, effects, by=None, now=now)
        raise StaleVersion("others change the ticket all the time; try again")

    async def standing(self, ticket: TicketId) -> Standing | None:
        """Where a ticket is; None without a workflow. Raises `NotFound`."""
        found = await self._find(ticket)
        if found.place is None:
            return None
        return Standing(workflow=await self.version(found.place), place=found.place, about=found.about)

    async def stage(self, ticket: TicketId) -> Stage | None:
        """The step of a ticket, where it has a time limit."""
        place = await self.store.place(ticket)
        limit = (await self.version(place)).limit(place.step) if place is not None else None
        if place is None or limit is None:
            return None
        within, calendar = limit
        return Stage(
            workflow=place.workflow,
            step=place.step,
            entered_at=place.entered_at,
            within=within,
            calendar=calendar,
        )

    async def picture(self, ticket: TicketId, language: Language) -> str:
        """The version in which a ticket began, as an SVG; raises `NoWorkflow`."""
        standing = await self.standing(ticket)
        if standing is None:
            raise NoWorkflow("the ticket has no workflow")
        return to_svg(draw(standing.workflow, language), language)

    async def fill(self, ticket: TicketId, version: int, filled: Filled) -> None:
        """Somebody writes something down at the step whose `version` they saw."""
        await self._happen(ticket, version, filled, filled.by)

    async def take(self, ticket: TicketId, version: int, taken: Taken) -> None:
        """Somebody takes the next step."""
        await self._happen(ticket, version, taken, taken.by)

    async def _happen(self, ticket: TicketId, version: int, event: Event, by: Principal) -> None:
        for _ in range(self.tickets.settings.change_tries_max):
            found, now = await self._find(ticket), self.clock.now()
            place = found.place
            if place is None:
                raise NoWorkflow("the ticket has no workflow")
            if place.version != version:
                raise StaleVersion("someone else did something at this step; look again")
            effects = handle(await self.version(place), place, event, found.about, now)
            if not effects:
                return None
            with suppress(ChangedMeanwhile):
                return await self._apply(found, effects, by=by.staff_id, now=now)
        raise StaleVersion("others change the ticket all the time; try again")

    async def _apply(
        self, found: _Found, effects: Sequence[Effect], *, by: StaffId | None, now: datetime
    ) -> None:
        matter, place, lines = found.ticket.matter, found.place, list[HistoryLine]()
        for effect in effects:
            match effect:
                case Stands():
                    place = effect.place
                case Hands():
                    name = effect.to.person if effect.to is not None else None
                    person = await self.people.named(name) if name is not None else None
                    matter = handed(matter, effect, person=person, by=by)
                case Notes():
                    lines.append(HistoryLine(at=now, by=by, change=effect.change, why=effect.why))
        assert place is not None
        changes = differences(found.ticket.matter, matter)
        lines += [HistoryLine(at=now, by=by, change=change) for change in changes]
        known = found.place.version if found.place is not None else 0
        await self.store.write(
            Move(at=now, ticket=found.ticket, matter=matter, lines=lines, place=place, known_version=known)
        )

    async def _find(self, ticket: TicketId) -> _Found:
        # Before the ticket, so that whoever has read a newer place has also read a newer ticket.
        place = await self.store.place(ticket)
        details = await self.tickets.store.get(ticket)
        customer = details.ticket.matter.customer
        briefs = await self.tickets.near.customers.customers([customer] if customer is not None else [])
        level = next((str(brief.level) for brief in briefs.values()), "")
        return _Found(
            ticket=details.ticket, about=About(matter=details.ticket.matter, level=level), place=place
        )

    async def _workflow_for(self, found: _Found) -> Workflow | None:
        """The workflow in which the ticket begins, if it was there before the ticket."""
        looked_at = self.clock.now()
        current, before = await self.folder.read(), self.seen_at
        self.seen_at = looked_at
        versions = frozenset((one.key, one.digest) for one in current.values())
        if versions != self._kept:
            await self.store.keep(current.values(), before)
            self._kept = versions
        matter = found.ticket.matter
        workflow = chosen(current, matter.type, matter.category)
        if workflow is None:
            return None
        since = (await self.store.known_since()).get(workflow.key)
        return workflow if since is not None and since <= found.ticket.created_at else None

    async def version(self, place: Place) -> Workflow:
        """The version in which a ticket began."""
        key = (place.workflow, place.digest)
        if key not in self._versions:
            text = await self.store.text(*key)
            if text is None:
                raise NoWorkflow(f"version {place.digest} of {place.workflow} is not kept")
            self._versions[key] = parse_workflow(text, place.workflow)
        return self._versions[key]
