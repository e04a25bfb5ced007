"""One value of a flow's text is changed, and nothing else: every other sign stays, comments too. Pure."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from ivr.version_errors import FieldNotSet
from ivr.words import Language
from kernel.yaml_lines import UnreadableYaml, read_yaml

Value = str | int | float | bool
_PLAIN = re.compile(r"[A-Za-z_一-鿿][\w，。、！？；（）“”-]*")
_NO_TEXT = frozenset(("y", "n", "yes", "no", "on", "off", "true", "false", "null"))
"""Read as something else than a text, by some."""
FieldPath = tuple[str | int, ...]
"""From a node's name on: ("menu", "text", "zh"), or ("menu", "text", "zh", 0)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A single value of a node, as a form shows it."""

    path: FieldPath
    value: Value
    line: int


def fields_of(text: str, node: str) -> list[Field]:
    """All single values of a node, in the order of the text; none where it cannot be read."""
    try:
        document = read_yaml(text)
    except UnreadableYaml:
        return []
    nodes = document.data.get("nodes") if isinstance(document.data, dict) else None
    written = nodes.get(node) if isinstance(nodes, dict) else None
    return [
        Field(path=(node, *path), value=value, line=document.line(("nodes", node, *path)))
        for path, value in _leaves(written, ())
    ]


def set_field(text: str, path: FieldPath, value: Value) -> str:
    """The text with another value at a place of its nodes; raises `FieldNotSet` where that cannot be done."""
    place: FieldPath = ("nodes", *path)
    try:
        before = read_yaml(text).data
        scalar = _at(YAML(typ="rt").compose(text), place)
        if scalar.style in {"|", ">"}:
            raise FieldNotSet("this text goes over several lines: change it in the text")
        written = _written(value) if scalar.style else _plainly(value)
        changed = text[: scalar.start_mark.index] + written + text[scalar.end_mark.index :]
        after = read_yaml(changed).data
    except UnreadableYaml as error:
        raise FieldNotSet(f"the text cannot be read: {error}") from error
    # What was put in must be read as what was meant, and nothing else may read differently.
    if after != _with(before, place, value):
        raise FieldNotSet("this value is written in a way that a form cannot change: change it in the text")
    return changed


def add_option(text: str, menu: str, key: str, to: str, label: Mapping[Language, str]) -> str:
    """The text with one more key at a menu, behind the others; raises `FieldNotSet` where it cannot be."""
    place: FieldPath = ("nodes", menu, "options")
    option: dict[str, Any] = {"to": to, **({"label": dict(label)} if label else {})}
    try:
        before = read_yaml(text).data
        options = _found(YAML(typ="rt").compose(text), place)
        if not isinstance(options, MappingNode) or not options.value:
            raise FieldNotSet("this menu has no keys to which one could be added: write them in the text")
        changed = _with_entry(text, options, f"{_written(key)}: {_in_braces(option)}")
        after = read_yaml(changed)
    except UnreadableYaml as error:
        raise FieldNotSet(f"the text cannot be read: {error}") from error
    wanted = {**_plain_at(before, place), key: option}
    if after.data != _with(before, place, wanted) or after.repeated:
        raise FieldNotSet("the key is taken, or the keys are written in a way that a form cannot add to")
    return changed


def _with_entry(text: str, options: MappingNode, entry: str) -> str:
    """Behind the last value: inside of braces after a comma, else on a line of its own."""
    first, at = options.value[0][0], _end_of(options.value[-1][1])
    if options.flow_style:
        return f"{text[:at]}, {entry}{text[at:]}"
    # A comment behind the last value stays in its line.
    end = at if at and text[at - 1] == "\n" else text.find("\n", at) + 1
    if end == 0:
        text, end = f"{text}\n", len(text) + 1
    return f"{text[:end]}{' ' * first.start_mark.column}{entry}\n{text[end:]}"


def _end_of(node: Node) -> int:
    """Of the last sign of a value: what is written in lines itself ends for the parser at what comes next."""
    if isinstance(node, MappingNode | SequenceNode) and node.value and not node.flow_style:
        last = node.value[-1]
        return _end_of(last[1] if isinstance(node, MappingNode) else last)
    return int(node.end_mark.index)


def _in_braces(value: Mapping[str, Any]) -> str:
    inner = (
        f"{key}: {_in_braces(part) if isinstance(part, Mapping) else _plainly(part)}"
        for key, part in value.items()
    )
    return f"{{{', '.join(inner)}}}"


def _plain_at(data: Any, place: FieldPath) -> dict[str, Any]:
    for part in place:
        data = data[part]
    return dict(data)


def _at(root: Node | None, place: FieldPath) -> ScalarNode:
    found = _found(root, place)
    if not isinstance(found, ScalarNode):
        raise FieldNotSet("there is no single value at this place (any more)")
    return found


def _found(root: Node | None, place: FieldPath) -> Node | None:
    found: Node | None = root
    for part in place:
        if isinstance(found, MappingNode):
            found = next((value for key, value in found.value if str(key.value) == part), None)
        elif isinstance(found, SequenceNode) and isinstance(part, int) and 0 <= part < len(found.value):
            found = found.value[part]
        else:
            found = None
    return found


def _written(value: Value) -> str:
    """JSON's way of writing is YAML too, inside of braces and out."""
    return json.dumps(value, ensure_ascii=False)


def _plainly(value: Value) -> str:
    """Names, and words without signs of YAML's own, as people write them: without quotes."""
    is_plain = isinstance(value, str) and _PLAIN.fullmatch(value) and value.lower() not in _NO_TEXT
    return str(value) if is_plain else _written(value)


def _with(data: Any, place: FieldPath, value: Any) -> Any:
    if not place:
        return value
    first, *rest = place
    if isinstance(data, dict):
        return {key: _with(part, tuple(rest), value) if key == first else part for key, part in data.items()}
    return [_with(part, tuple(rest), value) if n == first else part for n, part in enumerate(data)]


def _leaves(data: Any, path: FieldPath) -> Iterator[tuple[FieldPath, Value]]:
    if isinstance(data, dict):
        for key, part in data.items():
            yield from _leaves(part, (*path, key))
    elif isinstance(data, list):
        for number, part in enumerate(data):
            yield from _leaves(part, (*path, number))
    elif data is not None and path != ("type",):
        yield path, data
