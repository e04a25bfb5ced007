"""A caller is sent on: to a colleague, into a queue or a flow, and back to the sender if nobody answers.

Who sends a caller on has no part in the call from then on. A colleague is rung at once, or the sender
keeps the caller; in a queue the caller has the place that they had. If the colleague does not take the
call, or nobody in the queue does for a while, the sender is rung; does the sender not answer either,
the caller waits for anybody.
"""

from acd.engine import conversation, doors, guests, offers, watching
from acd.engine.availability import refresh
from acd.engine.effects import MoveCall
from acd.engine.inputs import TakeOver, Transfer
from acd.engine.state import Agent, Call, Kept, Timer
from acd.engine.world import World
from acd.errors import AgentNotFree, NothingToTakeOver, NotTalking, StillConsulting
from acd.events import NobodyReached
from acd.model import AgentState
from kernel.ids import AgentId, CallId, is_guest
from telephony.destinations import FlowPlace
from telephony.events import CallTransferred
from telephony.model import CallMark, Outcome, Phase

FREE = {AgentState.READY, AgentState.WRAP_UP}
"""In these a sender may be rung for the caller whom nobody took."""


def transfer(world: World, event: Transfer) -> None:
    """The agent sends the caller on, unless that can be seen to lead nowhere."""
    call, sender = talk_of(world, event.call, event.agent)
    colleague = colleague_of(world, sender, event.to_agent) if event.to_agent is not None else None
    if event.to_outside is not None:
        require_switch(world)
        colleague = guests.invite(world, call, event.to_outside)
    queue = None if colleague or event.to_flow else event.to_queue or call.queue
    if queue is not None:
        doors.require_room(world, queue)
    assert call.leg is not None, f"{call.id} talks without a leg"
    told = CallTransferred(
        at=world.now.wall,
        call=call.id,
        leg=call.leg,
        agent=sender.id,
        to_agent=colleague.id if colleague is not None else None,
        to_queue=queue,
        to_flow=event.to_flow,
        to_outside=guests.shown(call, colleague.id) if colleague is not None else "",
        note=event.note,
    )
    world.tell(told)
    _let_go(world, call, sender)
    if colleague is not None:
        _send_to(world, call, sender, colleague, Kept.SENT)
    elif event.to_flow is not None:
        call.legs_over = (*call.legs_over, told.leg)
        _send_to_flow(world, call, sender, event.to_flow)
    elif queue is not None:
        call.queue = queue
        _wait_again(world, call)
        world.order(MoveCall(call=call.id, mark=call.mark))
        refresh(world, sender)


def _send_to_flow(world: World, call: Call, sender: Agent, place: FlowPlace) -> None:
    """The caller stands in a menu, with which routing has nothing to do until they come to a queue."""
    mark = CallMark(
        phase=Phase.MENU,
        flow=place.flow,
        node=place.node,
        language=call.mark.language,
        region=call.mark.region,
        region_by=call.mark.region_by,
        matter=call.mark.matter,
        kept_by_flow=call.mark.kept_by_flow,
        waited_ms=None if call.waited_s is None else int(call.waited_s * 1000),
        decided=Outcome.SERVED,
    )
    doors.go_to_flow(world, call)
    world.order(MoveCall(call=call.id, mark=mark))
    refresh(world, sender)


def _send_to(world: World, call: Call, sender: Agent, agent: Agent, why: Kept) -> None:
    keep_for(world, call, agent, why)
    world.order(MoveCall(call=call.id, mark=call.mark))
    refresh(world, sender)
    conversation.bring_back(world, agent)
    refresh(world, agent)


def take_over(world: World, event: TakeOver) -> None:
    """A supervisor has the caller in place of the agent, who gets them back if nobody answers there."""
    call = world.calls.get(event.call)
    is_alone = call is not None and call.phase is Phase.TALKING and call.consultation is None
    if call is None or call.agent in {None, event.agent} or not is_alone:
        raise NothingToTakeOver("No other agent talks with this caller, and nobody else, now.")
    assert call.agent is not None, f"{call.id} talks with nobody"
    sender = world.agents[call.agent]
    supervisor = world.agent(event.agent)
    watching.require_phone(world, supervisor, besides=call.id)
    assert call.leg is not None, f"{call.id} talks without a leg"
    watching.give_up(world, supervisor)
    told = CallTransferred(
        at=world.now.wall,
        call=call.id,
        leg=call.leg,
        agent=sender.id,
        to_agent=supervisor.id,
        to_queue=None,
        note="",
    )
    world.tell(told)
    _let_go(world, call, sender)
    _send_to(world, call, sender, supervisor, Kept.TAKEN_OVER)


def talk_of(world: World, call_id: CallId, agent_id: AgentId) -> tuple[Call, Agent]:
    """The call that the agent talks in; refuses everybody else's, and one that is over."""
    call = world.calls.get(call_id)
    if call is not None and call.agent == agent_id and call.consultation is not None:
        raise StillConsulting("A colleague is being asked, or is in the conversation.")
    if call is None or call.phase is not Phase.TALKING or call.agent != agent_id:
        raise NotTalking("You do not talk with this caller any more.")
    return call, world.agents[agent_id]


def require_switch(world: World) -> None:
    """Refuses to have anybody rung by a switch that is not there."""
    if not world.is_connected:
        raise AgentNotFree("Nobody can be rung now: the phone system is not reachable.")


def colleague_of(world: World, agent: Agent, asked: AgentId) -> Agent:
    """A colleague whose phone can be rung now; refuses all others."""
    found = world.agents.get(asked)
    if found is None or found is agent or found.state is not AgentState.READY or not world.is_connected:
        raise AgentNotFree("Your colleague cannot be rung now.")
    return found


def _let_go(world: World, call: Call, sender: Agent) -> None:
    """The sender's part is over; whom the caller knows counts no more, for that is where they come from."""
    sender.call = None
    sender.calls_served += 1
    conversation.start_wrap_up(world, sender, call)
    if call.leg is not None:
        call.legs_over = (*call.legs_over, call.leg)
    call.leg, call.sent_by, call.talked_before = None, sender.id, True
    call.sticky_agent = None


def _wait_again(world: World, call: Call) -> None:
    """In the queue's line, at the place that the caller had; the wait itself is a new one."""
    call.agent, call.waiting_since, call.entered_s = None, world.now.wall, world.now.seconds
    call.queued_s, call.is_overdue = world.now.seconds, False
    world.add_waiting(call)
    world.set_timer(Timer.TRANSFER, call.id, world.settings.transfer_wait_s)
    offers.announce_waiting(world, call)


def keep_for(world: World, call: Call, agent: Agent, why: Kept) -> None:
    """Nobody else is rung for the call until this agent has taken it or not."""
    conversation.park(world, call, agent, why)
    world.set_timer(Timer.PARK, call.id, _kept_s(world, agent.id))
    offers.write_mark(world, call)


def _kept_s(world: World, agent: AgentId) -> float:
    """The ring's own limit comes first; this one is for a ring that is never ordered."""
    accept_s = world.settings.accept_s if is_guest(agent) else 0.0
    return guests.ring_s(world, agent) + accept_s + 2 * world.settings.offer_grace_s


def ask_sender(world: World, call: Call) -> None:
    """Gives a caller whom nobody took back to who sent them, or lets them wait for anybody."""
    if call.sent_by is None:
        return
    if call.kept is Kept.SENT and call.agent is not None and guests.has_next_number(call, call.agent):
        guest = world.agents[call.agent]
        keep_for(world, call, guest, Kept.SENT)
        conversation.bring_back(world, guest)
        return
    if call.kept is Kept.SENT and call.agent == call.sent_by:
        _nobody_there(world, call)
        return
    sender, call.kept = world.agents.get(call.sent_by), None
    if sender is not None and _may_be_asked(world, sender):
        keep_for(world, call, sender, Kept.RETURNED)
        conversation.bring_back(world, sender)
        refresh(world, sender)
    else:
        call.sent_by = None
        offers.requeue(world, call)


def _nobody_there(world: World, call: Call) -> None:
    """Nobody outside has taken a caller whose flow had wanted them: it says what then."""
    call.talked_before = call.waited_s is not None
    doors.go_to_flow(world, call)
    world.tell(NobodyReached(at=world.now.wall, call=call.id))


def _may_be_asked(world: World, sender: Agent) -> bool:
    return sender.state in FREE and world.is_reachable(sender) and world.is_connected


def waited_in_vain(world: World, call: Call | None) -> None:
    """Nobody in the queue has answered: back to the sender, who may be busy, unless a phone rings."""
    if call is None or call.phase is not Phase.WAITING or call.sent_by is None:
        return
    if call.offer is not None:
        world.set_timer(Timer.TRANSFER, call.id, world.settings.offer_grace_s)
    elif _may_be_asked(world, world.agent(call.sent_by)):
        world.remove_waiting(call)
        world.unsettled_calls.discard(call.id)
        world.unanswered.append(call.id)
    else:
        call.sent_by = None
        offers.write_mark(world, call)


def adopt(world: World, call: Call) -> None:
    """A call that was sent on by an agent of the server before: its time limits begin anew."""
    if call.sent_by is None:
        return
    world.agent(call.sent_by)
    if call.phase is Phase.PARKED:
        world.set_timer(Timer.PARK, call.id, _kept_s(world, call.agent or call.sent_by))
    else:
        world.set_timer(Timer.TRANSFER, call.id, world.settings.transfer_wait_s)
