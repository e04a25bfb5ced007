"""What seldom happens at once, and what is told twice or late: each found in a simulated day."""

from acd.engine.inputs import Enter, Leave, PageLost, SetClosed, SetState, TalkOver, Transfer
from acd.events import CallConnected, CallLeftQueue, CallParked
from acd.model import AgentState, Exit, QueueRequest, StickyRules
from kernel.ids import AgentId, CallId, QueueId
from telephony.destinations import FlowPlace
from telephony.events import Joined
from telephony.model import Boost, BoostSource, EndReason, LiveCall, Phase
from tests.unit.acd.floor import SALES, START, Floor, rules

SERVICE = QueueId("service")
STICKY = StickyRules(hold_s=20, is_capped_by_service_level=False, least_chance=0)


def boost(seconds: float) -> tuple[Boost, ...]:
    return (Boost(BoostSource.NODE, seconds),)


def lose_agent(floor: Floor, call: CallId) -> None:
    """The caller's agent is lost and does not come back."""
    ring = next(ring for ring in reversed(floor.rings) if ring.call == call)
    floor.do(SetState(agent=ring.agent, state=AgentState.ON_BREAK))
    floor.do(PageLost(agent=ring.agent))
    floor.end_leg(call, EndReason.HOTLINE_HUNG_UP, joined=True)
    floor.wait(15)


def test_of_two_holds_that_end_in_the_same_moment_the_smaller_key_is_served_first() -> None:
    floor = Floor(rules(sticky=STICKY))
    own = floor.agent(1)
    floor.answer(floor.call("talks"))
    floor.agent(2)
    floor.call("z came first", sticky_agent=own)
    floor.call("a came second", sticky_agent=own)

    floor.wait(20)

    assert floor.rung[1:] == [("z came first", 2)]


def test_an_agent_whose_first_choice_went_to_another_is_left_to_no_later_call() -> None:
    floor = Floor(rules(sticky=STICKY), rules(SERVICE, sticky=STICKY))
    both = floor.agent(1, SALES, SERVICE)
    busy = floor.agent(2)
    floor.answer(floor.call("talks-1", sticky_agent=both))
    floor.answer(floor.call("talks-2", sticky_agent=busy))
    floor.agent(3)
    floor.end_leg(CallId("talks-1"), EndReason.AGENT_HUNG_UP, joined=True)
    before = len(floor.rings)
    floor.call("first", boosts=boost(100), sticky_agent=busy)
    floor.call("second", SERVICE, boosts=boost(50))
    floor.call("third", SERVICE, sticky_agent=both)

    floor.wait(20)

    assert floor.rung[before:] == [("first", 3), ("second", both)]


def test_who_loses_the_agent_after_a_queue_was_emptied_is_not_held_for_one_they_know() -> None:
    floor = Floor(rules(sticky=STICKY, calendar="office", is_emptied_at_closing=True))
    floor.agent(1)
    call = floor.call("a", sticky_agent=AgentId(2))
    floor.answer(call)
    floor.agent(2)
    floor.answer(floor.call("b"))
    floor.do(SetClosed(calendars=frozenset({"office"})))

    lose_agent(floor, call)

    assert [(gone.call, gone.exit) for gone in floor.told(CallLeftQueue)] == [(call, Exit.CLOSED)]


def test_no_leg_has_a_name_that_the_call_has_used_before_it_was_sent_away() -> None:
    floor = Floor(rules(max_wait_s=10))
    floor.agent(1)
    call = floor.call("a")
    floor.wait(17)
    assert [gone.exit for gone in floor.told(CallLeftQueue)] == [Exit.TIMEOUT]
    floor.agent(2)

    arrival = floor.arrival(call, at=START)
    floor.do(Enter(request=QueueRequest(arrival=arrival, queue=SALES)))

    assert [ring.agent for ring in floor.rings] == [1, 2]
    assert floor.rings[0].leg != floor.rings[1].leg


def test_a_leg_that_answered_after_its_call_was_sent_away_gives_its_name_to_no_other() -> None:
    floor = Floor(rules(max_wait_s=10))
    agent = floor.agent(1)
    call = floor.call("a")
    floor.wait(17)

    floor.answer(call)
    floor.end_leg(call, EndReason.MEDIA_LOST, joined=True)

    assert [ring.agent for ring in floor.rings] == [agent, agent]
    assert floor.rings[0].leg != floor.rings[1].leg


def test_who_has_talked_and_waits_again_over_a_restart_is_not_abandoned() -> None:
    before = Floor()
    before.agent(1)
    call = before.call("a")
    before.answer(call)
    lose_agent(before, call)
    mark = before.engine.world.calls[call].mark
    assert mark.phase is Phase.WAITING
    after = Floor()
    after.wait(before.seconds - after.seconds)
    arrival = before.arrival(call, at=START)
    after.connect(calls=[LiveCall(arrival=arrival, mark=mark, talks_with=None)])

    after.hang_up(call)

    assert [gone.is_abandoned for gone in after.told(CallLeftQueue)] == [False]


def test_who_has_talked_and_is_sent_away_is_not_abandoned_in_the_next_queue() -> None:
    floor = Floor(rules(max_wait_s=10), rules(SERVICE))
    floor.agent(1)
    call = floor.call("a")
    floor.answer(call)
    lose_agent(floor, call)
    floor.wait(10)
    assert [gone.exit for gone in floor.told(CallLeftQueue)] == [Exit.TIMEOUT]

    floor.call("a", SERVICE)
    floor.hang_up(call)

    assert [gone.is_abandoned for gone in floor.told(CallLeftQueue)] == [False, False]
    assert floor.engine.world.talked_and_left == {}


def test_nor_in_the_next_queue_of_a_new_server() -> None:
    before = Floor(rules(max_wait_s=10), rules(SERVICE))
    before.agent(1)
    call = before.call("a")
    before.wait(3)
    before.answer(call)
    lose_agent(before, call)
    before.wait(10)
    before.call("a", SERVICE)
    mark = before.engine.world.calls[call].mark
    assert mark.waited_ms == 3000
    after = Floor(rules(), rules(SERVICE))
    after.wait(before.seconds - after.seconds)
    after.connect(calls=[LiveCall(arrival=before.arrival(call, at=START), mark=mark, talks_with=None)])

    after.hang_up(call)

    assert [gone.is_abandoned for gone in after.told(CallLeftQueue)] == [False]


def test_a_call_that_died_with_the_switch_does_not_come_to_a_queue_any_more() -> None:
    floor = Floor()
    call = floor.call("a")
    floor.connect()

    floor.call("a")

    assert floor.engine.world.calls == {}
    assert [gone.call for gone in floor.told(CallLeftQueue)] == [call]


def test_an_answer_told_again_after_the_line_came_back_is_no_talk() -> None:
    floor = Floor()
    agent = floor.agent(1)
    call = floor.call("a")
    leg = floor.leg_of(call)
    floor.answer(call)
    floor.do(TalkOver(call=call))

    floor.do(Joined(at=floor.at, call=call, leg=leg, agent=agent))

    assert len(floor.told(CallParked)) == len(floor.told(CallConnected)) == 1
    assert floor.engine.world.calls[call].phase is Phase.PARKED


def test_who_chose_something_else_just_when_an_agent_answered_is_brought_back_to_that_agent() -> None:
    floor = Floor()
    agent = floor.agent(1)
    call = floor.call("a")
    leg = floor.leg_of(call)

    floor.do(Leave(call=call))
    floor.do(Joined(at=floor.at, call=call, leg=leg, agent=agent))
    floor.end_leg(call, EndReason.HOTLINE_HUNG_UP, joined=True)

    assert floor.engine.world.calls[call].phase is Phase.PARKED
    assert floor.rung == [(call, agent)] * 2
    assert floor.rings[-1].answers_itself


def test_a_talk_that_is_told_once_more_when_the_caller_is_in_a_menu_again_is_no_new_one() -> None:
    floor = Floor()
    agent = floor.agent(1)
    call = floor.call("a")
    floor.answer(call)
    floor.do(Transfer(call=call, agent=agent, to_flow=FlowPlace("survey", "how_was_it")))
    floor.end_leg(call, EndReason.HOTLINE_HUNG_UP, joined=True)
    floor.wait(40)

    floor.answer(call)

    assert floor.state(agent) is AgentState.READY
    assert len(floor.told(CallConnected)) == 1
