"""Joins calls of agents to who is to be called, to routing, and to the numbers of the site."""

from collections.abc import Callable, Collection
from dataclasses import dataclass

from acd.engine.inputs import PlaceCall
from acd.errors import UnknownQueue
from acd.service import Routing
from agent_ui.missed import Missed
from agent_ui.trail import Trail
from customers.service import Customers
from infra.database import Database
from infra.web import Route
from ivr.current_site import CurrentSite
from kernel.access import Principal
from kernel.errors import HotlineError
from kernel.ids import AgentId, CallId, CustomerId, QueueId, TicketId
from outbound.errors import AlreadyCalled, NobodyToCall
from outbound.gate import CallingGate
from outbound.http import calling_routes, do_not_call_routes
from outbound.ports import Whom
from outbound.service import CallingDesk
from outbound.store import OutboundStore
from server.installation import calling_book, number_reader, trunks_file
from server.joining import Directory
from server.parts import Foundation, Records, Talk
from server.settings import Settings
from staff.experts import ReadNumber
from telephony.placed import new_call
from telephony.trunks import Trunk
from tickets.service import Tickets


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownPeople:
    """Whom a page means."""

    customers: Customers
    tickets: Tickets
    missed_callers: Missed

    async def customer(self, customer: CustomerId) -> Whom:
        """By the first number."""
        numbers = (await self.customers.get(customer)).record.numbers
        if not numbers:
            raise NobodyToCall("This customer has no number.")
        return Whom(number=numbers[0])

    async def of_ticket(self, ticket: TicketId) -> Whom:
        """The ticket's customer."""
        found = (await self.tickets.show(ticket)).named.ticket.matter.customer
        if found is None:
            raise NobodyToCall("This ticket has no customer.")
        return await self.customer(found)

    async def missed(self, user: Principal, call: CallId) -> Whom:
        """Who called in vain last by this call, in the name of the queue they had wanted."""
        found = await self.missed_callers.one(user, call)
        queue = found.wanted.queue or None
        return Whom(
            number=found.last.arrival.caller_number, queue=queue, numbers=tuple(sorted(found.numbers))
        )

    def spelled(self, number: str) -> str:
        """A number in the one spelling in which calls are kept."""
        return self.customers.spelled(number)


@dataclass(frozen=True, slots=True, kw_only=True)
class RoutedCalls:
    """Routing as calls of agents need it."""

    routing: Routing

    def queues_of(self, agent: AgentId) -> tuple[QueueId, ...]:
        """Whom the agent may serve."""
        return self.routing.queues_of(agent)

    async def place(self, call: CallId, agent: AgentId, whom: Whom, queue: QueueId, ring_s: float) -> None:
        """Rings the agent, and then the customer, who sees the queue's number."""
        rules = self.routing.rules_of(queue)
        if rules is None:
            raise UnknownQueue(f"There is no queue {queue!r}.")
        order = PlaceCall(
            call=call, agent=agent, to=whom.number, queue=queue, shown=rules.caller_id, ring_s=ring_s
        )
        # Asked in the turn that decides: several desks show the same person, and are pressed at once.
        if self.routing.calling.is_another_with(whom.numbers, agent):
            raise AlreadyCalled("A colleague calls this person just now, or talks with them.")
        await self.routing.calling.place(order)


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteNumbers:
    """The numbers that lead here: those that customers dial, and those that are shown to whom we call."""

    site: CurrentSite
    lines: tuple[Trunk, ...]
    shown_by_queues: Callable[[], Collection[str]]
    read_number: ReadNumber

    async def all(self) -> Collection[str]:
        """In the one spelling; what is none is compared with nothing."""
        dialled = (await self.site.read()).numbers.numbers
        # As outgoing calls show it: a line without a number of its own shows the name it signs in with.
        shown = filter(None, (line.caller_id or line.user for line in self.lines))
        ours = (*dialled, *shown, *self.shown_by_queues())
        return {spelled for number in ours if (spelled := self._spelled(number))}

    def _spelled(self, number: str) -> str:
        try:
            return self.read_number(number)
        except HotlineError:
            return number


def calling_gate(
    settings: Settings, database: Database, site: CurrentSite, shown_by_queues: Callable[[], Collection[str]]
) -> CallingGate:
    """The one door to phones outside."""
    return CallingGate(
        book=calling_book(settings),
        own_numbers=SiteNumbers(
            site=site,
            lines=trunks_file(settings).at_start(),
            shown_by_queues=shown_by_queues,
            read_number=number_reader(settings),
        ),
        store=OutboundStore(database),
    )


def calling_desk(foundation: Foundation, talk: Talk, records: Records) -> CallingDesk:
    """Calls that agents make."""
    return CallingDesk(
        people=KnownPeople(
            customers=records.customers,
            tickets=records.tickets,
            missed_callers=records.missed,
        ),
        placing=RoutedCalls(routing=talk.routing),
        gate=talk.gate,
        store=talk.gate.store,
        trail=records.staff.accounts,
        clock=foundation.clock,
        new_call=new_call,
    )


def routes_of_calling(desk: CallingDesk) -> list[Route]:
    """Calls that agents make."""
    return [*calling_routes(desk), *do_not_call_routes(desk, desk.store)]


def missed_callers(foundation: Foundation, talk: Talk, directory: Directory, trail: Trail) -> Missed:
    """Who called and reached nobody."""
    web = foundation.settings.web
    return Missed(
        book=talk.book,
        routing=talk.routing,
        names=directory,
        trail=trail,
        clock=foundation.clock,
        days=web.missed_callers_days,
        kept_s=web.missed_callers_kept_s,
        shown=web.missed_callers_shown,
    )
