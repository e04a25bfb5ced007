"""A lost leg is not a hang-up: the caller is kept, and the agent brought back."""

from datetime import timedelta

import pytest

from acd.engine.effects import CancelLeg, MarkCall, ParkCall
from acd.engine.inputs import HangUp, HangUpFailed, PageBack, PageLost, SignIn, SignOut, TalkOver
from acd.events import AgentStateChanged, CallConnected, CallOffered, CallParked, CallServed
from acd.model import AgentState, Why
from kernel.ids import AgentId, CallId, LegId, QueueId
from telephony.events import DeviceRegistered, DeviceUnregistered, Joined
from telephony.model import EndReason, Phase
from tests.unit.acd.floor import SALES, Floor, device, rules


def talking(floor: Floor) -> tuple[CallId, AgentId]:
    agent = floor.agent(1)
    call = floor.call("a")
    floor.answer(call)
    floor.wait(30)
    return call, agent


def tab_killed(floor: Floor, agent: AgentId) -> None:
    floor.do(DeviceUnregistered(at=floor.at, device=device(1)))
    floor.do(PageLost(agent=agent))


def test_a_lost_page_parks_the_caller_with_music_at_once() -> None:
    floor = Floor()
    call, agent = talking(floor)

    tab_killed(floor, agent)

    assert floor.told(ParkCall) == [ParkCall(call=call)]
    assert not floor.told(CancelLeg), "parking ends the leg, at a moment of its own choice"
    assert floor.told(CallParked)[0].until == floor.told(CallParked)[0].at.replace(second=45)
    assert floor.told(MarkCall)[-1].mark.phase is Phase.PARKED
    assert floor.state(agent) is AgentState.NOT_RESPONDING
    assert floor.told(CallServed) == []


def test_the_caller_of_an_agent_who_signed_out_goes_to_the_next_one_at_once() -> None:
    floor = Floor()
    call, agent = talking(floor)
    colleague = floor.agent(2)

    floor.do(PageLost(agent=agent))
    floor.do(SignOut(agent=agent))

    assert floor.state(agent) is AgentState.OFFLINE
    assert floor.told(CallServed) == []
    assert floor.rung == [("a", 1), ("a", 2)]
    floor.answer(call)
    assert floor.state(colleague) is AgentState.TALKING


def test_a_parked_caller_gets_the_same_agent_back_by_itself() -> None:
    floor = Floor()
    call, agent = talking(floor)
    tab_killed(floor, agent)
    floor.wait(3)

    floor.do(SignIn(agent=agent, device=device(1)))
    floor.do(DeviceRegistered(at=floor.at, device=device(1)))
    assert len(floor.rings) == 1
    floor.do(PageBack(agent=agent))

    assert floor.rung == [("a", 1), ("a", 1)]
    assert floor.rings[-1].answers_itself
    assert floor.told(CallOffered)[-1].explanation.why is Why.RETURN_TO_OWN_CALL
    floor.answer(call)
    assert floor.state(agent) is AgentState.TALKING
    first, again = floor.told(CallConnected)
    assert (first.is_first, again.is_first) == (True, False)
    assert first.talking_since == again.talking_since == first.at < again.at
    assert floor.told(AgentStateChanged)[-1].since == first.at
    floor.wait(60)
    assert floor.state(agent) is AgentState.TALKING


def test_after_fifteen_seconds_a_parked_caller_returns_to_the_queue_with_the_original_key() -> None:
    floor = Floor()
    call, agent = talking(floor)
    floor.call("later")
    tab_killed(floor, agent)
    floor.wait(14.9)
    assert len(floor.rings) == 1
    floor.agent(2)
    assert floor.rung[-1] == ("later", 2)
    floor.wait(0.1)
    floor.call("much later")

    floor.agent(3)

    assert floor.rung[-1] == (call, 3)
    mark = floor.told(MarkCall)[1].mark
    assert (mark.key_ms, mark.tier) == (int(1000 * (floor.at.timestamp() - 44.9 - 0.1)), 1)


def test_silence_from_a_present_agent_rings_that_agent_again_at_once() -> None:
    floor = Floor()
    call, _ = talking(floor)
    floor.end_leg(call, EndReason.MEDIA_LOST, joined=True)
    assert floor.rings[-1].answers_itself


def test_a_return_ring_that_reaches_a_dead_phone_waits_for_the_next_registration() -> None:
    floor = Floor()
    call, _ = talking(floor)
    floor.end_leg(call, EndReason.OTHER, joined=True)
    floor.end_leg(call, EndReason.UNREACHABLE)
    floor.wait(2)

    floor.do(DeviceRegistered(at=floor.at, device=device(1)))

    assert len(floor.rings) == 3
    assert floor.rings[-1].answers_itself


@pytest.mark.parametrize("reason", [EndReason.AGENT_HUNG_UP, EndReason.CALLER_HUNG_UP])
def test_an_end_that_someone_wanted_is_served(reason: EndReason) -> None:
    floor = Floor()
    call, agent = talking(floor)
    floor.end_leg(call, reason, joined=True)
    assert [s.call for s in floor.told(CallServed)] == [call]
    assert floor.state(agent) is AgentState.WRAP_UP
    floor.hang_up(call)
    assert len(floor.told(CallServed)) == 1


def test_a_clock_that_was_set_back_makes_no_talk_shorter_than_nothing() -> None:
    floor = Floor()
    floor.agent(1)
    call = floor.call("a")
    (ring,) = floor.rings
    floor.do(Joined(at=floor.at + timedelta(minutes=5), call=call, leg=ring.leg, agent=ring.agent))
    floor.hang_up(call)
    assert [served.talked_s for served in floor.told(CallServed)] == [0]


def test_hanging_up_by_the_page_is_an_intent_whatever_the_switch_reports() -> None:
    floor = Floor()
    call, _ = talking(floor)
    floor.do(HangUp(call=call))
    floor.end_leg(call, EndReason.OTHER, joined=True)
    assert floor.told(CallParked) == []
    assert len(floor.told(CallServed)) == 1


def test_a_call_that_could_not_be_ended_may_be_lost_like_any_other() -> None:
    floor = Floor()
    call, _ = talking(floor)
    floor.do(HangUp(call=call))
    floor.do(HangUpFailed(call=call))
    floor.end_leg(call, EndReason.MEDIA_LOST, joined=True)
    assert [parked.call for parked in floor.told(CallParked)] == [call]


def test_a_caller_who_hangs_up_while_parked_was_served() -> None:
    floor = Floor()
    call, agent = talking(floor)
    tab_killed(floor, agent)
    floor.hang_up(call)
    assert [s.call for s in floor.told(CallServed)] == [call]
    assert floor.engine.world.calls == {}


def test_a_line_that_comes_back_without_any_report_is_a_loss() -> None:
    floor = Floor()
    call, _ = talking(floor)
    floor.do(TalkOver(call=call))
    assert floor.told(CallParked)[0].call == call


def test_a_registration_that_drops_alone_disturbs_no_conversation() -> None:
    floor = Floor()
    _, agent = talking(floor)
    floor.do(DeviceUnregistered(at=floor.at, device=device(1)))
    assert floor.state(agent) is AgentState.TALKING
    assert floor.told(CancelLeg) == []


def test_a_page_that_returns_without_a_phone_waits_for_the_phone() -> None:
    floor = Floor()
    _, agent = talking(floor)
    tab_killed(floor, agent)
    floor.do(PageBack(agent=agent))
    assert len(floor.rings) == 1
    assert floor.told(AgentStateChanged)[-1].reason == "call_parked"


def test_an_answer_that_crossed_with_the_end_of_its_offer_loses_no_caller() -> None:
    floor = Floor()
    floor.agent(1)
    call = floor.call("a")
    floor.wait(17)
    floor.answer(call)

    floor.end_leg(call, EndReason.HOTLINE_HUNG_UP, joined=True)

    assert floor.told(CallServed) == []
    assert floor.rings[-1].answers_itself


def test_late_reports_of_an_ended_leg_or_call_change_nothing() -> None:
    floor = Floor()
    call, agent = talking(floor)
    floor.end_leg(call, EndReason.AGENT_HUNG_UP, joined=True)
    floor.answer(call)
    floor.hang_up(call)
    floor.answer(call)
    assert floor.state(agent) is AgentState.WRAP_UP
    assert len(floor.told(CallServed)) == 1


def test_a_caller_of_whom_nothing_was_known_waits_where_agents_serve() -> None:
    floor = Floor(rules(QueueId("first")), rules(SALES))
    taker = floor.agent(1, SALES)
    helper = floor.agent(2, QueueId("first"))
    call = CallId("unheard-of")
    floor.do(Joined(at=floor.at, call=call, leg=LegId("fallback-1"), agent=taker))
    tab_killed(floor, taker)
    floor.wait(floor.engine.world.settings.park_s + 1)
    assert floor.rung == [(call, helper)]
    assert floor.told(MarkCall)[-1].mark.queue == "first"
