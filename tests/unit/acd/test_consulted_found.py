"""Consultations that outlive their server, or a switch out of reach."""

from collections.abc import Callable

import pytest

from acd.engine.effects import CancelLeg, LeadAll, LeadAnew, LeadBack, LeadOver, MarkCall, RingAgent
from acd.engine.inputs import HandOver, JoinAll, Part, TakeBack
from acd.events import CallParked, ConsultationChanged
from acd.model import AgentState
from kernel.ids import AgentId, CallId, LegId
from telephony.events import CallTransferred, Consulting, Joined
from telephony.model import Arrival, LiveCall, LiveLeg, Phase
from tests.unit.acd.floor import Floor, device, rules
from tests.unit.acd.test_consulting import (
    ASKED,
    ASKING,
    CALL,
    LI,
    SERVICE,
    WANG,
    consulting,
    ends,
    joins,
    owner,
    phase,
    ringing,
    sound,
    three_way,
)


def killed(floor: Floor, *legs: LiveLeg, talks_with: LegId | None = None) -> Floor:
    """A new server, which knows only what is alive, and who is at work."""
    mark = floor.told(MarkCall)[-1].mark
    arrival = Arrival(call=CALL, at=floor.at, caller_number="", caller_name="", dialled="4001", trunk="t")
    after = Floor(rules(), rules(SERVICE))
    after.seconds = floor.seconds + 2
    for agent in floor.engine.world.agents.values():
        after.agent(agent.id, *agent.queues)
    after.effects.clear()
    after.connect(
        [LiveCall(arrival=arrival, mark=mark, talks_with=talks_with)], legs, [device(LI), device(WANG)]
    )
    sound(after)
    return after


def leg(
    agent: AgentId,
    *,
    is_answered: bool = True,
    with_leg: LegId | None = None,
    with_caller: bool = False,
) -> LiveLeg:
    return LiveLeg(
        leg=ASKING if agent == LI else ASKED,
        call=CALL,
        agent=agent,
        device=device(agent),
        is_answered=is_answered,
        asked_by=ASKING if agent == WANG else None,
        is_with_caller=with_caller,
        is_with_leg=with_leg,
    )


def test_a_server_that_dies_while_a_colleague_is_rung_knows_the_next_time_who_asks_whom() -> None:
    after = killed(ringing(), leg(LI), leg(WANG, is_answered=False))
    assert after.told(CancelLeg) == []
    assert (after.state(LI), after.state(WANG)) == (AgentState.TALKING, AgentState.RINGING)
    after.do(Consulting(at=after.at, call=CALL, leg=ASKED, agent=WANG, asked_by=ASKING))
    after.do(HandOver(call=CALL, agent=LI))
    joins(after, ASKED)
    assert owner(after) == WANG


def test_a_server_that_dies_while_a_colleague_stops_ringing_leads_the_agent_back() -> None:
    after = killed(ringing(), leg(LI))
    assert [back.leg for back in after.told(LeadBack)] == [ASKING]
    joins(after, ASKING)
    assert (phase(after), owner(after)) == (Phase.TALKING, LI)


def test_a_server_that_dies_while_the_two_talk_can_go_on_in_every_way() -> None:
    for step, order in ((TakeBack, CancelLeg), (HandOver, LeadOver), (JoinAll, LeadAll)):
        after = killed(consulting(), leg(LI, with_leg=ASKED), leg(WANG, with_leg=ASKING))
        assert after.told(RingAgent) == []
        after.do(step(call=CALL, agent=LI))
        assert len(after.told(order)) == 1
        sound(after)


def test_a_server_that_dies_while_three_talk_finds_all_three() -> None:
    after = killed(three_way(), leg(LI, with_caller=True), leg(WANG, with_caller=True), talks_with=ASKING)
    assert (after.state(LI), after.state(WANG)) == (AgentState.TALKING, AgentState.TALKING)
    after.do(Part(call=CALL, agent=LI))
    joins(after, ASKED)
    assert (phase(after), owner(after)) == (Phase.TALKING, WANG)


def test_a_colleague_whom_the_agent_left_without_a_server_has_the_caller() -> None:
    on_the_way = killed(consulting(), leg(WANG))
    assert on_the_way.told(CancelLeg) == []
    joins(on_the_way, ASKED)
    assert (phase(on_the_way), owner(on_the_way)) == (Phase.TALKING, WANG)
    there = killed(consulting(), leg(WANG, with_caller=True), talks_with=ASKED)
    assert (phase(there), owner(there)) == (Phase.TALKING, WANG)


def test_a_caller_whom_both_left_without_a_server_waits_for_who_had_them() -> None:
    after = killed(consulting())
    assert after.rung == [("a", LI)]
    assert after.rings[-1].answers_itself


def seen_again(floor: Floor, *legs: LiveLeg, talks_with: LegId | None = None) -> None:
    """The same server, which could not reach the switch for a moment."""
    arrival = Arrival(call=CALL, at=floor.at, caller_number="", caller_name="", dialled="4001", trunk="t")
    live = LiveCall(arrival=arrival, mark=floor.told(MarkCall)[-1].mark, talks_with=talks_with)
    floor.connect([live], legs, [device(LI), device(WANG)])
    sound(floor)


def handing_over() -> Floor:
    floor = consulting()
    floor.do(HandOver(call=CALL, agent=LI))
    return floor


def test_an_agent_reads_that_the_caller_is_kept_for_them_if_both_legs_were_lost_with_the_switch() -> None:
    floor = consulting()
    seen_again(floor)
    assert [(parked.call, parked.agent) for parked in floor.told(CallParked)] == [(CALL, LI)]
    assert floor.told(ConsultationChanged)[-1].stage is None
    assert floor.told(MarkCall)[-1].mark.phase is Phase.PARKED
    sound(floor)


def test_an_agent_who_left_while_the_switch_was_out_of_reach_is_known_to_have_given_the_caller_away() -> None:
    floor = consulting()
    seen_again(floor, leg(WANG))
    assert [(sent.agent, sent.to_agent) for sent in floor.told(CallTransferred)] == [(LI, WANG)]
    joins(floor, ASKED)
    assert (phase(floor), owner(floor), floor.state(LI)) == (Phase.TALKING, WANG, AgentState.READY)
    sound(floor)


def test_a_switch_that_was_out_of_reach_is_believed() -> None:
    floor = consulting()
    seen_again(floor, leg(LI, with_caller=True), talks_with=ASKING)
    assert (phase(floor), owner(floor), floor.state(WANG)) == (Phase.TALKING, LI, AgentState.READY)
    sound(floor)


@pytest.mark.parametrize("begin", [ringing, consulting, handing_over, three_way])
def test_a_colleague_found_with_the_caller_has_them_like_any_agent(begin: Callable[[], Floor]) -> None:
    floor = begin()
    seen_again(floor, leg(WANG, with_caller=True), talks_with=ASKED)
    assert (phase(floor), owner(floor)) == (Phase.TALKING, WANG)
    assert [(sent.agent, sent.to_agent) for sent in floor.told(CallTransferred)] == [(LI, WANG)]
    ends(floor, ASKED)
    assert (phase(floor), floor.state(WANG)) == (Phase.SERVED, AgentState.WRAP_UP)
    sound(floor)


def test_of_three_whose_legs_were_lost_with_the_switch_the_colleague_is_free_and_the_agent_rung() -> None:
    floor = three_way()
    seen_again(floor)
    assert (phase(floor), owner(floor), floor.state(WANG)) == (Phase.PARKED, LI, AgentState.WRAP_UP)
    assert floor.rung[-1] == ("a", LI)


def test_of_three_the_one_who_is_left_without_the_caller_is_led_to_them() -> None:
    floor = three_way()
    seen_again(floor, leg(WANG))
    assert [anew.leg for anew in floor.told(LeadAnew)] == [ASKED]
    joins(floor, ASKED)
    assert (phase(floor), owner(floor)) == (Phase.TALKING, WANG)
    sound(floor)


def test_a_caller_whose_colleague_is_gone_waits_for_no_agent_who_talks_with_another_caller() -> None:
    floor = consulting()
    other = CallId("other")
    floor.do(Joined(at=floor.at, call=other, leg=LegId("leg-other-1"), agent=LI))
    mark = [effect.mark for effect in floor.told(MarkCall) if effect.call == CALL][-1]
    talk = LiveLeg(
        leg=LegId("leg-other-1"),
        call=other,
        agent=LI,
        device=device(LI),
        is_answered=True,
        is_with_caller=True,
    )
    live = [
        LiveCall(arrival=floor.arrival(CALL), mark=mark, talks_with=None),
        LiveCall(arrival=floor.arrival(other), mark=None, talks_with=talk.leg),
    ]
    floor.connect(live, [talk], [device(LI), device(WANG)])
    sound(floor)
    assert floor.engine.world.agents[LI].call == other
    assert floor.rings[-1].call == CALL
    assert floor.rings[-1].agent != LI
