"""Agents call customers: the agent is on the phone first, then the customer's phone rings.

Until they talk the call is nobody's but this agent's, who is shown as dialling and given no other. Once they
do it is a call like any other, and may be held, sent on or lost; whoever is lost before comes to the agent
anew, or to anybody of the queue in whose name they were called.
"""

from collections.abc import Container, Iterable

from acd.engine import consulting, conversation, dialling, offers, promises
from acd.engine.availability import refresh
from acd.engine.effects import CallCustomer, CancelLeg, StopCalling
from acd.engine.explaining import explain_own_call
from acd.engine.inputs import HangUp, NotCalled, PlaceCall
from acd.engine.queueing import from_live
from acd.engine.state import DIALLING, Agent, Call, Kept, Offer, Placed
from acd.engine.world import World
from acd.errors import NotFreeToCall, UnknownQueue
from acd.events import CallBegun
from acd.model import ORDINARY, AgentState, Key, OfferResult
from kernel.ids import CallId, LegId
from telephony.events import CallEnded, CallPlaced, Dialling, LegEnded
from telephony.model import CallMark, EndReason, LiveCall, LiveLeg

MAY_CALL = {AgentState.READY, AgentState.ON_BREAK, AgentState.WRAP_UP}


def place(world: World, event: PlaceCall) -> None:
    """Rings the agent who wants to call a customer; the same press told twice is one call."""
    if event.call in world.calls or event.call in world.gone:
        return
    agent = world.agent(event.agent)
    if agent.state not in MAY_CALL or not world.is_reachable(agent) or not world.is_connected:
        raise NotFreeToCall(
            "You can call once you are online, with a phone that is connected and not in use."
        )
    if event.queue not in world.rules:
        raise UnknownQueue(f"There is no queue {event.queue!r}.")
    now = world.now
    call = Call(
        id=event.call,
        queue=event.queue,
        key=Key(ORDINARY, int(now.wall.timestamp() * 1000), world.next_sequence()),
        number=event.to,
        waiting_since=now.wall,
        entered_s=now.seconds,
        queued_s=now.seconds,
        boost_s=0.0,
        sticky_agent=None,
        mark=CallMark(phase=DIALLING, language=event.language),
        phase=DIALLING,
        # Nobody has waited, and no queue has answered anybody by it.
        waited_s=0.0,
        talked_before=True,
        agent=agent.id,
        placed=Placed(event.to, event.shown, event.ring_s),
    )
    world.calls[call.id] = call
    world.tell(CallBegun(at=now.wall, call=call.id, agent=agent.id, queue=call.queue, to=event.to))
    timeout_s = world.rules_of(call.queue).offer_timeout_s
    offers.make_return_offer(world, call, agent, timeout_s, explain_own_call())


def began(world: World, event: Dialling) -> None:
    """The agent is on the phone, and hears a ringing tone: the customer is called."""
    call, offer = world.calls.get(event.call), world.offers.get(event.leg)
    if call is not None and call.placed is not None and call.placed.leg == event.leg:
        return
    if call is None or call.placed is None or offer is None:
        world.order(CancelLeg(leg=event.leg))
        return
    _, agent = offers.drop(world, offer, OfferResult.ANSWERED)
    _dial(world, call, agent, event.leg)
    order = dialling.order_for(call, agent, event.leg, call.placed, call.mark)
    world.order(CallCustomer(order=order))
    call.is_being_ordered = True


def placed(world: World, event: CallPlaced) -> None:
    """The switch has the order to call the customer: from now on it tells of them."""
    if call := world.calls.get(event.arrival.call):
        call.is_being_ordered = False


def _dial(world: World, call: Call, agent: Agent, leg: LegId) -> None:
    assert call.placed is not None, f"{call.id} was not placed"
    call.phase, call.agent, call.placed.leg = DIALLING, agent.id, leg
    agent.call, agent.is_dialling = call.id, True
    call.mark = offers.mark_of(call)
    dialling.tell_dialled(world, call, agent, leg)


def is_dialled(call: Call | None) -> bool:
    """Whether the customer has still to answer, or the agent whose phone rings first."""
    return call is not None and call.phase is DIALLING


def leg_ended(world: World, event: LegEnded) -> None:
    """Whoever hangs up while the customer's phone rings thinks better of it; so does a phone that is lost."""
    call = world.calls.get(event.call)
    is_theirs = call is not None and call.placed is not None and call.placed.leg == event.leg
    if call is None or not is_dialled(call) or not is_theirs or event.was_joined:
        consulting.leg_ended(world, event)
    else:
        give_up(world, call, EndReason.AGENT_HUNG_UP)


def give_up(world: World, call: Call, reason: EndReason) -> None:
    """Ends the ringing of the customer's phone, and of the agent's."""
    assert call.placed is not None, f"{call.id} was not placed"
    leg = call.placed.leg
    if leg is not None:
        world.order(StopCalling(call=call.id))
    over(world, call, reason)


def over(world: World, call: Call, reason: EndReason) -> None:
    """Nobody talked: the agent is free at once, and reads why."""
    if call.offer is not None:
        offers.withdraw(world, call.offer)
    world.remember_gone(call.id)
    world.calls.pop(call.id, None)
    if call.agent is None:
        return
    agent = world.agents[call.agent]
    if call.placed is not None and call.placed.leg is not None:
        world.order(CancelLeg(leg=call.placed.leg))
        agent.withdrawn_at_s = world.now.seconds
    if agent.call == call.id:
        agent.call, agent.is_dialling = None, False
    dialling.tell_not_reached(world, call, agent, reason)
    refresh(world, agent)


def not_taken(world: World, call: Call) -> None:
    """The agent's own phone did not take it, or the agent talks to someone else."""
    give_up(world, call, EndReason.OTHER)


def failed(world: World, event: NotCalled) -> None:
    """The switch did not take the order to call the customer."""
    call = world.calls.get(event.call)
    if call is not None and call.is_absent:
        promises.not_called(world, call, is_forbidden=event.is_forbidden)
    elif call is not None and is_dialled(call):
        give_up(world, call, EndReason.SWITCH_LOST)


def not_rung(world: World, offer: Offer) -> None:
    """No outside line: without one there is no customer, or not even the agent."""
    call = world.calls[offer.call]
    if call.is_absent:
        promises.not_rung(world, offer)
    elif is_dialled(call):
        over(world, call, EndReason.NO_LINE)
    else:
        offers.fail(world, offer, OfferResult.UNREACHABLE)


def ended(world: World, event: CallEnded) -> None:
    """The customer's phone rings no more; one who has talked has hung up like any caller."""
    call = world.calls.get(event.call)
    if call is not None and is_dialled(call):
        over(world, call, EndReason.AGENT_HUNG_UP if call.is_hung_up else event.reason)
    else:
        world.remember_gone(event.call)
        consulting.call_ended(world, event.call)


def hang_up(world: World, event: HangUp) -> None:
    """Before there is a customer's phone that rings, nothing but the agent's leg is there to be ended."""
    call = world.calls.get(event.call)
    if call is not None and call.is_absent:
        promises.hang_up(world, call)
    elif call is not None and is_dialled(call) and call.offer is not None:
        over(world, call, EndReason.AGENT_HUNG_UP)
    else:
        conversation.mean_to_end(world, event.call, is_meant=True)


def page_lost(world: World, agent: Agent) -> None:
    """The page that would have been the agent's voice is gone: there is nobody to talk to."""
    call = world.calls.get(agent.call) if agent.call is not None else None
    if call is not None and is_dialled(call):
        give_up(world, call, EndReason.MEDIA_LOST)


def adopt(world: World, live: LiveCall, legs: Iterable[LiveLeg]) -> bool:
    """Takes over a customer who was called and does not talk yet; True if that is all there is to it."""
    known, mark = world.calls.get(live.arrival.call), live.mark
    is_dialled_now = is_dialled(known) if known is not None else mark is not None and _waits(mark)
    if not is_dialled_now:
        return False
    if live.arrival.call in world.gone and not live.is_answered:
        # Given up, and it rings all the same: the order was thought lost, or the one to end it was.
        world.order(StopCalling(call=live.arrival.call))
        return True
    call = known or _rebuilt(world, live)
    world.calls[call.id] = call
    if live.talks_with is not None:
        return False
    leg = next((leg for leg in legs if leg.call == call.id and leg.dials and leg.is_answered), None)
    if leg is not None:
        if known is None or known.placed is None or known.placed.leg != leg.leg:
            _dial(world, call, world.agent(leg.agent), leg.leg)
    elif live.is_answered:
        _keep(world, call)
    else:
        world.order(StopCalling(call=call.id))
        over(world, call, EndReason.MEDIA_LOST)
    return True


def _waits(mark: CallMark) -> bool:
    return mark.phase is DIALLING and mark.queue is not None and mark.agent is not None


def _rebuilt(world: World, live: LiveCall) -> Call:
    """By its mark; it had not waited, and no queue is to be praised for answering it."""
    assert live.mark is not None, "checked by who calls"
    call = from_live(world, live, live.mark)
    assert live.mark.agent is not None, "checked by who calls"
    call.agent = world.agent(live.mark.agent).id
    call.waited_s, call.talked_before = 0.0, True
    call.placed = Placed(live.arrival.caller_number, live.arrival.dialled, 0.0)
    return call


def _keep(world: World, call: Call) -> None:
    """A customer who has answered, and whose agent is gone, hears music like one whose agent was lost."""
    assert call.agent is not None, f"{call.id} was called for nobody"
    agent = world.agents[call.agent]
    call.placed = None
    if agent.call not in {None, call.id}:
        # The switch gave them another caller meanwhile.
        offers.requeue(world, call)
        return
    agent.is_dialling = False
    conversation.park(world, call, agent, Kept.LOST)
    conversation.tell_parked(world, call, agent)
    offers.write_mark(world, call)
    refresh(world, agent)


def is_agent_alone(call: Call, legs: Container[LegId]) -> bool:
    """Whether the agent's leg is all that the switch can know yet: it rings, or the order is on its way."""
    if not is_dialled(call):
        return False
    if call.offer is not None:
        return call.offer.leg in legs
    return call.is_being_ordered and call.placed is not None and call.placed.leg in legs


def adopt_legs(world: World, legs: Iterable[LiveLeg]) -> None:
    """Agents who have answered by now, though nobody was told."""
    for leg in legs:
        offer = world.offers.get(leg.leg)
        if offer is not None and is_dialled(world.calls.get(offer.call)) and leg.dials and leg.is_answered:
            began(world, Dialling(at=world.now.wall, call=leg.call, leg=leg.leg, agent=leg.agent))


def is_known(world: World, leg: LiveLeg) -> bool:
    """Whether a leg waits for a customer who is called."""
    call = world.calls.get(leg.call)
    return call is not None and call.placed is not None and call.placed.leg == leg.leg


def forget(world: World, call: CallId) -> None:
    """A call that is not alive in the switch any more, or was not there yet."""
    known = world.calls.get(call)
    if known is not None and is_dialled(known):
        over(world, known, EndReason.SWITCH_LOST)
    else:
        world.remember_gone(call)
        consulting.call_ended(world, call)
