"""People outside who take part in one call: experts, and whoever answers a number that an agent typed.

For as long as the call needs them they stand among the agents, and are nobody's agent: they have no desk, no
queue, no state and no time after the call, and can do nothing but answer and hang up. A call has one at most.
"""

from dataclasses import replace

from acd.engine.state import Agent, Call, Timer
from acd.engine.world import World
from kernel.ids import GUESTS_FROM, GUESTS_MAX, AgentId, is_guest
from telephony.destinations import Outside


def invite(world: World, call: Call, outside: Outside) -> Agent:
    """Somebody outside is going to take part in this call."""
    # By the clock, so that none of before a restart is taken for this one.
    number = int(world.now.wall.timestamp() * 100) % GUESTS_MAX
    while GUESTS_FROM + number in world.agents:
        number += 1
    call.outside = outside
    return world.agent(AgentId(GUESTS_FROM + number))


def has_next_number(call: Call, agent: AgentId) -> bool:
    """Whether a guest who did not answer has a number that was not tried yet; that one counts from now on."""
    if not is_guest(agent) or call.outside is None or len(call.outside.numbers) < 2:
        return False
    call.outside = replace(call.outside, numbers=call.outside.numbers[1:])
    return True


def shown(call: Call, agent: AgentId) -> str:
    """How a guest is called by others; "" for who works here."""
    return call.outside.shown if is_guest(agent) and call.outside is not None else ""


def ring_s(world: World, agent: AgentId) -> float:
    """How long whoever is sent a caller, or asked, is rung."""
    return world.settings.outside_ring_s if is_guest(agent) else world.settings.transfer_ring_s


def must_accept(call: Call, agent: Agent) -> bool:
    """Whether whoever answers is asked to press a key before they have the caller.

    A mailbox never does. Who is asked by an agent is heard by the agent first, who knows a mailbox.
    """
    return agent.must_accept or (agent.is_guest and call.consultation is None and call.leg is None)


def say_goodbye(world: World) -> None:
    """Forgets those whom no call needs any more."""
    for agent in [world.agents[guest] for guest in world.guests]:
        if (agent.offer, agent.call, agent.parked, agent.consulted, agent.watch) == (None,) * 5:
            world.guests.discard(agent.id)
            world.stop_timer(Timer.RETRY, agent.id)
            del world.agents[agent.id]
