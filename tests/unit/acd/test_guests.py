"""Experts and other people outside who are sent a caller, or asked about one."""

from dataclasses import replace

import pytest

from acd.engine.effects import CancelLeg, LeadBack, LeadOver, MarkCall, MoveCall, SetAside
from acd.engine.inputs import (
    Consult,
    HandOver,
    JoinAll,
    PageLost,
    Part,
    RingFailed,
    RingFailure,
    TakeBack,
    TakeOver,
    Transfer,
)
from acd.errors import AgentNotFree
from acd.events import (
    AgentStateChanged,
    CallConnected,
    CallOffered,
    CallParked,
    CallServed,
    ConsultationChanged,
)
from acd.model import AgentState, ConsultStage, Why
from kernel.ids import AgentId, CallId, is_guest
from telephony.destinations import Outside
from telephony.events import CallTransferred, Consulting, Joined, LegEnded, OutsideRung, SwitchDisconnected
from telephony.model import Arrival, EndReason, LiveCall, LiveLeg, Phase
from tests.unit.acd.floor import Floor, device, rules

LI, WANG = AgentId(1), AgentId(2)
CHEN = Outside(shown="陈工", numbers=("+8613900001111", "+8621500600"))
DRIVER = Outside(shown="+86138****2222", numbers=("+8613800002222",))


def talking() -> tuple[Floor, CallId]:
    """Li talks with a caller."""
    floor = Floor(rules())
    floor.agent(LI)
    call = floor.call("a")
    floor.answer(call)
    return floor, call


def sent(outside: Outside = CHEN) -> tuple[Floor, CallId]:
    floor, call = talking()
    floor.do(Transfer(call=call, agent=LI, to_outside=outside, note="想退货"))
    return floor, call


def asking(outside: Outside = CHEN) -> tuple[Floor, CallId]:
    floor, call = talking()
    floor.do(Consult(call=call, agent=LI, to_outside=outside, note="保修期内吗"))
    return floor, call


def asked_and_there() -> tuple[Floor, CallId]:
    floor, call = asking()
    picks_up(floor, call)
    return floor, call


def picks_up(floor: Floor, call: CallId) -> None:
    ring = floor.rings[-1]
    assert ring.asked_by is not None
    floor.do(Consulting(at=floor.at, call=call, leg=ring.leg, agent=ring.agent, asked_by=ring.asked_by))


def numbers(floor: Floor) -> list[str]:
    return [ring.outside.numbers[0] for ring in floor.rings if ring.outside is not None]


def killed(floor: Floor, call: CallId, *legs: LiveLeg, talks_with: LiveLeg | None = None) -> Floor:
    """A new server, which knows only what is written at the call, and who is at work."""
    mark = [effect.mark for effect in floor.told(MarkCall) if effect.call == call][-1]
    arrival = Arrival(call=call, at=floor.at, caller_number="", caller_name="", dialled="4001", trunk="t")
    after = Floor(rules())
    after.seconds = floor.seconds + 2
    after.agent(LI)
    after.effects.clear()
    talk = talks_with.leg if talks_with is not None else None
    after.connect([LiveCall(arrival=arrival, mark=mark, talks_with=talk)], legs, [device(LI)])
    return after


def found(floor: Floor, *, is_answered: bool = False) -> LiveLeg:
    ring = floor.rings[-1]
    return LiveLeg(
        leg=ring.leg,
        call=ring.call,
        agent=ring.agent,
        device=ring.device,
        is_answered=is_answered,
        asked_by=ring.asked_by,
    )


def test_whoever_is_outside_is_called_and_the_sender_is_free() -> None:
    floor, _ = sent()
    ring = floor.rings[-1]
    assert (ring.outside, ring.must_accept, ring.asked_by) == (CHEN, True, None)
    assert is_guest(ring.agent)
    moved = floor.told(MoveCall)[-1].mark
    assert (moved.phase, moved.agent, moved.sent_by, moved.outside) == (Phase.PARKED, ring.agent, LI, CHEN)
    told = floor.told(CallTransferred)[-1]
    assert (told.to_agent, told.to_outside, told.note) == (ring.agent, "陈工", "想退货")
    assert [(rung.leg, rung.shown) for rung in floor.told(OutsideRung)] == [(ring.leg, "陈工")]
    assert floor.told(CallOffered)[-1].explanation.why is Why.TRANSFERRED
    assert floor.state(LI) is AgentState.WRAP_UP


def test_whoever_is_outside_and_answers_has_the_caller_and_ends_the_call_by_hanging_up() -> None:
    floor, call = sent()
    floor.answer(call)
    guest = floor.rings[-1].agent
    assert floor.told(CallConnected)[-1].agent == guest
    floor.end_leg(call, EndReason.AGENT_HUNG_UP, joined=True)
    floor.hang_up(call)
    assert [served.agent for served in floor.told(CallServed)] == [guest]
    assert (floor.engine.world.calls, list(floor.engine.world.agents)) == ({}, [LI])
    assert floor.engine.world.guests == set()
    assert guest not in [changed.agent for changed in floor.told(AgentStateChanged)]


@pytest.mark.parametrize(
    "end", [EndReason.NO_ANSWER, EndReason.BUSY, EndReason.UNREACHABLE, EndReason.REFUSED]
)
def test_where_nobody_answers_the_next_number_is_called_and_then_the_sender(end: EndReason) -> None:
    floor, call = sent()
    floor.wait(29)
    floor.end_leg(call, end)
    assert numbers(floor) == list(CHEN.numbers)
    assert floor.told(MarkCall)[-1].mark.outside == replace(CHEN, numbers=CHEN.numbers[1:])
    floor.wait(29)
    floor.end_leg(call, end)
    assert floor.rung[-1] == (call, LI)
    assert floor.told(CallOffered)[-1].explanation.why is Why.TRANSFER_RETURNED
    floor.answer(call)
    assert floor.state(LI) is AgentState.TALKING
    assert floor.engine.world.guests == set()


def test_where_no_line_is_free_the_caller_is_back_at_once() -> None:
    floor, call = sent(DRIVER)
    floor.do(RingFailed(leg=floor.rings[-1].leg, failure=RingFailure.NO_LINE))
    assert floor.rung[-1] == (call, LI)
    floor, call = asking(DRIVER)
    floor.do(RingFailed(leg=floor.rings[-1].leg, failure=RingFailure.NO_LINE))
    assert [led.call for led in floor.told(LeadBack)] == [call]


def test_a_switch_that_does_not_take_the_order_is_asked_again_unless_nobody_is_to_be_called_any_more() -> (
    None
):
    floor, call = sent()
    floor.do(RingFailed(leg=floor.rings[-1].leg, failure=RingFailure.SWITCH_UNAVAILABLE))
    floor.wait(1)
    assert numbers(floor) == [CHEN.numbers[0]] * 2
    floor.do(RingFailed(leg=floor.rings[-1].leg, failure=RingFailure.SWITCH_UNAVAILABLE))
    floor.hang_up(call)
    floor.wait(5)
    assert numbers(floor) == [CHEN.numbers[0]] * 2


def test_a_switch_that_says_nothing_of_the_ring_keeps_nobody_waiting() -> None:
    floor, call = sent()
    floor.wait(100)
    assert numbers(floor) == list(CHEN.numbers)
    assert floor.rung[-1] == (call, LI)


def test_where_the_sender_is_gone_too_anybody_has_the_caller() -> None:
    floor, call = sent(DRIVER)
    floor.do(PageLost(agent=LI))
    floor.end_leg(call, EndReason.NO_ANSWER)
    assert floor.engine.world.calls[call].phase is Phase.WAITING
    floor.agent(WANG)
    assert floor.rung[-1] == (call, WANG)


def test_a_caller_who_hangs_up_on_the_way_stops_the_ringing() -> None:
    floor, call = sent()
    floor.hang_up(call)
    assert floor.told(CancelLeg)[-1].leg == floor.rings[-1].leg
    assert floor.engine.world.guests == set()


def test_whoever_is_outside_and_is_lost_leaves_the_caller_to_anybody_at_the_old_place() -> None:
    floor, call = sent()
    floor.answer(call)
    floor.agent(WANG)
    floor.end_leg(call, EndReason.MEDIA_LOST, joined=True)
    assert [parked.until for parked in floor.told(CallParked)] == [floor.at]
    assert floor.rung[-1] == (call, WANG)
    assert floor.engine.world.guests == set()


def test_nobody_outside_is_called_where_there_is_no_switch() -> None:
    floor, call = talking()
    floor.do(SwitchDisconnected(at=floor.at))
    for event in (
        Transfer(call=call, agent=LI, to_outside=CHEN),
        Consult(call=call, agent=LI, to_outside=CHEN),
        Consult(call=call, agent=LI),
    ):
        with pytest.raises(AgentNotFree):
            floor.do(event)
    assert floor.state(LI) is AgentState.TALKING
    assert floor.engine.world.guests == set()


def test_a_supervisor_takes_a_caller_over_from_somebody_outside() -> None:
    floor, call = sent()
    floor.answer(call)
    floor.agent(WANG, ready=False)
    floor.do(TakeOver(call=call, agent=WANG))
    assert floor.rung[-1] == (call, WANG)
    floor.end_leg(call, EndReason.NO_ANSWER)
    assert floor.engine.world.calls[call].phase is Phase.WAITING


def test_who_is_asked_outside_is_called_without_the_key_for_the_agent_hears_who_answers() -> None:
    floor, call = asking()
    ring = floor.rings[-1]
    assert (ring.outside, ring.must_accept, ring.asked_by) == (CHEN, False, f"leg-{call}-1")
    assert floor.told(SetAside)[-1].mark.outside == CHEN
    shown = floor.told(ConsultationChanged)[-1]
    assert (shown.stage, shown.outside, shown.note) == (ConsultStage.RINGING, "陈工", "保修期内吗")


def test_where_who_is_asked_does_not_answer_the_next_number_is_called_and_then_the_agent_is_back() -> None:
    floor, call = asking()
    floor.end_leg(call, EndReason.NO_ANSWER)
    assert numbers(floor) == list(CHEN.numbers)
    assert floor.told(LeadBack) == []
    assert floor.told(ConsultationChanged)[-1].note == "保修期内吗"
    floor.end_leg(call, EndReason.BUSY)
    assert len(floor.told(LeadBack)) == 1
    assert floor.engine.world.guests == set()
    floor.do(Joined(at=floor.at, call=call, leg=floor.rings[0].leg, agent=LI))
    assert floor.engine.world.calls[call].phase is Phase.TALKING


def test_an_agent_who_goes_back_stops_the_ringing_and_no_other_number_is_called() -> None:
    floor, call = asking()
    floor.do(TakeBack(call=call, agent=LI))
    assert floor.told(CancelLeg)[-1].leg == floor.rings[-1].leg
    assert numbers(floor) == [CHEN.numbers[0]]


def test_the_agent_connects_the_expert_and_leaves() -> None:
    floor, call = asked_and_there()
    floor.do(HandOver(call=call, agent=LI))
    expert = floor.rings[-1]
    assert floor.told(LeadOver)[-1].to == expert.leg
    assert floor.told(CallTransferred)[-1].to_outside == "陈工"
    floor.do(Joined(at=floor.at, call=call, leg=expert.leg, agent=expert.agent))
    assert floor.told(CallConnected)[-1].agent == expert.agent
    assert floor.state(LI) is AgentState.WRAP_UP


@pytest.mark.parametrize("is_expert", [True, False])
def test_of_three_the_expert_or_the_agent_leaves_and_the_other_has_the_caller(*, is_expert: bool) -> None:
    floor, call = asked_and_there()
    expert = floor.rings[-1]
    floor.do(JoinAll(call=call, agent=LI))
    for leg, agent in ((floor.rings[0].leg, LI), (expert.leg, expert.agent)):
        floor.do(Joined(at=floor.at, call=call, leg=leg, agent=agent))
    if is_expert:
        floor.end_leg(call, EndReason.AGENT_HUNG_UP, joined=True)
        assert (floor.state(LI), floor.engine.world.guests) == (AgentState.TALKING, set())
        return
    floor.do(Part(call=call, agent=LI))
    floor.do(Joined(at=floor.at, call=call, leg=expert.leg, agent=expert.agent))
    assert floor.state(LI) is AgentState.WRAP_UP
    assert floor.engine.world.calls[call].agent == expert.agent


def test_an_agent_who_is_gone_while_the_experts_phone_rings_is_brought_back_to_the_caller() -> None:
    floor, call = asking()
    floor.do(PageLost(agent=LI))
    assert floor.told(CancelLeg)[-1].leg == floor.rings[-1].leg
    parked = floor.engine.world.calls[call]
    assert (parked.phase, parked.agent, floor.engine.world.guests) == (Phase.PARKED, LI, set())


def test_an_agent_who_is_gone_while_they_talk_leaves_the_caller_to_the_expert_or_to_anybody() -> None:
    floor, call = asked_and_there()
    floor.do(PageLost(agent=LI))
    expert = floor.rings[-1]
    floor.agent(WANG)
    # It was a mailbox: nobody pressed the key.
    floor.end_leg(call, EndReason.NO_ANSWER)
    assert floor.rung[-1] == (call, WANG)
    assert expert.agent not in floor.engine.world.agents


def test_a_server_that_dies_while_somebody_outside_is_rung_lets_them_ring_on() -> None:
    floor, call = sent()
    after = killed(floor, call, found(floor))
    assert (after.told(CancelLeg), after.rings) == ([], [])
    leg = found(floor)
    gone = LegEnded(
        at=after.at, call=call, leg=leg.leg, agent=leg.agent, reason=EndReason.NO_ANSWER, was_joined=False
    )
    after.do(gone)
    assert numbers(after) == [CHEN.numbers[1]]
    after.end_leg(call, EndReason.NO_ANSWER)
    assert after.rung[-1] == (call, LI)


def test_a_server_that_dies_between_two_numbers_calls_the_next_one() -> None:
    floor, call = sent()
    floor.end_leg(call, EndReason.NO_ANSWER)
    after = killed(floor, call)
    assert numbers(after) == [CHEN.numbers[1]]
    assert after.rings[-1].must_accept


def test_a_server_that_dies_while_they_talk_finds_the_caller_with_whoever_is_outside() -> None:
    floor, call = sent()
    floor.answer(call)
    leg = replace(found(floor, is_answered=True), is_with_caller=True)
    after = killed(floor, call, leg, talks_with=leg)
    known = after.engine.world.calls[call]
    assert (known.phase, known.agent, known.outside) == (Phase.TALKING, leg.agent, CHEN)
    after.do(
        LegEnded(
            at=after.at,
            call=call,
            leg=leg.leg,
            agent=leg.agent,
            reason=EndReason.AGENT_HUNG_UP,
            was_joined=True,
        )
    )
    after.hang_up(call)
    assert after.engine.world.guests == set()


@pytest.mark.parametrize("has_answered", [True, False])
def test_a_server_that_dies_while_an_expert_is_asked_finds_both(*, has_answered: bool) -> None:
    floor, call = asked_and_there() if has_answered else asking()
    li = LiveLeg(leg=floor.rings[0].leg, call=call, agent=LI, device=device(LI), is_answered=True)
    leg = found(floor, is_answered=has_answered)
    after = killed(floor, call, li, leg)
    asked = after.engine.world.calls[call].consultation
    assert asked is not None
    assert asked.stage is (ConsultStage.TALKING if has_answered else ConsultStage.RINGING)
    assert after.told(ConsultationChanged)[-1].outside == "陈工"
    assert after.told(CancelLeg) == []
    if has_answered:
        after.do(HandOver(call=call, agent=LI))
        assert after.told(LeadOver)[-1].to == leg.leg
