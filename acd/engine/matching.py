"""Calls and agents brought together, once everything else of a turn is done."""

from collections.abc import Iterable

from acd.engine.availability import will_be_free
from acd.engine.explaining import explain
from acd.engine.offers import make_offer
from acd.engine.state import Agent, Call, World
from acd.model import AgentState, Key, Why
from kernel.ids import CallId
from telephony.model import Phase


def settle(world: World) -> None:
    """Makes every offer that the turn made possible.

    Before the turn nobody waited while a suitable agent was idle, so only agents who became idle
    and calls that came into a line need to be looked at. A freed agent takes the smallest key of
    all; a new call takes the agent its queue's strategy prefers.
    """
    if not world.is_connected or not (world.unsettled_agents or world.unsettled_calls):
        return
    freed = _in_idle_order(world)
    new = _in_key_order(world)
    new_ids = {call.id for call in new}
    world.unsettled_agents.clear()
    world.unsettled_calls.clear()
    _serve(world, freed, leave=new_ids)
    for call in new:
        _place(world, call)
    if new_ids:
        _serve(world, freed, leave=set())


def _in_idle_order(world: World) -> list[Agent]:
    agents = [world.agents[agent] for agent in world.unsettled_agents]
    return sorted(agents, key=lambda agent: (agent.idle_since_s, agent.id))


def _in_key_order(world: World) -> list[Call]:
    calls = [world.calls[call] for call in world.unsettled_calls if call in world.calls]
    return sorted(calls, key=lambda call: call.key)


def _serve(world: World, agents: Iterable[Agent], *, leave: set[CallId]) -> None:
    """Each idle agent takes the smallest key; calls in `leave` are left to choose for themselves."""
    for agent in agents:
        if agent.state is not AgentState.READY:
            continue
        call = smallest_for(world, agent)
        if call is not None and call.id not in leave:
            make_offer(world, call, agent, explain(world, call, agent, why=Why.FREED_AND_FIRST_IN_LINE))


def smallest_for(world: World, agent: Agent) -> Call | None:
    """The first call among those held for the agent and those of the agent's queues."""
    found: tuple[Key, CallId] | None = agent.held.first()
    for queue in agent.queues:
        line = world.lines.get(queue)
        first = line.free.first() if line is not None else None
        if first is not None and (found is None or first[0] < found[0]):
            found = first
    return world.calls[found[1]] if found is not None else None


def _place(world: World, call: Call) -> None:
    """Gives a call that came into a line its agent, or lets it wait: for its own agent or for anyone."""
    if call.phase is not Phase.WAITING or call.offer is not None:
        return
    if call.held_for is not None or call.is_withheld:
        return
    own = _own_agent(world, call)
    if own is not None and own.state is AgentState.READY:
        make_offer(world, call, own, explain(world, call, own, why=Why.STICKY))
        return
    hold_s = _hold_s(world, call, own)
    if own is not None and hold_s > 0:
        world.hold(call, own, hold_s)
        return
    first = world.line(call.queue).idle.first()
    if first is not None:
        agent = world.agents[first[1]]
        make_offer(world, call, agent, explain(world, call, agent))


def _own_agent(world: World, call: Call) -> Agent | None:
    """The agent whom the caller knows, if still a member of the queue and ready sooner or later."""
    agent = world.agents.get(call.sticky_agent) if call.sticky_agent is not None else None
    if agent is None or call.queue not in agent.queues or not will_be_free(world, agent):
        return None
    return agent


def _hold_s(world: World, call: Call, own: Agent | None) -> float:
    """How long the call may wait for its busy agent.

    A hold is used once: who waited in vain for an agent is not made to wait for that agent again.
    """
    if own is None or call.hold_was_used:
        return 0.0
    rules = world.rules_of(call.queue)
    if not rules.sticky.is_capped_by_service_level:
        return rules.sticky.hold_s
    return min(rules.sticky.hold_s, rules.service_level_s - world.waited_s(call))
