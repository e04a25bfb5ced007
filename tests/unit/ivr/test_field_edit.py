"""A form changes one value of a flow's text and no other sign of it."""

import pytest

from ivr.field_edit import FieldPath, Value, fields_of, set_field
from ivr.schema import example_flow
from ivr.version_errors import FieldNotSet
from ivr.yaml_lines import read_yaml

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
        (("menu", "options", "1", "to"), "menu", "{to: person}", '{to: "menu"}'),
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
