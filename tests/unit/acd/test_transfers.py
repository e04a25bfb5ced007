"""A caller who is sent on reaches somebody, or comes back, whoever is gone meanwhile."""

import pytest

from acd.engine.effects import CancelLeg, MarkCall, MoveCall
from acd.engine.inputs import Enter, PageLost, Refuse, SetState, SignIn, SignOut, Transfer
from acd.errors import AgentNotFree, NotTalking, QueueFull, UnknownQueue
from acd.events import AgentStateChanged, CallConnected, CallLeftQueue, CallOffered, CallServed
from acd.model import AgentState, QueueRequest, Why
from acd.settings import AcdSettings
from kernel.errors import HotlineError
from kernel.ids import AgentId, CallId, DeviceId, QueueId
from telephony.destinations import FlowPlace
from telephony.events import CallTransferred, DeviceRegistered, DeviceUnregistered, Joined, LegEnded
from telephony.model import Acquaintance, Arrival, EndReason, LiveCall, LiveLeg, Outcome, Phase
from tests.unit.acd.floor import SALES, Floor, device, rules

SERVICE = QueueId("service")
LI, WANG = AgentId(1), AgentId(2)


def talking(*queues: QueueId) -> tuple[Floor, CallId]:
    """Li talks with a caller of sales; Wang, of service unless told otherwise, is ready."""
    floor = Floor(rules(), rules(SERVICE))
    floor.agent(LI)
    call = floor.call("a")
    floor.answer(call)
    floor.agent(WANG, *(queues or (SERVICE,)))
    floor.wait(30)
    return floor, call


def send(floor: Floor, call: CallId, to: AgentId | QueueId, note: str = "") -> None:
    where = {"to_agent": to} if isinstance(to, int) else {"to_queue": to}
    floor.do(Transfer(call=call, agent=LI, note=note, **where))  # type: ignore[arg-type]


def sent_to_wang() -> tuple[Floor, CallId]:
    floor, call = talking()
    send(floor, call, WANG, "想退货")
    return floor, call


def waiting_in_service() -> tuple[Floor, CallId]:
    floor, call = talking()
    floor.do(SetState(agent=WANG, state=AgentState.ON_BREAK))
    send(floor, call, SERVICE)
    return floor, call


def killed(floor: Floor, call: CallId, *legs: LiveLeg) -> Floor:
    """A new server, which knows only what is written at the call, and who is at work."""
    mark = [effect.mark for effect in floor.told(MarkCall) if effect.call == call][-1]
    arrived = floor.at.replace(minute=0, second=0)
    arrival = Arrival(call=call, at=arrived, caller_number="", caller_name="", dialled="4001", trunk="t")
    after = Floor(rules(), rules(SERVICE))
    after.seconds = floor.seconds + 2
    for agent in floor.engine.world.agents.values():
        after.agent(agent.id, *agent.queues)
    phones = [device(agent) for agent in (LI, WANG)]
    after.effects.clear()
    after.connect([LiveCall(arrival=arrival, mark=mark, talks_with=None)], legs, phones)
    return after


def test_a_colleague_is_rung_at_once_and_the_sender_has_no_part_in_the_call_any_more() -> None:
    floor, call = sent_to_wang()

    assert floor.rung[-1] == (call, WANG)
    assert not floor.rings[-1].answers_itself
    assert floor.state(LI) is AgentState.WRAP_UP
    assert floor.state(WANG) is AgentState.RESERVED
    moved = floor.told(MoveCall)[-1].mark
    assert (moved.phase, moved.agent, moved.sent_by) == (Phase.PARKED, WANG, LI)
    told = floor.told(CallTransferred)[-1]
    assert (told.agent, told.to_agent, told.note, told.leg) == (LI, WANG, "想退货", f"leg-{call}-1")
    offered = floor.told(CallOffered)[-1]
    assert (offered.explanation.why, offered.is_return) == (Why.TRANSFERRED, False)


def test_the_colleague_who_answers_has_the_call_and_it_never_comes_back() -> None:
    floor, call = sent_to_wang()
    floor.answer(call)
    floor.wait(300)
    assert floor.state(WANG) is AgentState.TALKING
    assert floor.state(LI) is AgentState.READY
    assert [connected.is_first for connected in floor.told(CallConnected)] == [True, False]
    floor.end_leg(call, EndReason.AGENT_HUNG_UP, joined=True)
    floor.hang_up(call)
    assert [served.agent for served in floor.told(CallServed)] == [WANG]
    assert floor.engine.world.calls == {}


def test_a_colleague_whose_page_is_lost_later_is_brought_back_like_anyone() -> None:
    floor, call = sent_to_wang()
    floor.answer(call)
    floor.do(PageLost(agent=WANG))
    floor.do(SignIn(agent=WANG, device=DeviceId("phone-new")))
    floor.do(DeviceRegistered(at=floor.at, device=DeviceId("phone-new")))
    assert floor.rings[-1].answers_itself


@pytest.mark.parametrize("gone", ["silent", "refuses", "unreachable", "page lost", "signs out", "no word"])
def test_a_colleague_who_does_not_take_the_call_gives_it_back_to_the_sender(gone: str) -> None:
    floor, call = sent_to_wang()
    floor.wait(5)
    if gone == "silent":
        floor.end_leg(call, EndReason.NO_ANSWER)
    elif gone == "refuses":
        floor.do(Refuse(agent=WANG, call=call))
    elif gone == "unreachable":
        floor.end_leg(call, EndReason.UNREACHABLE)
    elif gone == "page lost":
        floor.do(PageLost(agent=WANG))
    elif gone == "signs out":
        floor.do(SignOut(agent=WANG))
    else:
        floor.wait(25)
    assert floor.rung[-1] == (call, LI)
    assert not floor.rings[-1].answers_itself
    assert floor.told(CallOffered)[-1].explanation.why is Why.TRANSFER_RETURNED
    assert floor.state(WANG) is not AgentState.RESERVED
    floor.answer(call)
    assert floor.state(LI) is AgentState.TALKING


def test_where_the_sender_does_not_answer_either_the_caller_waits_for_anybody_at_the_old_place() -> None:
    floor, call = sent_to_wang()
    floor.call("later")
    floor.end_leg(call, EndReason.NO_ANSWER)
    floor.end_leg(call, EndReason.NO_ANSWER)
    assert floor.engine.world.calls[call].phase is Phase.WAITING
    floor.agent(3)
    assert floor.rung[-1] == (call, 3)


@pytest.mark.parametrize("gone", [PageLost, SignOut])
def test_a_sender_who_is_gone_is_not_waited_for(gone: type) -> None:
    floor, call = sent_to_wang()
    floor.do(DeviceUnregistered(at=floor.at, device=device(LI)))
    floor.do(gone(agent=LI))
    floor.end_leg(call, EndReason.NO_ANSWER)
    assert floor.engine.world.calls[call].phase is Phase.WAITING
    assert floor.told(MarkCall)[-1].mark.sent_by is None


def test_a_sender_who_talks_with_the_next_caller_is_not_disturbed() -> None:
    floor, call = sent_to_wang()
    floor.do(SetState(agent=LI, state=AgentState.READY))
    other = floor.call("b")
    floor.answer(other)
    floor.end_leg(call, EndReason.NO_ANSWER)
    assert floor.engine.world.calls[call].phase is Phase.WAITING
    assert floor.state(LI) is AgentState.TALKING


@pytest.mark.parametrize(
    ("to", "refusal"),
    [(LI, AgentNotFree), (AgentId(9), AgentNotFree), (QueueId("nowhere"), UnknownQueue)],
)
def test_what_can_be_seen_to_lead_nowhere_leaves_the_caller_with_the_agent(
    to: AgentId | QueueId, refusal: type[HotlineError]
) -> None:
    floor, call = talking()
    with pytest.raises(refusal):
        send(floor, call, to)
    assert floor.state(LI) is AgentState.TALKING
    assert floor.told(MoveCall) == []


@pytest.mark.parametrize("state", [AgentState.ON_BREAK, AgentState.OFFLINE])
def test_a_colleague_who_is_not_ready_is_not_sent_to(state: AgentState) -> None:
    floor, call = talking()
    floor.do(SetState(agent=WANG, state=state))
    with pytest.raises(AgentNotFree):
        send(floor, call, WANG)


def test_a_full_queue_takes_nobody_more() -> None:
    floor = Floor(rules(), rules(SERVICE), settings=AcdSettings(waiting_max=1))
    floor.agent(LI)
    call = floor.call("a")
    floor.answer(call)
    floor.call("b", SERVICE)
    with pytest.raises(QueueFull):
        send(floor, call, SERVICE)


def test_nobody_sends_on_whom_they_do_not_talk_with() -> None:
    floor, call = talking()
    with pytest.raises(NotTalking):
        floor.do(Transfer(call=call, agent=WANG, to_queue=SERVICE))
    send(floor, call, SERVICE)
    with pytest.raises(NotTalking):
        send(floor, call, SERVICE)


def test_in_a_queue_a_caller_has_the_place_of_when_they_came() -> None:
    floor, call = talking()
    floor.do(SetState(agent=WANG, state=AgentState.ON_BREAK))
    floor.call("b", SERVICE)
    send(floor, call, SERVICE)
    floor.do(SetState(agent=WANG, state=AgentState.READY))
    assert floor.rung[-1] == (call, WANG)
    assert floor.told(CallOffered)[-1].waited_s == 0


def test_who_is_sent_into_a_queue_is_not_kept_for_the_agent_they_came_from() -> None:
    floor, call = talking(SALES)
    floor.engine.world.calls[call].sticky_agent = LI
    send(floor, call, SALES)
    assert floor.rung[-1] == (call, WANG)


def test_an_answer_that_is_told_again_after_the_caller_was_sent_on_is_no_talk() -> None:
    floor, call = waiting_in_service()
    floor.do(Joined(at=floor.at, call=call, leg=floor.rings[0].leg, agent=LI))
    assert floor.engine.world.calls[call].phase is Phase.WAITING


def test_whom_nobody_in_the_queue_takes_comes_back_to_the_sender_after_a_while() -> None:
    floor, call = waiting_in_service()
    floor.wait(59)
    assert floor.rung[-1] == (call, LI)
    assert len(floor.rings) == 1
    floor.wait(1)
    assert len(floor.rings) == 2
    assert floor.rung[-1] == (call, LI)
    floor.end_leg(call, EndReason.NO_ANSWER)
    floor.do(SetState(agent=WANG, state=AgentState.READY))
    assert floor.rung[-1] == (call, WANG)


def test_a_phone_that_rings_when_the_while_is_over_rings_on() -> None:
    floor, call = waiting_in_service()
    floor.wait(50)
    floor.do(SetState(agent=WANG, state=AgentState.READY))
    floor.wait(12)
    assert floor.rung[-1] == (call, WANG)
    floor.answer(call)
    floor.wait(100)
    assert floor.state(WANG) is AgentState.TALKING


def test_a_sender_who_is_busy_when_the_while_is_over_does_not_get_the_caller_back() -> None:
    floor, call = waiting_in_service()
    floor.do(SetState(agent=LI, state=AgentState.ON_BREAK))
    floor.wait(600)
    assert len(floor.rings) == 1
    assert floor.told(MarkCall)[-1].mark.sent_by is None
    floor.do(SetState(agent=WANG, state=AgentState.READY))
    assert floor.rung[-1] == (call, WANG)


def test_a_caller_who_hangs_up_on_the_way_has_left_and_frees_the_phone_that_rang() -> None:
    floor, call = sent_to_wang()
    floor.hang_up(call)
    assert floor.told(CancelLeg)[-1].leg == floor.leg_of(call)
    assert floor.state(WANG) is AgentState.READY
    assert floor.told(CallServed) == []
    assert [left.is_abandoned for left in floor.told(CallLeftQueue)] == [False]
    floor.wait(600)
    assert floor.engine.world.calls == {}


def test_a_caller_who_hangs_up_in_the_queue_leaves_nothing_behind() -> None:
    floor, call = waiting_in_service()
    floor.hang_up(call)
    floor.wait(600)
    assert floor.told(CallServed) == []
    assert [left.is_abandoned for left in floor.told(CallLeftQueue)] == [False]


def test_a_server_that_dies_while_a_colleague_is_rung_lets_the_phone_ring_on() -> None:
    floor, call = sent_to_wang()
    ring = floor.rings[-1]
    leg = LiveLeg(leg=ring.leg, call=call, agent=WANG, device=ring.device, is_answered=False)
    after = killed(floor, call, leg)
    assert after.told(CancelLeg) == []
    assert after.state(WANG) is AgentState.RINGING
    after.do(
        LegEnded(
            at=after.at,
            call=call,
            leg=leg.leg,
            agent=WANG,
            reason=EndReason.NO_ANSWER,
            was_joined=False,
        )
    )
    assert after.rung == [(call, LI)]
    assert after.told(CallOffered)[-1].explanation.why is Why.TRANSFER_RETURNED


def test_a_server_that_dies_before_the_colleague_is_rung_rings_them() -> None:
    floor, call = sent_to_wang()
    after = killed(floor, call)
    assert after.rung == [(call, WANG)]
    assert not after.rings[-1].answers_itself
    assert after.told(CallOffered)[-1].explanation.why is Why.TRANSFERRED


def test_a_server_that_dies_while_the_caller_waits_in_the_queue_gives_them_back_in_time() -> None:
    floor, call = waiting_in_service()
    after = killed(floor, call)
    assert after.rung == [(call, WANG)]
    after.do(Refuse(agent=WANG, call=call))
    after.wait(60)
    assert after.rung[-1] == (call, LI)
    after.hang_up(call)
    assert [left.is_abandoned for left in after.told(CallLeftQueue)] == [False]


def test_a_server_that_dies_while_the_sender_is_asked_asks_them_again_and_then_anybody() -> None:
    floor, call = sent_to_wang()
    floor.end_leg(call, EndReason.REFUSED)
    after = killed(floor, call)
    assert after.rung == [(call, LI)]
    assert not after.rings[-1].answers_itself
    after.end_leg(call, EndReason.NO_ANSWER)
    assert after.engine.world.calls[call].phase is Phase.WAITING


def test_an_order_that_the_switch_never_got_leaves_caller_and_agent_together() -> None:
    floor, call = sent_to_wang()
    mark = floor.told(MarkCall)[-1].mark
    leg = LiveLeg(leg=floor.rings[0].leg, call=call, agent=LI, device=device(LI), is_answered=True)
    arrival = Arrival(call=call, at=floor.at, caller_number="", caller_name="", dialled="4001", trunk="t")
    live = LiveCall(arrival=arrival, mark=mark, talks_with=leg.leg)
    floor.connect([live], [leg], [device(LI), device(WANG)])
    assert (floor.state(LI), floor.state(WANG)) == (AgentState.TALKING, AgentState.READY)


def test_the_senders_own_time_after_the_call_runs_out_as_ever() -> None:
    floor, _ = sent_to_wang()
    floor.wait(20)
    assert [changed.state for changed in floor.told(AgentStateChanged) if changed.agent == LI][-2:] == [
        AgentState.WRAP_UP,
        AgentState.READY,
    ]


def sent_to_flow() -> tuple[Floor, CallId]:
    floor, call = talking()
    floor.do(Transfer(call=call, agent=LI, to_flow=FlowPlace("survey", "how_was_it"), note="满意度"))
    return floor, call


def test_a_caller_who_is_sent_to_a_flow_stands_there_and_the_agents_part_is_over() -> None:
    floor, call = sent_to_flow()
    moved = floor.told(MoveCall)[-1].mark
    assert (moved.phase, moved.flow, moved.node, moved.agent) == (Phase.MENU, "survey", "how_was_it", None)
    assert moved.decided is Outcome.SERVED
    told = floor.told(CallTransferred)[-1]
    assert (told.to_flow, told.to_agent, told.to_queue) == (("survey", "how_was_it"), None, None)
    assert floor.state(LI) is AgentState.WRAP_UP
    floor.end_leg(call, EndReason.HOTLINE_HUNG_UP, joined=True)
    floor.wait(300)
    assert floor.state(LI) is AgentState.READY
    assert floor.rung == [(call, LI)]
    floor.hang_up(call)
    assert (floor.engine.world.calls, floor.engine.world.talked_and_left) == ({}, {})
    assert floor.told(CallLeftQueue) == []


def test_who_comes_out_of_the_flow_into_a_queue_has_talked_before() -> None:
    floor, call = sent_to_flow()
    # And is not kept for the agent who sent them there.
    floor.agent(LI, SERVICE)
    known = Acquaintance(ticket_agents=(LI,))
    came = floor.arrival(call)
    floor.wait(1)
    floor.do(Enter(request=QueueRequest(arrival=came, queue=SERVICE, known=known)))
    assert floor.rung[-1] == (call, WANG)
    floor.answer(call)
    assert floor.state(WANG) is AgentState.TALKING
    assert [connected.is_first for connected in floor.told(CallConnected)] == [True, False]


@pytest.mark.parametrize("is_moved", [True, False])
def test_a_server_that_dies_while_a_caller_is_sent_to_a_flow_leaves_them_there_or_with_the_agent(
    *, is_moved: bool
) -> None:
    floor, call = sent_to_flow()
    leg = LiveLeg(leg=floor.rings[0].leg, call=call, agent=LI, device=device(LI), is_answered=True)
    mark = floor.told(MoveCall)[-1].mark
    arrival = Arrival(call=call, at=floor.at, caller_number="", caller_name="", dialled="4001", trunk="t")
    after = Floor(rules(), rules(SERVICE))
    after.agent(LI)
    live = LiveCall(arrival=arrival, mark=mark, talks_with=None if is_moved else leg.leg)
    after.connect([live], [] if is_moved else [leg], [device(LI)])
    assert after.state(LI) is (AgentState.READY if is_moved else AgentState.TALKING)
    assert (call in after.engine.world.calls) is not is_moved
    assert after.rung == []
