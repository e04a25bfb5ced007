"""Who leaves a queue without an agent, and why."""

import pytest

from acd.engine.inputs import Leave, SetClosed, SetProfile, SetQueues, SetState
from acd.errors import NotWaiting, QueueClosed
from acd.events import CallLeftQueue
from acd.model import AgentProfile, AgentState, Exit, Overflow, StickyRules
from kernel.ids import AgentId, CallId, QueueId
from telephony.model import EndReason
from tests.unit.acd.floor import SALES, Floor, rules

BACKUP = QueueId("backup")
OFFICE_HOURS_OVER = SetClosed(calendars=frozenset({"office"}))


def exits(floor: Floor) -> list[tuple[CallId, Exit | None]]:
    return [(event.call, event.exit) for event in floor.told(CallLeftQueue)]


def test_the_longest_wait_ends_with_the_timeout() -> None:
    floor = Floor(rules(max_wait_s=60))
    floor.call("a")
    floor.wait(59)
    assert exits(floor) == []
    floor.wait(1)
    assert exits(floor) == [("a", Exit.TIMEOUT)]
    assert floor.engine.world.calls == {}


def test_who_is_sent_away_has_not_given_up() -> None:
    floor = Floor(rules(max_wait_s=60))
    floor.call("a")
    floor.wait(60)
    assert not floor.told(CallLeftQueue)[0].is_abandoned


def test_a_phone_that_rings_may_still_be_answered_after_the_longest_wait() -> None:
    floor = Floor(rules(max_wait_s=10))
    call = floor.call("a")
    floor.wait(5)
    floor.agent(1)
    floor.wait(6)
    floor.answer(call)
    floor.wait(60)
    assert exits(floor) == []


def test_a_phone_that_was_not_answered_does_not_prolong_the_longest_wait() -> None:
    floor = Floor(rules(max_wait_s=10))
    call = floor.call("a")
    floor.wait(5)
    floor.agent(1)
    floor.wait(6)
    floor.end_leg(call, EndReason.NO_ANSWER)
    assert exits(floor) == [("a", Exit.TIMEOUT)]


def test_another_idle_agent_is_better_than_the_timeout() -> None:
    floor = Floor(rules(max_wait_s=10))
    call = floor.call("a")
    floor.wait(5)
    floor.agent(1)
    floor.agent(2)
    floor.wait(6)
    floor.end_leg(call, EndReason.NO_ANSWER)
    assert floor.rung == [("a", 1), ("a", 2)]


def test_a_hold_does_not_prolong_the_longest_wait() -> None:
    sticky = StickyRules(hold_s=500, is_capped_by_service_level=False)
    floor = Floor(rules(max_wait_s=60, sticky=sticky))
    own = floor.agent(1)
    floor.answer(floor.call("busy"))
    floor.call("a", sticky_agent=own)
    floor.wait(60)
    assert exits(floor) == [("a", Exit.TIMEOUT)]


def test_who_was_sent_away_and_comes_back_has_the_old_place() -> None:
    floor = Floor(rules(max_wait_s=60, wrap_up_s=0))
    came = floor.at
    first = floor.call("first")
    floor.wait(30)
    floor.call("second")
    floor.wait(31)

    floor.call("first", since=came)

    floor.agent(1)
    assert floor.rung == [(first, 1)]
    assert floor.engine.world.waited_s(floor.engine.world.calls[first]) == 61


def test_the_longest_wait_begins_anew_for_who_comes_back() -> None:
    floor = Floor(rules(max_wait_s=60))
    came = floor.at
    floor.call("a")
    floor.wait(65)
    floor.call("a", since=came)
    floor.wait(59)
    assert len(exits(floor)) == 1
    floor.wait(1)
    assert len(exits(floor)) == 2


def test_a_restart_does_not_prolong_the_longest_wait() -> None:
    before, after = Floor(rules(max_wait_s=60)), Floor(rules(max_wait_s=60))
    came = before.at
    before.call("a")
    before.wait(65)
    after.wait(65)
    call = before.call("a", since=came, level="vip")
    before.wait(20)
    after.wait(20)

    after.call("a", mark=before.engine.world.calls[call].mark)

    known = after.engine.world.calls[call]
    assert (known.boost_s, after.engine.world.waited_s(known)) == (120, 85)
    after.wait(39)
    assert exits(after) == []
    after.wait(1)
    assert exits(after) == [("a", Exit.TIMEOUT)]


def test_a_closed_queue_takes_no_calls() -> None:
    floor = Floor(rules(calendar="office"))
    floor.agent(1)
    floor.do(OFFICE_HOURS_OVER)
    with pytest.raises(QueueClosed):
        floor.call("a")
    floor.do(SetClosed(calendars=frozenset()))
    floor.call("a")
    assert floor.rung == [("a", 1)]


def test_other_queues_stay_open() -> None:
    floor = Floor(rules(calendar="always"), rules(BACKUP))
    floor.do(OFFICE_HOURS_OVER)
    floor.call("a")
    floor.call("b", BACKUP)
    assert set(floor.engine.world.calls) == {"a", "b"}


def test_who_waits_at_closing_is_served_while_somebody_is_on_duty() -> None:
    floor = Floor(rules(calendar="office", wrap_up_s=0))
    agent = floor.agent(1)
    floor.answer(floor.call("talks"))
    floor.call("b")
    floor.call("c")
    floor.do(OFFICE_HOURS_OVER)
    assert exits(floor) == []

    floor.hang_up(CallId("talks"))
    floor.serve(CallId("b"))
    floor.do(SetState(agent=agent, state=AgentState.OFFLINE))

    assert floor.rung[1:] == [("b", 1), ("c", 1)]
    floor.end_leg(CallId("c"), EndReason.NO_ANSWER)
    assert exits(floor) == [("c", Exit.CLOSED)]


def test_a_break_is_no_reason_to_send_anybody_away() -> None:
    floor = Floor(rules(calendar="office"))
    agent = floor.agent(1)
    floor.do(SetState(agent=agent, state=AgentState.ON_BREAK))
    floor.call("a")
    floor.do(OFFICE_HOURS_OVER)
    assert exits(floor) == []
    floor.do(SetState(agent=agent, state=AgentState.OFFLINE))
    assert exits(floor) == [("a", Exit.CLOSED)]


def test_the_last_who_leaves_the_queue_leaves_nobody_waiting() -> None:
    floor = Floor(rules(calendar="office"))
    agent = floor.agent(1)
    floor.answer(floor.call("talks"))
    floor.call("a")
    floor.do(OFFICE_HOURS_OVER)
    floor.do(SetProfile(profile=AgentProfile(agent=agent, queues=())))
    assert exits(floor) == [("a", Exit.CLOSED)]


def test_agents_of_a_queue_that_was_reached_are_on_duty_too() -> None:
    reaching = rules(calendar="office", overflows=(Overflow(to=(BACKUP,), after_s=1),))
    floor = Floor(reaching, rules(BACKUP))
    helper = floor.agent(1, BACKUP)
    floor.do(SetState(agent=helper, state=AgentState.ON_BREAK))
    floor.call("a")
    floor.wait(2)
    floor.do(OFFICE_HOURS_OVER)
    assert exits(floor) == []
    floor.do(SetState(agent=helper, state=AgentState.OFFLINE))
    assert exits(floor) == [("a", Exit.CLOSED)]


def test_a_queue_may_be_emptied_at_closing() -> None:
    floor = Floor(rules(calendar="office", is_emptied_at_closing=True))
    floor.agent(1)
    talks = floor.call("talks")
    floor.answer(talks)
    floor.call("a")
    floor.call("b")
    floor.do(OFFICE_HOURS_OVER)
    assert exits(floor) == [("a", Exit.CLOSED), ("b", Exit.CLOSED)]
    assert set(floor.engine.world.calls) == {talks}


def test_a_calendar_given_to_a_queue_while_it_is_closed_counts_at_once() -> None:
    floor = Floor(rules())
    floor.do(OFFICE_HOURS_OVER)
    floor.call("a")
    floor.do(SetQueues(queues={SALES: rules(calendar="office")}))
    assert exits(floor) == [("a", Exit.CLOSED)]


def test_who_talked_before_is_sent_away_as_such() -> None:
    floor = Floor(rules(calendar="office"))
    agent = floor.agent(1)
    call = floor.call("a")
    floor.answer(call)
    floor.do(OFFICE_HOURS_OVER)
    floor.end_leg(call, EndReason.MEDIA_LOST, joined=True)
    floor.do(SetState(agent=agent, state=AgentState.OFFLINE))
    floor.wait(20)
    (left,) = floor.told(CallLeftQueue)
    assert (left.exit, left.is_first, left.is_abandoned) == (Exit.CLOSED, False, False)


def test_who_loses_the_agent_after_closing_is_still_served() -> None:
    floor = Floor(rules(calendar="office"))
    floor.agent(1)
    call = floor.call("a")
    floor.answer(call)
    floor.do(OFFICE_HOURS_OVER)
    floor.end_leg(call, EndReason.MEDIA_LOST, joined=True)
    floor.agent(2)
    floor.wait(20)
    assert AgentId(2) in [agent for _, agent in floor.rung]
    assert exits(floor) == []


def test_who_presses_a_key_leaves_and_the_agent_who_was_rung_has_the_next() -> None:
    floor = Floor(rules(wrap_up_s=0))
    first, second = floor.call("first"), floor.call("second")
    floor.agent(1)
    assert floor.rung == [("first", 1)]
    floor.do(Leave(call=first))
    assert floor.rung[-1] == ("second", 1)
    (left,) = floor.told(CallLeftQueue)
    assert (left.call, left.exit, left.is_abandoned) == (first, Exit.KEY, False)
    assert first not in floor.engine.world.calls
    floor.answer(second)


@pytest.mark.parametrize("talks", [True, False])
def test_who_does_not_wait_leaves_no_queue(*, talks: bool) -> None:
    floor = Floor()
    floor.agent(1)
    call = floor.call("a")
    floor.answer(call)
    with pytest.raises(NotWaiting):
        floor.do(Leave(call=call if talks else CallId("unheard of")))


def test_who_left_by_a_key_and_comes_back_has_the_old_place() -> None:
    floor = Floor()
    since = floor.at
    first = floor.call("first")
    floor.wait(30)
    second = floor.call("second")
    floor.do(Leave(call=first))
    floor.wait(30)
    floor.call("first", since=since)
    floor.agent(1)
    assert floor.rung == [(first, 1)]
    assert second in floor.engine.world.calls
