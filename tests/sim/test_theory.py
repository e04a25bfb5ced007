"""The engine on a virtual clock agrees with what is known exactly, as the simulator's promise defines it.

Figures without a formula beside them were computed exactly elsewhere. The runs here are short, so that
they are over in seconds; `hotline simulate` repeats each with as many calls as one likes.
"""

from collections.abc import Mapping
from typing import Any

import pytest

from acd.engine.strategy import STRATEGIES
from acd.simulator.figures import Estimate, Result
from acd.simulator.scenario import Scenario
from acd.simulator.simulation import simulate
from tests.sim import theory

HOUR = 3600
TALK_S = 240.0
EXPONENTIAL = {"law": "exponential", "mean_s": TALK_S}


def calls(per_hour: float, name: str = "std", **changes: Any) -> dict[str, Any]:
    return {"name": name, "rate_per_hour": per_hour, "talk": EXPONENTIAL, **changes}


def agents(count: int, name: str = "a", **changes: Any) -> dict[str, Any]:
    return {"name": name, "count": count, **changes}


def simulated(classes: list[dict[str, Any]], groups: list[dict[str, Any]], **changes: Any) -> Result:
    scenario = {"seed": 11, "runs": 12, "calls": 2000, "classes": classes, "agents": groups, **changes}
    return simulate(Scenario.model_validate(scenario))


def assert_agrees(found: Estimate, exact: float) -> None:
    assert found.value is not None
    assert found.se is not None
    allowed = max(3.5 * found.se, 0.015 * exact)
    assert abs(found.value - exact) <= allowed, f"{found} is not {exact}"


def waits(result: Result) -> Mapping[str, Estimate]:
    return {name: figures.estimates["mean_wait_s"] for name, figures in result.classes.items()}


@pytest.mark.parametrize(("servers", "per_hour"), [(2, 16), (10, 110)])
def test_who_waits_and_for_how_long_is_as_erlang_c_says(servers: int, per_hour: float) -> None:
    result = simulated([calls(per_hour)], [agents(servers)])
    total, per_s = result.total.estimates, per_hour / HOUR
    assert_agrees(total["mean_wait_s"], theory.mean_wait_s(servers, per_s, TALK_S))
    assert_agrees(total["p_wait"], theory.erlang_c(servers, per_s * TALK_S))
    assert_agrees(total["p_wait_over_sl"], theory.waits_longer(servers, per_s, TALK_S, 20))
    assert_agrees(result.agents["a-1"], per_s * TALK_S / servers)


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_whom_a_strategy_chooses_changes_nobodys_wait(strategy: str) -> None:
    result = simulated([calls(120)], [agents(10)], queue={"strategy": strategy}, calls=900)
    assert_agrees(result.total.estimates["mean_wait_s"], theory.mean_wait_s(10, 120 / HOUR, TALK_S))


def test_who_gives_up_is_as_erlang_a_says() -> None:
    patience = {"law": "exponential", "mean_s": 120}
    found = simulated([calls(150, patience=patience)], [agents(10)]).total.estimates
    exact = theory.erlang_a(10, 150 / HOUR, TALK_S, 120)
    for name, value in exact.items():
        assert_agrees(found[name], value)
    assert_agrees(found["answered_within_sl_of_offered"], 0.6441592640)


@pytest.mark.parametrize("per_hour", [65, 95])
def test_who_gives_up_after_the_same_wait_as_all_others_is_as_computed(per_hour: float) -> None:
    patience = {"law": "fixed", "mean_s": 40}
    found = simulated([calls(per_hour, patience=patience)], [agents(5)]).total.estimates
    for name, value in theory.same_patience(5, per_hour / HOUR, TALK_S, 40).items():
        assert_agrees(found[name], value)


def test_strict_classes_wait_as_long_as_priorities_say() -> None:
    classes = [calls(20, "vip", boost_s="inf"), calls(100)]
    found = waits(simulated(classes, [agents(10)]))
    exact = theory.priority_waits_s(10, [20 / HOUR, 100 / HOUR], TALK_S)
    assert_agrees(found["vip"], exact[0])
    assert_agrees(found["std"], exact[1])


def test_strict_callers_who_give_up_are_as_many_as_the_chain_of_states_says() -> None:
    patience = {"law": "exponential", "mean_s": 120}
    classes = [calls(30, "vip", boost_s="inf", patience=patience), calls(130, patience=patience)]
    found = simulated(classes, [agents(10)]).classes
    assert_agrees(found["vip"].estimates["p_abandon"], 0.1006964567)
    assert_agrees(found["std"].estimates["p_abandon"], 0.1918914183)


def test_what_a_boost_gives_to_one_it_takes_from_others() -> None:
    result = simulated([calls(40, "vip", boost_s=120), calls(80)], [agents(10)])
    found = waits(result)
    assert (found["vip"].value or 0) < (found["std"].value or 0) - 20
    assert_agrees(result.total.estimates["mean_wait_s"], theory.mean_wait_s(10, 120 / HOUR, TALK_S))


@pytest.mark.parametrize("room", [0, 5])
def test_who_finds_no_room_is_as_a_limited_queue_says(room: int) -> None:
    found = simulated([calls(150)], [agents(10)], queue={"capacity": room}).total
    exact = theory.limited(10, room, 150 / HOUR, TALK_S)
    share = found.counts["blocked"] / found.counts["offered"]
    assert share == pytest.approx(exact["p_blocked"], rel=0.1)
    if room:
        assert_agrees(found.estimates["mean_wait_s"], exact["mean_wait_s"])
    else:
        assert found.estimates["mean_wait_s"].value == 0


GRAPH = ["ab", "bc", "ac", "a"]


@pytest.mark.parametrize(
    ("per_hour", "skilled"),
    [
        ({"a": 12.0, "b": 12.0, "c": 10.0}, GRAPH),
        ({"a": 8.0, "b": 17.0}, ["a", "ab", "b"]),
        ({"a": 6.0, "b": 8.0, "c": 6.0}, ["ab", "bc"]),
    ],
)
def test_any_graph_of_skills_waits_as_its_product_form_says(
    per_hour: Mapping[str, float], skilled: list[str]
) -> None:
    classes = [calls(rate, name, needs={name: 1}) for name, rate in per_hour.items()]
    groups = [agents(1, name=f"{place}", skills=dict.fromkeys(can, 2)) for place, can in enumerate(skilled)]
    found = waits(simulated(classes, groups))
    rates = {name: rate / HOUR for name, rate in per_hour.items()}
    exact = theory.skill_waits_s(rates, [frozenset(can) for can in skilled], TALK_S)
    for name, wait_s in exact.items():
        assert_agrees(found[name], wait_s)


def test_the_product_form_gives_what_was_computed_elsewhere() -> None:
    rates = {"a": 16 / HOUR, "b": 16 / HOUR, "c": 12 / HOUR}
    exact = theory.skill_waits_s(rates, [frozenset(can) for can in GRAPH], TALK_S)
    assert exact == pytest.approx({"a": 101.17842, "b": 257.09602, "c": 216.87057})


def test_the_own_agent_if_idle_now_costs_nobody_anything() -> None:
    found = simulated([calls(120, sticky={"share": 0.3, "hold_s": 0})], [agents(10)]).total.estimates
    assert_agrees(found["mean_wait_s"], theory.mean_wait_s(10, 120 / HOUR, TALK_S))


def test_who_waits_for_the_own_agent_for_ever_waits_as_computed() -> None:
    classes = [
        calls(24, "own", sticky={"share": 1, "hold_s": "inf"}),
        calls(96, "any"),
    ]
    result = simulated(classes, [agents(10)])
    found = waits(result)
    assert_agrees(found["own"], 263.2)
    assert_agrees(found["any"], 45.4)


@pytest.mark.parametrize(("level_s", "is_over"), [(30.09, True), (30.1, False)])
def test_who_finds_the_own_agent_busy_is_held_for_exactly_the_time(level_s: float, *, is_over: bool) -> None:
    """So many agents that another is always idle, and talks so long that the own one is not by then."""
    fixed = {"law": "fixed", "mean_s": 36_000.0}
    classes = [calls(0.5, talk=fixed, sticky={"share": 1, "hold_s": 30.1})]
    found = simulated(classes, [agents(50)], runs=2, service_level_s=level_s).total.estimates
    held, over = found["p_wait"].value, found["p_wait_over_sl"].value
    assert held is not None
    assert over is not None
    assert 0.05 < held < 0.2
    assert found["mean_wait_s"].value == pytest.approx(30.1 * held, rel=0.01)
    assert over == pytest.approx(held if is_over else 0, rel=0.01)


@pytest.mark.parametrize("law", [{"law": "fixed"}, {"law": "lognormal", "cv": 0.6}, {"law": "exponential"}])
def test_one_agent_keeps_callers_waiting_by_how_much_talks_differ(law: dict[str, Any]) -> None:
    cv = {"fixed": 0.0, "exponential": 1.0}.get(law["law"], 0.6)
    talk = {**law, "mean_s": TALK_S}
    found = simulated([calls(8, talk=talk)], [agents(1)]).total.estimates
    assert_agrees(found["mean_wait_s"], theory.single_wait_s(8 / HOUR, TALK_S, cv))


def test_wrap_up_keeps_an_agent_busy_as_talk_does() -> None:
    result = simulated([calls(7)], [agents(1, wrap_up_s=60)])
    length_s = TALK_S + 60
    exact = theory.single_wait_s(7 / HOUR, length_s, TALK_S / length_s)
    assert_agrees(result.total.estimates["mean_wait_s"], exact)
    assert_agrees(result.agents["a-1"], 7 / HOUR * length_s)


def test_one_agent_serves_classes_of_unlike_talks_as_priorities_say() -> None:
    classes = [
        calls(2, "first", talk={"law": "lognormal", "mean_s": 300, "cv": 0.7}, boost_s="inf"),
        calls(3, "then", boost_s=1e7),
        calls(6, "last", talk={"law": "fixed", "mean_s": 100}),
    ]
    found = waits(simulated(classes, [agents(1)]))
    exact = theory.single_priority_waits_s([(2 / HOUR, 300, 0.7), (3 / HOUR, TALK_S, 1), (6 / HOUR, 100, 0)])
    for name, wait_s in zip(("first", "then", "last"), exact, strict=True):
        assert_agrees(found[name], wait_s)


def test_where_each_caller_waits_for_the_own_agent_alone_agents_are_queues_of_their_own() -> None:
    found = simulated([calls(32, sticky={"share": 1, "hold_s": "inf"})], [agents(4)]).total.estimates
    assert_agrees(found["mean_wait_s"], theory.mean_wait_s(1, 8 / HOUR, TALK_S))
    assert_agrees(found["p_wait_over_sl"], theory.waits_longer(1, 8 / HOUR, TALK_S, 20))


def test_where_nobody_can_wait_only_the_mean_of_talk_and_wrap_up_decides_who_finds_no_room() -> None:
    talk = {"law": "lognormal", "mean_s": 200, "cv": 1.2}
    result = simulated([calls(80, talk=talk)], [agents(6, wrap_up_s=40)], queue={"capacity": 0})
    blocked = theory.erlang_b(6, 80 / HOUR * TALK_S)
    share = result.total.counts["blocked"] / result.total.counts["offered"]
    assert share == pytest.approx(blocked, rel=0.05)
