"""An offer rings, and ends in one of its ways; the caller never pays for it with the place."""

import pytest

from acd.engine.effects import CancelLeg, MarkCall
from acd.engine.inputs import Refuse, RingFailed, RingFailure, SetState, SignIn
from acd.errors import NoSuchOffer
from acd.events import AgentStateChanged, CallConnected, CallOffered, OfferEnded
from acd.model import AgentState, OfferResult
from kernel.ids import AgentId, LegId
from telephony.events import DeviceRegistered, DeviceUnregistered, Joined, LegRinging
from telephony.model import EndReason, Phase
from tests.unit.acd.floor import Floor, device, rules


def test_each_step_of_a_simple_call_is_told_once() -> None:
    floor = Floor()
    agent = floor.agent(1)
    call = floor.call("a")
    assert floor.state(agent) is AgentState.RESERVED
    floor.do(LegRinging(at=floor.at, call=call, leg=floor.leg_of(call), agent=agent))
    assert floor.state(agent) is AgentState.RINGING
    floor.wait(4)
    floor.answer(call)
    assert floor.state(agent) is AgentState.TALKING

    assert [o.result for o in floor.told(OfferEnded)] == [OfferResult.ANSWERED]
    assert [(c.call, c.agent, c.waited_s) for c in floor.told(CallConnected)] == [("a", 1, 4)]
    assert [m.mark.phase for m in floor.told(MarkCall)] == [Phase.WAITING, Phase.TALKING]


def test_a_ring_shows_digits_and_nothing_a_person_typed() -> None:
    floor = Floor()
    floor.agent(1)
    floor.call("a")
    assert floor.rings[0].shown_number == "8613800138000"
    assert floor.rings[0].timeout_s == 15


def test_who_does_not_answer_is_not_responding_and_the_caller_keeps_place_and_gets_the_next() -> None:
    floor = Floor()
    first = floor.agent(1)
    call = floor.call("a")
    floor.wait(1)
    floor.call("b")
    floor.wait(14)
    floor.end_leg(call, EndReason.NO_ANSWER)
    assert floor.state(first) is AgentState.NOT_RESPONDING
    assert floor.told(AgentStateChanged)[-1].reason == "missed"

    floor.agent(2)

    assert floor.rung == [("a", 1), ("a", 2)]
    assert floor.rings[0].leg != floor.rings[1].leg
    turned_down = floor.told(CallOffered)[-1].explanation.passed_over
    assert [(p.agent, p.reason) for p in turned_down] == [(1, "timed_out")]


def test_not_responding_ends_when_the_agent_says_so() -> None:
    floor = Floor()
    agent = floor.agent(1)
    floor.end_leg(floor.call("a"), EndReason.NO_ANSWER)

    floor.do(SetState(agent=agent, state=AgentState.READY))

    assert floor.rung == [("a", 1), ("a", 1)]


def test_a_switch_that_never_reports_the_end_of_ringing_blocks_nobody() -> None:
    floor = Floor()
    agent = floor.agent(1)
    call = floor.call("a")

    floor.wait(17)

    assert floor.state(agent) is AgentState.NOT_RESPONDING
    assert floor.told(CancelLeg) == [CancelLeg(leg=floor.leg_of(call))]


def test_refusing_is_a_break_and_the_next_agent_is_rung() -> None:
    floor = Floor()
    first = floor.agent(1)
    call = floor.call("a")
    floor.agent(2)

    floor.do(Refuse(agent=first, call=call))

    assert floor.rung == [("a", 1), ("a", 2)]
    assert floor.state(first) is AgentState.ON_BREAK
    assert floor.told(OfferEnded)[0].result is OfferResult.REFUSED


def test_an_offer_that_is_over_cannot_be_refused() -> None:
    floor = Floor()
    agent = floor.agent(1)
    call = floor.call("a")
    floor.answer(call)
    with pytest.raises(NoSuchOffer):
        floor.do(Refuse(agent=agent, call=call))


@pytest.mark.parametrize("reason", [EndReason.BUSY, EndReason.UNREACHABLE, EndReason.OTHER])
def test_an_unreachable_phone_costs_the_caller_no_time(reason: EndReason) -> None:
    floor = Floor()
    first = floor.agent(1)
    call = floor.call("a")
    floor.agent(2)

    floor.end_leg(call, reason)

    assert floor.rung == [("a", 1), ("a", 2)]
    assert floor.state(first) is AgentState.NOT_RESPONDING


def test_a_phone_that_loses_its_registration_while_it_rings_costs_the_caller_no_time() -> None:
    floor = Floor()
    floor.agent(1)
    floor.call("a")
    floor.agent(2)

    floor.do(DeviceUnregistered(at=floor.at, device=device(1)))

    assert floor.rung == [("a", 1), ("a", 2)]


def test_an_answer_that_came_after_the_offer_was_given_up_counts() -> None:
    floor = Floor()
    first = floor.agent(1)
    second = floor.agent(2)
    call = floor.call("a")
    late = floor.leg_of(call)
    floor.wait(17)
    assert floor.rung == [("a", 1), ("a", 2)]

    floor.do(Joined(at=floor.at, call=call, leg=late, agent=first))

    assert floor.state(first) is AgentState.TALKING
    assert floor.state(second) is AgentState.READY
    assert CancelLeg(leg=floor.leg_of(call)) in floor.told(CancelLeg)
    assert [o.result for o in floor.told(OfferEnded)] == [OfferResult.TIMED_OUT, OfferResult.WITHDRAWN]


def test_an_agent_who_answered_another_call_late_loses_the_one_that_rang_meanwhile() -> None:
    floor = Floor()
    first = floor.agent(1)
    call = floor.call("a")
    late = floor.leg_of(call)
    floor.wait(17)
    floor.agent(2)
    floor.end_leg(call, EndReason.NO_ANSWER)
    floor.do(SetState(agent=first, state=AgentState.READY))
    other = floor.rings[-1].call
    assert other == "a"
    floor.agent(3)

    floor.do(Joined(at=floor.at, call=call, leg=late, agent=first))

    assert floor.state(first) is AgentState.TALKING
    assert len(floor.engine.world.offers) == 0


def test_a_double_report_of_the_same_answer_changes_nothing() -> None:
    floor = Floor()
    floor.agent(1)
    call = floor.call("a")
    floor.answer(call)
    floor.answer(call)
    assert len(floor.told(CallConnected)) == 1


def test_a_call_answered_by_the_emergency_queue_keeps_its_agent_busy() -> None:
    floor = Floor()
    agent = floor.agent(1)

    floor.do(Joined(at=floor.at, call=floor.call("x"), leg=floor.leg_of(floor.call("x")), agent=agent))
    floor.do(Joined(at=floor.at, call="unknown", leg="fallback-1", agent=floor.agent(2)))  # type: ignore[arg-type]
    floor.call("b")

    assert floor.rung == [("x", 1)]


def test_an_order_that_the_switch_did_not_take_is_tried_again_after_a_moment() -> None:
    floor = Floor()
    floor.agent(1)
    call = floor.call("a")

    floor.do(RingFailed(leg=floor.leg_of(call), failure=RingFailure.SWITCH_UNAVAILABLE))
    assert len(floor.rings) == 1
    floor.wait(1)

    assert floor.rung == [("a", 1), ("a", 1)]


def test_a_call_that_is_gone_when_it_is_to_be_rung_frees_the_agent() -> None:
    floor = Floor(rules())
    agent = floor.agent(1)
    call = floor.call("a")

    floor.do(RingFailed(leg=floor.leg_of(call), failure=RingFailure.CALL_GONE))

    assert floor.state(agent) is AgentState.READY
    assert floor.engine.world.calls == {}


def test_a_phone_that_begins_to_ring_after_the_caller_left_is_silenced() -> None:
    floor = Floor()
    agent = floor.agent(1)
    call = floor.call("a")
    floor.hang_up(call)

    floor.do(LegRinging(at=floor.at, call=call, leg=floor.leg_of(call), agent=agent))

    assert floor.told(CancelLeg) == [CancelLeg(leg=floor.leg_of(call))] * 2


def test_an_unreachable_phone_is_tried_again_after_pauses_that_grow() -> None:
    floor = Floor()
    floor.agent(1)
    call = floor.call("a")
    times = []
    for pause in (5, 10, 20, 40, 60, 60):
        floor.end_leg(call, EndReason.BUSY)
        rings = len(floor.rings)
        floor.wait(pause - 0.01)
        assert len(floor.rings) == rings
        floor.wait(0.01)
        times.append(len(floor.rings) - rings)
    assert times == [1] * 6


def test_a_phone_that_is_busy_with_a_ring_taken_back_is_rung_again_in_a_moment() -> None:
    floor = Floor()
    floor.agent(1)
    gone, waiting = floor.call("a"), floor.call("b")
    floor.wait(3)
    floor.hang_up(gone)
    floor.end_leg(waiting, EndReason.BUSY)
    floor.wait(1)
    assert floor.rung == [("a", 1), ("b", 1), ("b", 1)]
    floor.end_leg(waiting, EndReason.BUSY)
    floor.wait(1)
    assert len(floor.rung) == 3


def test_a_call_that_another_leg_had_is_offered_again_after_pauses_that_grow() -> None:
    floor = Floor()
    floor.agent(1)
    floor.agent(2)
    call = floor.call("a")
    rung_after_s = []
    for _ in range(8):
        floor.end_leg(call, EndReason.CLAIMED)
        rings, claimed_at_s = len(floor.rings), floor.seconds
        while len(floor.rings) == rings:
            floor.wait(0.25)
        rung_after_s.append(floor.seconds - claimed_at_s)

    assert rung_after_s == [0.5, 1, 2, 4, 8, 16, 30, 30]


def test_an_agent_whose_caller_was_taken_serves_the_next_one_at_once() -> None:
    floor = Floor()
    agent = floor.agent(1)
    taken, other = floor.call("a"), floor.call("b")

    floor.end_leg(taken, EndReason.CLAIMED)
    assert floor.rung == [(taken, agent), (other, agent)]
    floor.do(Joined(at=floor.at, call=taken, leg=LegId("fallback-1"), agent=AgentId(9)))
    floor.wait(10)

    assert floor.rung == [(taken, agent), (other, agent)]


def test_an_agent_who_came_back_while_the_caller_still_changed_hands_is_rung_again() -> None:
    floor = Floor()
    agent = floor.agent(1)
    call = floor.call("a")
    floor.answer(call)
    floor.end_leg(call, EndReason.MEDIA_LOST, joined=True)

    floor.end_leg(call, EndReason.CLAIMED)
    floor.wait(0.5)

    assert floor.rung == [("a", agent)] * 3
    assert floor.rings[-1].answers_itself


def at_a_number_outside(floor: Floor) -> AgentId:
    """An agent who has to press a key first."""
    agent = floor.agent(1, ready=False)
    floor.do(SignIn(agent=agent, device=device(7), must_accept=True))
    floor.do(DeviceRegistered(at=floor.at, device=device(7)))
    floor.do(SetState(agent=agent, state=AgentState.READY))
    return agent


def test_whoever_has_to_press_a_key_first_has_longer_to_answer() -> None:
    floor = Floor(rules(offer_timeout_s=15))
    agent = at_a_number_outside(floor)
    floor.call("a")
    assert floor.rings[-1].timeout_s == 15
    floor.wait(20)
    assert floor.state(agent) is AgentState.RESERVED
    floor.wait(10)
    assert floor.state(agent) is AgentState.NOT_RESPONDING


def test_whoever_answers_outside_and_hangs_up_without_the_key_has_not_answered() -> None:
    floor = Floor()
    agent = at_a_number_outside(floor)
    floor.end_leg(floor.call("a"), EndReason.AGENT_HUNG_UP)
    told = floor.told(AgentStateChanged)[-1]
    assert (floor.state(agent), told.reason) == (AgentState.NOT_RESPONDING, "missed")


def at_a_desk_phone(floor: Floor, number: int = 1) -> AgentId:
    """An agent whose phone stands on the desk."""
    agent = floor.agent(number, ready=False)
    floor.do(SignIn(agent=agent, device=device(70 + number), rings_at_once=True))
    floor.do(DeviceRegistered(at=floor.at, device=device(70 + number)))
    floor.do(SetState(agent=agent, state=AgentState.READY))
    return agent


def test_a_desk_phone_that_does_not_begin_to_ring_costs_the_caller_no_full_ring() -> None:
    floor = Floor(rules(offer_timeout_s=15))
    dead, other = at_a_desk_phone(floor, 1), floor.agent(2)
    call = floor.call("a")
    floor.wait(2)
    assert floor.rung == [(call, dead), (call, other)]
    told = [event for event in floor.told(AgentStateChanged) if event.agent == dead][-1]
    assert (told.state, told.reason) == (AgentState.NOT_RESPONDING, "unreachable")
    assert CancelLeg(leg=floor.rings[0].leg) in floor.effects


def test_a_desk_phone_that_rings_is_given_the_whole_time() -> None:
    floor = Floor(rules(offer_timeout_s=15))
    agent = at_a_desk_phone(floor)
    call = floor.call("a")
    floor.do(LegRinging(at=floor.at, call=call, leg=floor.rings[-1].leg, agent=agent))
    floor.wait(14)
    assert floor.state(agent) is AgentState.RINGING
    floor.answer(call)
    floor.wait(60)
    assert floor.state(agent) is AgentState.TALKING


def test_an_agent_who_takes_another_phone_is_rung_there_and_no_more_at_the_old_one() -> None:
    floor = Floor()
    agent = floor.agent(1)
    floor.call("a")
    floor.do(SignIn(agent=agent, device=device(7)))
    assert CancelLeg(leg=floor.rings[0].leg) in floor.effects
    floor.do(DeviceRegistered(at=floor.at, device=device(7)))
    assert [ring.device for ring in floor.rings] == [device(1), device(7)]
