"""Joins who calls, and who is let in, to the lists, the ledger, and the numbers of the site."""

from dataclasses import dataclass

from customers.home import Homes, NumberAreas
from customers.http import customer_routes, region_routes
from customers.listing import Manner
from customers.listing_http import listing_routes
from customers.listing_service import CallerLists
from customers.listing_store import ListingStore
from customers.service import Customers
from infra.web import Route
from ivr.ports import Verdict
from outbound.gate import CallingGate
from outbound.rules import is_emergency
from server.installation import region_directory
from server.joining import TicketPeople
from server.parts import Foundation, Records, Talk
from server.settings import Settings
from telephony.model import Arrival


@dataclass(frozen=True, slots=True, kw_only=True)
class SparedNumbers:
    """The company's own numbers, and those of emergency services, which may call back."""

    gate: CallingGate

    async def is_spared(self, number: str) -> bool:
        """See `customers.ports.Spared`."""
        rules = await self.gate.book.read()
        return is_emergency(number, rules) or number in await self.gate.own_numbers.all()


@dataclass(frozen=True, slots=True, kw_only=True)
class ListScreening:
    """The lists as a caller's line needs them."""

    lists: CallerLists

    async def judge(self, came: Arrival) -> Verdict:
        """What becomes of a call, by who calls."""
        blocked = (await self.lists.of(came.caller_number)).blocked
        if blocked is None:
            return Verdict.LET_IN
        return Verdict.REJECT if blocked.wish.manner is Manner.REJECT else Verdict.BLOCK


def caller_lists(
    foundation: Foundation, talk: Talk, customers: Customers, people: TicketPeople
) -> CallerLists:
    """Who is blocked, and of whom agents are warned."""
    return CallerLists(
        store=ListingStore(foundation.database),
        customers=customers,
        calls=talk.book,
        spared=SparedNumbers(gate=talk.gate),
        people=people,
        clock=foundation.clock,
    )


def caller_homes(settings: Settings) -> Homes:
    """Where callers are at home."""
    areas = NumberAreas(settings.customers.areas_answer_max_s)
    return Homes(region_directory(settings), areas, home_region=settings.customers.home_region)


def routes_of_callers(records: Records) -> list[Route]:
    """Customers, where they are at home, and the lists."""
    return [
        *customer_routes(records.customers, records.histories),
        *region_routes(records.homes.regions),
        *listing_routes(records.lists),
    ]
