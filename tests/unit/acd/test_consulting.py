"""An agent asks a colleague: nobody loses the caller, whoever answers, leaves, or is gone at any step."""

from collections.abc import Callable

import pytest

from acd.engine.effects import CancelLeg, LeadAll, LeadAnew, LeadBack, LeadOver, MarkCall, ParkCall, SetAside
from acd.engine.inputs import (
    Consult,
    HandOver,
    JoinAll,
    PageBack,
    PageLost,
    Part,
    Refuse,
    SetState,
    SignOut,
    TakeBack,
    Transfer,
)
from acd.errors import AgentNotFree, NotConsulting, NotTalking, StillConsulting
from acd.events import CallConnected, CallOffered, CallServed, ConsultationChanged
from acd.model import AgentState, ConsultStage, Why
from kernel.ids import AgentId, CallId, LegId, QueueId
from telephony.events import CallTransferred, Consulting, Joined, LegEnded
from telephony.model import EndReason, Phase
from tests.sim.invariants import check
from tests.unit.acd.floor import Floor, rules

SERVICE = QueueId("service")
LI, WANG = AgentId(1), AgentId(2)
CALL, ASKING, ASKED = CallId("a"), LegId("leg-a-1"), LegId("leg-a-2")


def talking() -> Floor:
    floor = Floor(rules(), rules(SERVICE))
    floor.agent(LI)
    floor.call("a")
    floor.answer(CALL)
    floor.agent(WANG, SERVICE)
    floor.wait(30)
    return floor


def ringing() -> Floor:
    floor = talking()
    floor.do(Consult(call=CALL, agent=LI, to_agent=WANG, note="保修期内吗"))
    return floor


def consulting() -> Floor:
    floor = ringing()
    floor.do(Consulting(at=floor.at, call=CALL, leg=ASKED, agent=WANG, asked_by=ASKING))
    return floor


def joins(floor: Floor, leg: LegId) -> None:
    floor.do(Joined(at=floor.at, call=CALL, leg=leg, agent=LI if leg == ASKING else WANG))


def three_way() -> Floor:
    floor = consulting()
    floor.do(JoinAll(call=CALL, agent=LI))
    joins(floor, ASKING)
    joins(floor, ASKED)
    return floor


def ends(floor: Floor, leg: LegId, reason: EndReason = EndReason.AGENT_HUNG_UP) -> None:
    floor.do(
        LegEnded(
            at=floor.at,
            call=CALL,
            leg=leg,
            agent=LI if leg == ASKING else WANG,
            reason=reason,
            was_joined=leg == ASKING,
        )
    )


def phase(floor: Floor) -> Phase:
    return floor.engine.world.calls[CALL].phase


def owner(floor: Floor) -> AgentId | None:
    return floor.engine.world.calls[CALL].agent


def sound(floor: Floor) -> None:
    check(floor.engine.world, [])


def test_the_caller_is_set_aside_and_the_colleague_rung_for_the_agent() -> None:
    floor = ringing()
    assert [(aside.leg, aside.mark.phase) for aside in floor.told(SetAside)] == [(ASKING, Phase.HELD)]
    ring = floor.rings[-1]
    assert (ring.agent, ring.asked_by, ring.answers_itself) == (WANG, ASKING, False)
    assert floor.told(CallOffered)[-1].explanation.why is Why.CONSULTED
    assert (floor.state(LI), floor.state(WANG)) == (AgentState.TALKING, AgentState.RESERVED)
    told = floor.told(ConsultationChanged)[-1]
    assert (told.agent, told.colleague, told.stage, told.note) == (
        LI,
        WANG,
        ConsultStage.RINGING,
        "保修期内吗",
    )
    sound(floor)


def test_while_the_two_talk_neither_gets_another_call() -> None:
    floor = consulting()
    floor.call("b")
    floor.call("c", SERVICE)
    assert floor.rung == [("a", LI), ("a", WANG)]
    assert (floor.state(LI), floor.state(WANG)) == (AgentState.TALKING, AgentState.TALKING)
    assert floor.told(ConsultationChanged)[-1].stage is ConsultStage.TALKING
    sound(floor)


@pytest.mark.parametrize("how", ["silent", "refuses", "unreachable", "page lost", "signs out", "no word"])
def test_a_colleague_who_does_not_answer_leaves_the_agent_with_the_caller(how: str) -> None:
    floor = ringing()
    if how == "refuses":
        floor.do(Refuse(agent=WANG, call=CALL))
    elif how == "page lost":
        floor.do(PageLost(agent=WANG))
    elif how == "signs out":
        floor.do(SignOut(agent=WANG))
    elif how == "no word":
        floor.wait(25)
    else:
        ends(floor, ASKED, EndReason.NO_ANSWER if how == "silent" else EndReason.UNREACHABLE)
    assert [back.leg for back in floor.told(LeadBack)] == [ASKING]
    assert floor.told(ConsultationChanged)[-1].stage is None
    joins(floor, ASKING)
    assert (phase(floor), owner(floor), floor.told(MarkCall)[-1].mark.phase) == (
        Phase.TALKING,
        LI,
        Phase.TALKING,
    )
    sound(floor)


def test_who_refuses_a_colleague_is_not_sent_on_a_break_for_it() -> None:
    floor = ringing()
    floor.do(Refuse(agent=WANG, call=CALL))
    assert floor.state(WANG) is AgentState.READY


def test_the_agent_may_take_the_caller_back_before_the_colleague_answers() -> None:
    floor = ringing()
    floor.do(TakeBack(call=CALL, agent=LI))
    assert [back.leg for back in floor.told(LeadBack)] == [ASKING]
    assert floor.told(CancelLeg)[-1].leg == ASKED
    assert floor.state(WANG) is AgentState.READY
    joins(floor, ASKING)
    assert phase(floor) is Phase.TALKING


def test_taking_back_from_a_talk_ends_the_colleagues_leg_and_leaves_the_way_back_to_the_switch() -> None:
    floor = consulting()
    floor.do(TakeBack(call=CALL, agent=LI))
    assert floor.told(LeadBack) == []
    assert floor.told(CancelLeg)[-1].leg == ASKED
    assert floor.state(WANG) is AgentState.READY
    joins(floor, ASKING)
    ends(floor, ASKED, EndReason.HOTLINE_HUNG_UP)
    assert (phase(floor), owner(floor)) == (Phase.TALKING, LI)
    sound(floor)


def test_the_colleague_gets_the_caller_and_the_agent_time_after_the_call() -> None:
    floor = consulting()
    floor.do(HandOver(call=CALL, agent=LI))
    assert [(over.leg, over.to) for over in floor.told(LeadOver)] == [(ASKING, ASKED)]
    ends(floor, ASKING, EndReason.HOTLINE_HUNG_UP)
    joins(floor, ASKED)
    assert (phase(floor), owner(floor)) == (Phase.TALKING, WANG)
    assert (floor.state(LI), floor.state(WANG)) == (AgentState.WRAP_UP, AgentState.TALKING)
    assert [(sent.agent, sent.to_agent) for sent in floor.told(CallTransferred)] == [(LI, WANG)]
    assert not floor.told(CallConnected)[-1].is_first
    floor.do(
        LegEnded(
            at=floor.at, call=CALL, leg=ASKED, agent=WANG, reason=EndReason.AGENT_HUNG_UP, was_joined=True
        )
    )
    floor.hang_up(CALL)
    assert [served.agent for served in floor.told(CallServed)] == [WANG]
    sound(floor)


def test_a_colleague_who_is_gone_on_the_way_to_the_caller_leaves_them_to_anybody() -> None:
    floor = consulting()
    floor.do(HandOver(call=CALL, agent=LI))
    ends(floor, ASKING, EndReason.HOTLINE_HUNG_UP)
    ends(floor, ASKED)
    assert phase(floor) is Phase.WAITING
    floor.agent(3)
    assert floor.rung[-1] == (CALL, 3)
    sound(floor)


@pytest.mark.parametrize("leaves", [LI, WANG])
def test_of_three_who_talk_either_agent_may_go_and_the_other_has_the_caller(leaves: AgentId) -> None:
    floor = three_way()
    assert [(all_.leg, all_.other) for all_ in floor.told(LeadAll)] == [(ASKING, ASKED)]
    sound(floor)
    floor.do(Part(call=CALL, agent=leaves))
    stays = WANG if leaves == LI else LI
    assert floor.told(CancelLeg)[-1].leg == (ASKING if leaves == LI else ASKED)
    if leaves == LI:
        anew = floor.told(LeadAnew)
        assert [(one.leg, one.left, one.mark.phase) for one in anew] == [(ASKED, ASKING, Phase.HELD)]
        joins(floor, ASKED)
    assert (phase(floor), owner(floor)) == (Phase.TALKING, stays)
    assert (floor.state(leaves), floor.state(stays)) == (AgentState.WRAP_UP, AgentState.TALKING)
    ends(floor, ASKING if leaves == LI else ASKED, EndReason.HOTLINE_HUNG_UP)
    assert (phase(floor), owner(floor)) == (Phase.TALKING, stays)
    sound(floor)


@pytest.mark.parametrize("leaves", [LI, WANG])
def test_of_three_who_talk_one_who_hangs_up_leaves_the_caller_to_the_other(leaves: AgentId) -> None:
    floor = three_way()
    ends(floor, ASKING if leaves == LI else ASKED)
    if leaves == LI:
        joins(floor, ASKED)
    stays = WANG if leaves == LI else LI
    assert (phase(floor), owner(floor)) == (Phase.TALKING, stays)
    assert (floor.state(leaves), floor.state(stays)) == (AgentState.WRAP_UP, AgentState.TALKING)
    sound(floor)


def test_a_colleague_who_hangs_up_leaves_the_agent_with_the_caller() -> None:
    floor = consulting()
    ends(floor, ASKED)
    assert floor.told(LeadBack) == []
    joins(floor, ASKING)
    assert (phase(floor), owner(floor), floor.state(WANG)) == (Phase.TALKING, LI, AgentState.READY)
    sound(floor)


@pytest.mark.parametrize("stage", ["talking", "three way"])
@pytest.mark.parametrize("how", ["hangs up", "page lost"])
def test_an_agent_who_is_gone_leaves_the_caller_to_the_colleague(stage: str, how: str) -> None:
    floor = consulting() if stage == "talking" else three_way()
    if how == "hangs up":
        ends(floor, ASKING)
    else:
        floor.do(PageLost(agent=LI))
        assert floor.told(CancelLeg)[-1].leg == ASKING
        assert floor.told(ParkCall) == []
    joins(floor, ASKED)
    assert (phase(floor), owner(floor), floor.state(WANG)) == (Phase.TALKING, WANG, AgentState.TALKING)
    floor.do(PageBack(agent=LI))
    assert floor.rung == [("a", LI), ("a", WANG)]
    sound(floor)


@pytest.mark.parametrize("how", ["hangs up", "page lost"])
def test_an_agent_who_is_gone_while_the_colleague_is_rung_is_brought_back_to_the_caller(how: str) -> None:
    floor = ringing()
    if how == "hangs up":
        ends(floor, ASKING)
    else:
        floor.do(PageLost(agent=LI))
        assert floor.rung[-1] == ("a", WANG)
        floor.do(PageBack(agent=LI))
    assert ASKED in [cancel.leg for cancel in floor.told(CancelLeg)]
    assert floor.rung[-1] == ("a", LI)
    assert floor.rings[-1].asked_by is None
    assert floor.state(WANG) is AgentState.READY
    sound(floor)


@pytest.mark.parametrize("stage", ["talking", "three way"])
def test_a_colleague_whose_page_is_lost_leaves_the_agent_with_the_caller(stage: str) -> None:
    floor = consulting() if stage == "talking" else three_way()
    floor.do(PageLost(agent=WANG))
    assert floor.told(CancelLeg)[-1].leg == ASKED
    joins(floor, ASKING)
    assert (phase(floor), owner(floor)) == (Phase.TALKING, LI)
    sound(floor)


@pytest.mark.parametrize("stage", ["ringing", "talking", "three way", "handed over"])
def test_a_caller_who_hangs_up_ends_it_for_both_agents_and_once(stage: str) -> None:
    floor = {"ringing": ringing, "three way": three_way}.get(stage, consulting)()
    if stage == "handed over":
        floor.do(HandOver(call=CALL, agent=LI))
    floor.hang_up(CALL)
    assert ASKED in [cancel.leg for cancel in floor.told(CancelLeg)]
    assert (ASKING in [cancel.leg for cancel in floor.told(CancelLeg)]) == (stage != "handed over")
    assert [served.agent for served in floor.told(CallServed)] == [WANG if stage == "handed over" else LI]
    assert floor.state(LI) is AgentState.WRAP_UP
    has_wrap_up = stage in {"three way", "handed over"}
    assert floor.state(WANG) is (AgentState.WRAP_UP if has_wrap_up else AgentState.READY)
    floor.wait(600)
    assert floor.engine.world.calls == {}
    sound(floor)


def test_what_makes_no_sense_is_refused_and_changes_nothing() -> None:
    floor = talking()
    with pytest.raises(NotTalking):
        floor.do(Consult(call=CALL, agent=WANG, to_agent=LI))
    with pytest.raises(AgentNotFree):
        floor.do(Consult(call=CALL, agent=LI, to_agent=LI))
    for step in (TakeBack, HandOver, JoinAll, Part):
        with pytest.raises(NotConsulting):
            floor.do(step(call=CALL, agent=LI))
    floor = ringing()
    for step in (HandOver, JoinAll, Part):
        with pytest.raises(NotConsulting):
            floor.do(step(call=CALL, agent=LI))
    floor = three_way()
    for step in (TakeBack, HandOver, JoinAll):
        with pytest.raises(NotConsulting):
            floor.do(step(call=CALL, agent=LI))
    sound(floor)


@pytest.mark.parametrize("begin", [ringing, consulting, three_way])
def test_who_asks_a_colleague_does_nothing_else_with_the_caller_first(begin: Callable[[], Floor]) -> None:
    floor = begin()
    with pytest.raises(StillConsulting):
        floor.do(Transfer(call=CALL, agent=LI, to_queue=SERVICE))
    with pytest.raises(StillConsulting):
        floor.do(Consult(call=CALL, agent=LI, to_agent=WANG))
    assert floor.told(CallTransferred) == []
    sound(floor)


def test_who_sets_another_state_meanwhile_gets_it_afterwards() -> None:
    floor = consulting()
    floor.do(SetState(agent=WANG, state=AgentState.ON_BREAK))
    assert floor.state(WANG) is AgentState.TALKING
    ends(floor, ASKED)
    assert floor.state(WANG) is AgentState.ON_BREAK


@pytest.mark.parametrize("stage", [ringing, consulting, three_way])
def test_an_agent_who_asks_and_has_another_caller_all_at_once_has_no_second_leg(
    stage: Callable[[], Floor],
) -> None:
    floor = stage()
    floor.do(Joined(at=floor.at, call=CallId("b"), leg=LegId("member-7"), agent=LI))
    assert ASKING in [cancelled.leg for cancelled in floor.told(CancelLeg)]
    sound(floor)
