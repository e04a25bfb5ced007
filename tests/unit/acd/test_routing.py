"""Who gets whom: keys, boosts, idleness, sticky agents."""

from acd.engine.inputs import PageLost, SetQueues, SetState
from acd.events import CallLeftQueue, CallOffered, CallQueued, OfferEnded
from acd.model import AgentState, OfferResult, StickyRules, Why
from kernel.ids import AgentId, CallId, QueueId
from telephony.model import EndReason
from tests.unit.acd.floor import SALES, Floor, rules

SERVICE = QueueId("service")


def last_offer(floor: Floor) -> CallOffered:
    return floor.told(CallOffered)[-1]


def test_a_call_rings_the_agent_who_has_been_idle_longest() -> None:
    floor = Floor()
    floor.agent(1)
    floor.wait(5)
    floor.agent(2)

    floor.call("a")

    assert floor.rung == [("a", 1)]
    explained = last_offer(floor).explanation
    assert explained.why is Why.LONGEST_IDLE
    assert (explained.idle_s, explained.candidates) == (5, 2)
    assert [(p.agent, p.reason) for p in explained.passed_over] == [(2, "idle_shorter")]


def test_idleness_begins_again_after_each_call() -> None:
    floor = Floor(rules(wrap_up_s=0))
    floor.agent(1)
    floor.wait(5)
    floor.agent(2)
    floor.call("a")
    floor.serve(floor.call("a"))

    floor.call("b")

    assert floor.rung == [("a", 1), ("b", 2)]


def test_a_freed_agent_takes_the_oldest_key_of_all_queues() -> None:
    floor = Floor(rules(), rules(SERVICE))
    floor.call("first", SERVICE)
    floor.wait(1)
    floor.call("second", SALES)

    floor.agent(1, SALES, SERVICE)

    assert floor.rung == [("first", 1)]
    assert last_offer(floor).explanation.why is Why.FREED_AND_FIRST_IN_LINE


def test_an_agent_is_never_rung_for_a_queue_of_others() -> None:
    floor = Floor(rules(), rules(SERVICE))
    floor.agent(1, SERVICE)

    floor.call("a", SALES)

    assert floor.rung == []


def test_a_vip_overtakes_by_the_boost_and_not_more() -> None:
    floor = Floor()
    floor.call("long before")
    floor.wait(60)
    floor.call("within the boost")
    floor.wait(119)
    floor.call("vip", level="vip")
    assert floor.told(CallQueued)[-1].position == 2

    agent = floor.agent(1)
    for call in ("long before", "vip", "within the boost"):
        assert floor.rings[-1].call == call
        floor.serve(floor.rings[-1].call)
        floor.do(SetState(agent=agent, state=AgentState.READY))

    vip = next(o for o in floor.told(CallOffered) if o.call == "vip")
    assert (vip.explanation.boost_s, vip.explanation.overtook) == (120, 1)


def test_a_strict_level_goes_before_everyone_however_long_they_waited() -> None:
    floor = Floor()
    floor.call("patient")
    floor.wait(3000)
    floor.call("chairman", level="chairman")

    floor.agent(1)

    assert floor.rung == [("chairman", 1)]
    assert last_offer(floor).explanation.overtook == 1


def test_a_caller_reaches_their_own_agent_though_another_is_idle_longer() -> None:
    floor = Floor()
    floor.agent(1)
    floor.wait(100)
    floor.agent(2)

    floor.call("a", sticky_agent=AgentId(2))

    assert floor.rung == [("a", 2)]
    explained = last_offer(floor).explanation
    assert explained.why is Why.STICKY
    assert [(p.agent, p.reason) for p in explained.passed_over] == [(1, "caller_knows_another")]


def busy_own_agent(floor: Floor) -> AgentId:
    own = floor.agent(2)
    floor.call("earlier")
    floor.answer(floor.rings[-1].call)
    floor.agent(1)
    return own


def test_a_caller_waits_for_their_busy_agent_for_the_hold_and_then_keeps_the_first_key() -> None:
    floor = Floor()
    own = busy_own_agent(floor)
    floor.call("a", sticky_agent=own)
    floor.wait(19.9)
    assert ("a", 1) not in floor.rung

    floor.wait(0.1)

    assert floor.rung[-1] == ("a", 1)
    explained = last_offer(floor).explanation
    assert explained.held_for_sticky_s == 20
    assert [(p.agent, p.reason) for p in explained.passed_over] == [(2, "busy")]


def test_a_held_caller_enters_the_shared_line_at_the_original_key() -> None:
    floor = Floor()
    own = floor.agent(2)
    floor.call("earlier")
    floor.answer(floor.rings[-1].call)
    floor.call("held", sticky_agent=own)
    floor.wait(1)
    floor.call("later")
    floor.wait(25)

    floor.agent(1)

    assert floor.rung[-1] == ("held", 1)


def test_a_hold_never_goes_past_the_service_level() -> None:
    floor = Floor(rules(service_level_s=5, sticky=StickyRules(hold_s=60)))
    own = busy_own_agent(floor)

    floor.call("a", sticky_agent=own)
    floor.wait(5)

    assert floor.rung[-1] == ("a", 1)


def test_a_freed_agent_takes_an_older_call_before_one_held_for_them() -> None:
    floor = Floor(rules(wrap_up_s=0))
    own = floor.agent(2)
    floor.call("earlier")
    floor.call("older")
    floor.answer(floor.rings[-1].call)
    floor.wait(1)
    floor.call("held", sticky_agent=own)

    floor.serve(floor.rings[-1].call)

    assert floor.rung[-1] == ("older", 2)


def test_an_offline_own_agent_is_never_waited_for() -> None:
    floor = Floor()
    own = busy_own_agent(floor)
    floor.do(SetState(agent=own, state=AgentState.OFFLINE))

    floor.call("a", sticky_agent=own)

    assert floor.rung[-1] == ("a", 1)


def test_an_own_agent_who_goes_on_break_after_the_call_is_not_waited_for_any_longer() -> None:
    floor = Floor()
    own = busy_own_agent(floor)
    floor.call("a", sticky_agent=own)
    assert floor.rung[-1] != ("a", 1)

    floor.do(SetState(agent=own, state=AgentState.ON_BREAK, reason="lunch"))

    assert floor.rung[-1] == ("a", 1)


def test_an_own_agent_who_left_the_queue_is_not_waited_for() -> None:
    floor = Floor(rules(), rules(SERVICE))
    floor.agent(2, SERVICE)
    floor.agent(1, SALES)

    floor.call("a", SALES, sticky_agent=AgentId(2))

    assert floor.rung == [("a", 1)]
    assert last_offer(floor).explanation.passed_over[0].reason == "not_in_queue"


def test_a_caller_who_hangs_up_in_the_line_leaves_it() -> None:
    floor = Floor()
    floor.call("a")
    floor.wait(7)

    floor.hang_up(floor.call("a"))
    floor.agent(1)

    assert floor.rung == []
    assert [(left.call, left.waited_s) for left in floor.told(CallLeftQueue)] == [("a", 7)]


def test_a_caller_who_hangs_up_while_an_agent_rings_frees_the_agent_in_the_old_place() -> None:
    floor = Floor()
    floor.agent(1)
    floor.wait(5)
    floor.agent(2)
    floor.call("a")
    floor.wait(3)

    floor.hang_up(floor.call("a"))
    floor.call("b")

    assert floor.rung == [("a", 1), ("b", 1)]
    assert floor.told(OfferEnded)[0].result is OfferResult.WITHDRAWN


def test_a_caller_who_hung_up_on_the_way_to_the_queue_never_waits_in_it() -> None:
    floor = Floor()
    floor.hang_up(CallId("a"))
    floor.call("a")
    floor.agent(1)
    assert floor.rung == []


def test_entering_twice_changes_nothing() -> None:
    floor = Floor()
    floor.call("a")
    floor.wait(5)

    floor.call("a")

    assert len(floor.told(CallQueued)) == 1


SUPPORT = QueueId("support")


def test_who_waits_in_a_queue_that_is_taken_away_keeps_the_place_in_the_first_one() -> None:
    floor = Floor(rules(), rules(SUPPORT))
    older = floor.call("a", SUPPORT)
    floor.wait(5)
    younger = floor.call("b")
    floor.do(SetQueues(queues={SALES: rules()}))
    told = floor.told(CallQueued)[-1]
    assert (told.call, told.queue, told.position) == (older, SALES, 1)
    floor.agent(1)
    assert floor.rung == [(older, 1)]
    floor.serve(older)
    floor.wait(30)
    assert floor.rung == [(older, 1), (younger, 1)]


def test_a_phone_that_rings_for_a_queue_taken_away_rings_on_and_its_caller_is_not_lost() -> None:
    floor = Floor(rules(), rules(SUPPORT))
    floor.agent(1, SUPPORT)
    call = floor.call("a", SUPPORT)
    floor.do(SetQueues(queues={SALES: rules()}))
    assert len(floor.rings) == 1
    floor.end_leg(call, EndReason.NO_ANSWER)
    floor.agent(2)
    assert floor.rung == [(call, 1), (call, 2)]


def test_who_lost_their_agent_after_the_queue_was_taken_away_waits_in_the_first_one() -> None:
    floor = Floor(rules(), rules(SUPPORT))
    floor.agent(1, SUPPORT)
    call = floor.call("a", SUPPORT)
    floor.answer(call)
    floor.do(SetQueues(queues={SALES: rules()}))
    floor.end_leg(call, EndReason.MEDIA_LOST, joined=True)
    floor.do(PageLost(agent=AgentId(1)))
    floor.agent(2)
    floor.wait(60)
    assert floor.rung[-1] == (call, 2)
