"""When a busy agent is to be expected back."""

from acd.engine.state import Agent, Call, Timer
from acd.engine.world import World


def chance_free(world: World, agent: Agent, within_s: float) -> float | None:
    """How likely a busy agent is to be free within this time; None when that cannot be told."""
    if agent.call is not None:
        call = world.calls[agent.call]
        since = call.talking_since or world.now.wall
        return _chance(world, agent, call, (world.now.wall - since).total_seconds(), within_s)
    if agent.offer is not None:
        return _chance(world, agent, world.calls[agent.offer.call], 0.0, within_s)
    due_s = world.timers.due_s((Timer.WRAP_UP, agent.id))
    return None if due_s is None else float(due_s - world.now.seconds <= within_s)


def _chance(world: World, agent: Agent, call: Call, lasted_s: float, within_s: float) -> float | None:
    """That a talk which has lasted so long ends in time for the agent's wrap-up to be over as well."""
    wrap_up_s = world.rules_of(call.queue).wrap_up_s if agent.wrap_up_s is None else agent.wrap_up_s
    return world.lines[call.queue].talks.chance_to_end(
        max(0.0, lasted_s), within_s - wrap_up_s, counts_min=world.settings.talks_counted_min
    )
