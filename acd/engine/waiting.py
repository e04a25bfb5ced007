"""Why a call still waits: where it stands, what it is kept for, and who cannot have it."""

from collections import Counter
from collections.abc import Iterator

from acd.engine.lanes import Lane
from acd.engine.needs import are_met
from acd.engine.offers import brief_of
from acd.engine.state import Agent, Call, Timer
from acd.engine.unserved import BUSY, agents_of, why_waiting
from acd.engine.world import World, lane_of
from acd.errors import UnknownQueue
from acd.model import AgentState, Instant, PassedOver
from acd.still_waiting import Waiting
from kernel.ids import AgentId, CallId, QueueId

SOONEST = ("lacks_skill", "ready", "wrap_up", "busy", "not_responding", "on_break", "offline")
"""Who is named first of those who cannot have the call: who is there and could have helped."""


def waiting_of(world: World, call_id: CallId, now: Instant) -> Waiting | None:
    """Why this call still waits; None when it does not."""
    call = world.calls.get(call_id)
    if call is None or call.lane is None:
        return None
    lane, rules = lane_of(call), world.rules_of(call.queue)
    reasons = {agent.id: _why_not(agent, lane) for agent in agents_of(world, lane)}
    waited_s = max(0.0, now.seconds - call.entered_s)
    return Waiting(
        call=call.id,
        queue=call.queue,
        number=call.number,
        level=call.level,
        matter=call.mark.matter,
        position=world.lines[call.queue].places.count_before(call.key) + 1,
        since=call.waiting_since,
        waited_s=waited_s,
        why=why_waiting(world, call, lane),
        boost_s=call.boost_s,
        boosts=call.boosts,
        asked=world.lane_after(call, 0).needs,
        needs=lane.needs,
        asks_less_in_s=_left_s(world, Timer.RELAX, call, now),
        reached=lane.reach,
        home=call.mark.home,
        sticky_agent=call.sticky_agent,
        held_for=call.held_for,
        held_in_all_s=call.held_s + (now.seconds - call.held_since_s if call.held_for is not None else 0.0),
        is_let_go_in_s=_left_s(world, Timer.HOLD, call, now),
        offered_to=call.offer.agent if call.offer is not None else None,
        leaves_in_s=_left_s(world, Timer.MAX_WAIT, call, now) if rules.max_wait_s is not None else None,
        agents=Counter(reasons.values()),
        passed_over=_passed_over(world, call, reasons),
        callback=brief_of(call),
    )


def waiting_in(world: World, queue: QueueId, now: Instant, *, limit: int) -> Iterator[Waiting]:
    """The calls that wait in a queue, who is to be served first at the top."""
    # One that was taken out of the site still has its calls; to ask must not make one.
    if queue not in world.rules and queue not in world.lines:
        raise UnknownQueue(f"There is no queue {queue!r}.")
    for call in world.lines[queue].places.first_few(limit):
        found = waiting_of(world, call, now)
        if found is not None:
            yield found


def _left_s(world: World, timer: Timer, call: Call, now: Instant) -> float | None:
    due_s = world.timers.due_s((timer, call.id))
    return None if due_s is None else max(0.0, due_s - now.seconds)


def _why_not(agent: Agent, lane: Lane) -> str:
    """Why the agent does not have the call now."""
    if agent.state is AgentState.READY and not are_met(lane.needs, agent.skills):
        return "lacks_skill"
    return "busy" if agent.state in BUSY else agent.state.value


def _passed_over(world: World, call: Call, reasons: dict[AgentId, str]) -> tuple[PassedOver, ...]:
    """Who turned the call down, then the others, those first who could have helped soonest."""
    limit = world.settings.explained_candidates_max
    named = {entry.agent for entry in call.turned_down}
    others = sorted((SOONEST.index(reason), agent) for agent, reason in reasons.items() if agent not in named)
    found = [*call.turned_down, *(PassedOver(agent=agent, reason=SOONEST[place]) for place, agent in others)]
    return tuple(found[:limit])
