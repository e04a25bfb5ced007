"""Caller and agent together: joined, lost, parked, served."""

from datetime import timedelta

from acd.engine import doors, guests, offers, promised, watching
from acd.engine.availability import forget_missed, refresh, remember
from acd.engine.effects import CancelLeg, ParkCall
from acd.engine.explaining import explain_return
from acd.engine.state import (
    DIALLING,
    PARKED,
    SERVED,
    TALKING,
    WAITING,
    Agent,
    Call,
    Kept,
    Offer,
    Timer,
)
from acd.engine.unserved import unserved_of
from acd.engine.world import World
from acd.events import CallConnected, CallParked, CallServed
from acd.model import Key, OfferResult, WrapUp
from kernel.ids import CallId, LegId
from kernel.value import maker
from telephony.events import Joined, LegEnded
from telephony.model import CallMark, EndReason

new_call_connected, new_call_served = maker(CallConnected), maker(CallServed)
new_wrap_up = maker(WrapUp)

INTENDED = {EndReason.AGENT_HUNG_UP, EndReason.CALLER_HUNG_UP}
"""Ends of a talking leg that someone wanted; every other end is a loss, and the caller is kept.

A leg that Hotline ended is not among them: it was answered while its offer was being taken back.
A person's order to hang up is known by `Call.is_hung_up`.
"""

SERVED_BY_ONE = {TALKING, PARKED}


def joined(world: World, event: Joined) -> None:
    """They hear each other.

    The switch is the truth: also for a leg that was considered gone, and for one that the
    emergency queue rang.
    """
    if event.call in world.gone:
        return
    call = world.calls.get(event.call) or _stranger(world, event.call)
    if event.leg == call.leg or event.leg in call.legs_over:
        return
    if call.is_absent:
        promised.came(world, call)
    agent = world.agent(event.agent)
    _clear_the_way(world, call, agent, event.leg)
    call.waited_s = world.waited_s(call)
    pair(world, call, agent, event)
    world.tell(
        new_call_connected(
            at=event.at,
            call=call.id,
            queue=call.queue,
            agent=agent.id,
            leg=event.leg,
            waited_s=call.waited_s,
            talking_since=call.talking_since or event.at,
            is_first=not call.talked_before,
            sticky_agent=call.sticky_agent,
        )
    )
    call.talked_before = True
    offers.write_mark(world, call)


def pair(world: World, call: Call, agent: Agent, event: Joined) -> None:
    """Notes that these two talk; whoever heard others' conversation hears it no more."""
    watching.give_up(world, agent)
    world.remove_waiting(call)
    if call.phase is PARKED:
        world.stop_timer(Timer.PARK, call.id)
    if call.sent_by is not None:
        world.stop_timer(Timer.TRANSFER, call.id)
    is_back = call.kept is Kept.LOST and call.agent == agent.id
    if not is_back or call.talking_since is None:
        call.talking_since = event.at
    call.phase, call.agent, call.leg, call.claims_met = TALKING, agent.id, event.leg, 0
    call.sent_by = call.kept = call.placed = None
    agent.is_dialling = False
    agent.call, agent.parked, agent.absence = call.id, None, None
    agent.rings_in_vain = 0
    forget_missed(world, agent)
    end_wrap_up(world, agent)
    refresh(world, agent)


def _clear_the_way(world: World, call: Call, agent: Agent, leg: LegId) -> None:
    if call.offer is not None and call.offer.leg == leg:
        offers.drop(world, call.offer, OfferResult.ANSWERED)
    elif call.offer is not None:
        offers.withdraw(world, call.offer)
    if agent.offer is not None:
        _take_back(world, agent.offer)
    if call.agent is not None and call.agent != agent.id:
        _release(world, call)
    if agent.parked is not None and agent.parked != call.id:
        # Whoever waited for this agent need not wait any longer.
        give_up_parking(world, world.calls[agent.parked])
    if agent.call is not None and agent.call != call.id:
        _part_with(world, world.calls[agent.call])


def _part_with(world: World, call: Call) -> None:
    """The agent talks to someone else: nobody is left whom a customer's phone could ring for."""
    if call.phase is DIALLING:
        world.unanswered.append(call.id)
    else:
        served(world, call)


def _take_back(world: World, offer: Offer) -> None:
    """The agent talks to someone else: the call they were rung for waits on."""
    world.order(CancelLeg(leg=offer.leg))
    call, _ = offers.drop(world, offer, OfferResult.WITHDRAWN)
    offers.wait_on(world, call)


def _release(world: World, call: Call) -> None:
    """Parts a call from the agent who had it: another one has it now."""
    before = world.agents.get(call.agent) if call.agent is not None else None
    if before is None:
        return
    if before.parked == call.id:
        before.parked = None
    if before.call == call.id:
        before.call = None
        start_wrap_up(world, before, call)
    refresh(world, before)


def _stranger(world: World, call: CallId) -> Call:
    """A call that someone serves though nothing was known of it: kept, so that the agent is busy.

    It needs a queue all the same, because its caller waits there if that agent is lost.
    """
    mark = CallMark(phase=TALKING)
    stranger = Call(
        id=call,
        queue=world.default_queue,
        key=Key(1, int(world.now.wall.timestamp() * 1000), world.next_sequence()),
        number="",
        waiting_since=world.now.wall,
        entered_s=world.now.seconds,
        queued_s=world.now.seconds,
        boost_s=0.0,
        sticky_agent=None,
        mark=mark,
        phase=TALKING,
        talked_before=call in world.talked_and_left,
        # It may have had legs before it left its queue, as when it is answered just then.
        legs_numbered=int(world.now.wall.timestamp() * 1000),
    )
    world.calls[call] = stranger
    return stranger


def leg_ended(world: World, event: LegEnded) -> None:
    """An agent's leg is gone: an offer failed, a conversation is over, or a caller was left alone."""
    offer = world.offers.get(event.leg)
    if offer is not None and event.was_joined:
        joined(world, Joined(at=event.at, call=event.call, leg=event.leg, agent=event.agent))
        offer = None
    if offer is not None:
        if event.reason is EndReason.CLAIMED:
            offers.claimed(world, offer)
        else:
            offers.fail(world, offer, offers.result_of(world, offer, event.reason))
        return
    call = world.calls.get(event.call)
    if call is None:
        return
    if event.leg not in call.legs_over:
        call.legs_over = (*call.legs_over, event.leg)
    if call.leg != event.leg or call.phase is not TALKING:
        return
    if event.reason in INTENDED or call.is_hung_up:
        served(world, call)
    else:
        lost(world, call)


def served(world: World, call: Call) -> None:
    """The conversation is over, as someone wanted."""
    if call.agent is None:
        return
    agent = world.agents[call.agent]
    if call.phase is PARKED:
        world.stop_timer(Timer.PARK, call.id)
    call.phase, call.leg, call.kept = SERVED, None, None
    agent.call = agent.parked = None
    agent.calls_served += 1
    talked_s = _talked_s(world, call)
    world.lines[call.queue].talks.note(talked_s, kept=world.settings.talks_counted_max)
    world.tell(
        new_call_served(
            at=world.now.wall,
            call=call.id,
            queue=call.queue,
            agent=agent.id,
            talked_s=talked_s,
        )
    )
    offers.write_mark(world, call)
    start_wrap_up(world, agent, call)
    refresh(world, agent)


def _talked_s(world: World, call: Call) -> float:
    """By the wall clock, as a talk may be older than this server; set back, it counts for nothing."""
    return max(0.0, (world.now.wall - call.talking_since).total_seconds()) if call.talking_since else 0.0


def lost(world: World, call: Call) -> None:
    """The agent's leg vanished without anyone's wish: the caller is kept for that agent a while."""
    if call.agent is None:
        return
    agent = world.agents[call.agent]
    if agent.is_guest:
        # Whoever it was cannot come back by themselves, and who sent the caller has done their part.
        agent.call = None
        world.tell(CallParked(at=world.now.wall, call=call.id, agent=agent.id, until=world.now.wall))
        offers.requeue(world, call)
        return
    park(world, call, agent, Kept.LOST)
    tell_parked(world, call, agent)
    offers.write_mark(world, call)
    refresh(world, agent)
    bring_back(world, agent)


def tell_parked(world: World, call: Call, agent: Agent) -> None:
    """Says for whom a call was parked just now, and until when."""
    until = world.now.wall + timedelta(seconds=world.settings.park_s)
    world.tell(CallParked(at=world.now.wall, call=call.id, agent=agent.id, until=until))


def park(world: World, call: Call, agent: Agent, why: Kept) -> None:
    """Notes that a call waits for this agent alone."""
    call.phase, call.leg, call.agent, call.kept = PARKED, None, agent.id, why
    call.talked_before = True
    agent.call, agent.parked = None, call.id
    world.set_timer(Timer.PARK, call.id, world.settings.park_s)


def take_out(world: World, agent: Agent) -> None:
    """The agent's page is gone while they talk: the caller gets music before the dead leg is noticed."""
    if agent.call is None:
        return
    call = world.calls[agent.call]
    world.order(ParkCall(call=call.id))
    lost(world, call)


def bring_back(world: World, agent: Agent) -> None:
    """Rings an agent for the parked call that was theirs, once their phone can be rung."""
    if agent.parked is None or agent.offer is not None or not world.is_reachable(agent):
        return
    call = world.calls[agent.parked]
    running = world.timers.due_s((Timer.PARK, call.id))
    left_s = running - world.now.seconds if running is not None else 0.0
    if call.kept is not Kept.LOST:
        left_s = min(left_s, guests.ring_s(world, agent.id))
    if left_s > 0 and world.is_connected:
        offers.make_return_offer(world, call, agent, left_s, explain_return(call))


def give_up_parking(world: World, call: Call) -> None:
    """The agent did not come back: the caller returns to the queue, at the original key."""
    agent = world.agents[call.agent] if call.agent is not None else None
    if call.offer is not None:
        offers.withdraw(world, call.offer)
    if agent is not None:
        agent.parked = None
    offers.requeue(world, call)
    if agent is not None:
        refresh(world, agent)


def call_ended(world: World, call_id: CallId) -> None:
    """The caller is gone."""
    world.talked_and_left.pop(call_id, None)
    call = world.calls.get(call_id)
    if call is None:
        return
    unserved = unserved_of(world, call)
    if call.offer is not None:
        offers.withdraw(world, call.offer)
    if call.phase is PARKED and call.kept is not Kept.LOST:
        _leave_ringing(world, call)
    elif call.phase in SERVED_BY_ONE:
        served(world, call)
    elif call.phase is WAITING:
        doors.leave_line(world, call, unserved)
    if call.sent_by is not None:
        world.stop_timer(Timer.TRANSFER, call_id)
    world.calls.pop(call_id, None)


def _leave_ringing(world: World, call: Call) -> None:
    """A caller who was sent on is gone while one agent's phone rang: nobody has served them since."""
    agent = world.agents[call.agent] if call.agent is not None else None
    world.stop_timer(Timer.PARK, call.id)
    doors.leave_line(world, call)
    if agent is not None:
        agent.parked = None
        refresh(world, agent)


def mean_to_end(world: World, call_id: CallId, *, is_meant: bool) -> None:
    """Notes that a person ends the call on purpose, or could not."""
    call = world.calls.get(call_id)
    if call is not None:
        call.is_hung_up = is_meant


def start_wrap_up(world: World, agent: Agent, call: Call) -> None:
    """The agent's time after the call begins."""
    wrap_up_s = world.rules_of(call.queue).wrap_up_s if agent.wrap_up_s is None else agent.wrap_up_s
    if wrap_up_s > 0:
        now = world.now.wall
        wrap_up(world, agent, new_wrap_up(call=call.id, since=now, until=now + timedelta(seconds=wrap_up_s)))


def wrap_up(world: World, agent: Agent, chosen: WrapUp) -> None:
    """The agent has this time after the call: newly, longer, or as it was before a restart."""
    agent.wrap_up = chosen
    world.set_timer(Timer.WRAP_UP, agent.id, (chosen.until - world.now.wall).total_seconds())
    remember(world, agent)


def end_wrap_up(world: World, agent: Agent) -> None:
    """The agent's time after the call is over."""
    if agent.wrap_up is None:
        return
    agent.wrap_up = None
    world.stop_timer(Timer.WRAP_UP, agent.id)
    remember(world, agent)
