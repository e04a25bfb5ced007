"""Joins callbacks to what they need: numbers that may be called, opening hours, the ledger of calls."""

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from datetime import datetime

from acd.callbacks import Callbacks
from acd.events import CallbackEnded
from acd.model import QueueRequest as PlaceRequest
from acd.model import QueueRules
from acd.ports import CallbackNeighbours
from acd.promise_store import PromiseStore
from acd.service import Routing
from agent_ui.callbacks import CallbackDesk, Names
from agent_ui.trail import Trail
from infra.database import Database
from ivr.current_site import CurrentSite
from ivr.ports import QueueRequest
from kernel.clock import Clock
from kernel.errors import HotlineError
from kernel.ids import AgentId, CallId, QueueId
from outbound.rules import check, is_emergency
from outbound.rules_file import CallingBook
from outbound.store import OutboundStore
from server.installation import calling_book, number_reader, trunks_file
from server.settings import Settings
from telephony.ledger import Ledger
from telephony.model import Outcome
from telephony.store import CallStore


def place_request(request: QueueRequest) -> PlaceRequest:
    """What a caller asks of a queue, in routing's words."""
    return PlaceRequest(
        arrival=request.arrival,
        queue=request.queue,
        level=request.level,
        known=request.known,
        lost_waits=request.lost_waits,
        needs=dict(request.needs),
        language=request.language,
        flow=request.flow,
        node=request.node,
        matter=request.matter,
        boosts=request.boosts,
        home=request.home,
        since=request.since,
        mark=request.mark,
        numbers=request.numbers,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackLine:
    """Callbacks as a caller's line needs them."""

    callbacks: Callbacks
    read_number: Callable[[str], str]
    """One spelling; raises for what is no number."""
    rules_of: Callable[[QueueId], QueueRules | None]
    site: CurrentSite
    clock: Clock

    async def number_for(self, digits: str) -> str | None:
        """The number that a caller has, or typed; None: nobody can be called on it."""
        try:
            number = self.read_number(digits)
        except HotlineError:
            return None
        return number if await self.callbacks.refusal(number) is None else None

    async def promise(self, request: QueueRequest, number: str) -> None:
        """Keeps the caller's place without a line."""
        await self.callbacks.promise(place_request(request), number)

    async def opens(self, queue: QueueId) -> datetime | None:
        """When a queue opens that is closed now."""
        rules = self.rules_of(queue)
        calendar = (await self.site.read()).calendars.calendars.get(rules.calendar) if rules else None
        return calendar.opens_at(self.clock.now()) if calendar is not None else None


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteCallingRules:
    """Whom the site lets anybody call; the list of who is not called counts for callbacks too."""

    book: CallingBook
    store: OutboundStore
    own_numbers: Callable[[], Awaitable[Collection[str]]]
    """Those that lead here."""

    async def refusal(self, number: str, agent: AgentId | None) -> str | None:
        """Why the number may not be called; None: it may."""
        del agent  # how much one agent may call is asked where agents call of their own accord
        rules = await self.book.read()
        if is_emergency(number, rules):
            return "Nobody asks for a call like this one."
        try:
            check(number, rules, await self.own_numbers())
        except HotlineError as refused:
            return str(refused)
        return "This person does not want to be called." if await self.store.is_listed(number) else None


def callback_neighbours(
    settings: Settings, database: Database, calls: "PromisedCalls", site: CurrentSite
) -> CallbackNeighbours:
    """What callbacks need, joined."""
    spelled, lines = number_reader(settings), trunks_file(settings).at_start()

    async def own_numbers() -> Collection[str]:
        dialled = (await site.read()).numbers.numbers
        shown = (line.caller_id for line in lines)
        return {spelled(number) for number in (*dialled, *filter(None, shown))}

    rules = SiteCallingRules(
        book=calling_book(settings), store=OutboundStore(database), own_numbers=own_numbers
    )
    return CallbackNeighbours(book=PromiseStore(database), rules=rules, ledger=calls)


def callback_desk(routing: Routing, names: Names, trail: Trail) -> CallbackDesk:
    """What people see of callbacks, joined."""
    return CallbackDesk(kept=routing.callbacks, routing=routing, names=names, trail=trail)


def callback_line(settings: Settings, routing: Routing, site: CurrentSite, clock: Clock) -> CallbackLine:
    """What callers' lines need of callbacks, joined."""
    return CallbackLine(
        callbacks=routing.callbacks,
        read_number=number_reader(settings),
        rules_of=routing.rules_of,
        site=site,
        clock=clock,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class PromisedCalls:
    """The ledger as callbacks need it."""

    ledger: Ledger
    book: CallStore

    async def outcome_of(self, call: CallId) -> Outcome | None:
        """How a call ended; None: it goes on, or was never made."""
        found = self.ledger.find(call) or await self.book.find(call)
        return found.outcome if found is not None else None

    async def break_promise(self, ended: CallbackEnded) -> None:
        """Who was not called back is among those who reached nobody."""
        await self.book.break_promise(ended.origin, ended.number, ended.at)
