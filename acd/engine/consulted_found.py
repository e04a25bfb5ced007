"""Consultations that were found alive in the switch."""

from collections.abc import Collection, Iterable

from acd.engine import consulting, conversation, guests, offers
from acd.engine.availability import refresh
from acd.engine.effects import LeadBack
from acd.engine.state import Call, Consultation, Kept
from acd.engine.world import World
from acd.events import CallConnected
from acd.model import ConsultStage, OfferResult
from kernel.ids import AgentId, LegId
from telephony.model import LiveCall, LiveLeg, Phase


def is_known(world: World, leg: LiveLeg) -> bool:
    """Whether a leg is one of the two agents of a consultation, so that nothing is to be done about it."""
    call = world.calls.get(leg.call)
    if call is None:
        return False
    return leg.leg == call.leg or (call.consultation is not None and call.consultation.leg == leg.leg)


def adopt(world: World, call: Call, live: LiveCall, legs: Iterable[LiveLeg]) -> None:
    """Makes the engine agree with the switch about who asks whom for a call that is held.

    The agents of a call come in the order of who asked.
    """
    own = [leg for leg in legs if leg.call == call.id]
    asking = next((leg for leg in own if leg.asked_by is None and leg.is_answered), None)
    asked = next((leg for leg in own if leg.asked_by is not None), None)
    mark_agent, asked_before = live.mark.agent if live.mark is not None else None, call.consultation
    if asking is None and asked is not None and asked.is_answered:
        _asker_left_unseen(world, call)
    _forget(world, call)
    if asking is None and (asked is None or not asked.is_answered):
        _wait_for_agent(world, call, mark_agent)
        if asked_before is not None:
            consulting.tell(world, call, asked_before, is_over=True)
        return
    call.phase, call.leg, call.agent, call.talked_before = Phase.HELD, None, None, True
    if asking is not None:
        _has_asked(world, call, asking)
    if asked is not None and asked.is_answered:
        talk_found(world, call, asked, ConsultStage.TALKING)
    elif asked is not None and _may_ring_on(world, asked):
        _ring_found(world, call, asked)
    elif asking is not None:
        world.order(LeadBack(call=call.id, leg=asking.leg))


def hand_over_unseen(world: World, call: Call | None, leg: LegId) -> None:
    """Whoever has the caller by this leg was asked about them before: nobody asks any longer."""
    asked = call.consultation if call is not None else None
    if call is None or asked is None or asked.leg != leg:
        return
    _asker_left_unseen(world, call)
    world.agents[asked.agent].consulted = call.consultation = None


def look(world: World, call: Call, legs: Collection[LegId]) -> None:
    """A colleague whose leg is gone is asked no longer by the agent who is, or was, with the caller."""
    asked = call.consultation
    if asked is None or asked.leg in legs:
        return
    if call.offer is not None:
        offers.drop(world, call.offer, OfferResult.WITHDRAWN)
    consulting.colleague_left(world, call, asked)


def _wait_for_agent(world: World, call: Call, agent: AgentId | None) -> None:
    talks = world.agents[agent].call if agent in world.agents else None
    if agent is None or talks not in {None, call.id}:
        # Nobody, or they have gone on to another caller since.
        offers.requeue(world, call)
    else:
        conversation.park(world, call, world.agent(agent), Kept.LOST)
        conversation.tell_parked(world, call, world.agent(agent))
        offers.write_mark(world, call)


def _asker_left_unseen(world: World, call: Call) -> None:
    """The colleague was known to be asked, and goes on alone: that is told as if it had been seen."""
    if call.consultation is not None and call.leg is not None and call.agent is not None:
        consulting.let_asker_go(world, call, call.consultation, has_wrap_up=False)


def _forget(world: World, call: Call) -> None:
    """What was believed before the switch was out of reach."""
    before = world.agents.get(call.agent) if call.agent is not None else None
    if before is not None and before.call == call.id:
        before.call = None
    if call.consultation is not None:
        world.agents[call.consultation.agent].consulted = None
        call.consultation = None
    if call.offer is not None:
        offers.drop(world, call.offer, OfferResult.WITHDRAWN)


def _has_asked(world: World, call: Call, asking: LiveLeg) -> None:
    agent = world.agent(asking.agent)
    # It was believed to have left where the switch did not take that order.
    call.legs_over = tuple(leg for leg in call.legs_over if leg != asking.leg)
    call.leg, call.agent, agent.call = asking.leg, agent.id, call.id
    conversation.end_wrap_up(world, agent)
    refresh(world, agent)
    world.tell(
        CallConnected(
            at=world.now.wall,
            talking_since=call.talking_since or world.now.wall,
            call=call.id,
            queue=call.queue,
            agent=agent.id,
            leg=asking.leg,
            waited_s=world.waited_s(call),
            is_first=False,
        )
    )


def talk_found(world: World, call: Call, asked: LiveLeg, stage: ConsultStage) -> None:
    """The colleague was found in a talk, with the agent alone or with the caller too."""
    colleague = world.agent(asked.agent)
    call.consultation = Consultation(
        colleague.id, asked.leg, stage, has_joined=stage is ConsultStage.THREE_WAY
    )
    colleague.consulted = call.id
    conversation.end_wrap_up(world, colleague)
    refresh(world, colleague)
    consulting.tell(world, call, call.consultation)


def _may_ring_on(world: World, asked: LiveLeg) -> bool:
    agent = world.agent(asked.agent)
    has_phone = agent.device is not None or agent.is_guest
    return has_phone and agent.offer is None and agent.call is None


def _ring_found(world: World, call: Call, asked: LiveLeg) -> None:
    colleague = world.agent(asked.agent)
    conversation.end_wrap_up(world, colleague)
    call.consultation = Consultation(colleague.id, asked.leg, ConsultStage.RINGING)
    offers.adopt(world, call, colleague, asked.leg, guests.ring_s(world, colleague.id))
    consulting.tell(world, call, call.consultation)
