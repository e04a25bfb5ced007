"""The diagram of a flow: every node and way is in it, nothing covers anything, and it is well-formed."""

import json
from itertools import combinations
from pathlib import Path
from xml.etree.ElementTree import fromstring

import pytest
from typer.testing import CliRunner

from ivr.drawing import TYPES, draw, to_svg
from ivr.flow import Surroundings, load_flow
from ivr.model import Flow
from ivr.nodes import NODE_TYPES
from ivr.schema import example_flow
from ivr.words import LANGUAGES, Language
from kernel.diagram import GAP_X, HEIGHT, WIDTH
from server.cli import app
from tests.unit.ivr.scripted import EXAMPLE

SVG = "{http://www.w3.org/2000/svg}"
MAIN = str(EXAMPLE / "flows" / "main.yaml")


def flow(text: str) -> Flow:
    loaded, problems = load_flow(text, file="f", name="f", around=Surroundings())
    assert loaded is not None, problems
    return loaded


def test_every_type_of_node_has_a_name_in_both_languages() -> None:
    assert TYPES.keys() == NODE_TYPES.keys()
    assert all(set(words) == set(LANGUAGES) for words in TYPES.values())


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_node_and_every_way_is_in_the_picture(language: Language) -> None:
    example = flow(example_flow())
    drawing = draw(example, language)
    picture = fromstring(to_svg(drawing, language))
    drawn = [one.get("data-node") for one in picture.iter(f"{SVG}g")]
    assert sorted(map(str, drawn)) == sorted(example.nodes)
    ways = [one for one in picture.iter(f"{SVG}path") if one.get("class") == "way"]
    assert len(ways) == len(drawing.ways) > len(example.nodes)


def test_ways_are_called_by_what_leads_there() -> None:
    ways = {(way.origin, way.target, way.by) for way in draw(flow(example_flow()), "zh").ways}
    assert {
        ("opening_hours", "message", "关闭"),
        ("menu", "bye", "#"),
        ("menu", "sales", "否则"),
        ("enough", "at_once", 'caller_level == "vip" or asked > 5'),
        ("complaints", "call_back", "1"),
        ("welcome", "opening_hours", ""),
    } <= ways


def test_no_box_covers_another_or_leaves_the_picture() -> None:
    drawing = draw(flow(example_flow()), "zh")
    for one, other in combinations(drawing.boxes, 2):
        assert abs(one.x - other.x) >= WIDTH + GAP_X or abs(one.y - other.y) > HEIGHT
    for box in drawing.boxes:
        assert 0 <= box.x <= drawing.width - WIDTH
        assert 0 <= box.y <= drawing.height - HEIGHT


def test_signs_of_xml_are_words_like_others() -> None:
    text = "start: a\nnodes:\n  a: {type: hangup, text: {zh: '<b>&\"', en: x}}\n"
    picture = fromstring(to_svg(draw(flow(text), "zh"), "zh"))
    assert '<b>&"' in [one.text for one in picture.iter(f"{SVG}text")]


def test_the_command_prints_or_writes_the_picture(tmp_path: Path) -> None:
    printed = CliRunner().invoke(app, ["ivr", "draw", MAIN])
    assert (printed.exit_code, fromstring(printed.stdout).tag) == (0, f"{SVG}svg")
    out = tmp_path / "main.svg"
    written = CliRunner().invoke(app, ["ivr", "draw", MAIN, "--out", str(out), "--lang", "en"])
    assert (written.exit_code, written.stdout) == (0, "")
    assert "For sales" in out.read_text(encoding="utf-8")


def test_the_command_tells_scripts_where_everything_is() -> None:
    done = CliRunner().invoke(app, ["ivr", "draw", MAIN, "--json"])
    drawing = json.loads(done.stdout)
    assert {box["name"] for box in drawing["boxes"]} >= {"welcome", "menu", "operator"}
    assert {"origin": "menu", "target": "operator", "by": "0"} in drawing["ways"]
    assert fromstring(drawing["svg"]).get("width") == str(drawing["width"])


@pytest.mark.parametrize(
    "words", [("/nowhere.yaml",), (str(EXAMPLE / "queues.yaml"),), (MAIN, "--out", "/nowhere/at/all.svg")]
)
def test_bad_input_ends_in_one_sentence(words: tuple[str, ...]) -> None:
    done = CliRunner().invoke(app, ["ivr", "draw", *words])
    assert (done.exit_code, done.stdout, len(done.stderr.splitlines())) == (2, "", 1)
