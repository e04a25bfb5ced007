"""Why nobody has served a call that leaves its queue, in as little time as a caller's hanging up is worth."""

from collections.abc import Iterator
from itertools import chain

from acd.engine.lanes import Lane
from acd.engine.needs import are_met
from acd.engine.state import Agent, Call
from acd.engine.world import World
from acd.model import AgentState
from acd.still_waiting import StillWaiting, Unserved

BUSY = {AgentState.TALKING, AgentState.RINGING, AgentState.RESERVED}


def unserved_of(world: World, call: Call) -> Unserved | None:
    """What is to be kept of a call's waiting; None when it does not wait.

    To be asked before the phone that rings for the call is let go.
    """
    lane = call.lane
    if lane is None:
        return None
    return Unserved(
        why=why_waiting(world, call, lane),
        boosts=call.boosts,
        asked=world.lane_after(call, 0).needs,
        needs=lane.needs,
        reached=lane.reach,
        sticky_agent=call.sticky_agent,
        held_for=call.held_for,
        offered_to=call.offer.agent if call.offer is not None else None,
        passed_over=call.turned_down[: world.settings.explained_candidates_max],
    )


def why_waiting(world: World, call: Call, lane: Lane) -> StillWaiting:
    """The first thing that has to change before the call has an agent."""
    if not world.is_connected:
        return StillWaiting.NO_SWITCH
    if call.offer is not None:
        return StillWaiting.RINGING
    if call.is_withheld:
        return StillWaiting.CALLED_LATER if world.rests(call) else StillWaiting.BEING_TAKEN
    return StillWaiting.HELD_FOR_OWN_AGENT if call.held_for is not None else _why_nobody(world, lane)


def _why_nobody(world: World, lane: Lane) -> StillWaiting:
    """Looks at no more agents than it takes: mostly the first is busy."""
    is_anyone_there = is_anyone_able = is_anyone_on_duty = False
    for agent in agents_of(world, lane):
        is_anyone_there = True
        if not are_met(lane.needs, agent.skills):
            continue
        is_anyone_able = True
        if agent.state in BUSY or agent.state is AgentState.WRAP_UP:
            return StillWaiting.ALL_BUSY
        is_anyone_on_duty = is_anyone_on_duty or agent.is_on_duty
    if is_anyone_there and not is_anyone_able:
        return StillWaiting.NOBODY_HAS_THE_SKILLS
    return StillWaiting.NOBODY_READY if is_anyone_on_duty else StillWaiting.NOBODY_ON_DUTY


def agents_of(world: World, lane: Lane) -> Iterator[Agent]:
    """Everybody of the lane's queue, and of those that it has reached."""
    members = world.lines[lane.queue].members
    if lane.reach:
        members = dict.fromkeys(chain(members, *(world.lines[queue].members for queue in lane.reach)))
    return map(world.agents.__getitem__, members)
