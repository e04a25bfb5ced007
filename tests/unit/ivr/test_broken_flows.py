"""Broken flows: each mistake is told by its code, at its line and node, in words that help to mend it.

`ivr check` tells nothing else about them, so a mistake brings no others along.
"""

import pytest

from ivr.flow import load_flow
from kernel.yaml_lines import read_yaml
from tests.unit.ivr.broken_flows import (
    AROUND,
    GOOD,
    NO_TARGET,
    NO_WAY,
    NO_YAML,
    NOT_SAID,
    TWICE,
    UNKNOWN,
    WRONG,
    Broken,
)

SAID_BY = "zh: 您好，上门费{price}。"
RECORDED = [
    Broken(
        SAID_BY,
        "zh: {recording: welcome, words: 您好}",
        "missing_recording",
        "welcome",
        "no recording 'welcome' in 'zh' (there: endless, hello); add it with ./hotline ivr recording add",
    ),
    Broken(SAID_BY, "zh: [{recording: bye, words: 您好}]", "missing_recording", "welcome", "'bye' in 'zh'"),
    Broken(
        SAID_BY,
        "zh: [{en: {recording: hello, words: Hello}}, 您好]",
        "missing_recording",
        "welcome",
        "'hello' in 'en' (there: bye)",
    ),
    Broken(SAID_BY, "zh: {recording: endless, words: 您好}", "bad_recording", "welcome", "longer than 180 s"),
    Broken(
        SAID_BY, "zh: {recording: hello, words: '上门费{price}'}", "unspeakable_prompt", "welcome", "{price}"
    ),
    Broken(SAID_BY, "zh: {recording: hello}", "missing_field", "welcome", "'words' is missing here"),
    Broken(SAID_BY, "zh: {recording: hello, words: ''}", "missing_prompt", "welcome", "'words' is empty"),
    Broken(
        SAID_BY, "zh: {recording: ../hello, words: 您好}", "wrong_type", "welcome", "at most 40 small letters"
    ),
    Broken(
        SAID_BY, "zh: {recording: hello, words: 您好, loud: 1}", "unknown_field", "welcome", "'loud' is not"
    ),
]
EXPRESSIONS = [
    Broken("visits + 1", "visits +", "bad_expression", "count", "cannot be read"),
    Broken("visits + 1", "import os", "bad_expression", "count", "cannot be read"),
    Broken("visits + 1", "open('x')", "bad_expression", "count", "functions are: known, length"),
    Broken("visits + 1", "visits.real", "bad_expression", "count", "Attribute is not part"),
    Broken("visits + 1", "2 ** 99", "bad_expression", "count", "Pow is not part"),
    Broken("visits + 1", "visit + 1", "unknown_variable", "count", "no variable 'visit'"),
    Broken("{visits: visits", "{visit: visits", "unknown_variable", "count", "declare it under variables"),
    Broken("{visits: visits", "{today: visits", "wrong_type", "count", "what it is in every flow"),
    Broken("visits + 1", "caller_name", "wrong_type", "count", "a number is wanted here"),
    Broken("visits + 1", "visits + now", "wrong_type", "count", "cannot be put together"),
    Broken("visits > 1", "visits > caller_level", "wrong_type", "who", "cannot be compared", "- {if"),
    Broken(
        "if: today < opened or is_new", "if: today < opened or visits", "wrong_type", "who", "takes a truth"
    ),
    Broken("if: today < opened or is_new", "if: opened", "wrong_type", "who", "a truth is wanted here"),
    Broken("if: today < opened or is_new", "if: levle == 'vip'", "unknown_variable", "who", "'levle'"),
    Broken("if: today < opened or is_new", "if: length(visits) > 1", "wrong_type", "who", "takes (text)"),
    Broken("if: today < opened or is_new", "if:", "bad_expression", "who", "'if'", "- if:"),
    Broken(
        "    values: {visits: visits + 1, is_new: true}\n",
        "",
        "missing_field",
        "count",
        "'values'",
        "  count:",
    ),
]
COLLECTED = [
    Broken("    into: order\n", "", "missing_field", "ask_order", "'into' is missing", "  ask_order:"),
    Broken("into: order", "into: ordre", "unknown_variable", "ask_order", "declare it under variables"),
    Broken("into: order", "into: now", "wrong_type", "ask_order", "'now' is what it is in every flow"),
    Broken("into: order", "into: price", "wrong_type", "ask_order", "'price' is of type money"),
    Broken("into: order", "into: is_new", "wrong_type", "ask_order", "'is_new' is of type yes_no"),
    Broken("check: luhn", "check: iban", "wrong_type", "ask_order", "'mod11_10' or 'resident_id'"),
    Broken("check: luhn", "check: resident_id", "wrong_type", "ask_order", "may end in X", "into: order"),
    Broken("check: luhn", "check: mod11_2", "wrong_type", "ask_order", "by mod11_2", "into: order"),
    Broken("min_digits: 6", "min_digits: 16", "wrong_type", "ask_order", "which is 12"),
    Broken("max_digits: 12", "max_digits: 99", "wrong_type", "ask_order", "less than or equal to 32"),
    Broken("    next: lookup", "    next: lokup", "missing_target", "ask_order", "perhaps 'lookup' is meant"),
    Broken("    otherwise: service", "    otherwise: servise", "missing_target", "ask_order", "'service'"),
    Broken("zh: 请输入订单号。", 'zh: ""', "missing_prompt", "ask_order", "what is to be said"),
    Broken("{zh: 订单, en: Order}", "{zh: 订单}", "missing_language", "ask_order", "'en'"),
    Broken(
        "    next: lookup\n",
        "",
        "missing_target",
        "ask_order",
        "'next'",
        "  ask_order:",
        ("unreachable_node",),
    ),
]
ALL = {
    f"{one.code}-{number}": one
    for number, one in enumerate(
        [
            *NO_TARGET,
            *NO_WAY,
            *NOT_SAID,
            *UNKNOWN,
            *RECORDED,
            *EXPRESSIONS,
            *COLLECTED,
            *WRONG,
            *TWICE,
            *NO_YAML,
        ]
    )
}


def test_the_flow_is_whole_until_it_is_broken() -> None:
    assert load_flow(GOOD, file="f.yaml", name="f", around=AROUND)[1] == []


@pytest.mark.parametrize("name", ALL)
def test_a_mistake_is_told_with_code_file_line_and_node_and_how_to_mend_it(name: str) -> None:
    broken = ALL[name]
    assert GOOD.count(broken.old) == 1
    text = GOOD.replace(broken.old, broken.new)
    at = broken.at or broken.new
    assert text.count(at) == 1, "the place of the mistake has to be told apart"
    place = text.index(at) + len(at) - len(at.lstrip())
    loaded, found = load_flow(text, file="flows/f.yaml", name="f", around=AROUND)
    assert loaded is None
    assert {one.code for one in found} == {broken.code, *broken.more}
    problem = next(one for one in found if one.code == broken.code)
    assert (problem.file, problem.line, problem.node) == (
        "flows/f.yaml",
        text.count("\n", 0, place) + 1,
        broken.node,
    )
    assert broken.says in problem.message


def test_all_mistakes_are_told_at_once_in_the_order_of_the_file() -> None:
    text, expected = GOOD, []
    for one in (NO_TARGET[11], NO_WAY[0], NOT_SAID[3], UNKNOWN[1], WRONG[0], EXPRESSIONS[0], TWICE[0]):
        text = text.replace(one.old, one.new)
        expected.append((one.code, one.node))
    found = load_flow(text, file="f.yaml", name="f", around=AROUND)[1]
    # The option that was written twice was the way to the other menu.
    assert {(one.code, one.node) for one in found} == {
        *expected,
        ("unreachable_node", "repairs"),
    }
    assert [one.line for one in found] == sorted(one.line for one in found)


def test_signs_that_stand_for_words_can_be_spoken() -> None:
    text = GOOD.replace("您好，上门费{price}。", "①您好，上门费{price}，80㎡，±5℃，№ 3，＃键。")
    assert load_flow(text, file="f.yaml", name="f", around=AROUND)[1] == []


def test_what_is_wrong_with_a_node_hides_nothing_else_of_it() -> None:
    text = GOOD.replace("queue: sales,", "queue: sale, prio: 1,")
    text = text.replace("    calendar: office\n", "    calendar: offices\n    colour: red\n")
    text = text.replace("region: east", "region: south").replace("    tries: 3", "    trys: 3")
    text = text.replace("    otherwise: hours\n", "    else: hours\n").replace("visits > 1", "visist > 1")
    found = {(one.code, one.node) for one in load_flow(text, file="f", name="f", around=AROUND)[1]}
    assert found >= {
        ("unknown_queue", "sales"),
        ("unknown_field", "sales"),
        ("unknown_calendar", "hours"),
        ("unknown_field", "hours"),
        ("unknown_region", "main"),
        ("unknown_field", "main"),
        ("unknown_variable", "who"),
        ("missing_target", "who"),
    }


def test_a_file_that_an_editor_began_with_a_mark_is_read() -> None:
    assert load_flow(f"\ufeff{GOOD}", file="f.yaml", name="f", around=AROUND)[1] == []


def test_a_folded_text_is_said_without_signs_of_its_folding() -> None:
    assert read_yaml("a: >-\n  one\n  two\n").data == {"a": "one two"}
