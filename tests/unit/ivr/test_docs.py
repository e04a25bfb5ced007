"""The page about flows says what the code does."""

import ast
import re
from pathlib import Path

import pytest

from ivr.cases import load_cases
from ivr.flow import Surroundings, load_calendars, load_flow, load_numbers
from ivr.nodes import NODE_TYPES, QUEUE_EXITS

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs" / "flows.md").read_text(encoding="utf-8")
SAMPLES = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
CODE = re.compile(
    r"(speaks|recording_not|missing|unknown|unspeakable|wrong|bad|duplicate|endless|unreachable|no_way)_[a-z_]+"
)


def codes_in_source() -> set[str]:
    """Every text in the modules that find problems that looks like a code."""
    found: set[str] = set()
    modules = (
        "announcement",
        "dialled",
        "errand_check",
        "flow",
        "graph",
        "recorded",
        "sayings",
        "subflows",
        "variables",
        "wording",
    )
    shared = ("findings", "written_expression")
    files = [
        *(ROOT / "ivr" / f"{name}.py" for name in (*modules, "findings")),
        *(ROOT / "kernel" / f"{name}.py" for name in shared),
    ]
    for file in files:
        tree = ast.parse(file.read_text(encoding="utf-8"))
        texts = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)]
        found |= {text for text in texts if isinstance(text, str) and CODE.fullmatch(text)}
    # Put together from the field's name in the one place where queues and calendars are alike.
    named = ("queue", "calendar", "expert", "on_call", "level")
    return (found - {"unknown_"}) | {f"unknown_{field}" for field in named}


def test_every_code_is_explained() -> None:
    assert set(re.findall(r"^\| `([a-z_]+)` \|", PAGE, re.MULTILINE)) == codes_in_source()


@pytest.mark.parametrize("said", ["code", "mend"])
@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_every_code_is_named_and_mended_in_the_languages_of_the_pages(language: str, said: str) -> None:
    words = (ROOT / "agent_ui/web/src/app/locales" / f"flows.{language}.ts").read_text(encoding="utf-8")
    codes = words[words.index(f"    {said}: {{") :].partition("\n    },")[0]
    assert set(re.findall(r"^      ([a-z_]+): ", codes, re.MULTILINE)) >= codes_in_source()


def test_samples_are_right() -> None:
    numbers, cases, flow, calendars = SAMPLES
    around = Surroundings(queues={"complaints": frozenset(QUEUE_EXITS)}, calendars=frozenset({"office"}))
    assert load_numbers(numbers, file="numbers.yaml", flows=frozenset({"main"}))[1] == []
    assert load_flow(flow, file="main.yaml", name="main", around=around)[1] == []
    assert load_cases(cases, file="main.tests.yaml")[1] == []
    assert load_calendars(calendars, file="calendars.yaml")[1] == []


def test_sample_flow_has_every_node_type() -> None:
    loaded, _ = load_flow(SAMPLES[2], file="main.yaml", name="main", around=Surroundings())
    assert loaded is not None
    assert {node.type for node in loaded.nodes.values()} == set(NODE_TYPES)
