"""Joins calls of agents to who is to be called, to routing, and to the numbers of the site."""

from collections.abc import Collection
from dataclasses import dataclass

from acd.engine.inputs import PlaceCall
from acd.errors import UnknownQueue
from acd.service import Routing
from agent_ui.missed import Missed
from agent_ui.trail import Trail
from customers.service import Customers
from infra.web import Route
from ivr.current_site import CurrentSite
from kernel.access import Principal
from kernel.ids import AgentId, CallId, CustomerId, QueueId, TicketId
from outbound.errors import NobodyToCall
from outbound.http import calling_routes, do_not_call_routes
from outbound.ports import Whom
from outbound.service import CallingDesk
from outbound.store import OutboundStore
from server.installation import calling_book, trunks_file
from server.joining import Directory
from server.parts import Foundation, Records, Talk
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
        return Whom(number=found.last.arrival.caller_number, queue=found.wanted.queue or None)

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

    async def place(self, call: CallId, agent: AgentId, to: str, queue: QueueId, ring_s: float) -> None:
        """Rings the agent, and then the customer, who sees the queue's number."""
        rules = self.routing.rules_of(queue)
        if rules is None:
            raise UnknownQueue(f"There is no queue {queue!r}.")
        order = PlaceCall(call=call, agent=agent, to=to, queue=queue, shown=rules.caller_id, ring_s=ring_s)
        await self.routing.calling.place(order)


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteNumbers:
    """The numbers that lead here: those that customers dial, and those of the outside lines."""

    site: CurrentSite
    lines: tuple[Trunk, ...]
    customers: Customers

    async def all(self) -> Collection[str]:
        """In the one spelling."""
        dialled = (await self.site.read()).numbers.numbers
        shown = (line.caller_id for line in self.lines)
        return {self.customers.spelled(number) for number in (*dialled, *filter(None, shown))} - {""}


def calling_desk(foundation: Foundation, talk: Talk, records: Records) -> CallingDesk:
    """The one door to phones outside."""
    settings = foundation.settings
    lines = trunks_file(settings).at_start()
    return CallingDesk(
        people=KnownPeople(
            customers=records.customers, tickets=records.tickets, missed_callers=records.missed
        ),
        placing=RoutedCalls(routing=talk.routing),
        book=calling_book(settings),
        own_numbers=SiteNumbers(site=talk.site, lines=lines, customers=records.customers),
        store=OutboundStore(foundation.database),
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
