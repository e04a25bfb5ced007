import pytest

from acd.engine.inputs import SetProfile, SetQueues, SetState
from acd.engine.needs import are_met, both, needs_of, relaxed
from acd.errors import QueueFull
from acd.events import CallOffered
from acd.model import AgentProfile, AgentState, Relaxation, StickyRules, Why
from kernel.ids import AgentId, CallId, QueueId, SkillId
from telephony.model import Arrival, CallMark, EndReason, HomeBy, LiveCall, Phase
from tests.unit.acd.floor import SALES, Floor, device, rules

BILLING, ENGLISH = SkillId("billing"), SkillId("english")
SERVICE = QueueId("service")
STEPS = (
    Relaxation(after_s=30, at_most={BILLING: 1}),
    Relaxation(after_s=60, at_most={BILLING: 0}),
)


def last_offer(floor: Floor) -> CallOffered:
    return floor.told(CallOffered)[-1]


def test_a_call_rings_only_who_has_its_skill_at_the_level_asked_for() -> None:
    floor = Floor()
    floor.agent(1)
    floor.agent(2, skills={BILLING: 1})
    floor.agent(3, skills={BILLING: 3})

    floor.call("a", needs={BILLING: 2})

    assert floor.rung == [("a", 3)]
    explained = last_offer(floor).explanation
    assert (explained.why, explained.candidates) == (Why.ONLY_CANDIDATE, 1)
    assert [(p.agent, p.reason) for p in explained.passed_over] == [(1, "lacks_skill"), (2, "lacks_skill")]
    assert explained.asked == explained.needs == ((BILLING, 2),)


def test_what_a_queue_asks_for_and_what_its_caller_asks_for_count_both() -> None:
    floor = Floor(rules(needs={BILLING: 2}))
    floor.agent(1, skills={BILLING: 2})
    floor.agent(2, skills={ENGLISH: 1, BILLING: 1})
    floor.agent(3, skills={ENGLISH: 1, BILLING: 2})

    floor.call("a", needs={ENGLISH: 1, BILLING: 1})

    assert floor.rung == [("a", 3)]


def test_of_those_with_the_skills_the_longest_idle_is_rung() -> None:
    floor = Floor()
    floor.agent(1)
    floor.wait(1)
    floor.agent(2, skills={BILLING: 1})
    floor.wait(1)
    floor.agent(3, skills={BILLING: 5})

    floor.call("a", needs={BILLING: 1})

    assert floor.rung == [("a", 2)]
    passed_over = [(p.agent, p.reason) for p in last_offer(floor).explanation.passed_over]
    assert passed_over == [(1, "lacks_skill"), (3, "idle_shorter")]


def test_a_freed_agent_takes_the_oldest_key_among_what_the_agent_can_do_in_all_queues() -> None:
    floor = Floor(rules(), rules(SERVICE, needs={ENGLISH: 1}))
    for name, queue, needs in (
        ("oldest", SALES, {BILLING: 2}),
        ("second", SERVICE, {}),
        ("third", SALES, {BILLING: 1}),
        ("youngest", SALES, {}),
    ):
        floor.call(name, queue, needs=needs)
        floor.wait(1)

    floor.agent(1, SALES, SERVICE, skills={BILLING: 1})

    assert floor.rung == [("third", 1)]


def test_nobody_waits_behind_a_caller_whose_skill_is_missing() -> None:
    floor = Floor()
    floor.call("older", needs={BILLING: 1})

    floor.agent(1)
    floor.call("younger")

    assert floor.rung == [("younger", 1)]


def test_a_queue_asks_for_less_step_by_step_as_a_caller_waits() -> None:
    floor = Floor(rules(needs={BILLING: 2}, relaxations=STEPS))
    floor.agent(1, skills={BILLING: 1})
    floor.agent(2)
    floor.call("a")
    floor.wait(29.9)
    assert floor.rung == []

    floor.wait(0.1)

    assert floor.rung == [("a", 1)]
    explained = last_offer(floor).explanation
    assert (explained.asked, explained.needs) == (((BILLING, 2),), ((BILLING, 1),))

    floor.end_leg(CallId("a"), EndReason.NO_ANSWER)
    floor.wait(30)
    assert floor.rung[-1] == ("a", 2)
    assert last_offer(floor).explanation.needs == ()


def test_a_caller_of_whom_less_is_asked_keeps_the_place() -> None:
    floor = Floor(rules(relaxations=STEPS))
    floor.call("older", needs={BILLING: 1})
    floor.wait(1)
    floor.call("younger")
    floor.wait(60)

    floor.agent(1)

    assert floor.rung == [("older", 1)]


def test_a_caller_held_for_their_agent_is_asked_less_of_meanwhile() -> None:
    sticky = StickyRules(hold_s=40, is_capped_by_service_level=False)
    floor = Floor(rules(sticky=sticky, relaxations=STEPS[:1]))
    own = floor.agent(1, skills={BILLING: 2})
    floor.call("earlier")
    floor.answer(CallId("earlier"))
    floor.agent(2, skills={BILLING: 1})
    floor.call("a", needs={BILLING: 2}, sticky_agent=own)
    floor.wait(39.9)
    assert floor.rung == [("earlier", 1)]

    floor.wait(0.1)

    assert floor.rung[-1] == ("a", 2)


def test_a_known_agent_who_lacks_the_skill_is_not_waited_for() -> None:
    floor = Floor()
    own = floor.agent(1, skills={BILLING: 1})
    floor.agent(2, skills={BILLING: 2})

    floor.call("a", needs={BILLING: 2}, sticky_agent=own)

    assert floor.rung == [("a", 2)]
    assert [(p.agent, p.reason) for p in last_offer(floor).explanation.passed_over] == [(1, "lacks_skill")]


def test_an_agent_who_loses_a_skill_holds_no_calls_that_ask_for_it() -> None:
    floor = Floor()
    own = floor.agent(1, skills={BILLING: 1})
    floor.call("earlier")
    floor.answer(CallId("earlier"))
    floor.agent(2, skills={BILLING: 1})
    floor.call("a", needs={BILLING: 1}, sticky_agent=own)
    assert len(floor.rung) == 1

    floor.do(SetProfile(profile=AgentProfile(agent=own, queues=(SALES,))))

    assert floor.rung[-1] == ("a", 2)


def test_an_idle_agent_who_learns_a_skill_is_rung_for_who_waits_for_it() -> None:
    floor = Floor()
    floor.agent(1)
    floor.call("a", needs={BILLING: 1})

    floor.do(SetProfile(profile=AgentProfile(agent=AgentId(1), queues=(SALES,), skills={BILLING: 1})))

    assert floor.rung == [("a", 1)]


def test_who_waits_is_asked_for_what_the_changed_rules_ask() -> None:
    floor = Floor(rules(needs={BILLING: 1}))
    floor.agent(1)
    floor.call("a")
    assert floor.rung == []

    floor.do(SetQueues(queues={SALES: rules()}))

    assert floor.rung == [("a", 1)]


def test_rules_that_ask_for_more_than_the_known_agent_has_end_the_hold() -> None:
    floor = Floor()
    own = floor.agent(1)
    floor.call("earlier")
    floor.answer(CallId("earlier"))
    floor.agent(2, skills={BILLING: 1})
    floor.call("a", sticky_agent=own)
    assert len(floor.rung) == 1

    floor.do(SetQueues(queues={SALES: rules(needs={BILLING: 1})}))

    assert floor.rung[-1] == ("a", 2)


def test_rules_that_relax_no_more_stop_asking_for_less() -> None:
    floor = Floor(rules(needs={BILLING: 2}, relaxations=STEPS))
    floor.agent(1, skills={BILLING: 1})
    floor.call("a")
    floor.do(SetQueues(queues={SALES: rules(needs={BILLING: 2})}))
    assert floor.engine.next_wakeup() is None
    floor.do(SetQueues(queues={SALES: rules(needs={BILLING: 2}, relaxations=STEPS)}))
    floor.wait(30)
    assert floor.rung == [("a", 1)]


def test_what_a_caller_asks_for_outlives_a_restart_and_the_wait_counts_on() -> None:
    before = Floor(rules(relaxations=STEPS))
    call = before.call("a", needs={BILLING: 2}, region="gd", level="vip")
    waiting = LiveCall(
        arrival=Arrival(call=call, at=before.at, caller_number="", caller_name="", dialled="1", trunk="t"),
        mark=before.engine.world.calls[call].mark,
        talks_with=None,
    )

    after = Floor(rules(relaxations=STEPS))
    after.agent(1)
    after.agent(2, skills={BILLING: 1})
    after.wait(20)
    after.connect([waiting], registered=[device(1), device(2)])
    assert after.rung == []
    after.wait(10)

    assert after.rung == [("a", 2)]
    found = after.engine.world.calls[call]
    assert (found.mark.region, found.mark.region_by, found.level) == ("gd", HomeBy.NUMBER, "vip")


def test_a_full_queue_refuses_who_would_have_to_wait_and_nobody_else() -> None:
    floor = Floor(rules(capacity=1))
    floor.agent(1, skills={BILLING: 1})
    floor.call("a", needs={ENGLISH: 1})

    with pytest.raises(QueueFull):
        floor.call("b", needs={ENGLISH: 1})
    floor.call("c", needs={BILLING: 1})

    assert floor.rung == [("c", 1)]
    assert "b" not in floor.engine.world.calls


def test_a_queue_without_room_to_wait_serves_whoever_finds_an_agent() -> None:
    floor = Floor(rules(capacity=0))
    floor.agent(1)

    floor.serve(floor.call("a"))
    floor.do(SetState(agent=AgentId(1), state=AgentState.ON_BREAK))

    with pytest.raises(QueueFull):
        floor.call("b")


def test_a_call_with_a_place_comes_back_into_a_full_queue() -> None:
    floor = Floor(rules(capacity=1))
    floor.call("a")
    mark = CallMark(phase=Phase.WAITING, queue=SALES, key_ms=1, sequence=1)

    floor.call("b", mark=mark)

    assert set(floor.engine.world.calls) == {"a", "b"}


def test_an_agents_own_time_after_a_call_goes_before_the_queues() -> None:
    floor = Floor(rules(wrap_up_s=20))
    quick, usual = floor.agent(1, wrap_up_s=0.0), floor.agent(2)
    for _ in range(2):
        floor.serve(floor.call(f"call {len(floor.rings)}"))
    assert (floor.state(quick), floor.state(usual)) == (AgentState.READY, AgentState.WRAP_UP)


def test_levels_hold_longer_for_their_agent_where_the_rules_say_so() -> None:
    sticky = StickyRules(hold_s=5, holds_s={"vip": 50}, is_capped_by_service_level=False)
    floor = Floor(rules(sticky=sticky))
    own = floor.agent(1)
    floor.call("earlier")
    floor.answer(CallId("earlier"))
    floor.agent(2)
    floor.call("a", level="vip", sticky_agent=own)
    floor.wait(49)
    assert len(floor.rung) == 1
    floor.wait(1)
    assert floor.rung[-1] == ("a", 2)


def test_equal_needs_are_written_in_one_way() -> None:
    assert needs_of({ENGLISH: 1, BILLING: 2, SkillId("x"): 0}) == ((BILLING, 2), (ENGLISH, 1))
    assert both({ENGLISH: 1}, ((BILLING, 2), (ENGLISH, 3))) == ((BILLING, 2), (ENGLISH, 3))


def test_relaxing_never_asks_for_more() -> None:
    steps = (Relaxation(after_s=1, at_most={BILLING: 2, ENGLISH: 4}),)
    assert relaxed(((BILLING, 1), (ENGLISH, 5)), steps) == ((BILLING, 1), (ENGLISH, 4))
    assert are_met((), {})
