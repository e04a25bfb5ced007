"""Calls and agents brought together, once everything else of a turn is done."""

from collections.abc import Iterable
from operator import itemgetter

from acd.engine import doors, reserving
from acd.engine.availability import READY, will_be_free
from acd.engine.experience import chance_free
from acd.engine.explaining import explain
from acd.engine.lanes import Lane
from acd.engine.offers import make_offer
from acd.engine.state import WAITING, Agent, Call
from acd.engine.strategy import Wanted
from acd.engine.world import World, lane_of
from acd.model import Why
from kernel.ids import AgentId, CallId

_KEY = itemgetter(0)
"""Of a line's head, which is a key and the call that stands there."""


Place = tuple[Agent | None, float]
"""Where a call goes that comes into a line: to an agent, into the hold for one for so long, or its lane."""


def settle(world: World) -> None:
    """Makes every offer that the turn made possible.

    Before the turn nobody waited while a suitable agent was idle, so only agents who became idle
    and calls that came into a lane need to be looked at. A freed agent takes the smallest key of
    all; a new call takes the agent its queue's strategy prefers.
    """
    if not world.is_connected:
        return
    if world.doubtful_reserves:
        # Before anybody is given a call: whoever helps from now on may be the one to have it.
        reserving.look(world)
    if world.unsettled_agents or world.unsettled_calls or world.doubtful:
        _settle(world)
    while world.doubtful_reserves and reserving.look(world):
        # Who was sent away has changed what is to be expected.
        _settle(world)


def _settle(world: World) -> None:
    if world.doubtful:
        _empty_closed(world)
    agents, calls = world.unsettled_agents, world.unsettled_calls
    if not (agents or calls):
        return
    world.unsettled_agents, world.unsettled_calls = set(), set()
    _bring_together(world, _in_idle_order(world, agents), _in_key_order(world, calls), calls)


def _bring_together(world: World, freed: list[Agent], new: list[Call], unplaced: set[CallId]) -> None:
    put_off = _serve(world, freed, unplaced) if freed else {}
    for agent in freed:
        if agent.state is READY:
            world.stand_idle(agent)
    for call in new:
        _place(world, call)
        unplaced.remove(call.id)
        if call.id in put_off:
            # One of them has it, or it is held: the others take the next in line before a later call chooses.
            for first, agents in _serve(world, put_off.pop(call.id), unplaced).items():
                put_off[first] = [*put_off.get(first, ()), *agents]


def _empty_closed(world: World) -> None:
    doubtful = sorted(world.doubtful)
    world.doubtful.clear()
    for queue in doubtful:
        doors.look(world, queue)


def _in_idle_order(world: World, unsettled: set[AgentId]) -> list[Agent]:
    agents = list(map(world.agents.__getitem__, unsettled))
    if len(agents) > 1:
        agents.sort(key=lambda agent: (agent.idle_since_s, agent.id))
    return agents


def _in_key_order(world: World, unsettled: set[CallId]) -> list[Call]:
    calls = list(filter(None, map(world.calls.get, unsettled)))
    if len(calls) > 1:
        calls.sort(key=lambda call: call.key)
    return calls


def _serve(world: World, agents: Iterable[Agent], unplaced: set[CallId]) -> dict[CallId, list[Agent]]:
    """Each idle agent takes the smallest key; a call that still chooses for itself puts its agents off."""
    put_off: dict[CallId, list[Agent]] = {}
    for agent in agents:
        if agent.state is not READY:
            continue
        call = smallest_for(world, agent)
        if call is not None and call.id in unplaced:
            put_off.setdefault(call.id, []).append(agent)
        elif call is not None:
            make_offer(world, call, agent, explain(world, call, agent, why=Why.FREED_AND_FIRST_IN_LINE))
    return put_off


def smallest_for(world: World, agent: Agent) -> Call | None:
    """The first call among those held for the agent and those of the lanes that the agent may serve."""
    heads = [agent.held.head, *[free.head for free in agent.lanes.values()]]
    first = min(filter(None, heads), key=_KEY, default=None)
    return world.calls[first[1]] if first is not None else None


def _place(world: World, call: Call) -> None:
    """Gives a call that came into a line its agent, or lets it wait: for its own agent or for anyone."""
    if call.phase is not WAITING or call.offer is not None:
        return
    if call.held_for is not None or call.is_withheld:
        return
    lane = lane_of(call)
    agent, hold_s = place_of(world, call, lane)
    if agent is not None and hold_s > 0:
        world.hold(call, agent, hold_s)
    elif agent is not None:
        make_offer(world, call, agent, explain(world, call, agent))
    elif (exit_ := doors.exit_of(world, call)) is not None:
        doors.send_away(world, call, exit_)
    else:
        world.lines[call.queue].pace.begin(world.now.seconds)


def place_of(world: World, call: Call, lane: Lane) -> Place:
    """Which agent a call of this lane would be given now, or held for."""
    own = _own_agent(world, call, lane)
    if own is None:
        return (_preferred(world, call, lane), 0.0)
    if own.state is READY:
        return (own, 0.0)
    hold_s = _hold_s(world, call, own)
    return (own, hold_s) if hold_s > 0 else (_preferred(world, call, lane), 0.0)


def _preferred(world: World, call: Call, lane: Lane) -> Agent | None:
    """Whom the queue's strategy chooses among the idle."""
    if lane.strategy.is_settled_when_idle:
        first = lane.idle.head
        return world.agents[first[1]] if first is not None else None
    wanted, order = Wanted(lane.needs, call.mark.region, world.now.seconds), lane.strategy.order
    candidates = (world.agents[agent] for agent in lane.idle)
    return min(candidates, key=lambda agent: order(agent, wanted), default=None)


def _own_agent(world: World, call: Call, lane: Lane) -> Agent | None:
    """The agent whom the caller knows, if able to serve the call and ready sooner or later."""
    agent = world.agents.get(call.sticky_agent) if call.sticky_agent is not None else None
    if agent is None or lane not in agent.lanes or not will_be_free(world, agent):
        return None
    return agent


def _hold_s(world: World, call: Call, own: Agent) -> float:
    """How long the call may wait for its busy agent, who must be likely enough to be free by then.

    A hold is used once: who waited in vain for an agent is not made to wait for that agent again.
    """
    if call.hold_was_used or doors.exit_of(world, call) is not None:
        return 0.0
    rules = world.rules_of(call.queue)
    hold_s = rules.sticky.holds_s.get(call.level, rules.sticky.hold_s)
    if rules.sticky.is_capped_by_service_level:
        hold_s = min(hold_s, rules.service_level_s - world.waited_s(call))
    if hold_s <= 0 or not rules.sticky.least_chance:
        return hold_s
    chance = chance_free(world, own, hold_s)
    call.is_own_agent_late = chance is not None and chance < rules.sticky.least_chance
    return 0.0 if call.is_own_agent_late else hold_s
