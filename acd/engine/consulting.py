"""An agent asks a colleague while the caller hears music; then one of them, or both, go on with the caller.

The switch does most by itself, so that nothing here is needed once the colleague is rung: if the
colleague is gone, it leads the agent back to the caller; if the agent is gone, it leads the colleague there.
"""

from collections.abc import Callable, Mapping

from acd.engine import conversation, guests, offers, presence
from acd.engine.availability import refresh
from acd.engine.effects import CancelLeg, LeadAll, LeadAnew, LeadBack, LeadOver, SetAside
from acd.engine.explaining import explain_consulted
from acd.engine.inputs import Consult, HandOver, JoinAll, PageLost, Part, TakeBack
from acd.engine.state import HELD, TALKING, Agent, Call, Consultation
from acd.engine.transferring import colleague_of, require_switch, talk_of
from acd.engine.whose import Whose, whose
from acd.engine.world import World
from acd.errors import AgentNotFree, NotConsulting
from acd.events import ConsultationChanged
from acd.model import ConsultStage, OfferResult
from kernel.ids import AgentId, CallId
from telephony.events import CallTransferred, Consulting, Joined, LegEnded


def consult(world: World, event: Consult) -> None:
    """The caller is set aside, and the colleague's phone rings for the agent."""
    call, agent = talk_of(world, event.call, event.agent)
    colleague = _whom_to_ask(world, event, call, agent)
    assert call.leg is not None, f"{call.id} talks without a leg"
    call.phase = HELD
    offers.write_mark(world, call)
    world.order(SetAside(call=call.id, leg=call.leg, mark=call.mark))
    _ring(world, call, colleague, event.note)
    refresh(world, agent)


def _whom_to_ask(world: World, event: Consult, call: Call, agent: Agent) -> Agent:
    if event.to_outside is not None:
        require_switch(world)
        return guests.invite(world, call, event.to_outside)
    if event.to_agent is None:
        raise AgentNotFree("Nobody is named to be asked.")
    return colleague_of(world, agent, event.to_agent)


def _ring(world: World, call: Call, colleague: Agent, note: str) -> None:
    why = explain_consulted(call)
    offers.make_return_offer(world, call, colleague, guests.ring_s(world, colleague.id), why)
    assert call.offer is not None, f"{call.id} is not offered"
    call.consultation = Consultation(colleague.id, call.offer.leg, ConsultStage.RINGING, note=note)
    tell(world, call, call.consultation, note=note)


def tell(world: World, call: Call, asked: Consultation, *, is_over: bool = False, note: str = "") -> None:
    """Says how far the two are, or that nobody is asked any longer."""
    told = ConsultationChanged(
        at=world.now.wall,
        call=call.id,
        agent=call.agent if call.agent is not None else asked.agent,
        colleague=asked.agent,
        stage=None if is_over else asked.stage,
        note=note,
        outside=guests.shown(call, asked.agent),
    )
    world.tell(told)


def _asking(
    world: World, call_id: CallId, agent: AgentId, *stages: ConsultStage
) -> tuple[Call, Consultation]:
    call = world.calls.get(call_id)
    asked = call.consultation if call is not None and call.agent == agent else None
    if call is None or call.leg is None or asked is None or asked.stage not in stages:
        raise NotConsulting("You do not ask a colleague now.")
    return call, asked


def answered(world: World, event: Consulting) -> None:
    """The colleague has picked up: the two agents hear each other."""
    call = world.calls.get(event.call)
    asked = call.consultation if call is not None else None
    if call is None or asked is None or asked.leg != event.leg or asked.stage is not ConsultStage.RINGING:
        return
    if call.offer is not None:
        offers.drop(world, call.offer, OfferResult.ANSWERED)
    colleague = world.agents[asked.agent]
    conversation.end_wrap_up(world, colleague)
    asked.stage, colleague.consulted, colleague.rings_in_vain = ConsultStage.TALKING, call.id, 0
    tell(world, call, asked)
    refresh(world, colleague)


def take_back(world: World, event: TakeBack) -> None:
    """The agent goes on with the caller alone.

    Where both agents talk, ending the colleague's leg is enough: two orders would lead the agent twice.
    """
    call, asked = _asking(world, event.call, event.agent, ConsultStage.RINGING, ConsultStage.TALKING)
    if asked.stage is ConsultStage.TALKING:
        world.order(CancelLeg(leg=asked.leg))
        colleague_left(world, call, asked)
        return
    call.consultation = None
    if call.offer is not None:
        offers.withdraw(world, call.offer)
    _lead_back(world, call, asked)


def not_taken(world: World, call: Call) -> None:
    """The colleague did not answer; somebody outside may have another number."""
    asked, call.consultation = call.consultation, None
    if asked is not None and call.leg is not None and guests.has_next_number(call, asked.agent):
        offers.write_mark(world, call)
        _ring(world, call, world.agents[asked.agent], asked.note)
    elif asked is not None:
        _lead_back(world, call, asked)


def _lead_back(world: World, call: Call, asked: Consultation) -> None:
    if call.leg is not None:
        world.order(LeadBack(call=call.id, leg=call.leg))
    tell(world, call, asked, is_over=True)


def hand_over(world: World, event: HandOver) -> None:
    """The colleague gets the caller; the agent has no part in the call any more."""
    call, asked = _asking(world, event.call, event.agent, ConsultStage.TALKING)
    assert call.leg is not None, "checked above"
    world.order(LeadOver(call=call.id, leg=call.leg, to=asked.leg))
    let_asker_go(world, call, asked, has_wrap_up=True)


def join_all(world: World, event: JoinAll) -> None:
    """All three talk."""
    call, asked = _asking(world, event.call, event.agent, ConsultStage.TALKING)
    assert call.leg is not None, "checked above"
    world.order(LeadAll(call=call.id, leg=call.leg, other=asked.leg))
    asked.stage = ConsultStage.THREE_WAY
    tell(world, call, asked)


def leave(world: World, event: Part) -> None:
    """One of the two agents goes; the other one has the caller."""
    call = world.calls.get(event.call)
    asked = call.consultation if call is not None else None
    if call is not None and asked is not None and world.agent(event.agent).consulted == call.id:
        world.order(CancelLeg(leg=asked.leg))
        call.legs_over = (*call.legs_over, asked.leg)
        colleague_left(world, call, asked)
        return
    call, asked = _asking(world, event.call, event.agent, ConsultStage.THREE_WAY)
    assert call.leg is not None, "checked above"
    world.order(CancelLeg(leg=call.leg))
    asker_left(world, call, asked, is_meant=True)


def joined(world: World, event: Joined) -> None:
    """Somebody is with the caller: the agent again, the colleague, or whoever comes otherwise."""
    if event.call not in world.gone:
        WITH_CALLER[whose(world, event.call, event.leg)](world, event)


def _third_joined(world: World, event: Joined) -> None:
    asked = world.calls[event.call].consultation
    assert asked is not None, "the leg is the colleague's"
    asked.has_joined = True


def _stranger_joined(world: World, event: Joined) -> None:
    _leave_all(world, event)
    conversation.joined(world, event)


def _asker_joined(world: World, event: Joined) -> None:
    """The agent is with the caller again, perhaps by the switch's own doing: nobody is asked any longer."""
    call = world.calls[event.call]
    asked = call.consultation
    if call.phase is HELD:
        call.phase = TALKING
        offers.write_mark(world, call)
    if asked is None or asked.stage is ConsultStage.THREE_WAY:
        return
    if call.offer is not None:
        offers.withdraw(world, call.offer)
    else:
        world.order(CancelLeg(leg=asked.leg))
    colleague_left(world, call, asked)


def _leave_all(world: World, event: Joined) -> None:
    """Whoever is with this caller asks nobody about another one, and is asked by nobody."""
    agent = world.agent(event.agent)
    _drop_colleague(world, agent)
    for involved in {event.call, agent.call}:
        call = world.calls.get(involved) if involved is not None else None
        if call is not None and call.leg is None and call.consultation is not None:
            _dismiss(world, call, call.consultation)
        elif call is not None and (call.consultation is not None or call.phase is HELD):
            if call.leg is not None:
                # Else it would have the caller again once the colleague is gone, and count as over.
                world.order(CancelLeg(leg=call.leg))
            asker_left(world, call, call.consultation, is_meant=False)


def _dismiss(world: World, call: Call, asked: Consultation) -> None:
    """The caller whom the colleague was led to is somebody else's already."""
    world.order(CancelLeg(leg=asked.leg))
    colleague = world.agents[asked.agent]
    colleague.consulted = call.consultation = None
    refresh(world, colleague)


def _heir_joined(world: World, event: Joined) -> None:
    """The agent who asked is gone: the call is the colleague's."""
    call = world.calls[event.call]
    asked, call.consultation = call.consultation, None
    assert asked is not None, "the leg is the colleague's"
    world.agents[asked.agent].consulted = None
    conversation.joined(world, event)


def leg_ended(world: World, event: LegEnded) -> None:
    """A leg is gone: of the agent, of the colleague, or one that has nothing to do with a consultation."""
    LEG_OVER[whose(world, event.call, event.leg)](world, event)


def _colleagues_leg_over(world: World, event: LegEnded) -> None:
    call = world.calls[event.call]
    assert call.consultation is not None, "the leg is the colleague's"
    call.legs_over = (*call.legs_over, event.leg)
    colleague_left(world, call, call.consultation)


def _askers_leg_over(world: World, event: LegEnded) -> None:
    call = world.calls[event.call]
    if call.consultation is not None or call.phase is HELD:
        asker_left(world, call, call.consultation, is_meant=event.reason in conversation.INTENDED)
    else:
        conversation.leg_ended(world, event)


def _others_leg_over(world: World, event: LegEnded) -> None:
    """Also that of a colleague who did not answer, or of whom that was not told: they had the caller then."""
    call = world.calls.get(event.call)
    asked = call.consultation if call is not None else None
    is_ringing = asked is not None and asked.stage is ConsultStage.RINGING
    if call is not None and is_ringing and event.was_joined:
        asker_left(world, call, asked, is_meant=False)
    else:
        conversation.leg_ended(world, event)


def colleague_left(world: World, call: Call, asked: Consultation) -> None:
    """The colleague is gone, and the agent goes on; where there is none any more, anybody is asked."""
    colleague = world.agents[asked.agent]
    colleague.consulted = call.consultation = None
    if asked.has_joined:
        conversation.start_wrap_up(world, colleague, call)
    refresh(world, colleague)
    if call.leg is None:
        offers.requeue(world, call)
    tell(world, call, asked, is_over=True)


def asker_left(world: World, call: Call, asked: Consultation | None, *, is_meant: bool) -> None:
    """The agent is gone: the colleague who talks has the caller, else the agent is brought back to them."""
    if call.leg is not None:
        call.legs_over = (*call.legs_over, call.leg)
    if call.leg is not None and asked is not None and asked.stage is not ConsultStage.RINGING:
        left = call.leg
        let_asker_go(world, call, asked, has_wrap_up=is_meant)
        if asked.stage is ConsultStage.THREE_WAY:
            # Written first: a server that dies while they are led leaves a caller who waits.
            mark = offers.mark_of(call)
            world.order(LeadAnew(call=call.id, leg=asked.leg, left=left, mark=mark))
        return
    call.consultation = None
    if call.offer is not None:
        offers.withdraw(world, call.offer)
    if asked is not None:
        tell(world, call, asked, is_over=True)
    conversation.lost(world, call)


def let_asker_go(world: World, call: Call, asked: Consultation, *, has_wrap_up: bool) -> None:
    """The agent's part is over; the caller is the colleague's as soon as the switch has led them there."""
    assert call.agent is not None, f"{call.id} has no agent"
    assert call.leg is not None, f"{call.id} has no leg"
    agent = world.agents[call.agent]
    world.tell(
        CallTransferred(
            at=world.now.wall,
            call=call.id,
            leg=call.leg,
            agent=agent.id,
            to_agent=asked.agent,
            to_queue=None,
            to_outside=guests.shown(call, asked.agent),
            note=asked.note,
        )
    )
    agent.call = None
    agent.calls_served += 1
    call.legs_over = (*call.legs_over, call.leg)
    call.leg = call.agent = None
    call.phase = HELD
    if has_wrap_up:
        conversation.start_wrap_up(world, agent, call)
    refresh(world, agent)


def page_lost(world: World, event: PageLost) -> None:
    """A page is gone: with it the leg of who asks, or of who was asked."""
    agent = world.agent(event.agent)
    agent.has_page = False
    own = world.calls.get(agent.call) if agent.call is not None else None
    if own is not None and (own.consultation is not None or own.phase is HELD):
        if own.leg is not None:
            world.order(CancelLeg(leg=own.leg))
        asker_left(world, own, own.consultation, is_meant=False)
    _drop_colleague(world, agent)
    presence.page_lost(world, event)


def _drop_colleague(world: World, agent: Agent) -> None:
    call = world.calls[agent.consulted] if agent.consulted is not None else None
    if call is not None and call.consultation is not None:
        world.order(CancelLeg(leg=call.consultation.leg))
        call.legs_over = (*call.legs_over, call.consultation.leg)
        colleague_left(world, call, call.consultation)


def call_ended(world: World, call_id: CallId) -> None:
    """The caller hung up: who asks and who was asked are done too. Their legs would go on talking."""
    call = world.calls.get(call_id)
    if call is not None and (call.consultation is not None or call.phase is HELD):
        _end_both(world, call)
    conversation.call_ended(world, call_id)


def _end_both(world: World, call: Call) -> None:
    asked, call.consultation = call.consultation, None
    if call.leg is not None:
        world.order(CancelLeg(leg=call.leg))
    if asked is not None and asked.stage is not ConsultStage.RINGING:
        _end_part(world, call, asked)
    if call.agent is not None:
        call.phase = TALKING


def _end_part(world: World, call: Call, asked: Consultation) -> None:
    colleague = world.agents[asked.agent]
    world.order(CancelLeg(leg=asked.leg))
    colleague.consulted = None
    if call.agent is None:
        # The caller hung up on the way to the colleague, who is done with the call like any agent.
        call.agent, colleague.call = colleague.id, call.id
    elif asked.has_joined:
        conversation.start_wrap_up(world, colleague, call)
    refresh(world, colleague)


def _nothing_new(_world: World, _event: Joined) -> None:
    """Whoever has gone since was with the caller before."""


WITH_CALLER: Mapping[Whose, Callable[[World, Joined], None]] = {
    Whose.NOBODYS: _stranger_joined,
    Whose.FORMER: _nothing_new,
    Whose.ASKERS: _asker_joined,
    Whose.RUNG: _stranger_joined,
    Whose.COLLEAGUES: _third_joined,
    Whose.HEIRS: _heir_joined,
}
"""What it means that a leg is with the caller."""

LEG_OVER: Mapping[Whose, Callable[[World, LegEnded], None]] = {
    Whose.NOBODYS: _others_leg_over,
    Whose.FORMER: conversation.leg_ended,
    Whose.ASKERS: _askers_leg_over,
    Whose.RUNG: _others_leg_over,
    Whose.COLLEAGUES: _colleagues_leg_over,
    Whose.HEIRS: _colleagues_leg_over,
}
"""What it means that a leg is gone."""
