"""Customers who are called back: their places wait like calls, and are served like calls.

In the queue a promise is a call whose customer is not on the line yet. It has the key of the call in which
it was made, an agent is reserved and rung for it, and once that agent is on the phone the customer is
called. Each call to the customer has a name of its own: after one in vain the place goes on under the next.
"""

from collections.abc import Container
from dataclasses import replace
from datetime import timedelta

from acd.engine import dialling, doors, offers, outage, promised
from acd.engine.availability import forget_missed
from acd.engine.effects import CancelLeg, DialCustomer, StopCalling
from acd.engine.promise_inputs import CancelPromise, CustomerCame, RelyOnPromise, TakePromise
from acd.engine.promised import promise_of
from acd.engine.queueing import KEEPS_PLACE, from_mark, from_request, is_there
from acd.engine.state import Call, Offer, Placed, Timer
from acd.engine.world import World
from acd.errors import NotWaiting
from acd.events import CallbackTried
from acd.model import Exit, OfferResult, QueueRequest
from acd.promises import Promise, PromiseEnd, call_name
from kernel.ids import AgentId, CallId
from telephony.events import CallClosed, CallEnded, Dialling, LegEnded
from telephony.model import CallMark, EndReason, LiveCall, Outcome, Phase, Snapshot

UNCOUNTED = {EndReason.HOTLINE_HUNG_UP, EndReason.SWITCH_LOST, EndReason.NO_LINE}
"""The customer's phone did not ring to the end, through no doing of theirs."""
REACHED = {Outcome.SERVED, Outcome.ABANDONED, Outcome.VOICEMAIL}
"""The customer had answered, whatever came then."""
REASONS = {
    Outcome.BUSY: EndReason.BUSY,
    Outcome.NO_ANSWER: EndReason.NO_ANSWER,
    Outcome.UNREACHABLE: EndReason.UNREACHABLE,
}


def place_of(world: World, request: QueueRequest) -> CallMark | None:
    """The place that a caller would be promised now; None of one who has an agent, or had one just now."""
    known = world.calls.get(request.arrival.call)
    if known is None or known.phase is Phase.SERVED:
        return offers.mark_of(from_request(world, request))
    return offers.mark_of(known) if known.phase is Phase.WAITING else None


def take(world: World, event: TakePromise) -> None:
    """The caller's place goes on without a line; one who talks by now needs no promise."""
    promise, origin = event.promise, _leave_line(world, event.promise.origin)
    if origin is not None:
        promise = replace(promise, mark=offers.mark_of(origin), level=origin.level)
    if event.is_on_the_line and promise.origin not in world.gone:
        world.on_the_line[promise.origin] = promise.call
    _stand(world, promise)


def origin_ended(world: World, origin: CallId) -> None:
    """Who was promised a callback has hung up: from now on they can be called."""
    kept = world.on_the_line.pop(origin, None)
    call = world.calls.get(kept) if kept is not None else None
    if call is not None and call.is_absent and call.is_withheld:
        world.free(call)


def rely(world: World, event: RelyOnPromise) -> None:
    """The caller leaves the line, for they are called from a place that is kept already."""
    _leave_line(world, event.call)


def _leave_line(world: World, call_id: CallId) -> Call | None:
    """The caller waits here no longer, and nobody is rung for them; None where they did not wait."""
    call = world.calls.get(call_id)
    if call is None or call.phase is Phase.SERVED:
        return None
    if call.phase is not Phase.WAITING:
        raise NotWaiting("This caller has an agent by now.")
    if call.offer is not None:
        offers.withdraw(world, call.offer)
    doors.send_away(world, call, Exit.CALLBACK)
    return call


def _stand(world: World, promise: Promise) -> Call:
    """Puts a kept place into its queue's line, at its key."""
    # Whoever sent the caller here is not asked again: nobody is on the line.
    waiting = replace(promise.mark, phase=Phase.WAITING, sent_by=None)
    call = from_mark(world, promise.call, promise.number, promise.made_at, waiting)
    call.promise, call.is_absent, call.level = promise, True, promise.level
    world.absent[call.id] = None
    for number in promise.numbers:
        world.promised.setdefault(number, {})[call.id] = None
    world.add_waiting(call)
    if promise.is_dialled:
        # Found so after a restart: what became of that call, the switch says, or the ledger.
        ring_s = world.rules_of(call.queue).callback.ring_s
        world.set_timer(Timer.DIAL, call.id, ring_s + world.settings.dial_grace_s)
    elif promise.not_before is not None:
        pause_s = (promise.not_before - world.now.wall).total_seconds()
        world.set_timer(Timer.CALLBACK, call.id, max(0.0, pause_s))
    offers.announce_waiting(world, call)
    return call


def _stand_anew(world: World, call: Call, promise: Promise) -> Call:
    """Has the place go on under the name of the next call to the customer."""
    promised.take_out(world, call)
    promised.forget(world, call)
    name = call_name(promise.id, promise.dials, world.now.wall)
    again = _stand(world, replace(promise, call=name, is_dialled=False))
    again.turned_down, again.hold_was_used = call.turned_down, call.hold_was_used
    return again


def due(world: World, call_id: CallId) -> None:
    """The pause after a call in vain is over."""
    call = world.calls.get(call_id)
    if call is not None and call.is_absent and promise_of(call).is_dialled:
        _go_on(world, call, None, EndReason.SWITCH_LOST, pause_s=0.0)
    elif call is not None and call.is_absent and call.is_withheld:
        # By this clock it is over, whatever the one on the wall says.
        call.promise = replace(promise_of(call), not_before=None)
        world.free(call)


def look(world: World) -> None:
    """Some queues have opened or closed, or lines: nobody is rung for who cannot be called back now."""
    for call in [world.calls[call] for call in world.absent]:
        is_at_rest = world.rests(call)
        if is_at_rest and call.offer is not None and not promise_of(call).is_dialled:
            offers.withdraw(world, call.offer)
        if call.offer is None and is_at_rest is not call.is_withheld:
            world.free(call)


# --- an agent is on the phone


def accepted(world: World, event: Dialling) -> None:
    """The agent who was rung is on the phone: the customer is called."""
    call, offer = world.calls.get(event.call), world.offers.get(event.leg)
    if call is None or offer is None or not call.is_absent:
        if event.call in world.gone or call is not None:
            world.order(CancelLeg(leg=event.leg))
        return
    if promise_of(call).is_dialled:
        return
    if world.rests(call):  # closed, or without a line, in this very moment
        offers.withdraw(world, offer)
        world.free(call)
        return
    _dial(world, call, offer)


def _dial(world: World, call: Call, offer: Offer) -> None:
    rules, agent = world.rules_of(call.queue), world.agents[offer.agent]
    promise = replace(promise_of(call), is_dialled=True, dials=promise_of(call).dials + 1)
    call.promise = promise
    agent.rings_in_vain = 0
    forget_missed(world, agent)
    _is_dialled(world, call, offer, rules.callback.ring_s)
    mark = replace(offers.mark_of(call), phase=Phase.DIALLING, agent=agent.id)
    placed = Placed(promise.number, rules.caller_id, rules.callback.ring_s)
    order = dialling.order_for(call, agent, offer.leg, placed, mark)
    world.order(DialCustomer(promise=promise.id, order=order))
    call.is_being_ordered = True


def _is_dialled(world: World, call: Call, offer: Offer, ring_s: float) -> None:
    """The agent's offer lasts until the customer is there, or not."""
    world.stop_timer(Timer.OFFER, offer.leg)
    # A phone that answers at once may never have rung.
    world.stop_timer(Timer.SILENT, offer.leg)
    offer.is_ringing, offer.until = True, world.now.wall + timedelta(seconds=ring_s)
    world.set_timer(Timer.DIAL, call.id, ring_s + world.settings.dial_grace_s)
    dialling.tell_dialled(world, call, world.agents[offer.agent], offer.leg)


def not_called(world: World, call: Call, *, is_forbidden: bool) -> None:
    """The customer was not called after all: the agent is free, and the place is kept."""
    if not promise_of(call).is_dialled:
        return
    if is_forbidden:
        promised.end(world, call, PromiseEnd.FORBIDDEN)
    else:
        _go_on(world, call, None, EndReason.OTHER, pause_s=world.settings.dial_retry_s)


def not_rung(world: World, offer: Offer) -> None:
    """No line could carry the call for which an agent was about to be rung: who is free stays so."""
    outage.begin(world)
    offers.give_back(world, offer)
    look(world)


def customer_came(world: World, event: CustomerCame) -> None:
    """Whoever answered without an agent is first in line; harmless where that is known."""
    call = world.calls.get(event.call)
    if call is not None:
        is_there(world, call)


def call_ended(world: World, event: CallEnded) -> bool:
    """What became of a call to a customer who did not answer; False: it is none."""
    call = world.calls.get(event.call)
    if call is None or not call.is_absent:
        return False
    if promise_of(call).is_dialled:
        not_reached(world, call, event.reason)
    return True


def not_reached(world: World, call: Call, reason: EndReason) -> None:
    """The customer did not answer: the agent is free at once, and they are called again, or given up."""
    # It is over in the switch: there is nothing to stop.
    call.promise = promise = replace(promise_of(call), is_dialled=False)
    agent = call.offer.agent if call.offer is not None else None
    if agent is not None:
        dialling.tell_not_reached(world, call, world.agents[agent], reason)
    if reason is EndReason.NO_LINE:
        outage.begin(world)
        _go_on(world, call, agent, reason, pause_s=outage.left_s(world))
        look(world)
        return
    if reason in UNCOUNTED:
        # It ended through nobody's fault: nobody behind them is to be served before.
        _go_on(world, call, agent, reason, pause_s=0.0)
        return
    outage.end(world)
    call.promise = promise = replace(promise, tries=promise.tries + 1)
    rules = world.rules_of(call.queue).callback
    if promise.tries >= rules.attempts:
        promised.end(world, call, PromiseEnd.NOT_REACHED, reason=reason)
    else:
        _go_on(world, call, agent, reason, pause_s=rules.retry_after_s)


def _go_on(world: World, call: Call, agent: AgentId | None, reason: EndReason, *, pause_s: float) -> None:
    not_before = world.now.wall + timedelta(seconds=pause_s) if pause_s else None
    again = _stand_anew(world, call, replace(promise_of(call), not_before=not_before))
    world.tell(
        CallbackTried(
            at=world.now.wall,
            promise=promise_of(again).id,
            call=call.id,
            agent=agent,
            reason=reason,
            tries=promise_of(again).tries,
            next_call=again.id,
            not_before=not_before,
        )
    )


def leg_ended(world: World, event: LegEnded) -> bool:
    """The agent is gone while the customer's phone rings; False: this is about something else.

    Who hung up does not want the call any more. Whoever vanished leaves the phone ringing: the customer who
    answers is there then, and has the next agent.
    """
    call, offer = world.calls.get(event.call), world.offers.get(event.leg)
    if call is None or not call.is_absent or not promise_of(call).is_dialled or event.was_joined:
        return False
    if offer is None:
        return True
    if event.reason is EndReason.AGENT_HUNG_UP:
        offers.fail(world, offer, OfferResult.REFUSED)
        world.order(StopCalling(call=call.id))
    else:
        offers.give_back(world, offer)
    return True


def hang_up(world: World, call: Call) -> None:
    """A person ends the call to the customer, and stops it: as if the agent's phone had hung up."""
    if call.offer is not None:
        world.order(CancelLeg(leg=call.offer.leg))
        offers.fail(world, call.offer, OfferResult.REFUSED)


def call_closed(world: World, event: CallClosed) -> None:
    """The ledger says how a call ended that nobody here saw end: it went on while no server was there."""
    call = world.calls.get(event.call)
    if call is None or not call.is_absent or not promise_of(call).is_dialled:
        return
    if event.outcome in REACHED:
        promised.settle_unseen(world, call)
    else:
        not_reached(world, call, REASONS.get(event.outcome, EndReason.SWITCH_LOST))


def overdue(world: World, call_id: CallId) -> None:
    """The switch has not said what became of a call: it is ended from here."""
    call = world.calls.get(call_id)
    if call is None or not call.is_absent:
        return
    if not world.is_connected:
        world.set_timer(Timer.DIAL, call_id, world.settings.dial_grace_s)
        return
    world.order(StopCalling(call=call_id))
    not_reached(world, call, EndReason.NO_ANSWER)


def cancel(world: World, event: CancelPromise) -> None:
    """A supervisor takes a promise back."""
    call = world.calls.get(event.call)
    if call is None or not call.is_absent:
        raise NotWaiting("Nobody is to be called back for this any more.")
    promised.end(world, call, PromiseEnd.CANCELLED)


# --- what is found in the switch


def adopt(world: World, snapshot: Snapshot) -> None:
    """Makes the kept places agree with what is alive: calls to customers, and customers' own calls.

    A live call that has the very key of a kept place is that place: the customer took it, or the server died
    before they could be told of the promise.
    """
    alive = {live.arrival.call: live for live in snapshot.calls}
    for origin in world.on_the_line.keys() - alive.keys():
        origin_ended(world, origin)
    taken = {_key(live): live.arrival.call for live in snapshot.calls if _has_key(live)}
    for call in [world.calls[call] for call in world.absent]:
        heir = taken.get((call.key.tier, call.key.ms, call.key.sequence))
        if heir is not None and heir != call.id:
            promised.end(world, call, PromiseEnd.CALLED_IN, by=heir)
        elif _has_vanished(call, alive):
            # The ledger is about to tell what became of that call; if nobody knows, it counts for nothing.
            world.stop_timer(Timer.DIAL, call.id)
            world.set_timer(Timer.CALLBACK, call.id, world.settings.dial_grace_s)


def adopt_legs(world: World, snapshot: Snapshot) -> None:
    """Agents who were found on the phone for a customer."""
    alive = {live.arrival.call for live in snapshot.calls}
    for leg in snapshot.legs:
        call, offer = world.calls.get(leg.call), world.offers.get(leg.leg)
        if call is None or offer is None or not call.is_absent or not (leg.dials and leg.is_answered):
            continue
        if _has_vanished(call, alive):
            offers.withdraw(world, offer)
            world.free(call)
        elif call.is_being_ordered:
            continue
        elif promise_of(call).is_dialled:
            _is_dialled(world, call, offer, world.rules_of(call.queue).callback.ring_s)
        else:
            accepted(world, Dialling(at=world.now.wall, call=call.id, leg=leg.leg, agent=leg.agent))


def _has_vanished(call: Call, alive: Container[CallId]) -> bool:
    """Whether a customer was called, and is not any more; who is about to be, the switch cannot know."""
    return promise_of(call).is_dialled and call.id not in alive and not call.is_being_ordered


def _has_key(live: LiveCall) -> bool:
    mark = live.mark
    if mark is None or not mark.key_ms:
        return False
    # Who was called before, was given up and has answered all the same has the place too.
    return mark.phase in KEEPS_PLACE or (mark.phase is Phase.DIALLING and live.is_answered)


def _key(live: LiveCall) -> tuple[int, int, int]:
    assert live.mark is not None, "checked before"
    return live.mark.tier, live.mark.key_ms, live.mark.sequence
