"""Test cases beside a flow: what passes, what differs, and what is wrong with the cases themselves."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from server.cli import app
from tests.unit.ivr.scripted import EXAMPLE

CASES = """\
cases:
  - name: 投诉
    at: 2026-11-23T10:00
    keys: "2"
    hears: [welcome, 投诉请按2, 您的通话将被录音]
    never_hears: [after_hours]
    ends: {queue: complaints, node: complaints}
"""


@pytest.fixture
def main(tmp_path: Path) -> Path:
    shutil.copytree(EXAMPLE, tmp_path / "site")
    return tmp_path / "site" / "flows" / "main.yaml"


def run(main: Path, cases: str, *words: str) -> tuple[int, str, str]:
    main.with_name("main.tests.yaml").write_text(cases, encoding="utf-8")
    done = CliRunner().invoke(app, ["ivr", "test", str(main), *words])
    return done.exit_code, done.stdout, done.stderr


def test_the_example_companys_cases_hold() -> None:
    done = CliRunner().invoke(app, ["ivr", "test", str(EXAMPLE / "flows" / "main.yaml"), "--json"])
    cases = json.loads(done.stdout)["cases"]
    assert (done.exit_code, len(cases) > 2, {case["passed"] for case in cases}) == (0, True, {True})


def test_a_case_that_holds_is_silent_success(main: Path) -> None:
    assert run(main, CASES) == (0, "", "1 case, 0 failed\n")


@pytest.mark.parametrize(
    ("old", "new", "difference"),
    [
        ("hears: [welcome,", "hears: [menu, welcome,", "'welcome' is not heard after "),
        ("投诉请按2", "投诉请按7", "'投诉请按7' is not heard after '您好"),
        ("[after_hours]", "[请按1, 谢谢]", "请按0。' is heard"),
        ("queue: complaints", "queue: sales", "it ends with queue 'complaints' and not 'sales'"),
        ("node: complaints", "node: sales", "it ends with node 'complaints' and not 'sales'"),
        ("queue: complaints", "outcome: voicemail", "it ends with outcome 'none' and not 'voicemail'"),
        ("2026-11-23T10:00", "2026-11-23T02:00+00:00\n    sent_away: [full]", "ends with queue 'none'"),
        ('keys: "2"', "keys: 1", "it ends with queue 'sales' and not 'complaints'"),
        ("keys:", "caller: {language: en}\n    keys:", "'投诉请按2' is not heard after 'Welcome"),
    ],
)
def test_what_differs_is_told_with_the_line_of_its_case(
    main: Path, old: str, new: str, difference: str
) -> None:
    assert CASES.count(old) == 1
    code, out, _ = run(main, CASES.replace(old, new))
    file = main.with_name("main.tests.yaml")
    assert (code, out.startswith(f"{file}:2: 投诉: "), difference in out) == (1, True, True)
    _, out, _ = run(main, CASES.replace(old, new), "--json")
    (case,) = json.loads(out)["cases"]
    assert (case["passed"], case["line"], case["name"]) == (False, 2, "投诉")
    assert any(difference in one for one in case["differences"])
    assert case["steps"][0]["did"] == "say"


@pytest.mark.parametrize(
    ("old", "new", "code", "line"),
    [
        ("    ends: {queue: complaints, node: complaints}\n", "", "missing_field", 2),
        ("{queue: complaints, node: complaints}", "{}", "missing_field", 7),
        ("at: 2026-11-23T10:00", "at: tomorrow", "wrong_type", 3),
        ('keys: "2"', "keys: x", "wrong_type", 4),
        ("keys:", "key:", "unknown_field", 4),
        ("hears: [welcome", "hears: [''", "missing_field", 5),
        ('keys: "2"', 'keys: "2', "bad_yaml", 4),
        ("cases:", "case:", "unknown_field", 1),
    ],
)
def test_mistakes_in_the_cases_are_told_by_the_check_and_keep_them_from_being_tried(
    main: Path, old: str, new: str, code: str, line: int
) -> None:
    exit_code, out, err = run(main, CASES.replace(old, new, 1))
    assert (exit_code, out, len(err.splitlines())) == (2, "", 1)
    file = main.with_name("main.tests.yaml")
    done = CliRunner().invoke(app, ["ivr", "check", str(file), "--json"])
    found: list[dict[str, Any]] = json.loads(done.stdout)["errors"]
    assert (code, line) in [(one["code"], one["line"]) for one in found]


def test_a_flow_without_cases_or_with_errors_is_refused_in_one_sentence(main: Path) -> None:
    done = CliRunner().invoke(app, ["ivr", "test", str(main.with_name("workshop.yaml"))])
    assert (done.exit_code, done.stdout, len(done.stderr.splitlines())) == (2, "", 1)
    main.write_text("start: x\n", encoding="utf-8")
    assert run(main, CASES)[0] == 2


def test_a_case_goes_through_sub_flows(main: Path) -> None:
    main.write_text(
        """\
start: member
variables: {member: {type: digits}}
nodes:
  member: {type: subflow, flow: identify, next: hello}
  hello: {type: say, text: {zh: "会员{member}。", en: "Member {member}."}, next: person}
  person: {type: queue, queue: sales}
""",
        encoding="utf-8",
    )
    cases = CASES.replace('"2"', '"12345674,1"').replace(
        "welcome, 投诉请按2, 您的通话将被录音", "会员1 2 3 4 5 6 7 4。"
    )
    assert run(main, cases.replace("complaints, node: complaints", "sales")) == (0, "", "1 case, 0 failed\n")


def test_cases_are_no_flow(main: Path) -> None:
    run(main, CASES)
    done = CliRunner().invoke(app, ["ivr", "check", *map(str, sorted(main.parent.glob("*.yaml")))])
    assert (done.exit_code, done.stdout) == (0, "")
