"""`ivr check` warns of callers who may be recorded without having heard of it, and lets the flow count."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ivr.announcement import unannounced
from ivr.flow import Surroundings, load_flow
from ivr.schema import example_flow
from server.cli import app
from tests.unit.ivr.scripted import EXAMPLE

FLOW = """\
start: welcome
nodes:
  welcome: {type: say, text: {zh: 您好。, en: Hello.}, next: menu}
  menu:
    type: menu
    text: {zh: 售前请按1，留言请按2。, en: "Sales 1, message 2."}
    options: {"1": sales, "2": message}
  sales: {type: queue, queue: sales, text: {zh: 您的通话将被录音。, en: This call is recorded.}}
  message: {type: voicemail, text: {zh: 请在提示音后留言。, en: Please leave a message.}}
"""
BOTH = "in zh and en"


def found(text: str) -> list[tuple[str, int, str]]:
    flow, problems = load_flow(text, file="f.yaml", name="f", around=Surroundings())
    assert flow is not None, problems
    return [(one.node, one.line, one.message) for one in unannounced(flow, "f.yaml")]


@pytest.mark.parametrize(
    ("old", "new", "node", "line", "says"),
    [
        ("您的通话将被录音", "请稍候", "sales", 8, "in zh,"),
        ("This call is recorded", "Please hold on", "sales", 8, "in en,"),
        (", text: {zh: 您的通话将被录音。, en: This call is recorded.}", "", "sales", 8, BOTH),
        ("请在提示音后留言。, en: Please leave a message.", "请讲。, en: Speak.", "message", 9, BOTH),
    ],
)
def test_who_may_be_recorded_unawares_is_told_of_with_node_line_and_language(
    old: str, new: str, node: str, line: int, says: str
) -> None:
    assert FLOW.count(old) == 1
    ((at, on, message),) = found(FLOW.replace(old, new))
    assert (at, on) == (node, line)
    assert says in message


@pytest.mark.parametrize(
    "text",
    [
        FLOW,
        FLOW.replace("您好。, en: Hello.", "本次通话将被录音。, en: Calls are recorded.").replace(
            ", text: {zh: 您的通话将被录音。, en: This call is recorded.}", ""
        ),
        example_flow(),
    ],
)
def test_who_hears_of_it_in_time_is_not(text: str) -> None:
    assert found(text) == []


def test_the_way_out_of_a_menu_to_a_person_counts_too() -> None:
    text = FLOW.replace('"1": sales', '"1": told').replace("您的通话将被录音", "请稍候")
    told = "  told: {type: say, text: {zh: 通话将被录音。, en: This is recorded.}, next: sales}\n"
    assert [node for node, _, _ in found(text + told)] == ["sales"]


@pytest.mark.parametrize("name", ["main", "self_service", "workshop", "identify"])
def test_the_example_company_tells_everybody(name: str) -> None:
    assert found((EXAMPLE / "flows" / f"{name}.yaml").read_text(encoding="utf-8")) == []


def check(tmp_path: Path, *words: str) -> tuple[int, str, str]:
    file = tmp_path / "f.yaml"
    file.write_text(FLOW.replace("您的通话将被录音", "请稍候"), encoding="utf-8")
    done = CliRunner().invoke(app, ["ivr", "check", str(file), "--site", str(EXAMPLE), *words])
    return done.exit_code, done.stdout, done.stderr


def test_a_warning_is_no_error(tmp_path: Path) -> None:
    code, out, err = check(tmp_path)
    assert (code, err) == (0, "0 errors, 1 warning in 1 file\n")
    assert out.startswith(f"{tmp_path / 'f.yaml'}:8: warning: recording_not_announced (sales): callers may")
    code, out, _ = check(tmp_path, "--json")
    told = json.loads(out)
    assert (code, told["errors"]) == (0, [])
    assert [(one["code"], one["line"], one["node"]) for one in told["warnings"]] == [
        ("recording_not_announced", 8, "sales")
    ]


def test_a_company_that_does_not_want_it_is_not_warned(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOTLINE_IVR__ANNOUNCE_RECORDING", "false")
    assert check(tmp_path, "--json")[:2] == (0, '{"errors": []}\n')
