import pytest

from acd.engine.inputs import SetState
from acd.engine.strategy import PRESETS, STRATEGIES, strategy_named
from acd.events import CallOffered
from acd.model import AgentState, Branch, PassedOver, Why
from kernel.ids import AgentId, SkillId
from telephony.model import Home, HomeBy
from tests.unit.acd.floor import Floor, rules

BILLING = SkillId("billing")


def floor_of(strategy: str) -> Floor:
    return Floor(rules(strategy=strategy, wrap_up_s=0))


def why(floor: Floor) -> Why:
    return floor.told(CallOffered)[-1].explanation.why


def serve(floor: Floor, *talks_s: float) -> list[int]:
    """One call after the other; who answered them."""
    for talk_s in talks_s:
        floor.serve(floor.call(f"call {len(floor.rings)}"), talk_s)
        floor.wait(1)
    return [agent for _, agent in floor.rung]


def test_in_order_the_first_who_is_idle_gets_every_call() -> None:
    floor = floor_of("in_order")
    floor.agent(2)
    floor.agent(1)

    assert serve(floor, 10, 10) == [1, 1]
    floor.call("a")
    floor.call("b")
    assert floor.rung[-2:] == [("a", 1), ("b", 2)]


def test_round_robin_goes_round_whatever_the_calls_take() -> None:
    floor = floor_of("round_robin")
    for number in (1, 2, 3):
        floor.agent(number)

    assert serve(floor, 10, 500, 10, 10, 10) == [1, 2, 3, 1, 2]
    assert why(floor) is Why.ROUND_ROBIN


def test_fewest_calls_evens_out_what_each_has_served() -> None:
    floor = floor_of("fewest_calls")
    floor.agent(1)
    assert serve(floor, 10, 10) == [1, 1]
    floor.agent(2)

    assert serve(floor, 10, 10, 10)[2:] == [2, 2, 1]


def test_least_occupied_chooses_who_has_worked_the_smallest_share_of_the_time() -> None:
    floor = floor_of("least_occupied")
    floor.agent(1)
    floor.agent(2)

    assert serve(floor, 100, 10, 10) == [1, 2, 2]
    assert why(floor) is Why.LEAST_OCCUPIED


def test_who_was_off_duty_begins_the_share_anew() -> None:
    floor = floor_of("least_occupied")
    floor.agent(1)
    floor.agent(2)
    serve(floor, 100, 10)
    floor.do(SetState(agent=AgentId(1), state=AgentState.OFFLINE))
    floor.wait(10)
    floor.do(SetState(agent=AgentId(1), state=AgentState.READY))
    floor.wait(1)

    assert serve(floor, 10)[-1] == 1


def test_best_skill_goes_to_the_highest_level_of_what_is_asked_for() -> None:
    floor = floor_of("best_skill")
    floor.agent(1, skills={BILLING: 1, SkillId("other"): 9})
    floor.wait(1)
    floor.agent(2, skills={BILLING: 3})
    floor.wait(1)
    floor.agent(3, skills={BILLING: 3})

    floor.call("a", needs={BILLING: 1})
    floor.call("b")

    assert floor.rung == [("a", 2), ("b", 1)]


def test_region_goes_to_the_callers_branch_then_to_headquarters_then_to_others() -> None:
    floor = floor_of("region")
    floor.agent(1, region="beijing")
    floor.agent(2)
    floor.agent(3, region="guangdong")
    floor.wait(5)

    for name in ("a", "b", "c"):
        floor.call(name, region="guangdong")

    assert floor.rung == [("a", 3), ("b", 2), ("c", 1)]
    assert why(floor) is Why.ONLY_CANDIDATE
    told = [offer.explanation for offer in floor.told(CallOffered)]
    assert [explained.branch for explained in told] == [Branch.LOCAL, Branch.HEADQUARTERS, Branch.OTHER]
    assert {explained.home for explained in told} == {Home("guangdong", HomeBy.NUMBER)}
    assert told[0].passed_over == (
        PassedOver(agent=AgentId(2), reason="farther"),
        PassedOver(agent=AgentId(1), reason="farther"),
    )


def test_among_the_equally_near_who_has_been_idle_longest_comes_first() -> None:
    floor = floor_of("region")
    for number in (1, 2):
        floor.agent(number, region="east")
        floor.wait(1)

    floor.call("a", region="east")

    (offer,) = floor.told(CallOffered)
    assert (offer.agent, offer.explanation.why) == (1, Why.REGION)
    assert offer.explanation.passed_over == (PassedOver(agent=AgentId(2), reason="idle_shorter"),)


def test_a_caller_from_nobody_knows_where_goes_to_headquarters_first() -> None:
    floor = floor_of("region")
    floor.agent(1, region="east")
    floor.wait(5)
    floor.agent(2)

    floor.call("a")

    assert floor.rung == [("a", 2)]
    assert floor.told(CallOffered)[-1].explanation.branch is Branch.HEADQUARTERS


def test_other_strategies_name_no_branch() -> None:
    floor = floor_of("longest_idle")
    floor.agent(1, region="east")
    floor.call("a", region="east")
    explained = floor.told(CallOffered)[-1].explanation
    assert (explained.branch, explained.home.region) == (None, "east")


@pytest.mark.parametrize("name", STRATEGIES)
def test_every_strategy_serves_all_who_can_be_served(name: str) -> None:
    floor = floor_of(name)
    for number in range(1, 6):
        floor.agent(number, region="x" if number % 2 else "")
    for number in range(8):
        floor.call(f"call {number}")
    assert len(floor.rung) == len({agent for _, agent in floor.rung}) == 5


def test_the_names_chinese_buyers_know_stand_for_a_strategy_each() -> None:
    assert {strategy_named(name) for name in PRESETS} == set(STRATEGIES)
    assert strategy_named("技能优先") == "best_skill"
    assert strategy_named("longest_idle") == "longest_idle"
    assert strategy_named("fastest") is None
