"""What the pages show live, made from what routing and the switch report.

Each agent's own state and call are put on the board the moment they change.
Who calls is looked up when the call arrives, so that it is there when a phone rings; the ring never
waits for it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

import structlog

from acd.events import (
    AgentStateChanged,
    CallBegun,
    CallConnected,
    CallDialled,
    CallLeftQueue,
    CallNotReached,
    CallOffered,
    CallParked,
    CallQueued,
    CallsAdopted,
    CallServed,
    ConsultationChanged,
    OfferAdopted,
    OfferEnded,
)
from acd.model import AgentState, ConsultStage, OfferResult, Why
from acd.ports import OfferRecord
from acd.promises import CallbackBrief
from agent_ui.board import EVERY_AGENT, Board, only
from agent_ui.callers import CallerCard, CallerLookup, outgoing, with_caller
from agent_ui.reasons import why_view
from agent_ui.settings import WebSettings
from agent_ui.views import (
    CallCard,
    CallPhase,
    ConsultationView,
    MyState,
    RoutingState,
    SentOn,
    WhyYou,
    callback_view,
)
from agent_ui.wall import Wall, my_state
from customers.events import CallerIdentified, CustomerChanged
from infra.tasks import Tasks
from ivr.events import MenuAnswered
from kernel.briefs import Words
from kernel.bus import Bus
from kernel.events import Event
from kernel.ids import AgentId, CallId, LegId, StaffId, is_guest
from telephony.events import CallArrived, CallEnded, CallTransferred, HoldChanged, SwitchConnected
from telephony.model import Arrival
from tickets.events import TicketChanged

log = structlog.get_logger(__name__)

_CALMED = {"until": None, "held_since": None, "consultation": None}
_OfLeg = CallOffered | OfferAdopted | CallConnected | CallDialled | OfferRecord
AnswerT = TypeVar("AnswerT")
_ADOPTED = WhyYou(code=Why.ADOPTED)
"""After a restart, until the reason that the server before this one had is read."""
_WANTED = frozenset({Why.TAKEN_OVER, Why.OWN_CALL})
"""The agent asked for this call, and need not be asked again."""
FREE_STATES = frozenset(
    {AgentState.OFFLINE, AgentState.READY, AgentState.ON_BREAK, AgentState.NOT_RESPONDING}
)
"""In these an agent has no call, unless one of theirs is parked; without a call none is shown."""


@dataclass(slots=True, kw_only=True)
class _Known:
    """A call that goes on."""

    number: str = ""
    name: str = ""
    caller: CallerCard = field(default_factory=CallerCard)
    said: tuple[Words, ...] = ()
    why: dict[AgentId, WhyYou] = field(default_factory=dict)
    """Why each agent was asked, also by an earlier server."""
    sent_on: SentOn | None = None


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
        self._found_held: Mapping[LegId, datetime] = {}
        """Callers who were on hold when the switch was found; since when, is not known."""

    def start(self, bus: Bus) -> None:
        """Begins to follow. One subscription for all kinds, so that their order is kept."""
        bus.subscribe(Event, self.on_event)
        self._tasks.spawn(self._wall.keep(), name="wallboard")

    async def on_event(self, event: Event) -> None:
        """Puts on the board what an event changed."""
        match event:
            case CallArrived() | CallerIdentified():
                self._on_caller(event)
            case SwitchConnected():
                self._find(event)
            case MenuAnswered():
                self._known(event.call).said = event.said
            case CallEnded():
                self._calls.pop(event.call, None)
            case CallsAdopted():
                known = RoutingState(knows_calls=True)
                self._board.put("routing", known.model_dump(mode="json"), EVERY_AGENT)
            case HoldChanged() | CallTransferred() | ConsultationChanged():
                self._on_talk(event)
            case CallBegun() | CallDialled() | CallNotReached():
                self._on_own_call(event)
            case _:
                self._on_routing(event)

    def _on_caller(self, event: CallArrived | CallerIdentified) -> None:
        if isinstance(event, CallArrived):
            self._remember(event.arrival)
        else:
            self._look_up_soon(event.call)

    async def on_change(self, event: CustomerChanged | TicketChanged) -> None:
        """Shows a caller as they are now, on the screens of calls and of the time after them."""
        for card in list(self._cards.values()):
            if _is_about(event, card):
                call = CallId(card.call_id)
                self._know(call, await self._callers.look_up(call, card.number_shown))

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

    def _on_own_call(self, event: CallBegun | CallDialled | CallNotReached) -> None:
        """Whom an agent calls is shown as who calls would be; nobody else has heard of the call so early."""
        match event:
            case CallBegun():
                self._remember(outgoing(event.call, event.to, event.at))
            case CallDialled():
                if event.agent not in self._cards:  # found after a restart
                    self._show_call(event.agent, self._dialling(event))
                self._update(event.agent, event.call, phase="dialling", since=event.at)
            case CallNotReached():
                self._calls.pop(event.call, None)
                self._drop(event.agent, event.call)

    def _dialling(self, event: CallDialled) -> CallCard:
        known, why = self._known(event.call), WhyYou(code=Why.OWN_CALL)
        return self._card(event, known, phase="dialling", since=event.at, why=why)

    def _find(self, event: SwitchConnected) -> None:
        """What is alive; all else is over."""
        for gone in self._calls.keys() - {call.arrival.call for call in event.snapshot.calls}:
            del self._calls[gone]
        for call in event.snapshot.calls:
            self._remember(call.arrival, is_found=True)
        self._found_held = {leg.leg: event.at for leg in event.snapshot.legs if leg.is_holding}

    def _remember(self, arrival: Arrival, *, is_found: bool = False) -> None:
        if arrival.call in self._calls:
            return
        self._calls[arrival.call] = _Known(number=arrival.caller_number, name=arrival.caller_name)
        self._look_up_soon(arrival.call)
        if is_found:
            self._tasks.spawn(self._recall(arrival.call), name=f"look up what was before in {arrival.call}")

    def _known(self, call: CallId) -> _Known:
        """What is known of a call; of one that is over nothing, and nothing is kept."""
        return self._calls.get(call, _Known())

    def _look_up_soon(self, call: CallId) -> None:
        """Finds out who calls: when they come, and again when they say who they are."""
        if (known := self._calls.get(call)) is not None:
            self._tasks.spawn(self._look_up(call, known.number), name=f"look up caller of {call}")

    async def _look_up(self, call: CallId, number: str) -> None:
        known = await self._ask(call, lambda: self._callers.look_up(call, number))
        if known is not None:
            self._know(call, known)

    def _call_back(self, call: CallId, callback: CallbackBrief, at: datetime) -> None:
        """Whoever is called back is shown as who calls would be, with what they chose when they called."""
        if call not in self._calls:
            self._remember(outgoing(call, callback.number, at))
            recalled = self._recall(callback.origin, shown_by=call)
            self._tasks.spawn(recalled, name=f"look up what was said in {callback.origin}")

    async def _recall(self, call: CallId, *, shown_by: CallId | None = None) -> None:
        """A call that is older than this server, or than the one by which the customer is called back."""
        before = await self._ask(call, lambda: self._callers.recall(call))
        if before is None:
            return
        call = shown_by or call
        known = self._known(call)
        # Whoever chose something meanwhile has told all of it again.
        known.said = known.said or before.said_in_menu
        known.sent_on = known.sent_on or before.sent_on
        known.why = {agent: why_view(offer.explanation) for agent, offer in before.offers.items()} | known.why
        for agent, card in list(self._cards.items()):
            if card.call_id == call:
                why = known.why.get(agent, card.why)
                change = {"said_in_menu": known.said, "why": why, "sent_on": known.sent_on}
                self._show_call(agent, card.model_copy(update=change))

    async def _recall_last(self, agent: AgentId, call: CallId) -> None:
        """A call that was over before this server came, and whose agent is still busy with it."""
        before = await self._ask(call, lambda: self._callers.recall(call))
        if before is None or before.arrival is None or agent not in before.offers:
            return
        arrival, offer = before.arrival, before.offers[agent]
        caller = await self._ask(call, lambda: self._callers.look_up(call, arrival.caller_number))
        mine = MyState.model_validate(self._board.get("me", only(StaffId(agent))))
        if (mine.state, mine.call_id) != (AgentState.WRAP_UP, call):
            return  # done meanwhile
        known = _Known(
            number=arrival.caller_number,
            name=arrival.caller_name,
            caller=caller or CallerCard(),
            said=before.said_in_menu,
        )
        card = self._card(offer, known, phase="wrap_up", since=mine.since, why=why_view(offer.explanation))
        self._show_call(agent, card.model_copy(update={"until": mine.until}))

    async def _ask(self, call: CallId, question: Callable[[], Awaitable[AnswerT]]) -> AnswerT | None:
        """Asks the database, a few questions at a time; None when the answer takes too long."""
        try:
            async with self._look_up_slots, asyncio.timeout(self._settings.pop_lookup_s):
                return await question()
        except TimeoutError:
            log.warning("call not looked up in time", call_id=call)
            return None

    def _know(self, call: CallId, known: CallerCard) -> None:
        self._known(call).caller = known
        for agent, card in list(self._cards.items()):
            if card.call_id == call:
                self._show_call(agent, with_caller(card, known))

    def _ringing(self, event: CallOffered | OfferAdopted) -> CallCard:
        if event.callback is not None:
            self._call_back(event.call, event.callback, event.at)
        known, why = self._known(event.call), _ADOPTED
        if isinstance(event, CallOffered):
            why = why_view(event.explanation)
            if not event.is_return:
                known.why[event.agent] = why
        # Who comes back to their call reads why it came to them in the first place.
        why = known.why.get(event.agent, why)
        card = self._card(event, known, phase="ringing", since=event.at, why=why)
        is_return = isinstance(event, CallOffered) and event.is_return
        answers_itself = is_return or card.why.code in _WANTED
        return card.model_copy(
            update={"answers_itself": answers_itself, "callback": callback_view(event.callback)}
        )

    def _connect(self, event: CallConnected) -> None:
        card = self._cards.get(event.agent)
        if card is None or card.call_id != event.call:
            known = self._known(event.call)
            why = known.why.get(event.agent, _ADOPTED)
            card = self._card(event, known, phase="talking", since=event.talking_since, why=why)
        change = {
            "phase": "talking",
            "since": event.talking_since,
            "leg": event.leg,
            "until": None,
            "held_since": self._found_held.get(event.leg),
            "consultation": None,
            # Who was asked before has the card since then.
            "sent_on": self._known(event.call).sent_on or card.sent_on,
        }
        self._show_call(event.agent, card.model_copy(update=change))

    def _card(
        self, offer: _OfLeg, known: _Known, *, phase: CallPhase, since: datetime, why: WhyYou
    ) -> CallCard:
        card = CallCard(
            call_id=offer.call,
            leg=offer.leg,
            phase=phase,
            since=since,
            queue=offer.queue,
            queue_name=self._wall.queue_name(offer.queue),
            waited_s=0.0 if isinstance(offer, CallDialled) else round(offer.waited_s, 1),
            number_shown=known.number,
            caller_name=known.name,
            why=why,
            said_in_menu=known.said,
            sent_on=known.sent_on,
        )
        return with_caller(card, known.caller)

    def _update(self, agent: AgentId, call: CallId, **change: object) -> None:
        card = self._cards.get(agent)
        if card and card.call_id == call:
            self._show_call(agent, card.model_copy(update=_CALMED | change))

    def _on_consultation(self, event: ConsultationChanged) -> None:
        """Each of the two reads how far they are, and with whom."""
        both = ((event.agent, event.colleague, True), (event.colleague, event.agent, False))
        for reader, other, is_mine in both:
            card = self._cards.get(reader)
            if card is None or card.call_id != event.call:
                continue
            if event.stage is None:
                self._show_call(reader, card.model_copy(update={"consultation": None}))
                continue
            shown = ConsultationView(
                stage=event.stage,
                name=event.outside if is_guest(other) else self._wall.agent_name(other),
                is_mine=is_mine,
                note=event.note or (card.consultation.note if card.consultation else ""),
            )
            phase = card.phase if event.stage is ConsultStage.RINGING else "talking"
            self._show_call(reader, card.model_copy(update={"consultation": shown, "phase": phase}))

    def _on_talk(self, event: HoldChanged | CallTransferred | ConsultationChanged) -> None:
        """What an agent did with the caller."""
        if isinstance(event, ConsultationChanged):
            self._on_consultation(event)
            return
        card = self._cards.get(event.agent)
        if isinstance(event, CallTransferred):
            by = self._wall.agent_name(event.agent)
            self._known(event.call).sent_on = SentOn(by=by, note=event.note)
            self._update(event.agent, event.call, phase="wrap_up", since=event.at)
        elif card and card.call_id == event.call and card.phase == "talking":
            since = event.at if event.is_held else None
            self._show_call(event.agent, card.model_copy(update={"held_since": since}))

    def _drop(self, agent: AgentId, call: CallId) -> None:
        card = self._cards.get(agent)
        if card and card.call_id == call:
            self._show_call(agent, None)

    def _on_state(self, event: AgentStateChanged) -> None:
        self._board.put("me", my_state(event).model_dump(mode="json"), only(StaffId(event.agent)))
        is_parked = event.state is AgentState.NOT_RESPONDING and event.call is not None
        if event.state in FREE_STATES and not is_parked:
            self._show_call(event.agent, None)
        elif event.state is AgentState.WRAP_UP and event.call:
            if event.agent not in self._cards:
                what = f"look up what was before in {event.call}"
                self._tasks.spawn(self._recall_last(event.agent, event.call), name=what)
            self._update(event.agent, event.call, phase="wrap_up", since=event.at, until=event.until)

    def _show_call(self, agent: AgentId, card: CallCard | None) -> None:
        if is_guest(agent):
            return  # has no desk
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
