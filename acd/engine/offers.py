"""The life of an offer: ringing, and every way in which it ends without a conversation."""

from dataclasses import replace
from datetime import timedelta

from acd.engine import guests
from acd.engine.availability import refresh, remember, set_wish
from acd.engine.effects import CancelLeg, MarkCall, RememberPromise, RingAgent
from acd.engine.state import (
    ANSWERS_ITSELF,
    DIALLING,
    HELD,
    PARKED,
    TALKING,
    WAITING,
    WAS_SENT,
    Absence,
    Agent,
    Call,
    Kept,
    Offer,
    Timer,
)
from acd.engine.world import World
from acd.errors import NoSuchOffer
from acd.events import CallOffered, CallQueued, OfferAdopted, OfferEnded
from acd.model import AgentState, Explanation, OfferResult, PassedOver
from acd.promises import CallbackBrief
from kernel.ids import AgentId, CallId, DeviceId, LegId
from kernel.value import maker
from telephony.events import OutsideRung
from telephony.model import CallMark, EndReason, Ring

new_mark, new_ring = maker(CallMark), maker(Ring)
new_mark_call, new_ring_agent = maker(MarkCall), maker(RingAgent)
new_call_queued, new_call_offered, new_offer_ended = maker(CallQueued), maker(CallOffered), maker(OfferEnded)

_RESULTS = {
    EndReason.NO_ANSWER: OfferResult.TIMED_OUT,
    EndReason.REFUSED: OfferResult.REFUSED,
    EndReason.AGENT_HUNG_UP: OfferResult.REFUSED,
    EndReason.CALLER_HUNG_UP: OfferResult.WITHDRAWN,
    EndReason.HOTLINE_HUNG_UP: OfferResult.WITHDRAWN,
    EndReason.SWITCH_LOST: OfferResult.WITHDRAWN,
}
"""What a leg's end means for its offer; anything else is `UNREACHABLE`."""

TURNED_DOWN_KEPT = 5
NO_DEVICE = DeviceId("")
"""Who is outside has a number."""
WITH_AGENT = {TALKING, PARKED, HELD}


def result_of(world: World, offer: Offer, reason: EndReason) -> OfferResult:
    """What a leg's end without a conversation means for its offer."""
    if reason is EndReason.AGENT_HUNG_UP and world.agents[offer.agent].must_accept:
        # Answered, and no key pressed: a mailbox hangs up too, and has refused nothing.
        return OfferResult.TIMED_OUT
    return _RESULTS.get(reason, OfferResult.UNREACHABLE)


def make_offer(world: World, call: Call, agent: Agent, explanation: Explanation) -> None:
    """Rings the agent for a waiting call; the call keeps its place until it talks."""
    world.reserve(call)
    world.turns += 1
    agent.turn = world.turns
    timeout_s = world.rules_of(call.queue).offer_timeout_s
    _ring(world, call, agent, timeout_s, explanation)


def make_return_offer(world: World, call: Call, agent: Agent, timeout_s: float, why: Explanation) -> None:
    """Brings an agent back to the call that was theirs."""
    _ring(world, call, agent, timeout_s, why)


def _ring(world: World, call: Call, agent: Agent, timeout_s: float, why: Explanation) -> None:
    assert call.offer is None, f"{call.id} is being offered"
    assert agent.offer is None, f"agent {agent.id} has an offer"
    assert agent.call is None, f"agent {agent.id} talks"
    outside = call.outside if agent.is_guest else None
    assert agent.device is not None or outside is not None, f"agent {agent.id} has no phone"
    is_return = call.kept is Kept.LOST
    call.legs_numbered += 1
    leg = LegId(f"leg-{call.id}-{call.legs_numbered}")
    world.order(
        new_ring_agent(
            ring=new_ring(
                leg=leg,
                call=call.id,
                agent=agent.id,
                device=agent.device or NO_DEVICE,
                outside=outside,
                must_accept=outside is not None and guests.must_accept(call, agent),
                timeout_s=timeout_s,
                shown_number=_digits(call.number),
                asked_by=call.leg if call.phase is HELD else None,
                answers_itself=call.kept in ANSWERS_ITSELF or call.phase is DIALLING,
                dials=call.placed is not None or call.is_absent,
            )
        )
    )
    _start(world, call, agent, leg, timeout_s)
    if outside is not None:
        world.tell(OutsideRung(at=world.now.wall, call=call.id, leg=leg, agent=agent.id, shown=outside.shown))
    world.tell(
        new_call_offered(
            at=world.now.wall,
            call=call.id,
            queue=call.queue,
            agent=agent.id,
            leg=leg,
            waited_s=world.waited_s(call),
            explanation=why,
            is_return=is_return,
            callback=brief_of(call),
        )
    )


def _digits(number: str) -> str:
    plain = number.removeprefix("+")
    return plain if plain.isdigit() else "".join(filter(str.isdigit, plain))


def brief_of(call: Call) -> CallbackBrief | None:
    """What is shown of a callback; None of a call whose customer is on the line."""
    promise = call.promise
    if promise is None or not call.is_absent:
        return None
    return CallbackBrief(
        promise=promise.id,
        origin=promise.origin,
        number=promise.number,
        made_at=promise.made_at,
        tries=promise.tries,
        not_before=promise.not_before,
        is_dialled=promise.is_dialled,
    )


def _start(world: World, call: Call, agent: Agent, leg: LegId, timeout_s: float) -> None:
    """Notes that a leg rings an agent for a call."""
    timeout_s += world.settings.accept_s if guests.must_accept(call, agent) else 0.0
    until = world.now.wall + timedelta(seconds=timeout_s)
    offer = Offer(leg, call.id, agent.id, until)
    call.offer = agent.offer = world.offers[leg] = offer
    world.set_timer(Timer.OFFER, leg, timeout_s + world.settings.offer_grace_s)
    if agent.rings_at_once:
        offer.ends_if_silent = True
        world.set_timer(Timer.SILENT, leg, world.settings.ring_start_max_s)
    refresh(world, agent)


def adopt(world: World, call: Call, agent: Agent, leg: LegId, timeout_s: float) -> None:
    """Goes on with an offer that was found ringing after a restart."""
    _start(world, call, agent, leg, timeout_s)
    world.tell(
        OfferAdopted(
            at=world.now.wall,
            call=call.id,
            queue=call.queue,
            agent=agent.id,
            leg=leg,
            waited_s=world.waited_s(call),
            callback=brief_of(call),
        )
    )
    leg_rings(world, call.id, leg)


def leg_rings(world: World, call: CallId, leg: LegId) -> None:
    """The agent's phone makes itself heard."""
    offer, known = world.offers.get(leg), world.calls.get(call)
    if offer is None:
        if leg.startswith(f"leg-{call}-") and (known is None or known.leg != leg):
            # Cancelled before the switch had begun to ring it, when there was nothing to cancel yet.
            world.order(CancelLeg(leg=leg))
    elif not offer.is_ringing:
        offer.is_ringing = True
        _heard(world, offer)
        refresh(world, world.agents[offer.agent])


def _heard(world: World, offer: Offer) -> None:
    """The phone is not silent, or need not ring any more."""
    if offer.ends_if_silent:
        offer.ends_if_silent = False
        world.stop_timer(Timer.SILENT, offer.leg)


def drop(world: World, offer: Offer, result: OfferResult) -> tuple[Call, Agent]:
    """Ends an offer on both sides; what becomes of call and agent is for who asked."""
    del world.offers[offer.leg]
    world.stop_timer(Timer.OFFER, offer.leg)
    _heard(world, offer)
    call, agent = world.calls[offer.call], world.agents[offer.agent]
    call.offer = agent.offer = None
    world.tell(new_offer_ended(at=world.now.wall, call=call.id, agent=agent.id, leg=offer.leg, result=result))
    return call, agent


def withdraw(world: World, offer: Offer) -> Call:
    """Takes an offer back; the agent is free again at once, in the old place among the idle."""
    world.order(CancelLeg(leg=offer.leg))
    call, agent = drop(world, offer, OfferResult.WITHDRAWN)
    agent.withdrawn_at_s = world.now.seconds
    refresh(world, agent)
    return call


def give_back(world: World, offer: Offer) -> None:
    """The offer is gone from the switch through nobody's doing: a call that waits is for others too again."""
    call, agent = drop(world, offer, OfferResult.WITHDRAWN)
    wait_on(world, call)
    refresh(world, agent)


def wait_on(world: World, call: Call) -> None:
    """An offer of it is gone: who waits is for others too again, and who asked for somebody hears of it."""
    if call.phase is WAITING:
        world.free(call)
    elif call.phase in {HELD, DIALLING}:
        world.unanswered.append(call.id)


def fail(world: World, offer: Offer, result: OfferResult) -> None:
    """The agent did not take the call: the caller keeps the place, and someone else is rung."""
    call, agent = drop(world, offer, result)
    if result is not OfferResult.WITHDRAWN:
        refusal = PassedOver(agent=agent.id, reason=result.value)
        call.turned_down = (*call.turned_down[1 - TURNED_DOWN_KEPT :], refusal)
    is_echo = result is OfferResult.UNREACHABLE and _is_still_busy(world, agent)
    is_wanted = call.phase is not HELD or result is not OfferResult.REFUSED
    if is_wanted and call.phase is not DIALLING and not agent.is_guest:
        _note_on_agent(world, agent, result)
    was_unwanted = result in {OfferResult.TIMED_OUT, OfferResult.REFUSED}
    if call.phase is not PARKED:
        wait_on(world, call)
    elif was_unwanted or (call.kept is not Kept.LOST and not is_echo):
        agent.parked = None
        requeue(world, call)
    refresh(world, agent)


def _note_on_agent(world: World, agent: Agent, result: OfferResult) -> None:
    if result is OfferResult.REFUSED:
        set_wish(world, agent, AgentState.ON_BREAK, "refused")
    elif result is OfferResult.TIMED_OUT:
        agent.absence, agent.missed_at = Absence.MISSED, world.now.wall
        remember(world, agent)
    elif result is OfferResult.UNREACHABLE:
        limits = world.settings
        if _is_still_busy(world, agent):
            spare(world, agent, Absence.SWITCH, limits.switch_retry_s)
            return
        pause_s = _pause_s(limits.unreachable_retry_s, limits.unreachable_retry_max_s, agent.rings_in_vain)
        agent.rings_in_vain += 1
        spare(world, agent, Absence.UNREACHABLE, pause_s)


def _is_still_busy(world: World, agent: Agent) -> bool:
    """The switch's two threads may have told the phone of the new call before the end of the old one."""
    return world.now.seconds < agent.withdrawn_at_s + world.settings.switch_retry_s


def _pause_s(first_s: float, longest_s: float, times_before: int) -> float:
    return min(first_s * 2.0 ** min(times_before, 10), longest_s)


def claimed(world: World, offer: Offer) -> None:
    """The agent answered, and another leg had the caller: who it is will be told, or it is gone again.

    Until then nobody is rung: everyone who answered now would find the caller taken too.
    """
    call, agent = drop(world, offer, OfferResult.WITHDRAWN)
    limits = world.settings
    pause_s = _pause_s(limits.claimed_retry_s, limits.claimed_retry_max_s, call.claims_met)
    call.claims_met += 1
    if call.phase is HELD:
        world.unanswered.append(call.id)
    elif call.phase is PARKED:
        spare(world, agent, Absence.SWITCH, pause_s)
    else:
        world.withhold(call, pause_s)
    refresh(world, agent)


def spare(world: World, agent: Agent, why: Absence, for_s: float) -> None:
    """Gives the agent no calls for a moment, through no fault of theirs."""
    agent.absence = why
    world.set_timer(Timer.RETRY, agent.id, for_s)


def requeue(world: World, call: Call) -> None:
    """A call that talked before goes back to its queue, to the place it had."""
    world.stop_timer(Timer.PARK, call.id)
    if call.kept in WAS_SENT:
        world.unanswered.append(call.id)
        return
    call.agent = call.leg = call.sent_by = call.kept = None
    call.queued_s, call.is_overdue = world.now.seconds, False
    world.add_waiting(call)
    announce_waiting(world, call)


def announce_waiting(world: World, call: Call) -> None:
    """Tells the switch and everyone else that the call waits, and where."""
    write_mark(world, call)
    position = world.lines[call.queue].places.count_before(call.key) + 1
    world.tell(
        new_call_queued(
            at=world.now.wall,
            call=call.id,
            queue=call.queue,
            waiting_since=call.waiting_since,
            position=position,
        )
    )


def write_mark(world: World, call: Call) -> None:
    """Has the switch keep what a successor needs to go on with this call; with one that ended nobody will."""
    if call.id in world.gone:
        return
    call.mark = mark_of(call)
    if call.promise is not None and call.is_absent:
        call.promise = replace(call.promise, mark=call.mark)
        world.order(RememberPromise(promise=call.promise))
    else:
        world.order(new_mark_call(call=call.id, mark=call.mark))


def mark_of(call: Call) -> CallMark:
    """The call as a successor must know it."""
    old, key = call.mark, call.key
    key_ms, boost_ms = key.ms, int(call.boost_s * 1000) if call.boost_s else 0
    # The key tells since when, and costs nothing; who was sent on waits anew at the old key.
    since_ms = int(call.waiting_since.timestamp() * 1000) if call.sent_by is not None else key_ms + boost_ms
    return new_mark(
        phase=call.phase,
        flow=old.flow,
        node=old.node,
        language=old.language,
        queue=call.queue,
        tier=key.tier,
        key_ms=key_ms,
        sequence=key.sequence,
        sticky_agent=call.sticky_agent,
        agent=call.agent or old.agent,
        waited_ms=None if call.waited_s is None else int(call.waited_s * 1000),
        talking_since_ms=_talking_since_ms(call),
        needs=call.asked,
        region=old.region,
        region_by=old.region_by,
        level=old.level,
        boosts=call.boosts,
        matter=old.matter,
        kept_by_flow=old.kept_by_flow,
        boost_ms=boost_ms,
        queued_ms=since_ms + int((call.queued_s - call.entered_s) * 1000),
        sent_by=call.sent_by,
        outside=call.outside,
    )


def _talking_since_ms(call: Call) -> int | None:
    if call.talking_since is None or call.phase not in WITH_AGENT:
        return None
    return int(call.talking_since.timestamp() * 1000)


def refuse(world: World, agent: AgentId, call: CallId) -> None:
    """The agent says no: rung no further, on break until ready again."""
    offer = world.agent(agent).offer
    if offer is None or offer.call != call:
        raise NoSuchOffer("This call is no longer offered to you.")
    world.order(CancelLeg(leg=offer.leg))
    fail(world, offer, OfferResult.REFUSED)


def overdue(world: World, leg: LegId) -> None:
    """The switch reported no end of the ringing: it is ended from here."""
    world.order(CancelLeg(leg=leg))
    fail(world, world.offers[leg], OfferResult.TIMED_OUT)


def silent(world: World, leg: LegId) -> None:
    """The phone has not even begun to ring: it is gone, and nobody waits for it any longer."""
    world.order(CancelLeg(leg=leg))
    fail(world, world.offers[leg], OfferResult.UNREACHABLE)


def order_failed(world: World, leg: LegId) -> None:
    """The switch did not take the order. That is not the agent's fault: a moment's pause, no more."""
    offer = world.offers.get(leg)
    if offer is None:
        return
    spare(world, world.agents[offer.agent], Absence.SWITCH, world.settings.switch_retry_s)
    give_back(world, offer)
