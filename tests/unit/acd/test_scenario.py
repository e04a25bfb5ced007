import json
import math
from itertools import islice, pairwise
from pathlib import Path
from random import Random
from typing import Any

import pytest

from acd.simulator.errors import ScenarioInvalid, ScenarioUnstable
from acd.simulator.run import Run
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
        ("classes.1.talk.law", "gamma", "classes.1.talk.law: is one of"),
        ("classes.1.talk", {"mean_s": 5}, "classes.1.talk.law: is missing"),
        ("classes.1.patience", "inf", "classes.1.patience: has to have keys"),
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
        ("agents", [], "agents: "),
        ("runs", 10**12, "runs: "),
        ("calls", 10**12, "calls: "),
        ("agents.0.count", 10**12, "agents: count: more than"),
        ("classes.0.rate_per_hour", True, "classes.0.rate_per_hour: "),
        ("classes.0.rate_per_hour", 1e308, "classes.0.rate_per_hour: "),
        ("classes.0.talk.mean_s", 1e300, "classes.0.talk.mean_s: "),
        ("classes.0.talk.mean_s", 1e9, "classes.0.rate_per_hour, classes.0.talk.mean_s: "),
        ("classes.0.talk", {"law": "lognormal", "mean_s": 5, "cv": 1e200}, "classes.0.talk.cv: "),
        ("classes.1.patience.mean_s", 1e300, "classes.1.patience.mean_s: "),
        ("classes.0.boost_s", 1e300, "classes.0.boost_s: is at most"),
        ("classes.0.boost_s", math.nan, "classes.0.boost_s: "),
        ("classes.0.sticky.hold_s", 1e300, "classes.0.sticky.hold_s: is at most"),
        ("classes.0.sticky.share", math.nan, "classes.0.sticky.share: "),
        ("agents.0.wrap_up_s", 1e300, "agents.0.wrap_up_s: "),
        ("service_level_s", 1e300, "service_level_s: "),
        ("classes.0.name", "a\nb", "classes.0.name: has a character"),
        ("classes.0.name", "\ud800", "classes.0.name: "),
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


def test_more_work_than_hours_of_reckoning_is_refused() -> None:
    with pytest.raises(ScenarioInvalid, match="runs, calls: more than 200000000"):
        parse_scenario(json.dumps(SMALL | {"runs": 10_000, "calls": 10_000_000}))


def test_calls_that_come_over_more_years_than_a_calendar_has_are_refused_with_the_name_of_their_key() -> None:
    only = json.loads(changed("classes.0.rate_per_hour", 1e-12))
    only["classes"] = only["classes"][:1]
    with pytest.raises(ScenarioInvalid, match=r"classes\.0\.rate_per_hour: at 1e-12"):
        parse_scenario(json.dumps(only))


def test_yaml_whose_aliases_unfold_without_end_is_refused_at_once() -> None:
    names = "abcdefghijklm"
    levels = [f"{to}: &{to} {{<<: [{', '.join([f'*{of}'] * 9)}]}}" for of, to in pairwise(names)]
    for text in ("\n".join(["a: &a {k: 1}", *levels]), "classes: &a [*a]"):
        with pytest.raises(ScenarioInvalid, match="unfold into too much"):
            parse_scenario(text)


@pytest.mark.parametrize("text", ["a: !!int ''", "a: !!bool x", "a: 2026-13-45", "a: !x y", "a: *b"])
def test_yaml_on_which_the_parser_itself_stumbles_is_refused_in_a_sentence(text: str) -> None:
    with pytest.raises(ScenarioInvalid, match="not YAML"):
        parse_scenario(text)


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


def test_a_file_that_cannot_be_read_is_said_so(tmp_path: Path) -> None:
    file = tmp_path / "day.json"
    for said, content in (("not UTF-8", b"\xff{}"), ("at most", b"#" * 300_000)):
        file.write_bytes(content)
        with pytest.raises(ScenarioInvalid, match=said):
            load_scenario(file)
    for said, place in (("No such file", tmp_path / "none.json"), ("Is a directory", tmp_path)):
        with pytest.raises(ScenarioInvalid, match=said):
            load_scenario(place)


def test_the_mark_that_some_editors_put_before_a_text_is_no_part_of_it(tmp_path: Path) -> None:
    file = tmp_path / "day.json"
    file.write_text(json.dumps(SMALL), encoding="utf-8-sig")
    assert load_scenario(file) == parse_scenario(json.dumps(SMALL))


@pytest.mark.parametrize(("warmup", "calls", "first"), [(0.29, 100, 30), (0.1, 150_000, 15_001), (0, 1, 1)])
def test_what_is_warm_up_is_reckoned_exactly(warmup: float, calls: int, first: int) -> None:
    assert Scenario.model_validate(SMALL | {"warmup": warmup, "calls": calls}).first_counted == first


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
    with pytest.raises(ScenarioUnstable, match=r"classes\.1\.rate_per_hour.* never served"):
        run_once(scenario, 0)


def test_more_who_wait_than_any_machine_holds_end_the_simulation(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("acd.simulator.run.WAITING_MAX", 50)
    crowd = SMALL["classes"][0] | {"rate_per_hour": 5000}
    with pytest.raises(ScenarioUnstable, match=r"classes\.0\.rate_per_hour"):
        run_once(Scenario.model_validate(SMALL | {"classes": [crowd]}), 0)


def test_who_talks_for_long_or_would_have_waited_for_long_holds_up_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("acd.simulator.run.STALE_KEPT", 10)
    patient = {
        "name": "x",
        "rate_per_hour": 3000,
        "talk": {"law": "fixed", "mean_s": 10},
        "patience": {"law": "fixed", "mean_s": 1e9},
    }
    rest = {"runs": 1, "agents": [{"name": "a", "count": 10}]}
    run = Run(Scenario.model_validate({"classes": [patient], "calls": 5000, "warmup": 0} | rest), "1")
    assert run.figures().classes[0].answered == 5000
    assert len(run._plan) < 100

    talker = {"name": "x", "rate_per_hour": 3000, "talk": {"law": "fixed", "mean_s": 1e9}}
    talks = Scenario.model_validate({"classes": [talker], "calls": 10, "warmup": 0} | rest)
    assert run_once(talks, 0).events < 30


def test_any_crowd_before_a_queue_with_little_room_is_simulated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("acd.simulator.run.PATIENCE_IN_ARRIVALS", 100)
    crowd = {"name": "x", "rate_per_hour": 36_000, "talk": {"law": "fixed", "mean_s": 20}}
    scenario = {"runs": 1, "calls": 10, "warmup": 0, "agents": [{"name": "a", "count": 1}]}
    little_room = scenario | {"classes": [crowd], "queue": {"capacity": 2}}
    tally = run_once(Scenario.model_validate(little_room), 0).classes[0]
    assert (tally.answered, tally.blocked) == (3, 7)


def test_who_would_give_up_one_day_is_waited_for_longer_than_who_never_would(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("acd.simulator.run.PATIENCE_IN_ARRIVALS", 100)
    late = {
        "name": "x",
        "rate_per_hour": 36_000,
        "talk": {"law": "fixed", "mean_s": 1e6},
        "patience": {"law": "fixed", "mean_s": 50},
    }
    scenario = {"runs": 1, "calls": 10, "warmup": 0, "agents": [{"name": "a", "count": 1}]}
    tally = run_once(Scenario.model_validate(scenario | {"classes": [late]}), 0).classes[0]
    assert (tally.answered, tally.abandoned) == (1, 9)
    monkeypatch.setattr("acd.simulator.run.LEAVING_IN_PATIENCES", 2)
    with pytest.raises(ScenarioUnstable):
        run_once(Scenario.model_validate(scenario | {"classes": [late]}), 0)
