"""Who may go on a break now, what places are left, and until when a break ought to last."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from acd.break_rules import BreakRules
from acd.engine.state import Agent
from acd.engine.world import World
from acd.errors import BreakFull, UnknownBreak
from acd.model import AgentState
from kernel.ids import AgentId


def check(world: World, agent: Agent, key: str) -> None:
    """Raises unless the agent may take this break. A site without any rules asks for none."""
    rules = world.breaks.get(key)
    if rules is None:
        if world.breaks:
            raise UnknownBreak(f"There is no break {key!r}: choose one of {', '.join(world.breaks)}.")
        return
    if _is_taken(agent, key):
        return
    if places_left(world, agent, rules) == 0:
        raise BreakFull(f"As many colleagues as may are on the break {rules.name_en!r} already.")


def places_left(world: World, agent: Agent, rules: BreakRules) -> int | None:
    """How many of those who share a queue or the branch with the agent may take the break too; None: all.

    Who has asked for it in a call has the place already, so that nobody is refused when the call is over.
    """
    left: list[int] = []
    if rules.queue_at_once is not None:
        for queue in agent.queues:
            members = map(world.agents.__getitem__, world.lines[queue].members)
            left.append(rules.queue_at_once - _taken(members, agent, rules.key))
    if rules.branch_at_once is not None:
        branch = (other for other in world.agents.values() if other.region == agent.region)
        left.append(rules.branch_at_once - _taken(branch, agent, rules.key))
    return max(0, min(left)) if left else None


def breaks_for(world: World, agent_id: AgentId) -> list[tuple[BreakRules, int | None]]:
    """Every break of the site, with the places that are left for this agent; None: no limit."""
    agent = world.agents.get(agent_id) or Agent(id=agent_id)
    return [(rules, places_left(world, agent, rules)) for rules in world.breaks.values()]


def ends_at(world: World, agent: Agent) -> datetime | None:
    """Until when the agent's break may last; None: as long as they like."""
    rules = world.breaks.get(agent.wants_reason) if agent.state is AgentState.ON_BREAK else None
    if rules is None or rules.limit_s is None:
        return None
    return (agent.shown_since or world.now.wall) + timedelta(seconds=rules.limit_s)


def _taken(agents: Iterable[Agent], but: Agent, key: str) -> int:
    return sum(_is_taken(agent, key) for agent in agents if agent is not but)


def _is_taken(agent: Agent, key: str) -> bool:
    return agent.wants is AgentState.ON_BREAK and agent.wants_reason == key
