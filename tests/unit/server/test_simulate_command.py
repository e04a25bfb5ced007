import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from acd.simulator.errors import ScenarioInvalid
from server import cli

TALK = {"law": "exponential", "mean_s": 240}
SCENARIO: dict[str, Any] = {
    "runs": 2,
    "calls": 100,
    "classes": [{"name": "vip", "rate_per_hour": 60, "talk": TALK, "boost_s": "inf"}],
    "agents": [{"name": "a", "count": 5}, {"name": "b", "count": 1}],
}
OVERRUN = [
    {"name": "vip", "rate_per_hour": 500, "talk": TALK, "boost_s": "inf"},
    {"name": "std", "rate_per_hour": 100, "talk": TALK},
]
FIGURES = {
    "mean_wait_s",
    "mean_wait_answered_s",
    "p_wait",
    "p_wait_over_sl",
    "p_abandon",
    "answered_within_sl_of_offered",
}


@pytest.fixture
def scenario(tmp_path: Path) -> Path:
    file = tmp_path / "scenario.json"
    file.write_text(json.dumps(SCENARIO), encoding="utf-8")
    return file


def test_the_result_is_one_json_object_and_nothing_else(scenario: Path) -> None:
    done = CliRunner().invoke(cli.app, ["simulate", str(scenario), "--json"])

    assert done.exit_code == 0
    result = json.loads(done.stdout)
    assert set(result) == {"elapsed_s", "events", "decisions_per_s", "total", "classes", "agents"}
    assert set(result["classes"]) == {"vip"}
    for figures in (result["total"], result["classes"]["vip"]):
        assert set(figures) == FIGURES | {"offered", "answered", "abandoned", "blocked"}
        assert all(set(figures[name]) == {"value", "se"} for name in FIGURES)
    assert result["total"]["offered"] == result["total"]["answered"] == 2 * 90
    assert list(result["agents"]) == ["a-1", "a-2", "a-3", "a-4", "a-5", "b-1"]
    assert set(result["agents"]["b-1"]["occupancy"]) == {"value", "se"}


def test_people_get_a_table_of_the_same_figures(scenario: Path) -> None:
    done = CliRunner().invoke(cli.app, ["simulate", str(scenario)])

    assert done.exit_code == 0
    for text in ("vip", "mean wait", "answered within 20 s", "180", "agents b (1): occupied"):
        assert text in done.stdout


def test_names_are_shown_as_they_are_written_and_no_row_is_called_like_another(scenario: Path) -> None:
    named = [SCENARIO["classes"][0] | {"name": "[/]"}]
    agents = [{"name": "[red]a", "count": 5}]
    scenario.write_text(json.dumps(SCENARIO | {"classes": named, "agents": agents}), encoding="utf-8")

    done = CliRunner().invoke(cli.app, ["simulate", str(scenario)])

    assert done.exit_code == 0
    assert "[/]" in done.stdout
    assert "agents [red]a (5): occupied" in done.stdout
    rows = [line.split("│")[1].strip() for line in done.stdout.splitlines() if line.startswith("│")]
    assert len(set(rows)) == len(rows) == 10


@pytest.mark.parametrize(
    ("change", "key"),
    [({"sead": 1}, "sead"), ({"runs": 1, "calls": 50, "classes": OVERRUN}, "classes.1.rate_per_hour")],
)
def test_bad_input_ends_with_2_and_names_the_key(
    change: dict[str, Any],
    key: str,
    scenario: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    scenario.write_text(json.dumps(SCENARIO | change), encoding="utf-8")
    monkeypatch.setattr("sys.argv", ["hotline", "simulate", str(scenario), "--json"])

    with pytest.raises(SystemExit) as ended:
        cli.hotline()

    said = capsys.readouterr()
    assert ended.value.code == 2
    assert said.out == ""
    assert key in said.err
    assert isinstance(CliRunner().invoke(cli.app, ["simulate", str(scenario)]).exception, ScenarioInvalid)
