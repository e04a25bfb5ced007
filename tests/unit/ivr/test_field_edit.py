"""A form changes one value of a flow's text and no other sign of it."""

import pytest

from ivr.field_edit import FieldPath, Value, add_option, fields_of, set_field
from ivr.schema import example_flow
from ivr.version_errors import FieldNotSet
from ivr.words import Language
from kernel.yaml_lines import read_yaml

TEXT = """\
# 主菜单
start: menu
nodes:
  menu:   # 第一个
    type: menu
    text: {zh: 请按1。, en: "Press 1."}   # 录音 2026-11
    tries: 3
    options:
      "1": {to: person}
  person: {type: queue, queue: sales}  # 人工
"""


@pytest.mark.parametrize(
    ("path", "value", "old", "new"),
    [
        (("menu", "tries"), 2, "tries: 3", "tries: 2"),
        (("menu", "text", "zh"), "您好：请按1，{x}。", "zh: 请按1。", 'zh: "您好：请按1，{x}。"'),
        (("menu", "text", "en"), "Press one", '"Press 1."', '"Press one"'),
        (("menu", "options", "1", "to"), "menu", "{to: person}", "{to: menu}"),
        (("menu", "text", "zh"), "您好，请按1。", "zh: 请按1。", "zh: 您好，请按1。"),
        (("menu", "options", "1", "to"), "no", "{to: person}", '{to: "no"}'),
        (("person", "queue"), 'a"b #c', "queue: sales", 'queue: "a\\"b #c"'),
    ],
)
def test_one_value_is_changed_and_every_other_sign_stays(
    path: FieldPath, value: Value, old: str, new: str
) -> None:
    assert set_field(TEXT, path, value) == TEXT.replace(old, new)


def test_every_value_of_the_example_can_be_changed_or_is_refused() -> None:
    text = example_flow()
    for node in read_yaml(text).data["nodes"]:
        for field in fields_of(text, node):
            try:
                changed = set_field(text, field.path, "改")
            except FieldNotSet:
                continue
            again = {one.path: one.value for one in fields_of(changed, node)}
            assert again == {one.path: one.value for one in fields_of(text, node)} | {field.path: "改"}


@pytest.mark.parametrize("path", [("menu", "text"), ("menu", "gone"), ("nobody", "x"), ("menu", "text", 0)])
def test_what_is_no_single_value_is_refused(path: FieldPath) -> None:
    with pytest.raises(FieldNotSet):
        set_field(TEXT, path, "x")


@pytest.mark.parametrize(
    "text",
    [
        "start: a\nnodes:\n  a:\n    type: say\n    text: |\n      zh\n",
        "start: a\nnodes:\n  a: &x {type: say, text: t}\n  b: *x\n",
        "start: [",
        "",
    ],
)
def test_what_only_a_person_can_change_is_refused(text: str) -> None:
    with pytest.raises(FieldNotSet):
        set_field(text, ("a", "text"), "neu")


def test_a_form_shows_the_values_of_a_node_with_their_lines() -> None:
    assert [(field.path[1:], field.value, field.line) for field in fields_of(TEXT, "menu")] == [
        (("text", "zh"), "请按1。", 6),
        (("text", "en"), "Press 1.", 6),
        (("tries",), 3, 7),
        (("options", "1", "to"), "person", 9),
    ]
    assert fields_of("start: [", "menu") == []


@pytest.mark.parametrize(
    ("text", "old", "new"),
    [
        (
            TEXT,
            '      "1": {to: person}\n',
            '      "1": {to: person}\n      "2": {to: menu, label: {zh: 再听一遍, en: Again}}\n',
        ),
        (
            TEXT.replace("{to: person}\n  person", "person   # 人工\n\n  # 下面是队列\n  person"),
            "person   # 人工\n",
            'person   # 人工\n      "2": {to: menu, label: {zh: 再听一遍, en: Again}}\n',
        ),
        (
            TEXT.replace("{to: person}\n  person", "\n        to: person\n\n  # 下面是队列\n  person"),
            "        to: person\n",
            '        to: person\n      "2": {to: menu, label: {zh: 再听一遍, en: Again}}\n',
        ),
        (
            TEXT.replace('\n      "1": {to: person}', ' {"1": person, "0": {to: person} }'),
            "{to: person} }",
            '{to: person}, "2": {to: menu, label: {zh: 再听一遍, en: Again}} }',
        ),
    ],
)
def test_a_key_is_added_behind_the_others_and_every_other_sign_stays(text: str, old: str, new: str) -> None:
    label: dict[Language, str] = {"zh": "再听一遍", "en": "Again"}
    assert add_option(text, "menu", "2", "menu", label) == text.replace(old, new)


def test_a_key_is_added_at_the_end_of_a_text_without_a_last_line_end() -> None:
    text = "start: m\nnodes:\n  m:\n    type: menu\n    options:\n      '1':\n        to: m"
    assert add_option(text, "m", "2", "m", {}) == f'{text}\n      "2": {{to: m}}\n'


def test_a_key_can_be_added_to_the_menu_of_the_example() -> None:
    changed = add_option(example_flow(), "menu", "6", "complaints", {"zh": "其他"})
    added = read_yaml(changed).data["nodes"]["menu"]["options"]["6"]
    assert added == {"to": "complaints", "label": {"zh": "其他"}}


@pytest.mark.parametrize(("menu", "key"), [("menu", "1"), ("person", "2"), ("gone", "2")])
def test_a_key_that_is_taken_or_has_no_menu_is_refused(menu: str, key: str) -> None:
    with pytest.raises(FieldNotSet):
        add_option(TEXT, menu, key, "person", {})
