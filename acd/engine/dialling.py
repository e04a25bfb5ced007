"""A customer is called for an agent who is on the phone: agents' own calls and callbacks alike."""

from acd.engine.availability import refresh
from acd.engine.state import Agent, Call, Placed
from acd.engine.world import World
from acd.events import CallDialled, CallNotReached
from kernel.ids import LegId
from telephony.model import CallMark, CallOut, EndReason


def order_for(call: Call, agent: Agent, leg: LegId, placed: Placed, mark: CallMark) -> CallOut:
    """What the switch is told."""
    return CallOut(
        call=call.id,
        leg=leg,
        agent=agent.id,
        to=placed.to,
        shown=placed.shown,
        ring_s=placed.ring_s,
        mark=mark,
    )


def tell_dialled(world: World, call: Call, agent: Agent, leg: LegId) -> None:
    """Says that the customer's phone rings for the agent."""
    told = CallDialled(at=world.now.wall, call=call.id, agent=agent.id, leg=leg, queue=call.queue)
    world.tell(told)
    refresh(world, agent)


def tell_not_reached(world: World, call: Call, agent: Agent, reason: EndReason) -> None:
    """Says why the agent has nobody to talk to."""
    told = CallNotReached(
        at=world.now.wall, call=call.id, agent=agent.id, queue=call.queue, to=call.number, reason=reason
    )
    world.tell(told)
