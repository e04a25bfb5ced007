"""Every error of a flow is found, with its code, line and node."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.check import check_files
from ivr.dialled import Numbers
from ivr.flow import Surroundings, load_flow, load_numbers
from ivr.settings import IvrSettings
from tests.unit.ivr.scripted import EXAMPLE

AROUND = Surroundings(
    queues={"sales": frozenset({"full", "timeout"})}, calendars=frozenset({"office"}), is_for_author=True
)
GOOD = """\
start: hello
variables:
  price: {type: money, value: "9.90"}
nodes:
  hello:
    type: say
    text: {zh: 您好, en: Hello}
    next: hours
  hours:
    type: hours
    calendar: office
    open: menu
    closed: message
  menu:
    type: menu
    text: {zh: 请按1, en: Press 1}
    options:
      "1": person
      "2": {to: bye, label: {zh: 再见, en: Bye}}
    otherwise: person
  person: {type: queue, queue: sales}
  message:
    type: voicemail
    text: {zh: 请留言, en: Leave a message}
  bye: {type: hangup, text: {zh: 再见, en: Bye}}
"""


def problems(text: str) -> list[tuple[str, int, str]]:
    _, found = load_flow(text, file="f.yaml", name="f", around=AROUND)
    return [(one.code, one.line, one.node) for one in found]


def test_good_flow_has_no_problems() -> None:
    assert problems(GOOD) == []


@pytest.mark.parametrize(
    "speech",
    [
        "[请按1。, {en: 'For English, press 9.'}]",
        "[{zh: 请按1。}, {en: Hello}, 再见]",
        "欢迎致电Hewlett Packard Enterprise，请按1",
        "请登录 www.hailan.example 或使用 WiFi",
    ],
)
def test_a_text_may_have_parts_in_another_language_and_names_that_every_voice_can_say(speech: str) -> None:
    assert problems(GOOD.replace("{zh: 请按1,", f"{{zh: {speech},")) == []


QUEUE = "person: {type: queue, queue: sales"


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("full: message", []),
        ("full: message, timeout: menu", []),
        ("timeout: person", []),
        ("full: nowhere", [("missing_target", 21, "person")]),
        ("timeout: [menu]", [("wrong_type", 21, "person")]),
        ("full: hello, timeout: hello", []),
        ("full: person", [("endless_loop", 21, "person")]),
        ("full: again}\n  again: {type: queue, queue: sales, full: person", [("endless_loop", 21, "person")]),
        ("closed: message", [("unreachable_exit", 21, "person")]),
    ],
)
def test_the_ways_out_of_a_queue_are_checked(written: str, expected: list[tuple[str, int, str]]) -> None:
    assert problems(GOOD.replace(QUEUE, f"{QUEUE}, {written}")) == expected


def test_a_way_out_that_is_never_taken_does_not_keep_a_flow_from_running() -> None:
    text = GOOD.replace(QUEUE, f"{QUEUE}, closed: message")
    loaded, found = load_flow(text, file="f.yaml", name="f", around=Surroundings(queues=AROUND.queues))
    assert (loaded is not None, found) == (True, [])


def test_words_for_another_voice_do_not_keep_a_flow_from_running() -> None:
    text = GOOD.replace("{zh: 请按1,", '{zh: "请按1，For English, press 9",')
    loaded, found = load_flow(text, file="f.yaml", name="f", around=Surroundings())
    assert (loaded is not None, found) == (True, [])


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("start: hello", "start: hallo", ("missing_target", 1, "")),
        ("start: hello\n", "language: zh\n", ("missing_target", 1, "")),
        ("    next: hours\n", "    next: ours\n", ("missing_target", 8, "hello")),
        ("    next: hours\n", "", ("missing_target", 5, "hello")),
        ('"1": person', '"1": persona', ("missing_target", 18, "menu")),
        ("to: bye,", "to: by,", ("missing_target", 19, "menu")),
        ("otherwise: person", "otherwise: x", ("missing_target", 20, "menu")),
        ("    closed: message\n", "", ("missing_target", 9, "hours")),
        ("closed: message", "closed: menu", ("unreachable_node", 22, "message")),
        ("next: hours", "next: hello", ("endless_loop", 5, "hello")),
        ("open: menu", "open: hello", ("endless_loop", 5, "hello")),
        ("    text: {zh: 请按1, en: Press 1}\n", "", ("missing_prompt", 14, "menu")),
        ("text: {zh: 请留言, en: Leave a message}", "text:", ("missing_prompt", 24, "message")),
        ("text: {zh: 请留言, en: Leave a message}", "text: {}", ("missing_prompt", 24, "message")),
        ("{zh: 您好, en: Hello}", '{zh: "", en: Hello}', ("missing_prompt", 7, "hello")),
        ("{zh: 您好, en: Hello}", "{zh: 您好}", ("missing_language", 7, "hello")),
        ("label: {zh: 再见, en: Bye}", "label: {en: Bye}", ("missing_language", 19, "menu")),
        ("start: hello", "languages: [en]\nstart: hello", ("missing_language", 1, "")),
        ("{zh: 请按1,", "{zh: [请按1, {en: ''}],", ("missing_prompt", 16, "menu")),
        ("{zh: 请按1,", "{zh: [请按1, ''],", ("missing_prompt", 16, "menu")),
        ("{zh: 请按1,", "{zh: [],", ("missing_prompt", 16, "menu")),
        ("{zh: 请按1,", "{zh: [请按1, {fr: Oui}],", ("wrong_type", 16, "menu")),
        ("{zh: 请按1,", "{zh: [请按1, {en: Yes, zh: 是}],", ("wrong_type", 16, "menu")),
        ("{zh: 请按1,", "{zh: [请按1, {en: 'Press {one}'}],", ("unknown_variable", 16, "menu")),
        ("{zh: 请按1,", '{zh: "请按1，For English, press 9",', ("wrong_voice", 16, "menu")),
        ("{zh: 请按1,", "{zh: [请按1, {en: 请按9}],", ("wrong_voice", 16, "menu")),
        ("queue: sales", "queue: sale", ("unknown_queue", 21, "person")),
        ("calendar: office", "calendar: home", ("unknown_calendar", 11, "hours")),
        ("zh: 您好", 'zh: "{prise}"', ("unknown_variable", 7, "hello")),
        ('value: "9.90"', "value: cheap", ("wrong_type", 3, "")),
        ("type: money", "type: gold", ("wrong_type", 3, "")),
        ("type: queue,", "type: conference,", ("wrong_type", 21, "person")),
        ("otherwise: person", "otherwise: person\n    tries: many", ("wrong_type", 21, "menu")),
        ("otherwise: person", "otherwise: person\n    timeout_s: -1", ("wrong_type", 21, "menu")),
        ("{zh: 您好, en: Hello}", "您好", ("wrong_type", 7, "hello")),
        ('"2": {to', '"22": {to', ("wrong_type", 19, "menu")),
        ("start: hello", "start: hello\nlanguage: fr", ("wrong_type", 2, "")),
        ('"2": {to', '"1": {to', ("duplicate_key", 19, "menu")),
        ('"2": {to', "1: {to", ("duplicate_key", 19, "menu")),
        ("  bye: {type", "  person: {type", ("duplicate_key", 25, "person")),
        ("start: hello", "start: hello\nstart: bye", ("duplicate_key", 2, "")),
        ("otherwise: person", "otherwise: person\n    tires: 2", ("unknown_field", 21, "menu")),
        ("queue: sales", "priority: 1", ("missing_field", 21, "person")),
        ("start: hello", "start: [", ("bad_yaml", 1, "")),
        (
            '"1": person\n      "2": {to: bye, label: {zh: 再见, en: Bye}}\n    otherwise: person',
            '"2": bye',
            ("no_way_to_person", 14, "menu"),
        ),
        (
            '"1": person\n      "2": {to: bye, label: {zh: 再见, en: Bye}}\n    otherwise: person',
            '"1": hello\n      "2": menu',
            ("unreachable_node", 20, "person"),
        ),
    ],
)
def test_broken_flow_is_named_with_code_line_and_node(
    old: str, new: str, expected: tuple[str, int, str]
) -> None:
    assert old in GOOD
    assert expected in problems(GOOD.replace(old, new, 1))


@pytest.mark.parametrize(
    ("old", "new", "advice"),
    [
        ("en: Hello", "en: 您好", "[..., {zh: ...}]"),
        ("{zh: 请按1,", "{zh: [请按1, {en: 请按9}],", "[..., {zh: ...}]"),
        ("{zh: 请按1,", '{zh: "请按1，For English, press 9",', "[..., {en: ...}]"),
    ],
)
def test_words_for_another_voice_are_advised_to_take_that_voice(old: str, new: str, advice: str) -> None:
    _, found = load_flow(GOOD.replace(old, new, 1), file="f.yaml", name="f", around=AROUND)
    (message,) = (one.message for one in found if one.code == "wrong_voice")
    assert advice in message


def test_loop_of_menus_without_a_way_out_is_endless() -> None:
    text = 'start: a\nnodes:\n  a:\n    type: menu\n    text: {zh: 按, en: P}\n    options: {"1": a}\n'
    assert ("endless_loop", 3, "a") in problems(text)


def test_all_errors_come_at_once() -> None:
    text = GOOD.replace("queue: sales", "queue: sale")
    text = text.replace(", en: Hello", "").replace("start: hello", "start: hello\ncolour: red")
    text = text.replace('"1": person', '"1": nobody')
    assert problems(text) == [
        ("unknown_field", 2, ""),
        ("missing_language", 8, "hello"),
        ("missing_target", 19, "menu"),
        ("unknown_queue", 22, "person"),
    ]


@pytest.mark.parametrize(
    "text", ["", "a: *x", "&a [*a]", "\x00", "- 1", "just words", "nodes: 3", "nodes: {a: 1}"]
)
def test_what_is_no_flow_is_refused_in_words(text: str) -> None:
    loaded, found = load_flow(text, file="f.yaml", name="f", around=AROUND)
    assert loaded is None
    assert all(one.line >= 1 and one.message for one in found)
    assert found


@given(st.data())
def test_mangled_flows_are_refused_or_loaded_and_never_raise(data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(GOOD)))
    end = data.draw(st.integers(start, min(len(GOOD), start + 30)))
    text = GOOD[:start] + data.draw(st.text(max_size=8)) + GOOD[end:]
    loaded, found = load_flow(text, file="f.yaml", name="f", around=AROUND)
    assert (loaded is None) == bool(found)


def test_rule_is_found_in_any_spelling_of_the_number() -> None:
    numbers = Numbers.model_validate(
        {"numbers": {"400-800-9000": {"flow": "a"}, "021 8000 9001": {"flow": "b"}, "10": {"flow": "c"}}}
    )
    spellings = {"4008009000": "a", "+862180009001": "b", "02180009001": "b", "10": "c"}
    found = {dialled: numbers.rule_for(dialled) for dialled in spellings}
    assert {dialled: rule and rule.flow for dialled, rule in found.items()} == spellings
    assert numbers.rule_for("") is None


def test_number_that_leads_to_no_flow_is_named() -> None:
    _, (problem,) = load_numbers('numbers:\n  "1": {flow: maim}\n', file="n", flows=frozenset({"main"}))
    assert (problem.code, problem.line) == ("unknown_flow", 2)


def test_example_company_is_without_errors() -> None:
    files = [*sorted(EXAMPLE.glob("flows/*.yaml")), EXAMPLE / "calendars.yaml", EXAMPLE / "numbers.yaml"]
    assert check_files(files, lambda _: EXAMPLE, IvrSettings()) == []


def test_a_key_of_a_queue_that_leads_nowhere_is_named_with_its_line() -> None:
    text = """\
start: person
nodes:
  person:
    type: queue
    queue: sales
    keys:
      "1": message
      "2": gone
  message:
    type: voicemail
    text: {zh: 请留言。, en: Please leave a message.}
"""
    flow, problems = load_flow(text, file="f.yaml", name="f", around=Surroundings())
    assert flow is None
    assert [(problem.code, problem.line) for problem in problems] == [("missing_target", 8)]
