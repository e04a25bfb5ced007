"""YAML that knows its lines: plain data, the line of each part, and every key written twice."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from kernel.site_yaml import YAML_FAULTS

Path = tuple[str | int, ...]
"""The way from the top of a document to one of its parts."""

DEPTH_MAX = 20
PARTS_MAX = 20_000
"""Bounds for files whose aliases would unfold without end."""


class UnreadableYaml(Exception):
    """The text is not YAML that can be used; `line` counts from 1."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.line = line


@dataclass(slots=True)
class Document:
    """What a file says, and where."""

    data: Any
    lines: dict[Path, int] = field(default_factory=dict)
    repeated: list[tuple[Path, int]] = field(default_factory=list)
    """Keys that stand in their mapping already, each with its line."""

    def line(self, path: Path) -> int:
        """The line of a part, or of the nearest part around it that exists."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)


def read_yaml(text: str) -> Document:
    """Reads one document; raises `UnreadableYaml`, whatever the text is."""
    try:
        # Some editors put a mark before the first letter.
        root = YAML(typ="rt").compose(text.removeprefix("\ufeff"))
    except MarkedYAMLError as error:
        # What was opened and not closed is to be mended where it was opened, however late that shows.
        is_open = any(word in str(error.context) for word in ("flow", "quoted"))
        mark = (is_open and error.context_mark) or error.problem_mark or error.context_mark
        raise UnreadableYaml(str(error.problem or error), mark.line + 1 if mark else 1) from error
    except YAML_FAULTS as error:
        raise UnreadableYaml(str(error) or type(error).__name__, 1) from error
    if root is None:
        raise UnreadableYaml("the file is empty", 1)
    document = Document(data=None)
    document.data = _Reader(document).plain(root, ())
    return document


class _Reader:
    """Turns parsed nodes into plain data and notes their lines."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._parts = 0

    def plain(self, node: Node, path: Path) -> Any:
        self._parts += 1
        if len(path) > DEPTH_MAX or self._parts > PARTS_MAX:
            raise UnreadableYaml("nested too deeply, or unfolding into too much", node.start_mark.line + 1)
        self._document.lines.setdefault(path, node.start_mark.line + 1)
        if isinstance(node, MappingNode):
            return self._mapping(node, path)
        if isinstance(node, SequenceNode):
            return [self.plain(item, (*path, index)) for index, item in enumerate(node.value)]
        assert isinstance(node, ScalarNode)
        return _scalar(node)

    def _mapping(self, node: MappingNode, path: Path) -> Mapping[str, Any]:
        found: dict[str, Any] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, ScalarNode):
                raise UnreadableYaml("a key must be a plain word", line)
            # Keys stay as they are written: 0 and "0" are the same key of a telephone.
            key = str(key_node.value)
            here = (*path, key)
            if key in found:
                self._document.repeated.append((here, line))
                continue
            self._document.lines[here] = line
            found[key] = self.plain(value_node, here)
        return found


_CONSTANTS = {"true": True, "false": False}


def _scalar(node: ScalarNode) -> str | int | float | bool | None:
    # The parser leaves a bell where a folded line was broken, for who writes the file again.
    text = str(node.value).replace("\a", "") if node.style == ">" else str(node.value)
    kind = str(node.tag).rsplit(":", 1)[-1]
    try:
        if kind == "int":
            return int(text.replace("_", ""), 0) if text[:1] != "0" or text == "0" else text
        if kind == "float":
            return float(text.replace("_", ""))
    except ValueError:
        return text
    if kind == "bool":
        return _CONSTANTS.get(text.lower(), text)
    return None if kind == "null" else text
