"""How long callers still wait: for supervisors; and for callers, with their place, while both are sure."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from acd.announcing import Announcing, Outlook
from acd.engine.expected_wait import Boosted, Estimate, Movement, Newcomers, Rate
from acd.engine.state import Agent, Call
from acd.engine.world import World, lane_of
from acd.events import CallbackEnded, CallbackTried, CallConnected, CallLeftQueue, CallQueued
from acd.model import AgentState, Exit
from acd.promises import PromiseEnd
from acd.settings import AcdSettings
from acd.still_waiting import Waiting
from kernel.clock import Clock
from kernel.events import Event
from kernel.ids import CallId, QueueId

AGENTS_COUNTED_EVERY_S = 1.0
CLASSES_KEPT = 200
RARE = 0.01
"""So few of a class lately, and none is expected: such as each of the waits that were given back."""
NEW_S = 1.0
"""A call that is said to wait, and came no longer ago, is a new one."""
NOT_GONE = {PromiseEnd.KEPT, PromiseEnd.CALLED_IN}
"""The customer is on the line now, at the same place."""


@dataclass(slots=True)
class _Past:
    """What was seen of a queue."""

    began_s: float
    counted_s: float = -math.inf
    """When its agents on duty were last counted."""
    movement: Movement = field(default_factory=Movement)
    shared: set[QueueId] = field(default_factory=set)
    """Other queues that its agents on duty serve."""
    classes: dict[Boosted, Rate] = field(default_factory=dict)


class Outlooks:
    """Watches how queues move, and says what is to be expected, and what is sure enough to be told.

    It is told what routing publishes, and asks nothing of the engine but how it stands: no event costs the
    engine more for it. After a restart nothing is known yet, and nothing is said.
    """

    def __init__(self, world: World, clock: Clock, settings: AcdSettings) -> None:
        self._world = world
        self._clock = clock
        self._settings = settings
        self._pasts: dict[QueueId, _Past] = {}

    def note(self, event: Event) -> None:
        """Takes a published event; only arrivals and ends of waits matter."""
        if isinstance(event, CallQueued | CallConnected | CallLeftQueue):
            if event.queue not in self._world.rules:
                return
            at_s = event.at.timestamp()
            past = self._pasts.get(event.queue)
            if past is None:
                past = self._pasts[event.queue] = _Past(began_s=at_s)
            self._note(past, event, at_s)
        elif isinstance(event, CallbackTried):
            again = self._world.calls.get(event.next_call)
            self._look_at_rest(again.queue if again is not None else None, event.at.timestamp())
        elif isinstance(event, CallbackEnded) and event.end not in NOT_GONE:
            self._note_unserved(event)

    def _note_unserved(self, event: CallbackEnded) -> None:
        """Who could not be called back has left the line like who gives up: those behind have moved on."""
        past = self._pasts.get(event.queue)
        if past is not None:
            others_wait = self._somebody_waits(event.queue)
            past.movement.leave(event.at.timestamp(), event.waited_s, self._settings, others_wait=others_wait)

    def _look_at_rest(self, queue: QueueId | None, at_s: float) -> None:
        """A place is kept, and nobody stands at it: agents who are idle meanwhile are not slow."""
        past = self._pasts.get(queue) if queue is not None else None
        if past is not None and queue is not None and not self._somebody_waits(queue):
            past.movement.rest(at_s)

    def _note(self, past: _Past, event: CallQueued | CallConnected | CallLeftQueue, at_s: float) -> None:
        others_wait = self._somebody_waits(event.queue)
        self._count_agents(past, event.queue, at_s)
        if isinstance(event, CallQueued):
            self._note_class(past, event, at_s)
            if others_wait:
                past.movement.begin(at_s)
        elif isinstance(event, CallLeftQueue) and event.exit is Exit.CALLBACK:
            # Nobody has given up: who is to be called back stands where they stood.
            self._look_at_rest(event.queue, at_s)
        elif isinstance(event, CallLeftQueue):
            past.movement.leave(at_s, event.waited_s, self._settings, others_wait=others_wait)
        elif event.is_first:
            past.movement.take(at_s, event.waited_s, self._settings, others_wait=others_wait)

    def _note_class(self, past: _Past, event: CallQueued, at_s: float) -> None:
        call = self._world.calls.get(event.call)
        if call is None or (event.at - event.waiting_since).total_seconds() >= NEW_S:
            return
        memory_s = self._settings.outlook_memory_s
        if len(past.classes) > CLASSES_KEPT:
            rates = past.classes.items()
            past.classes = {of: rate for of, rate in rates if rate.lately(at_s, memory_s) > RARE}
        past.classes.setdefault((call.key.tier, round(call.boost_s)), Rate()).note(at_s, memory_s)

    def of(self, call_id: CallId) -> Outlook | None:
        """What this caller may be told now; None when the queue tells nothing, or the call does not wait."""
        call = self._world.calls.get(call_id)
        if call is None or call.lane is None:
            return None
        announcing = self._world.rules_of(call.queue).announcing
        if announcing is None:
            return None
        position, expected_s = self._sure(call, announcing, self._clock.now().timestamp())
        return Outlook(announcing=announcing, position=position, expected_s=expected_s)

    def reckoned(self, waiting: Waiting) -> Waiting:
        """With how long the call will still wait, sure or not: callers are never told of another wait."""
        call = self._world.calls.get(waiting.call)
        found = self._reckon(call) if call is not None and call.lane is not None else None
        return replace(waiting, expected_s=found.wait_s) if found is not None else waiting

    def _reckon(self, call: Call) -> Estimate | None:
        past, now_s = self._pasts.get(call.queue), self._clock.now().timestamp()
        if past is None or not self._is_one_order(call):
            return None
        self._count_agents(past, call.queue, now_s)
        return self._estimate(past, call, now_s)

    def _sure(self, call: Call, announcing: Announcing, now_s: float) -> tuple[int | None, float | None]:
        past = self._pasts.get(call.queue)
        if past is None or not self._is_one_order(call):
            return None, None
        self._count_agents(past, call.queue, now_s)
        if not past.movement.serving:
            return None, None
        found = self._estimate(past, call, now_s)
        ahead = self._world.lines[call.queue].places.count_before(call.key)
        is_kept = self._keeps_place(past, call, found, now_s)
        position = ahead + 1 if announcing.tells_position and is_kept else None
        return position, self._expected_s(found) if announcing.tells_wait else None

    def _expected_s(self, found: Estimate | None) -> float | None:
        if found is None or found.spread_s > found.wait_s * self._settings.outlook_spread_max:
            return None
        return found.wait_s

    def _keeps_place(self, past: _Past, call: Call, found: Estimate | None, now_s: float) -> bool:
        is_seen = now_s - past.began_s >= self._settings.outlook_seen_min_s
        if not is_seen or self._others_are_before(past, call):
            return False
        if found is not None:
            overtakers = found.overtakers
        else:
            overtakers = sum(
                come.within(self._settings.outlook_max_s) for come in self._newcomers(past, call, now_s)
            )
        return -math.expm1(-overtakers) <= self._settings.overtaken_chance_max

    def _estimate(self, past: _Past, call: Call, now_s: float) -> Estimate | None:
        world, key = self._world, call.key
        ringing = sum(
            offer.call != call.id and other.queue == call.queue and other.key < key
            for offer in world.offers.values()
            if (other := world.calls[offer.call]).lane is not None
        )
        ahead = world.lines[call.queue].places.count_before(key) - ringing
        return past.movement.estimate(ahead, self._newcomers(past, call, now_s), now_s, self._settings)

    def _newcomers(self, past: _Past, call: Call, now_s: float) -> Iterator[Newcomers]:
        memory_s, key = self._settings.outlook_memory_s, call.key
        for (tier, boost_s), rate in past.classes.items():
            for_s = key.ms / 1000 + boost_s - now_s
            if tier != key.tier:
                for_s = math.inf if tier < key.tier else 0.0
            yield Newcomers(rate.per_s(now_s, past.began_s, memory_s), for_s)

    def _is_one_order(self, call: Call) -> bool:
        """Whether all who wait in the queue are for the same agents, and none is kept for one of them."""
        if call.offer is not None or call.held_for is not None or call.is_withheld or call.is_overdue:
            return False
        needs = lane_of(call).needs
        lanes = self._world.lines[call.queue].lanes.values()
        return all(lane.needs == needs or not len(lane.free) for lane in lanes)

    def _others_are_before(self, past: _Past, call: Call) -> bool:
        """Whether somebody waits in another queue whom these agents will serve before the caller."""
        line = self._world.lines[call.queue]
        reached = (lane.free.head for lane in line.served if lane.queue != call.queue)
        shared = (self._world.lines[queue].places.first() for queue in past.shared)
        return any(first is not None and first[0] < call.key for first in (*reached, *shared))

    def _somebody_waits(self, queue: QueueId) -> bool:
        return any(len(lane.free) for lane in self._world.lines[queue].lanes.values())

    def _count_agents(self, past: _Past, queue: QueueId, now_s: float) -> None:
        if 0 <= now_s - past.counted_s < AGENTS_COUNTED_EVERY_S:
            return
        agents = map(self._world.agents.__getitem__, self._world.lines[queue].members)
        serving = [agent for agent in agents if _goes_on(agent)]
        past.movement.serving = len(serving)
        past.shared = {other for agent in serving for other in agent.queues} - {queue}
        past.counted_s = now_s


def _goes_on(agent: Agent) -> bool:
    """Whether the agent takes another call, now or after the one that runs."""
    return agent.wants is AgentState.READY and agent.state not in {
        AgentState.NOT_RESPONDING,
        AgentState.OFFLINE,
    }
