"""One value of a flow's text is changed, and nothing else: every other sign stays, comments too. Pure."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from ivr.version_errors import FieldNotSet
from ivr.yaml_lines import UnreadableYaml, read_yaml

Value = str | int | float | bool
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
        changed = text[: scalar.start_mark.index] + _written(value) + text[scalar.end_mark.index :]
        after = read_yaml(changed).data
    except UnreadableYaml as error:
        raise FieldNotSet(f"the text cannot be read: {error}") from error
    # What was put in must be read as what was meant, and nothing else may read differently.
    if after != _with(before, place, value):
        raise FieldNotSet("this value is written in a way that a form cannot change: change it in the text")
    return changed


def _at(root: Node | None, place: FieldPath) -> ScalarNode:
    found: Node | None = root
    for part in place:
        if isinstance(found, MappingNode):
            found = next((value for key, value in found.value if str(key.value) == part), None)
        elif isinstance(found, SequenceNode) and isinstance(part, int) and 0 <= part < len(found.value):
            found = found.value[part]
        else:
            found = None
    if not isinstance(found, ScalarNode):
        raise FieldNotSet("there is no single value at this place (any more)")
    return found


def _written(value: Value) -> str:
    """JSON's way of writing is YAML too, inside of braces and out."""
    return json.dumps(value, ensure_ascii=False)


def _with(data: Any, place: FieldPath, value: Value) -> Any:
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
