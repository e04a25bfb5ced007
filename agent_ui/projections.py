"""What the pages show live, made from what routing and the switch report.

Each agent's own state and call are put on the board the moment they change.
Who calls is looked up when the call arrives, so that it is there when a phone rings; the ring never
waits for it.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

import structlog

from acd.events import (
    AgentStateChanged,
    CallConnected,
    CallLeftQueue,
    CallOffered,
    CallParked,
    CallQueued,
    CallsAdopted,
    CallServed,
    OfferAdopted,
    OfferEnded,
)
from acd.model import AgentState, Explanation, OfferResult, Why
from agent_ui.board import EVERY_AGENT, Board, only
from agent_ui.settings import WebSettings
from agent_ui.views import CallCard, CallPhase, MyState, RoutingState, WhyYou
from agent_ui.wall import Wall
from customers.events import CustomerChanged
from infra.tasks import Tasks
from ivr.events import MenuAnswered
from kernel.briefs import CallBrief, CustomerBrief, TicketBrief, Words
from kernel.bus import Bus
from kernel.events import Event
from kernel.ids import AgentId, CallId, StaffId
from telephony.events import CallArrived, CallEnded, SwitchConnected
from telephony.model import Arrival
from tickets.events import TicketChanged

log = structlog.get_logger(__name__)

_ToldOfLeg = CallOffered | OfferAdopted | CallConnected
_ADOPTED = WhyYou(code=Why.ADOPTED)
"""After a restart, until the reason that the server before this one had is read."""
FREE_STATES = frozenset(
    {AgentState.OFFLINE, AgentState.READY, AgentState.ON_BREAK, AgentState.NOT_RESPONDING}
)
"""In these an agent has no call, unless one of theirs is parked; without a call none is shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerCard:
    """What is known of who calls."""

    customer: CustomerBrief | None = None
    last_calls: tuple[CallBrief, ...] = ()
    open_tickets: tuple[TicketBrief, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CallSoFar:
    """What an earlier server knew of a call that goes on."""

    said_in_menu: tuple[Words, ...] = ()
    why: Mapping[AgentId, WhyYou] = field(default_factory=dict)
    """Why each agent was asked; returns to one's own call are no reason."""


@dataclass(slots=True, kw_only=True)
class _Known:
    """A call that goes on."""

    number: str = ""
    name: str = ""
    caller: CallerCard = field(default_factory=CallerCard)
    said: tuple[Words, ...] = ()
    why: dict[AgentId, WhyYou] = field(default_factory=dict)
    """Why each agent was asked, also by an earlier server."""


class CallerLookup(Protocol):
    """Finds out who calls."""

    async def look_up(self, number: str) -> CallerCard:
        """Customer, earlier calls and open tickets of the number; empty for strangers."""
        ...

    async def recall(self, call: CallId) -> CallSoFar:
        """What an earlier server knew of a call that goes on."""
        ...


class Projections:
    """Keeps the board true to what happens."""

    def __init__(
        self,
        *,
        board: Board,
        wall: Wall,
        callers: CallerLookup,
        tasks: Tasks,
        settings: WebSettings,
    ) -> None:
        self._board = board
        self._wall = wall
        self._callers = callers
        self._tasks = tasks
        self._settings = settings
        self._look_up_slots = asyncio.Semaphore(settings.pop_lookups_at_once)
        self._calls: dict[CallId, _Known] = {}
        self._cards: dict[AgentId, CallCard] = {}

    def start(self, bus: Bus) -> None:
        """Begins to follow. One subscription for all kinds, so that their order is kept."""
        bus.subscribe(Event, self.on_event)
        self._tasks.spawn(self._wall.keep(), name="wallboard")

    async def on_event(self, event: Event) -> None:
        """Puts on the board what an event changed."""
        match event:
            case CallArrived():
                self._remember(event.arrival)
            case SwitchConnected():
                for gone in self._calls.keys() - {call.arrival.call for call in event.snapshot.calls}:
                    del self._calls[gone]
                for call in event.snapshot.calls:
                    self._remember(call.arrival, is_found=True)
            case MenuAnswered():
                self._known(event.call).said = event.said
            case CallEnded():
                self._calls.pop(event.call, None)
            case CallsAdopted():
                known = RoutingState(knows_calls=True)
                self._board.put("routing", known.model_dump(mode="json"), EVERY_AGENT)
            case _:
                self._on_routing(event)

    async def on_change(self, event: CustomerChanged | TicketChanged) -> None:
        """Shows a caller as they are now, on the screens of calls and of the time after them."""
        for card in list(self._cards.values()):
            if _is_about(event, card):
                self._know(CallId(card.call_id), await self._callers.look_up(card.number_shown))

    def _on_routing(self, event: Event) -> None:
        match event:
            case CallOffered() | OfferAdopted():
                self._show_call(event.agent, self._ringing(event))
            case CallConnected():
                self._connect(event)
            case CallParked():
                self._update(event.agent, event.call, phase="parked", since=event.at, until=event.until)
            case CallServed():
                self._update(event.agent, event.call, phase="wrap_up", since=event.at)
            case OfferEnded(result=result) if result is not OfferResult.ANSWERED:
                self._drop(event.agent, event.call)
            case AgentStateChanged():
                self._on_state(event)
            case CallQueued() | CallLeftQueue() | OfferEnded():
                pass
            case _:
                return
        self._wall.renew()

    def _remember(self, arrival: Arrival, *, is_found: bool = False) -> None:
        if arrival.call in self._calls:
            return
        self._calls[arrival.call] = _Known(number=arrival.caller_number, name=arrival.caller_name)
        self._tasks.spawn(self._look_up(arrival), name=f"look up caller of {arrival.call}")
        if is_found:
            self._tasks.spawn(self._recall(arrival.call), name=f"look up what was before in {arrival.call}")

    def _known(self, call: CallId) -> _Known:
        """What is known of a call; of one that is over nothing, and nothing is kept."""
        return self._calls.get(call, _Known())

    async def _look_up(self, arrival: Arrival) -> None:
        try:
            async with self._look_up_slots, asyncio.timeout(self._settings.pop_lookup_s):
                known = await self._callers.look_up(arrival.caller_number)
        except TimeoutError:
            log.warning("caller not looked up in time", call_id=arrival.call)
            return
        self._know(arrival.call, known)

    async def _recall(self, call: CallId) -> None:
        """A call that is older than this server: what the one before it knew."""
        try:
            async with self._look_up_slots, asyncio.timeout(self._settings.pop_lookup_s):
                before = await self._callers.recall(call)
        except TimeoutError:
            log.warning("call not recalled in time", call_id=call)
            return
        known = self._known(call)
        # Whoever chose something meanwhile has told all of it again.
        known.why, known.said = {**before.why, **known.why}, known.said or before.said_in_menu
        for agent, card in list(self._cards.items()):
            if card.call_id == call:
                change = {"said_in_menu": known.said, "why": known.why.get(agent, card.why)}
                self._show_call(agent, card.model_copy(update=change))

    def _know(self, call: CallId, known: CallerCard) -> None:
        self._known(call).caller = known
        for agent, card in list(self._cards.items()):
            if card.call_id == call:
                self._show_call(agent, _with_caller(card, known))

    def _ringing(self, event: CallOffered | OfferAdopted) -> CallCard:
        if isinstance(event, OfferAdopted):
            return self._card(event, "ringing", self._reason(event, _ADOPTED))
        why = why_view(event.explanation)
        if event.is_return:
            return self._card(event, "ringing", self._reason(event, why), answers_itself=True)
        self._known(event.call).why[event.agent] = why
        return self._card(event, "ringing", why)

    def _reason(self, event: _ToldOfLeg, unknown: WhyYou) -> WhyYou:
        """Why the call came to this agent in the first place."""
        return self._known(event.call).why.get(event.agent, unknown)

    def _connect(self, event: CallConnected) -> None:
        card = self._cards.get(event.agent)
        if card is None or card.call_id != event.call:
            card = self._card(event, "talking", self._reason(event, _ADOPTED))
        change = {"phase": "talking", "since": event.talking_since, "leg": event.leg, "until": None}
        self._show_call(event.agent, card.model_copy(update=change))

    def _card(
        self, event: _ToldOfLeg, phase: CallPhase, why: WhyYou, *, answers_itself: bool = False
    ) -> CallCard:
        known = self._known(event.call)
        card = CallCard(
            call_id=event.call,
            leg=event.leg,
            phase=phase,
            since=event.at,
            queue=event.queue,
            queue_name=self._wall.queue_name(event.queue),
            waited_s=round(event.waited_s, 1),
            number_shown=known.number,
            caller_name=known.name,
            why=why,
            answers_itself=answers_itself,
            said_in_menu=known.said,
        )
        return _with_caller(card, known.caller)

    def _update(self, agent: AgentId, call: CallId, **change: object) -> None:
        card = self._cards.get(agent)
        if card and card.call_id == call:
            self._show_call(agent, card.model_copy(update={"until": None} | change))

    def _drop(self, agent: AgentId, call: CallId) -> None:
        card = self._cards.get(agent)
        if card and card.call_id == call:
            self._show_call(agent, None)

    def _on_state(self, event: AgentStateChanged) -> None:
        mine = MyState(
            state=event.state, since=event.since, until=event.until, reason=event.reason, call_id=event.call
        )
        self._board.put("me", mine.model_dump(mode="json"), only(StaffId(event.agent)))
        is_parked = event.state is AgentState.NOT_RESPONDING and event.call is not None
        if event.state in FREE_STATES and not is_parked:
            self._show_call(event.agent, None)
        elif event.state is AgentState.WRAP_UP and event.call:
            self._update(event.agent, event.call, phase="wrap_up", since=event.at, until=event.until)

    def _show_call(self, agent: AgentId, card: CallCard | None) -> None:
        if card is None:
            self._cards.pop(agent, None)
        else:
            self._cards[agent] = card
        self._board.put("call", card.model_dump(mode="json") if card else None, only(StaffId(agent)))


def _is_about(event: CustomerChanged | TicketChanged, card: CallCard) -> bool:
    if card.customer is not None:
        return card.customer.id == event.customer
    # Who was a stranger may be a customer by this change; a ticket alone makes nobody one.
    return isinstance(event, CustomerChanged)


def _with_caller(card: CallCard, known: CallerCard) -> CallCard:
    return card.model_copy(
        update={
            "customer": known.customer,
            "last_calls": tuple(call for call in known.last_calls if call.call_id != card.call_id),
            "open_tickets": known.open_tickets,
        }
    )


def why_view(explanation: Explanation) -> WhyYou:
    """Routing's reason as pages show it."""
    return WhyYou(
        code=explanation.why,
        boost_s=explanation.boost_s,
        overtook=explanation.overtook,
        held_for_sticky_s=explanation.held_for_sticky_s,
        idle_s=explanation.idle_s,
        candidates=explanation.candidates,
    )
