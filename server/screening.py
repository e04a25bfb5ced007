"""Joins who calls, and who is let in, to the lists, the ledger, and the numbers of the site."""

from dataclasses import dataclass
from datetime import datetime

import structlog

from customers.home import Homes, NumberAreas
from customers.http import customer_routes, region_routes
from customers.limiter import CALLS_MAX, HOUR, Decision, Limits, PastCall, Then, decide
from customers.limits_file import LimitBook, parse_limits
from customers.listing import Manner
from customers.listing_http import listing_routes
from customers.listing_service import CallerLists
from customers.listing_store import ListingStore
from customers.model import Level
from customers.service import Customers
from infra.last_good import LastGood
from infra.web import Route
from ivr.ports import Verdict
from kernel.clock import Clock
from kernel.errors import HotlineError
from outbound.gate import CallingGate
from outbound.rules import is_emergency
from server.installation import number_reader, region_directory
from server.joining import TicketHistory, TicketPeople
from server.parts import Foundation, Records, Shelf, Talk
from server.settings import Settings
from telephony.ledger import Ledger
from telephony.let_in import LetInCalls
from telephony.model import Arrival, Outcome

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class SparedNumbers:
    """The company's own numbers, and those of emergency services, which may call back."""

    gate: CallingGate

    async def is_spared(self, number: str) -> bool:
        """See `customers.ports.Spared`."""
        rules = await self.gate.book.read()
        return is_emergency(number, rules) or number in await self.gate.own_numbers.all()


FAVOURED = frozenset({Level.VIP, Level.BOARD})
"""Customers who may call as often as they like."""
_VERDICTS = {
    Decision.LET_IN: Verdict.LET_IN,
    Decision.TOO_OFTEN: Verdict.TOO_OFTEN,
    Decision.REJECTED: Verdict.BLOCK,
    Decision.TYPE_NUMBER: Verdict.TYPE_NUMBER,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PastCalls:
    """Earlier calls of a number, also those that the ledger has not written yet."""

    let_in: LetInCalls
    ledger: Ledger

    async def before(self, came: Arrival, since: datetime) -> list[PastCall]:
        """Those to the same of our numbers that were let in, without the call itself."""
        found = await self.let_in.since(came.caller_number, came.dialled, since, most=CALLS_MAX)
        seen = {one.call: _past(one.at, one.ended_at, one.outcome, one.wanted_somebody) for one in found}
        for entry in self.ledger.recent_from([came.caller_number]):
            arrival = entry.arrival
            if arrival.dialled != came.dialled or entry.is_outgoing:
                continue
            if entry.decided is Outcome.BLOCKED:
                seen.pop(arrival.call, None)
                continue
            is_wanted = entry.wanted is not None
            seen[arrival.call] = _past(arrival.at, entry.ended_at, entry.outcome, is_wanted)
        seen.pop(came.call, None)
        return list(seen.values())


def _past(at: datetime, ended: datetime | None, outcome: Outcome | None, wanted: bool) -> PastCall:  # noqa: FBT001 - as it is read
    return PastCall(
        at=at,
        lasted_s=(ended - at).total_seconds() if ended else None,
        reached_a_queue=wanted or outcome not in {None, Outcome.ABANDONED},
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Screening:
    """The lists and the limits as a caller's line needs them."""

    lists: CallerLists
    limits: LimitBook
    past: PastCalls
    customers: Customers
    tickets: TicketHistory
    clock: Clock

    async def judge(self, came: Arrival) -> Verdict:
        """What becomes of a call, by who calls."""
        blocked = (await self.lists.of(came.caller_number)).blocked
        if blocked is not None:
            return Verdict.REJECT if blocked.wish.manner is Manner.REJECT else Verdict.BLOCK
        limits = await self.limits.read()
        if limits.are_none:
            return Verdict.LET_IN
        rules, now = limits.of(self.customers.spelled(came.dialled)), self.clock.now()
        decision = decide(rules, came.caller_number, await self.past.before(came, now - HOUR), now)
        if decision is Decision.TOO_OFTEN and await self._is_exempt(came.caller_number):
            return Verdict.LET_IN
        if decision is Decision.TOO_OFTEN and rules.then is Then.MESSAGE:
            return Verdict.MESSAGE
        return _VERDICTS[decision]

    async def _is_exempt(self, number: str) -> bool:
        """Our own numbers, help, favoured customers, and those with a matter that is open."""
        if not number:
            return False
        if await self.lists.spared.is_spared(self.customers.spelled(number)):
            return True
        found = await self.customers.find_by_number(number)
        if found is None:
            return False
        is_favoured = found.record.level in FAVOURED
        return is_favoured or bool(await self.tickets.tickets_of(found.id, only_open=True, limit=1))


def limit_book(settings: Settings) -> LimitBook:
    """How often callers may call; without the file, or with a broken one, any number of times."""
    path, spell = settings.places.callers, number_reader(settings)
    kept = settings.places.last_good / path.name
    file = LastGood(path, kept=kept, parse=lambda text: parse_limits(text, spell=spell))
    try:
        limits = file.at_start() if path.exists() else Limits()
    except HotlineError as error:
        log.error("the limits of callers are broken; there are none", reason=str(error))  # noqa: TRY400 - its words say all
        limits = Limits()
    return LimitBook(limits, file.changed)


def caller_screening(foundation: Foundation, talk: Talk, records: Records, shelf: Shelf) -> Screening:
    """Who is let in."""
    return Screening(
        lists=records.lists,
        limits=limit_book(foundation.settings),
        past=PastCalls(let_in=LetInCalls(foundation.database), ledger=talk.ledger),
        customers=records.customers,
        tickets=TicketHistory(store=shelf.tickets, directory=records.directory),
        clock=foundation.clock,
    )


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
