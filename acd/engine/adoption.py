"""Taking over what is alive in the switch, at start and after each connection to it."""

from acd.engine import (
    calling,
    consulted_found,
    consulting,
    conversation,
    offers,
    promises,
    transferring,
    watching,
)
from acd.engine.availability import refresh
from acd.engine.effects import CancelLeg
from acd.engine.queueing import KEEPS_PLACE, from_live, talking_since
from acd.engine.state import Call, Kept
from acd.engine.world import World
from acd.events import CallsAdopted
from acd.model import ConsultStage
from kernel.ids import LegId, is_guest
from telephony.events import Joined
from telephony.model import CallMark, LiveCall, LiveLeg, Phase, Snapshot


def adopt(world: World, snapshot: Snapshot) -> None:
    """Makes the engine agree with the switch.

    Nothing is offered before all is known, so that the order of keys holds across a restart.
    """
    world.is_connected = True
    world.registered = set(snapshot.registered)
    legs = {leg.leg: leg for leg in snapshot.legs}
    alive = {live.arrival.call for live in snapshot.calls}
    for call in [call for id_, call in world.calls.items() if id_ not in alive and not call.is_absent]:
        if not calling.is_agent_alone(call, legs):
            calling.forget(world, call.id)
    for left in world.talked_and_left.keys() - alive:
        del world.talked_and_left[left]
    for live in snapshot.calls:
        _adopt_call(world, live, legs)
    promises.adopt(world, snapshot)
    _end_vanished_offers(world, legs)
    talking = {live.talks_with for live in snapshot.calls}
    for leg in snapshot.legs:
        # What the emergency queue rings ends by itself once its callers are taken back.
        is_ours = leg.leg.startswith(f"leg-{leg.call}-")
        is_placed = is_ours and (calling.is_known(world, leg) or consulted_found.is_known(world, leg))
        if leg.leg not in talking and is_ours and not is_placed:
            _adopt_offer(world, leg)
    promises.adopt_legs(world, snapshot)
    calling.adopt_legs(world, snapshot.legs)
    watching.adopt(world, snapshot)
    for agent in world.agents.values():
        agent.mirrored = None
        refresh(world, agent)
        conversation.bring_back(world, agent)
    world.tell(CallsAdopted(at=world.now.wall))


def _adopt_call(world: World, live: LiveCall, legs: dict[LegId, LiveLeg]) -> None:
    if calling.adopt(world, live, legs.values()):
        return
    known = world.calls.get(live.arrival.call)
    if _is_held(known, live) and live.talks_with is None:
        known = known or from_live(world, live, live.mark or CallMark(phase=Phase.HELD))
        world.calls[known.id] = known
        known.talking_since = known.talking_since or talking_since(live.mark, world.now.wall)
        consulted_found.adopt(world, known, live, legs.values())
        return
    talking = legs.get(live.talks_with) if live.talks_with is not None else None
    is_elsewhere = live.talks_with is not None and talking is None
    if known is None and _has_place(world, live) and not is_elsewhere:
        known = _rebuild(world, live, is_talking=talking is not None)
    if talking is not None:
        if known is not None:
            # Whatever was ordered, or told of it: they do talk.
            known.legs_over = tuple(leg for leg in known.legs_over if leg != talking.leg)
        consulted_found.hand_over_unseen(world, known, talking.leg)
        began = talking_since(live.mark, world.now.wall) or world.now.wall
        conversation.joined(
            world,
            Joined(at=began, call=live.arrival.call, leg=talking.leg, agent=talking.agent),
        )
        _adopt_third(world, talking, legs)
    elif known is not None and known.phase is Phase.TALKING:
        consulted_found.look(world, known, legs)
        if known.consultation is not None:
            consulting.asker_left(world, known, known.consultation, is_meant=False)
        else:
            _talk_ended_unseen(world, known, live)


def _is_held(known: Call | None, live: LiveCall) -> bool:
    if known is not None:
        return known.phase is Phase.HELD
    mark = live.mark
    return mark is not None and mark.phase is Phase.HELD and mark.queue is not None


def _adopt_third(world: World, talking: LiveLeg, legs: dict[LegId, LiveLeg]) -> None:
    """Where all three talk, the switch names who asked; the colleague is found beside."""
    call = world.calls[talking.call]
    others = (leg for leg in legs.values() if leg.call == talking.call and leg.leg != talking.leg)
    colleague = next((leg for leg in others if leg.is_with_caller), None)
    if call.phase is Phase.HELD and call.leg == talking.leg:
        back = Joined(at=world.now.wall, call=call.id, leg=talking.leg, agent=talking.agent)
        consulting.joined(world, back)
    consulted_found.look(world, call, legs)
    if colleague is not None and call.consultation is None:
        consulted_found.talk_found(world, call, colleague, ConsultStage.THREE_WAY)


def _has_place(world: World, live: LiveCall) -> bool:
    mark = live.mark
    if mark is None or mark.queue is None or mark.phase not in KEEPS_PLACE:
        return False
    # Who waits where there is no queue any more is led through the flow of today instead.
    return mark.phase is not Phase.WAITING or mark.queue in world.rules


def _rebuild(world: World, live: LiveCall, *, is_talking: bool) -> Call | None:
    """A call that the engine did not know, in the phase the switch has for it."""
    assert live.mark is not None, "checked by who calls"
    phase = live.mark.phase
    if phase is Phase.TALKING and not is_talking:
        return None  # its conversation ended while nobody watched; the line will ask what now
    call = from_live(world, live, live.mark)
    if phase is Phase.PARKED and live.mark.agent is not None and not is_talking:
        world.calls[call.id] = call
        conversation.park(world, call, world.agent(live.mark.agent), _kept(live.mark))
        transferring.adopt(world, call)
    elif is_talking:
        world.calls[call.id] = call
    else:
        world.add_waiting(call)
        transferring.adopt(world, call)
        offers.announce_waiting(world, call)
    return call


def _kept(mark: CallMark) -> Kept:
    if mark.sent_by is None:
        return Kept.LOST
    # A guest whom a flow has sent for is the one who sent the caller as well.
    is_returned = mark.sent_by == mark.agent and not is_guest(mark.sent_by)
    return Kept.RETURNED if is_returned else Kept.SENT


def _talk_ended_unseen(world: World, call: Call, live: LiveCall) -> None:
    if call.is_hung_up or (live.mark is not None and live.mark.phase is Phase.SERVED):
        conversation.served(world, call)
    else:
        conversation.lost(world, call)


def _end_vanished_offers(world: World, legs: dict[LegId, LiveLeg]) -> None:
    for offer in [offer for offer in world.offers.values() if offer.leg not in legs]:
        offers.give_back(world, offer)


def _is_for(call: Call, leg: LiveLeg) -> bool:
    """Whether the call waits, for anybody or for this agent."""
    return call.phase is Phase.WAITING or (call.phase is Phase.PARKED and call.agent == leg.agent)


def _adopt_offer(world: World, leg: LiveLeg) -> None:
    """A phone that rings, or has just been answered, goes on for its call if that is still wanted."""
    if leg.leg in world.offers:
        return
    call, agent = world.calls.get(leg.call), world.agent(leg.agent)
    is_wanted = call is not None and _is_for(call, leg) and call.offer is None
    has_phone = agent.device is not None or agent.is_guest
    if call is None or not is_wanted or agent.offer or agent.call or not has_phone:
        world.order(CancelLeg(leg=leg.leg))
        return
    world.reserve(call)
    world.unsettled_calls.discard(call.id)
    conversation.end_wrap_up(world, agent)
    offers.adopt(world, call, agent, leg.leg, world.rules_of(call.queue).offer_timeout_s)
