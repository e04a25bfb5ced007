"""A caller's flow has somebody outside called for them: an expert, or whoever is on duty.

They are rung like who is sent a caller by an agent, one number after another, and take the caller by a key.
Who has sent the caller is nobody of the site: the guest stands for that, and a later server reads it in the
call's own mark. Where nobody takes the caller, the flow says what then.
"""

from acd.engine import conversation, guests, queueing, transferring
from acd.engine.flow_inputs import Reach
from acd.engine.state import SERVED, Kept
from acd.engine.world import World
from acd.errors import UnknownQueue


def reach(world: World, event: Reach) -> None:
    """Has the numbers rung in turn; harmless for a caller for whom that is done already."""
    request = event.request
    known = world.calls.get(request.arrival.call)
    if request.arrival.call in world.gone or (known is not None and known.phase is not SERVED):
        return
    if request.queue not in world.rules:
        raise UnknownQueue(f"There is no queue {request.queue!r}.")
    transferring.require_switch(world)
    call = queueing.from_request(world, request)
    world.calls[call.id] = call
    guest = guests.invite(world, call, event.outside)
    call.sent_by = guest.id
    transferring.keep_for(world, call, guest, Kept.SENT)
    conversation.bring_back(world, guest)
