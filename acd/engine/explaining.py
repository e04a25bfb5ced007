"""Why an agent got a call: the record that is stored and shown."""

from dataclasses import replace

from acd.engine.lanes import Lane, Line
from acd.engine.needs import are_met
from acd.engine.state import Agent, Call, Kept
from acd.engine.strategy import branch_of
from acd.engine.unserved import BUSY
from acd.engine.world import World, lane_of
from acd.model import ORDINARY, Explanation, Key, PassedOver, Why
from acd.reserves import Help
from kernel.ids import AgentId
from kernel.value import maker

new_explanation = maker(Explanation)

KEPT_FOR = {
    Kept.LOST: Why.RETURN_TO_OWN_CALL,
    Kept.SENT: Why.TRANSFERRED,
    Kept.TAKEN_OVER: Why.TAKEN_OVER,
    Kept.RETURNED: Why.TRANSFER_RETURNED,
}


def explain(world: World, call: Call, agent: Agent, *, why: Why | None = None) -> Explanation:
    """Explains an offer that is about to be made; `why` None means that the strategy chose."""
    lane = lane_of(call)
    candidates = len(lane.idle) + (agent.id not in lane.idle) if lane.idle.head is not None else 1
    if call.sticky_agent == agent.id:
        why = Why.STICKY
    elif why is None:
        why = lane.strategy.why if candidates > 1 else Why.ONLY_CANDIDATE
    held_s = call.held_s + (world.now.seconds - call.held_since_s if call.held_for is not None else 0.0)
    return new_explanation(
        why=why,
        boost_s=call.boost_s,
        overtook=_overtaken(world.lines[call.queue], call),
        held_for_sticky_s=held_s,
        sticky_agent=call.sticky_agent,
        idle_s=world.now.seconds - agent.idle_since_s,
        candidates=candidates,
        passed_over=_passed_over(world, call, agent, lane),
        asked=world.lane_after(call, 0).needs,
        needs=lane.needs,
        reached=lane.reach,
        boosts=call.boosts,
        home=call.mark.home,
        is_help=bool(world.help) and _is_help(world, call, agent),
        branch=branch_of(agent.region, call.mark.region) if lane.strategy.why is Why.REGION else None,
    )


def explain_own_call() -> Explanation:
    """Explains why an agent is rung who wants to call somebody."""
    return Explanation(
        why=Why.OWN_CALL,
        boost_s=0.0,
        overtook=0,
        held_for_sticky_s=0.0,
        sticky_agent=None,
        idle_s=None,
        candidates=1,
    )


def _is_help(world: World, call: Call, agent: Agent) -> bool:
    """Whether the agent has the call as one of the reserve alone."""
    stand = world.help.get(call.queue)
    if stand is None or stand.help is not Help.GIVEN or call.queue in agent.queues:
        return False
    return not set(stand.queues).isdisjoint(agent.queues)


def explain_return(call: Call) -> Explanation:
    """Explains why an agent is rung for the call that was theirs, or that was sent to them."""
    return Explanation(
        why=KEPT_FOR[call.kept or Kept.LOST],
        boost_s=call.boost_s,
        overtook=0,
        held_for_sticky_s=call.held_s,
        sticky_agent=call.sticky_agent,
        idle_s=None,
        candidates=1,
        boosts=call.boosts,
    )


def explain_consulted(call: Call) -> Explanation:
    """Explains why an agent is rung by a colleague who has a caller."""
    return replace(explain_return(call), why=Why.CONSULTED)


def _overtaken(line: Line, call: Call) -> int:
    """How many still wait before whom the call would not stand without its boost, in O(log n)."""
    key = call.key
    if call.boost_s <= 0 and key.tier == ORDINARY:
        return 0
    without = Key(ORDINARY, key.ms + int(call.boost_s * 1000), key.sequence)
    return max(0, line.places.count_before(without) - line.places.count_before(key) - 1)


def _passed_over(world: World, call: Call, chosen: Agent, lane: Lane) -> tuple[PassedOver, ...]:
    limit = world.settings.explained_candidates_max
    if not limit:
        return ()
    found = list(call.turned_down)
    if call.sticky_agent is not None and call.sticky_agent != chosen.id:
        found.append(PassedOver(agent=call.sticky_agent, reason=_why_not(world, call, lane)))
    idle = world.lines[lane.queue].anyone.idle
    if idle.head is not None and len(found) < limit:
        named = {chosen.id, *(entry.agent for entry in found)}
        others = [agent for agent in idle.first_few(limit + 1) if agent not in named]
        reasons = (_why_later(world, call, chosen, agent, lane) for agent in others)
        found += map(_passed, others, reasons)
    return tuple(found[:limit])


def _why_later(world: World, call: Call, chosen: Agent, agent: AgentId, lane: Lane) -> str:
    """Why an idle agent comes after the one who was chosen."""
    if agent not in lane.idle:
        return "lacks_skill"
    if call.sticky_agent == chosen.id:
        return "caller_knows_another"
    if lane.strategy.why is not Why.REGION:
        return lane.strategy.passed_over
    home = call.mark.region
    is_as_near = branch_of(world.agents[agent].region, home) is branch_of(chosen.region, home)
    return "idle_shorter" if is_as_near else "farther"


def _passed(agent: AgentId, reason: str) -> PassedOver:
    return PassedOver(agent=agent, reason=reason)


def _why_not(world: World, call: Call, lane: Lane) -> str:
    """Why the agent whom the caller knows did not get the call."""
    agent = world.agents.get(call.sticky_agent) if call.sticky_agent is not None else None
    if agent is None or call.queue not in agent.queues:
        return "not_in_queue"
    if not are_met(lane.needs, agent.skills):
        return "lacks_skill"
    if agent.state in BUSY:
        return "busy_for_long" if call.is_own_agent_late else "busy"
    return str(agent.state)
