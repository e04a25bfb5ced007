"""A place that is kept for a customer who is not on the line: who it is for, and its end."""

from dataclasses import replace

from acd.engine import offers, outage
from acd.engine.effects import StopCalling
from acd.engine.state import Call, Timer
from acd.engine.world import World
from acd.events import CallbackEnded
from acd.model import QueueRequest
from acd.promises import Promise, PromiseEnd
from kernel.ids import CallId
from telephony.model import EndReason


def promise_of(call: Call) -> Promise:
    """What a customer was promised who is not on the line."""
    assert call.promise is not None, f"{call.id} is no callback"
    return call.promise


def is_being_called(world: World, call_id: CallId) -> bool:
    """Whether an agent is on the phone and waits for the customer to answer."""
    call = world.calls.get(call_id)
    return call is not None and call.is_absent and promise_of(call).is_dialled


def kept_for(world: World, request: QueueRequest) -> Call | None:
    """The place that is kept for a caller who has come by themselves, where they can have it now.

    A number may be a whole office's. That on which somebody is to be called is theirs; by one that several
    have called from, none of them is known, and all keep their places.
    """
    is_back = request.mark is not None and request.mark.key_ms
    if is_back or not world.promised or world.is_closed(request.queue):
        return None
    numbers = request.numbers or (request.arrival.caller_number,)
    kept = [world.calls[call] for number in numbers for call in world.promised.get(number, ())]
    own = [call for call in kept if promise_of(call).number in numbers]
    if own or len({call.id for call in kept}) == 1:
        return (own or kept)[0]
    return None


def came(world: World, call: Call) -> None:
    """The customer has answered: from here on theirs is a call like any other."""
    outage.end(world)
    _settle(world, call, PromiseEnd.KEPT)
    call.promise = replace(promise_of(call), is_dialled=False)
    call.is_absent = False
    if call.offer is not None:  # the agent is put through now, or is gone
        world.set_timer(Timer.OFFER, call.offer.leg, world.settings.offer_grace_s)


def settle_unseen(world: World, call: Call) -> None:
    """The customer had answered, and it is over: no call is left of it."""
    call.promise = replace(promise_of(call), is_dialled=False)
    end(world, call, PromiseEnd.KEPT)


def end(
    world: World,
    call: Call,
    how: PromiseEnd,
    *,
    by: CallId | None = None,
    reason: EndReason | None = None,
) -> None:
    """Nobody is called any more for this place, and nothing stands there."""
    take_out(world, call)
    _settle(world, call, how, by=by, reason=reason)


def _settle(
    world: World,
    call: Call,
    how: PromiseEnd,
    *,
    by: CallId | None = None,
    reason: EndReason | None = None,
) -> None:
    forget(world, call)
    promise = promise_of(call)
    world.tell(
        CallbackEnded(
            at=world.now.wall,
            promise=promise.id,
            call=call.id,
            queue=call.queue,
            origin=promise.origin,
            number=promise.number,
            end=how,
            by=by,
            reason=reason,
            waited_s=world.waited_s(call),
        )
    )


def take_out(world: World, call: Call) -> None:
    """Takes a place out of its line; an agent whose phone rings for it is free at once."""
    if call.offer is not None:
        offers.withdraw(world, call.offer)
    if promise_of(call).is_dialled:
        world.order(StopCalling(call=call.id))
    world.remove_waiting(call)
    world.unsettled_calls.discard(call.id)
    world.remember_gone(call.id)
    del world.calls[call.id]


def forget(world: World, call: Call) -> None:
    """The place is kept no longer: its customer is there, or somebody else stands for them."""
    world.absent.pop(call.id, None)
    for number in promise_of(call).numbers:
        places = world.promised.get(number, {})
        places.pop(call.id, None)
        if not places:
            world.promised.pop(number, None)
    world.stop_timer(Timer.DIAL, call.id)
    world.stop_timer(Timer.CALLBACK, call.id)
