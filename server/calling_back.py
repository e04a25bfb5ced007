"""Joins callbacks to what they need: numbers that may be called, opening hours, the ledger of calls."""

from collections.abc import Callable
from dataclasses import dataclass, replace
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
from kernel.ids import CallId, QueueId
from outbound.gate import CallingGate
from outbound.rules import Use
from server.installation import number_reader
from server.settings import Settings
from telephony.ledger import Ledger
from telephony.model import Outcome
from telephony.store import NOT_REACHED, CallStore


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
        kept_by_flow=request.kept_by_flow,
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
class CallbackRules:
    """Whom the site lets anybody call back."""

    gate: CallingGate

    async def refusal(self, number: str) -> str | None:
        """Why the number may not be called; None: it may."""
        try:
            await self.gate.require(number, Use.CALLBACK)
        except HotlineError as refused:
            return str(refused)
        return None


def callback_neighbours(database: Database, calls: "PromisedCalls", gate: CallingGate) -> CallbackNeighbours:
    """What callbacks need, joined."""
    return CallbackNeighbours(book=PromiseStore(database), rules=CallbackRules(gate=gate), ledger=calls)


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
        entry = self.ledger.find(ended.origin)
        if entry is not None and entry.wanted is not None:
            # They are on the line still in which it was promised: the book has that call when it is over.
            in_vain = replace(entry.wanted, until=ended.at, turned_away=NOT_REACHED)
            await self.ledger.want(ended.origin, in_vain)
        await self.ledger.flush()
        await self.book.break_promise(ended.origin, ended.number, ended.at)
