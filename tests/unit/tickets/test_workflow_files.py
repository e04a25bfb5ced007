"""Files of workflows: those that are shipped are right, and of a wrong one everything is said at once."""

import json
from pathlib import Path
from typing import NamedTuple
from xml.etree.ElementTree import fromstring

import pytest
from typer.testing import CliRunner

from kernel.findings import Problem
from server.cli import app
from server.installation import EXAMPLE_SITE
from tickets.model import TicketType
from tickets.workflow.drawing import Language, draw, to_svg
from tickets.workflow.file import Surroundings, load_workflow
from tickets.workflow.model import Workflow, chosen

FOLDER = EXAMPLE_SITE / "workflows"
SHIPPED = sorted(file.stem for file in FOLDER.glob("*.yaml"))
AROUND = Surroundings(calendars=frozenset({"office", "always"}))
SVG = "{http://www.w3.org/2000/svg}"
RIGHT = """\
name: {zh: 维修, en: Repair}
tickets: {type: [complaint]}
calendar: office
start: receive
fields:
  cost: {name: {zh: 费用, en: Cost}, type: number}
steps:
  receive:
    name: {zh: 受理, en: Receive}
    within: 2h
    required: [product, cost]
    checks:
      - {key: seen, zh: 已看过, en: Seen}
    next:
      - {to: workshop, when: cost > 0}
      - {to: done}
  workshop:
    name: {zh: 车间, en: Workshop}
    handler:
      cases:
        - {when: severity == "critical", person: chen}
      otherwise: {department: workshop}
    next: [{to: done}]
  done:
    name: {zh: 完成, en: Done}
    state: closed
"""


def load(text: str, around: Surroundings = AROUND) -> tuple[Workflow | None, list[Problem]]:
    return load_workflow(text, file="repair.yaml", key="repair", around=around)


def shipped(key: str) -> Workflow:
    text = (FOLDER / f"{key}.yaml").read_text(encoding="utf-8")
    workflow, problems = load_workflow(text, file=key, key=key, around=AROUND)
    assert workflow is not None, problems
    return workflow


def check(*files: Path) -> tuple[int, list[dict[str, object]]]:
    result = CliRunner().invoke(app, ["ivr", "check", "--json", *map(str, files)])
    found: list[dict[str, object]] = json.loads(result.stdout)["errors"]
    return result.exit_code, found


def test_five_workflows_are_shipped_without_a_mistake() -> None:
    assert SHIPPED == ["after_sales", "complaint", "enquiry", "quality", "technical_support"]
    assert check(*(FOLDER / f"{key}.yaml" for key in SHIPPED)) == (0, [])


def test_a_ticket_begins_in_the_workflow_of_its_category_before_that_of_its_type() -> None:
    all_ = {key: shipped(key) for key in SHIPPED}
    begun = {
        pair: one.key if (one := chosen(all_, *pair)) else None
        for pair in (
            (TicketType.COMPLAINT, "质量"),
            (TicketType.COMPLAINT, "退款"),
            (TicketType.COMPLAINT, "配送"),
            (TicketType.COMPLAINT, ""),
            (TicketType.CALLBACK, ""),
        )
    }
    assert list(begun.values()) == ["quality", "after_sales", "complaint", "complaint", None]


def test_manufacturing_quality_goes_from_reception_through_five_departments_to_the_archive() -> None:
    quality = shipped("quality")
    way, departments = [quality.written.start], []
    while quality.step(way[-1]).next:
        way.append(quality.step(way[-1]).next[0].to)
        handler = quality.step(way[-1]).handler
        departments.append(getattr(handler, "department", None))
    names = [quality.step(key).name.zh for key in way]
    assert names == ["受理", "检测", "报告", "原因", "改进", "反馈", "已反馈", "归档"]
    assert departments[:5] == ["quality", "laboratory", "engineering", "production", "customer_service"]


class Wrong(NamedTuple):
    before: str
    after: str
    code: str
    line: int
    says: str


WRONG = [
    Wrong("to: workshop", "to: worksop", "unknown_step", 15, "there: receive, workshop, done"),
    Wrong("start: receive", "start: recieve", "unknown_step", 4, "no step 'recieve'"),
    Wrong("start: receive", "start: done", "unreachable", 8, "no way leads to 'receive'"),
    Wrong("cost > 0", "price > 0", "unknown_name", 15, "no field 'price'"),
    Wrong("cost > 0", "cost + 1", "bad_expression", 15, "true or false"),
    Wrong("cost > 0", 'cost > "a"', "bad_expression", 15, "cannot be compared"),
    Wrong("cost > 0", "import os", "bad_expression", 15, "cannot be read"),
    Wrong("required: [product, cost]", "required: [product, colour]", "unknown_name", 11, "'colour'"),
    Wrong("required: [product, cost]", "required: [priority]", "unknown_name", 11, "'priority'"),
    Wrong("calendar: office", "calendar: offce", "unknown_calendar", 3, "there: always, office"),
    Wrong("calendar: office\n", "", "missing_field", 9, "add `calendar:`"),
    Wrong("within: 2h", "within: two hours", "wrong_type", 10, "30m, 4h or 1h30m"),
    Wrong("within: 2h", "within: 0m", "wrong_type", 10, "within no time"),
    Wrong("    state: closed\n", "", "dead_end", 24, "add `next`"),
    Wrong("    state: closed", "    next: [{to: workshop}]", "endless", 8, "go round here for ever"),
    Wrong(
        "      - {to: done}\n",
        "      - {to: done, when: cost > 9}\n",
        "no_way_without_condition",
        14,
        "be without",
    ),
    Wrong("  cost: {name", "  region: {name", "duplicate_name", 6, "call the field otherwise"),
    Wrong("person: chen", "person: chen, role: admin", "wrong_type", 21, "one of: department, role, person"),
    Wrong("    within: 2h", "    witin: 2h", "unknown_field", 10, "check its spelling"),
    Wrong("name: {zh: 车间, en: Workshop}", "name: {zh: 车间}", "missing_field", 18, "'en' is missing"),
    Wrong("[complaint]", "[grievance]", "wrong_type", 2, "complaint"),
]


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: f"{wrong.code}-{wrong.after}")
def test_each_mistake_is_named_with_its_line_and_how_to_mend_it(wrong: Wrong) -> None:
    assert load(RIGHT)[1] == []
    assert wrong.before in RIGHT
    _, problems = load(RIGHT.replace(wrong.before, wrong.after, 1))
    told = [(one.code, one.line) for one in problems]
    assert (wrong.code, wrong.line) in told
    assert any(wrong.says in one.message for one in problems), problems


def test_all_mistakes_are_named_at_once() -> None:
    broken = RIGHT.replace("within: 2h", "within: soon").replace("to: workshop", "to: worksop")
    broken = broken.replace("state: closed", "state: over")
    assert [(one.code, one.line) for one in load(broken)[1]] == [
        ("wrong_type", 10),
        ("unknown_step", 15),
        ("wrong_type", 26),
    ]


@pytest.mark.parametrize(
    "text", ["", "a", "- 1", "{", "steps: {}", "steps: [1]", "name: *x", "\0", "steps: {a: 1}"]
)
def test_what_is_no_workflow_is_refused_without_a_crash(text: str) -> None:
    workflow, problems = load(text)
    assert workflow is None
    assert problems


def test_a_department_that_does_not_exist_is_named() -> None:
    around = Surroundings(departments=frozenset({"sales"}))
    found = [(one.code, one.line) for one in load(RIGHT, around)[1]]
    assert found == [("unknown_department", 22)]


def test_two_workflows_for_the_same_tickets_are_told_apart_before_they_count(tmp_path: Path) -> None:
    folder = tmp_path / "workflows"
    folder.mkdir()
    (tmp_path / "queues.yaml").write_text("queues: {}\n", encoding="utf-8")
    for name in ("one", "two"):
        (folder / f"{name}.yaml").write_text(RIGHT, encoding="utf-8")
    exit_code, errors = check(folder / "one.yaml")
    assert exit_code == 1
    assert [one["code"] for one in errors] == ["duplicate_workflow"]
    assert "two.yaml" in str(errors[0]["message"])


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("key", SHIPPED)
def test_every_step_and_way_is_in_the_picture(key: str, language: Language) -> None:
    workflow = shipped(key)
    picture = fromstring(to_svg(draw(workflow, language), language))
    drawn = [one.get("data-node") for one in picture.iter(f"{SVG}g")]
    assert sorted(map(str, drawn)) == sorted(workflow.written.steps)
    ways = [one for one in picture.iter(f"{SVG}path") if one.get("class") == "way"]
    assert len(ways) == sum(len(step.next) for step in workflow.written.steps.values())


def test_the_command_draws_a_workflow(tmp_path: Path) -> None:
    out = tmp_path / "quality.svg"
    result = CliRunner().invoke(app, ["ivr", "draw", str(FOLDER / "quality.yaml"), "--out", str(out)])
    assert result.exit_code == 0, result.output
    assert "根本原因" not in out.read_text(encoding="utf-8")
    assert "检测" in out.read_text(encoding="utf-8")


def test_a_broken_workflow_is_not_drawn_and_says_why(tmp_path: Path) -> None:
    folder = tmp_path / "workflows"
    folder.mkdir()
    broken = folder / "broken.yaml"
    broken.write_text(RIGHT.replace("start: receive", "start: nowhere"), encoding="utf-8")
    result = CliRunner().invoke(app, ["ivr", "draw", str(broken)])
    assert result.exit_code == 2
    assert "1 error" in result.output


def test_the_sample_of_the_page_is_right() -> None:
    page = (EXAMPLE_SITE.parents[2] / "docs" / "tickets.md").read_text(encoding="utf-8")
    sample = page[page.index("## Workflows") :].split("```yaml\n")[1].partition("```")[0]
    assert load(sample)[1] == []
