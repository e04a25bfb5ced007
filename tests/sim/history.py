"""What was told to others, and what must hold of it: seen from outside, without a look at how it was decided.

Where the checks in `invariants` ask whether the engine agrees with itself, these ask whether what people are
told makes sense: an agent has one offer at most, a call one agent at most, every stay in a queue ends once,
nobody waits while somebody who can help is ready, and nobody is served before who came first, but for holds
that are stated.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from acd.engine.effects import DialCustomer, Effect, MarkCall, RememberPromise
from acd.engine.needs import are_met
from acd.engine.state import Agent
from acd.engine.waiting import waiting_of
from acd.engine.world import World
from acd.events import (
    AgentStateChanged,
    CallbackEnded,
    CallbackTried,
    CallConnected,
    CallLeftQueue,
    CallOffered,
    CallParked,
    CallQueued,
    CallServed,
    OfferAdopted,
    OfferEnded,
)
from acd.model import AgentState, Exit
from acd.promises import PromiseEnd, PromiseId
from acd.still_waiting import StillWaiting, Waiting
from kernel.ids import AgentId, CallId, LegId
from telephony.events import CallTransferred
from telephony.model import CallMark, Phase

HELD = {StillWaiting.HELD_FOR_OWN_AGENT, StillWaiting.BEING_TAKEN, StillWaiting.CALLED_LATER}
AT_WORK = {AgentState.TALKING, AgentState.RINGING, AgentState.RESERVED, AgentState.WRAP_UP}
HAIR_S = 0.01


class Stay(StrEnum):
    """Where a call was last told to be."""

    UNKNOWN = "unknown"
    WAITS = "waits"
    TALKS = "talks"
    PARKED = "parked"
    SENT_ON = "sent on"
    OVER = "over"


MAY_RING = {Stay.WAITS, Stay.PARKED, Stay.SENT_ON, Stay.UNKNOWN}
MAY_BE_PARKED = {Stay.TALKS, Stay.SENT_ON, Stay.UNKNOWN}
MAY_BE_SERVED = {Stay.TALKS, Stay.PARKED, Stay.SENT_ON, Stay.UNKNOWN}
MAY_LEAVE = {Stay.WAITS, Stay.SENT_ON, Stay.UNKNOWN}


@dataclass(slots=True)
class Told:
    """What was told of one call."""

    stay: Stay = Stay.UNKNOWN
    agent: AgentId | None = None
    offer: LegId | None = None
    mark: CallMark | None = None
    held_s: float = 0.0


class History:
    """Listens to all that the engine says."""

    def __init__(self) -> None:
        self.calls: dict[CallId, Told] = {}
        self.states: dict[AgentId, AgentState] = {}
        self.ringing: dict[AgentId, LegId] = {}
        self.connected: Counter[CallId] = Counter()
        self.served: Counter[CallId] = Counter()
        self.abandoned: Counter[CallId] = Counter()
        self.sent_away: Counter[CallId] = Counter()
        self.exits: Counter[Exit] = Counter()
        self.dialled: dict[PromiseId, list[CallId]] = {}
        """The calls that were ordered to keep a promise."""
        self.promises_ended: dict[PromiseId, PromiseEnd] = {}
        self.holds = 0
        """How often somebody was seen held for an agent they know."""
        self._offered: list[CallOffered] = []

    def begin_anew(self) -> None:
        """A new server knows nothing of what the one before it told."""
        self.states.clear()
        self.ringing.clear()
        for told in self.calls.values():
            told.stay, told.offer, told.agent = Stay.UNKNOWN, None, None

    def of(self, call: CallId) -> Told:
        return self.calls.setdefault(call, Told())

    def note(self, effects: Iterable[Effect]) -> None:
        for effect in effects:
            self._note(effect)

    def _note(self, effect: Effect) -> None:
        match effect:
            case MarkCall():
                self.of(effect.call).mark = effect.mark
            case CallQueued():
                self._queued(effect)
            case AgentStateChanged():
                self.states[effect.agent] = effect.state
            case CallOffered() | OfferAdopted():
                self._rings(effect)
            case OfferEnded():
                self._rings_no_more(effect)
            case _:
                self._note_talk(effect)

    def _note_talk(self, effect: Effect) -> None:
        match effect:
            case CallConnected():
                self._talks(effect)
            case CallParked():
                assert self.of(effect.call).stay in MAY_BE_PARKED, f"{effect.call} was parked out of nowhere"
                self.of(effect.call).stay = Stay.PARKED
            case CallTransferred():
                assert self.of(effect.call).stay is Stay.TALKS, f"{effect.call} was sent on out of nowhere"
                self.of(effect.call).stay = Stay.SENT_ON
            case CallServed() | CallLeftQueue():
                self._ends(effect)
            case _:
                self._note_promise(effect)

    def _note_promise(self, effect: Effect) -> None:
        """A place without a line goes on under the next call's name, until it is settled, once."""
        match effect:
            case RememberPromise(promise=promise):
                self.of(promise.call).mark = promise.mark
            case DialCustomer():
                dialled = self.dialled.setdefault(effect.promise, [])
                others = (self.of(call).stay for call in dialled if call != effect.order.call)
                assert Stay.WAITS not in others, f"{effect}: two at once"
                assert effect.promise not in self.promises_ended, f"{effect} of a promise that is settled"
                dialled.append(effect.order.call)
            case CallbackTried():
                self.of(effect.call).stay = Stay.OVER
            case CallbackEnded():
                assert effect.promise not in self.promises_ended, f"{effect} once more"
                self.promises_ended[effect.promise] = effect.end
                if effect.end is not PromiseEnd.KEPT:
                    self.of(effect.call).stay = Stay.OVER

    def _queued(self, event: CallQueued) -> None:
        told = self.of(event.call)
        assert told.stay is not Stay.TALKS, f"{event.call} waits and talks"
        if told.stay is not Stay.WAITS:
            told.stay, told.agent, told.held_s = Stay.WAITS, None, 0.0

    def _rings(self, event: CallOffered | OfferAdopted) -> None:
        told = self.of(event.call)
        assert event.agent not in self.ringing, f"{event.agent} has two offers"
        assert told.offer is None, f"{event.call} is offered twice"
        phase = told.mark.phase if told.mark is not None else None
        is_asked_about = told.stay is Stay.TALKS and phase is Phase.HELD
        assert told.stay in MAY_RING or is_asked_about, f"{event.call} {told.stay} and is offered"
        assert all(
            other.agent != event.agent or other.stay is not Stay.TALKS for other in self.calls.values()
        ), f"{event.agent} is rung while talking"
        self.ringing[event.agent] = told.offer = event.leg
        is_by_place = phase is Phase.WAITING  # else this agent was named
        if isinstance(event, CallOffered) and is_by_place and not event.is_return:
            self._offered.append(event)

    def _rings_no_more(self, event: OfferEnded) -> None:
        told = self.of(event.call)
        assert self.ringing.pop(event.agent) == told.offer == event.leg, f"{event} of another offer"
        told.offer = None

    def _talks(self, event: CallConnected) -> None:
        told = self.of(event.call)
        assert event.agent not in self.ringing, f"{event.agent} talks and is rung"
        assert told.offer is None, f"{event.call} talks and is offered"
        for call, other in self.calls.items():
            is_theirs = other.stay is Stay.TALKS and other.agent == event.agent
            assert call == event.call or not is_theirs, f"{event.agent} talks with two"
        told.stay, told.agent = Stay.TALKS, event.agent
        self.connected[event.call] += 1

    def _ends(self, event: CallServed | CallLeftQueue) -> None:
        told = self.of(event.call)
        if isinstance(event, CallServed):
            assert told.stay in MAY_BE_SERVED, f"{event} of one who {told.stay}"
            self.served[event.call] += 1
        else:
            assert told.stay in MAY_LEAVE, f"{event} of one who {told.stay}"
            assert told.offer is None, f"{event.call} left and rings"
            (self.abandoned if event.is_abandoned else self.sent_away)[event.call] += 1
            if event.exit is not None:
                self.exits[event.exit] += 1
        told.stay = Stay.OVER

    # --- what must hold between two inputs

    def check(self, world: World) -> None:
        offered, self._offered = self._offered, []
        if not world.is_connected:
            return
        waiting = [
            found
            for call, told in self.calls.items()
            if told.stay is Stay.WAITS and (found := waiting_of(world, call, world.now)) is not None
        ]
        for one in waiting:
            self._check_hold(world, one)
            self._nobody_ready_could_help(world, one)
            for event in offered:
                if event.call != one.call and one.why not in HELD and one.offered_to is None:
                    self._was_not_before(world.agents[event.agent], event, one)

    def _nobody_ready_could_help(self, world: World, one: Waiting) -> None:
        if one.why in HELD or one.offered_to is not None:
            assert one.held_for is None or self.states.get(one.held_for) is not AgentState.READY, one
            return
        for agent, state in self.states.items():
            is_ready = state is AgentState.READY
            assert not (is_ready and _may_serve(world.agents[agent], one)), f"{agent} is ready, {one}"

    def _check_hold(self, world: World, one: Waiting) -> None:
        """It is for the agent whom the caller knows, who works, and not for longer than the rules say."""
        if one.held_for is None:
            return
        self.holds += 1
        sticky = world.rules_of(one.queue).sticky
        assert one.held_for == one.sticky_agent, one
        assert self.states[one.held_for] in AT_WORK, (
            f"{one.call} waits for who is {self.states[one.held_for]}"
        )
        longest_s = max(sticky.hold_s, sticky.holds_s.get(one.level, 0.0))
        assert one.held_in_all_s <= longest_s + HAIR_S, one

    def _was_not_before(self, agent: Agent, event: CallOffered, one: Waiting) -> None:
        mine, theirs = self.of(event.call).mark, self.of(one.call).mark
        if mine is None or theirs is None or theirs.phase is not Phase.WAITING:
            return
        is_before = _place(theirs) < _place(mine)
        assert not (is_before and _may_serve(agent, one)), f"{event.call} overtook {one}"


def _place(mark: CallMark) -> tuple[int, int, int]:
    return (mark.tier, mark.key_ms, mark.sequence)


def _may_serve(agent: Agent, one: Waiting) -> bool:
    """By what is told of the call, and of the agent's queues and skills."""
    is_member = bool({one.queue, *one.reached} & set(agent.queues))
    return is_member and are_met(one.needs, agent.skills)
