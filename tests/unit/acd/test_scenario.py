import json
import math
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any

import pytest

from acd.simulator.errors import ScenarioInvalid, ScenarioUnstable
from acd.simulator.scenario import Scenario, load_scenario, parse_scenario
from acd.simulator.simulation import run_once, simulate
from acd.simulator.traffic import callers

TALK = {"law": "exponential", "mean_s": 240}
SMALL: dict[str, Any] = {
    "seed": 1,
    "runs": 2,
    "calls": 200,
    "warmup": 0.1,
    "service_level_s": 20,
    "queue": {"strategy": "longest_idle", "capacity": None},
    "classes": [
        {
            "name": "vip",
            "rate_per_hour": 20,
            "needs": {"billing": 1},
            "boost_s": "inf",
            "talk": TALK,
            "patience": None,
            "sticky": {"share": 0.3, "hold_s": 20},
        },
        {
            "name": "std",
            "rate_per_hour": 120,
            "needs": {},
            "boost_s": 0,
            "talk": {"law": "lognormal", "mean_s": 240, "cv": 0.6},
            "patience": {"law": "exponential", "mean_s": 120},
        },
    ],
    "agents": [{"name": "a", "count": 10, "skills": {"billing": 1}, "wrap_up_s": 0}],
}


def changed(place: str, value: object) -> str:
    """The small scenario with one thing written otherwise."""
    copy = json.loads(json.dumps(SMALL))
    *parts, last = (int(part) if part.isdigit() else part for part in place.split("."))
    node = copy
    for part in parts:
        node = node[part]
    if value is None and last != "patience":
        del node[last]
    else:
        node[last] = value
    return json.dumps(copy)


@pytest.mark.parametrize(
    ("place", "value", "said"),
    [
        ("sead", 1, "sead: unknown key"),
        ("queue.size", 1, "queue.size: unknown key"),
        ("classes.0.rate", 1, "classes.0.rate: unknown key"),
        ("classes.0.talk.cv", 1, "classes.0.talk.cv: unknown key"),
        ("classes.0.sticky.hold", 1, "classes.0.sticky.hold: unknown key"),
        ("classes.1.patience.mean", 1, "classes.1.patience.mean: unknown key"),
        ("agents.0.level", 1, "agents.0.level: unknown key"),
        ("classes.0.talk", None, "classes.0.talk: is missing"),
        ("classes.1.talk.cv", None, "classes.1.talk.cv: is missing"),
        ("classes.1.talk.law", "gamma", "classes.1.talk: "),
        ("classes", None, "classes: is missing"),
        ("classes", [], "classes: "),
        ("agents", None, "agents: is missing"),
        ("runs", 0, "runs: "),
        ("runs", True, "runs: "),
        ("calls", "many", "calls: "),
        ("warmup", 1, "warmup: "),
        ("classes.0.rate_per_hour", 0, "classes.0.rate_per_hour: "),
        ("classes.0.rate_per_hour", "120", "classes.0.rate_per_hour: "),
        ("classes.0.boost_s", "high", "classes.0.boost_s: "),
        ("classes.0.boost_s", -1, "classes.0.boost_s: "),
        ("classes.0.needs", {"billing": -1}, "classes.0.needs.billing: "),
        ("classes.0.needs", {"flying": 1}, "classes.0.needs: nobody"),
        ("classes.0.sticky.share", 1.5, "classes.0.sticky.share: "),
        ("classes.1.name", "vip", "classes: name: 'vip' is there twice"),
        ("queue.strategy", "fastest", "queue.strategy: is one of"),
        ("queue.capacity", -1, "queue.capacity: "),
        ("agents.0.count", 0, "agents.0.count: "),
    ],
)
def test_what_cannot_be_is_refused_with_the_name_of_its_key(place: str, value: object, said: str) -> None:
    with pytest.raises(ScenarioInvalid) as refused:
        parse_scenario(changed(place, value))
    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "the scenario: "),
        ("[]", "the scenario: "),
        ("{", "line 1: not JSON"),
        ('{"seed": 1, "seed": 2}', "seed: is written twice"),
        ('{"warmup": NaN}', "warmup: "),
        ('{"service_level_s": Infinity}', "service_level_s: "),
        (f'{{"seed": {"9" * 5000}}}', "seed: "),
        (f"seed: {'9' * 5000}\n", "not YAML"),
        ('{"a":' * 100_000, "the scenario: too much is nested"),
        ("a: [", "not YAML"),
        ("seed: 1\nseed: 2\n", "seed"),
    ],
)
def test_text_that_is_no_scenario_is_refused_in_a_sentence(text: str, said: str) -> None:
    with pytest.raises(ScenarioInvalid) as refused:
        parse_scenario(text)
    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("place", "value"),
    [
        ("classes.0.rate_per_hour", 1e-12),
        ("classes.0.talk", {"law": "lognormal", "mean_s": 5, "cv": 1e200}),
        ("agents.0.wrap_up_s", 1e300),
    ],
)
def test_times_that_no_calendar_has_are_refused_with_the_names_of_their_keys(
    place: str, value: object
) -> None:
    only = json.loads(changed(place, value))
    only["classes"] = only["classes"][:1]
    with pytest.raises(ScenarioInvalid, match=place.rsplit(".", maxsplit=1)[-1].replace("talk", "cv")):
        simulate(Scenario.model_validate(only))


def test_a_scenario_may_be_yaml_and_leave_out_what_does_not_act(tmp_path: Path) -> None:
    file = tmp_path / "day.yaml"
    file.write_text(
        "classes:\n"
        "- {name: 普通, rate_per_hour: 60, talk: {law: fixed, mean_s: 60}, boost_s: inf}\n"
        "queue: {strategy: 技能优先}\n"
        "agents:\n- {name: a, count: 2}\n",
        encoding="utf-8",
    )
    scenario = load_scenario(file)
    assert scenario.classes[0].name == "普通"
    assert scenario.classes[0].boost_s == math.inf
    assert scenario.queue.strategy == "best_skill"
    assert (scenario.runs, scenario.calls, scenario.warmup) == (20, 150_000, 0.1)


def test_a_file_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(ScenarioInvalid, match="No such file"):
        load_scenario(tmp_path / "none.json")


def test_the_same_seed_gives_the_same_figures_and_another_one_others() -> None:
    one, again = (run_once(Scenario.model_validate(SMALL), 0) for _ in range(2))
    assert one == again
    other = Scenario.model_validate(SMALL | {"seed": 2})
    assert run_once(other, 0) != one != run_once(Scenario.model_validate(SMALL), 1)


def test_rules_change_nothing_of_who_comes_when() -> None:
    plain = Scenario.model_validate(SMALL)
    round_robin = Scenario.model_validate(SMALL | {"queue": {"strategy": "round_robin", "capacity": 3}})
    drawn = [list(islice(callers(one, Random(1)), 50)) for one in (plain, round_robin)]
    assert drawn[0] == drawn[1]


def test_every_counted_call_is_answered_gives_up_or_finds_no_room() -> None:
    few = [{"name": "a", "count": 3, "skills": {"billing": 1}}]
    scenario = Scenario.model_validate(SMALL | {"queue": {"capacity": 2}, "agents": few})
    total = simulate(scenario).total.counts
    assert total["offered"] == 2 * (200 - 20)
    assert total["blocked"] > 0
    assert total["abandoned"] > 0
    assert total["offered"] == total["answered"] + total["abandoned"] + total["blocked"]


def test_a_share_of_nothing_is_nothing() -> None:
    rare = SMALL["classes"][0] | {"name": "never", "rate_per_hour": 0.0001}
    result = simulate(Scenario.model_validate(SMALL | {"classes": [*SMALL["classes"], rare]}))
    assert result.classes["never"].counts["offered"] == 0
    assert set(result.classes["never"].estimates.values()) == {(None, None)}


def test_an_agents_occupation_is_what_lies_between_the_first_and_the_last_counted_arrival() -> None:
    """Calls far apart: one agent, always the first, busy for a known part of a known time."""
    always = {"name": "x", "rate_per_hour": 3600, "talk": {"law": "fixed", "mean_s": 10_000}}
    scenario = Scenario.model_validate(
        {"runs": 2, "calls": 2, "warmup": 0, "classes": [always], "agents": [{"name": "a", "count": 3}]}
    )
    result = simulate(scenario)
    assert list(result.agents) == ["a-1", "a-2", "a-3"]
    assert [found.value for found in result.agents.values()] == pytest.approx([1.0, 0.0, 0.0])


def test_who_can_never_be_served_ends_the_simulation_with_a_sentence() -> None:
    first = SMALL["classes"][0] | {"rate_per_hour": 500, "sticky": None}
    later = {"name": "last", "rate_per_hour": 100, "talk": TALK}
    scenario = Scenario.model_validate(SMALL | {"classes": [first, later], "calls": 50, "runs": 1})
    with pytest.raises(ScenarioUnstable, match="never served"):
        run_once(scenario, 0)
