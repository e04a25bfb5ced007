"""`hotline ivr`, as scripts rely on it."""

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML
from typer.testing import CliRunner

from ivr.nodes import NODE_TYPES
from ivr.site import flow_files
from server.cli import app
from server.settings import ROOT
from tests.unit.ivr.scripted import EXAMPLE

MAIN = str(EXAMPLE / "flows" / "main.yaml")


def run(*words: str) -> tuple[int, str, str]:
    done = CliRunner().invoke(app, ["ivr", *words])
    return done.exit_code, done.stdout, done.stderr


def test_check_of_good_files_is_silent_success() -> None:
    code, out, _ = run("check", MAIN, str(EXAMPLE / "calendars.yaml"), "--json")
    assert (code, json.loads(out)) == (0, {"errors": []})


def test_check_finds_queues_beside_the_flows(tmp_path: Path) -> None:
    flow = tmp_path / "flows" / "f.yaml"
    flow.parent.mkdir()
    flow.write_text("start: q\nnodes:\n  q: {type: queue, queue: gone}\n", encoding="utf-8")
    (tmp_path / "queues.yaml").write_text("queues: {sales: {}}\n", encoding="utf-8")
    code, out, _ = run("check", str(flow), "--json")
    (error,) = json.loads(out)["errors"]
    assert code == 1
    assert (error["code"], error["line"], error["node"], error["file"]) == (
        "unknown_queue",
        3,
        "q",
        str(flow),
    )


def test_check_of_a_file_on_its_own_asks_the_site_for_queues(tmp_path: Path) -> None:
    flow = tmp_path / "f.yaml"
    flow.write_text("start: q\nnodes:\n  q: {type: queue, queue: no-such-queue}\n", encoding="utf-8")
    code, out, _ = run("check", str(flow), "--json")
    assert (code, [error["code"] for error in json.loads(out)["errors"]]) == (1, ["unknown_queue"])


def test_check_for_people_names_file_and_line(tmp_path: Path) -> None:
    flow = tmp_path / "f.yaml"
    flow.write_text("start: a\nnodes:\n  a: {type: hangup}\n  b: {type: hangup}\n", encoding="utf-8")
    code, out, err = run("check", str(flow))
    assert (code, out.startswith(f"{flow}:4: unreachable_node (b): ")) == (1, True)
    assert err == "1 error in 1 file\n"


@pytest.mark.parametrize(
    "words",
    [
        ("check", "/nowhere.yaml"),
        ("check", MAIN, "--site", "/nowhere"),
        ("try", MAIN, "--at", "tomorrow"),
        ("try", MAIN, "--keys", "x"),
        ("try", "/nowhere.yaml"),
        ("try", str(EXAMPLE / "queues.yaml")),
    ],
)
def test_bad_input_ends_in_one_sentence(words: tuple[str, ...]) -> None:
    code, out, err = run(*words)
    assert (code, out, len(err.strip().splitlines())) == (2, "", 1)


@pytest.mark.parametrize(
    ("keys", "at", "ended"),
    [
        ("2", "2026-11-23T10:00", {"did": "queue", "node": "complaints", "queue": "complaints"}),
        ("9,1", "2026-11-23T10:00", {"did": "queue", "node": "sales", "queue": "sales"}),
        ("7-8", "2026-11-23T10:00", {"did": "queue", "node": "operator", "queue": "sales"}),
        ("", "2026-10-01T10:00", {"did": "hang_up", "node": "message", "outcome": "voicemail"}),
        ("1", "2026-11-23T04:00Z", {"did": "queue", "node": "sales", "queue": "sales"}),
    ],
)
def test_try_tells_how_the_call_ends(keys: str, at: str, ended: dict[str, str]) -> None:
    code, out, _ = run("try", MAIN, "--keys", keys, "--at", at, "--from", "13812345678", "--json")
    assert (code, json.loads(out)["ended"]) == (0, ended)


def test_try_takes_no_other_word_for_why_a_queue_sends_callers_away() -> None:
    code, _, err = run("try", MAIN, "--sent-away", "full,busy")
    assert (code, "full,busy" in err) == (2, True)


def test_try_for_people_shows_the_dialogue() -> None:
    _, out, _ = run("try", MAIN, "--keys", "9 2", "--at", "2026-11-23T10:00")
    lines = out.splitlines()
    assert lines[0] == "[welcome] 您好，欢迎致电海蓝电器。"
    assert "  > 9" in lines
    assert lines[-1] == "[complaints] waits for a person in queue complaints"


def test_check_finds_mistakes_in_the_queues(tmp_path: Path) -> None:
    queues = tmp_path / "queues.yaml"
    queues.write_text(
        "queues:\n  sales:\n    name: {zh: 销售, en: Sales}\n    wrap_up_s: soon\n", encoding="utf-8"
    )
    code, out, _ = run("check", str(queues), str(EXAMPLE / "queues.yaml"), "--json")
    (error,) = json.loads(out)["errors"]
    assert (code, error["code"], error["line"], error["file"]) == (1, "queues_file_invalid", 4, str(queues))
    assert run("check", str(EXAMPLE / "queues.yaml"))[0] == 0


def test_check_finds_mistakes_in_the_breaks(tmp_path: Path) -> None:
    breaks = tmp_path / "breaks.yaml"
    breaks.write_text(
        "breaks:\n  rest:\n    name: {zh: 休息, en: Rest}\n    limit_min: long\n", encoding="utf-8"
    )
    code, out, _ = run("check", str(breaks), str(EXAMPLE / "breaks.yaml"), "--json")
    (error,) = json.loads(out)["errors"]
    assert (code, error["code"], error["line"], error["file"]) == (1, "breaks_file_invalid", 4, str(breaks))
    assert run("check", str(EXAMPLE / "breaks.yaml"))[0] == 0


def test_check_finds_mistakes_in_the_experts(tmp_path: Path) -> None:
    experts = tmp_path / "experts.yaml"
    experts.write_text("experts:\n  zhao:\n    name: 赵工\n    numbers: ['5']\n", encoding="utf-8")
    code, out, _ = run("check", str(experts), "--json")
    (error,) = json.loads(out)["errors"]
    assert (code, error["code"], error["line"]) == (1, "experts_file_invalid", 4)
    assert run("check", str(EXAMPLE / "experts.yaml"))[0] == 0


def test_check_finds_calendars_that_the_queues_name_in_vain(tmp_path: Path) -> None:
    queues = tmp_path / "queues.yaml"
    text = "queues:\n  sales:\n    name: {zh: 销售, en: Sales}\n    calendar: offices\n"
    queues.write_text(text, encoding="utf-8")
    code, out, _ = run("check", str(queues), "--site", str(EXAMPLE), "--json")
    (error,) = json.loads(out)["errors"]
    assert (code, error["code"], error["line"]) == (1, "unknown_calendar", 4)
    queues.write_text(text.replace("offices", "office"), encoding="utf-8")
    assert run("check", str(queues), "--site", str(EXAMPLE))[0] == 0


def test_check_finds_what_deadlines_name_in_vain(tmp_path: Path) -> None:
    deadlines = tmp_path / "deadlines.yaml"
    rule = (
        "- {name: 贵宾, when: {level: [gold]},\n      resolution: {within: 2h,\n        calendar: offices}}"
    )
    text = f"deadlines:\n  calendar: office\n  rules:\n    {rule}\n"
    deadlines.write_text(text, encoding="utf-8")
    code, out, _ = run("check", str(deadlines), "--site", str(EXAMPLE), "--json")
    found = [(error["code"], error["line"]) for error in json.loads(out)["errors"]]
    assert (code, found) == (1, [("unknown_level", 4), ("unknown_calendar", 6)])
    deadlines.write_text(text.replace("offices", "office").replace("gold", "vip"), encoding="utf-8")
    assert run("check", str(deadlines), "--site", str(EXAMPLE))[0] == 0
    deadlines.write_text("deadlines:\n  calendar: office\n  remind: [soon]\n", encoding="utf-8")
    _, out, _ = run("check", str(deadlines), "--site", str(EXAMPLE), "--json")
    assert [(one["code"], one["line"]) for one in json.loads(out)["errors"]] == [
        ("deadlines_file_invalid", 3)
    ]


def test_check_finds_levels_that_no_customer_can_have(tmp_path: Path) -> None:
    queues = tmp_path / "queues.yaml"
    queues.write_text(
        "queues:\n  sales:\n    name: {zh: 销售, en: S}\n    boosts:\n      board: strict\n      vpi: 300\n"
        "    sticky:\n      holds_s: {important: 60, golden: 60}\n",
        encoding="utf-8",
    )
    code, out, _ = run("check", str(queues), "--json")
    found = [(error["code"], error["line"]) for error in json.loads(out)["errors"]]
    assert (code, found) == (1, [("unknown_level", 6), ("unknown_level", 8)])


def test_try_shows_what_follows_when_a_queue_sends_the_caller_away() -> None:
    code, out, _ = run("try", MAIN, "--keys", "2", "--sent-away", "full", "--at", "2026-11-23T10:00")
    assert (code, "  > (sent away: full)" in out.splitlines()) == (0, True)
    assert "请在提示音后留言" in out


def test_the_example_has_every_node_type_and_no_errors(tmp_path: Path) -> None:
    code, text, _ = run("example")
    flow = tmp_path / "f.yaml"
    flow.write_text(text, encoding="utf-8")
    raw = YAML(typ="safe").load(text)
    assert (code, {node["type"] for node in raw["nodes"].values()}) == (0, set(NODE_TYPES))
    assert run("check", str(flow), "--site", str(EXAMPLE)) == (0, "", "0 errors in 1 file\n")


def schema() -> Draft202012Validator:
    _, out, _ = run("schema")
    Draft202012Validator.check_schema(json.loads(out))
    return Draft202012Validator(json.loads(out))


@pytest.mark.parametrize("flow", [*flow_files(EXAMPLE / "flows"), ROOT / "ivr" / "example.yaml"])
def test_the_schema_takes_flows_as_they_are_written(flow: Path) -> None:
    assert list(schema().iter_errors(YAML(typ="safe").load(flow))) == []


@pytest.mark.parametrize(
    ("good", "bad"),
    [("type: say", "type: sing"), ("en: For English", "fr: Pour"), ("timeout_s: 6", "timeout_s: 0")],
)
def test_the_schema_refuses_what_the_check_refuses(good: str, bad: str) -> None:
    _, text, _ = run("example")
    assert list(schema().iter_errors(YAML(typ="safe").load(text.replace(good, bad))))
