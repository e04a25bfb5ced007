"""The file of a scenario as plain data: JSON or YAML, whatever else stands in it."""

import json
import math
from io import StringIO
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import CollectionNode, Node

from acd.simulator.errors import ScenarioInvalid

FILE_BYTES_MAX = 256 * 1024
PARTS_MAX = 50_000
"""Of a document of which one part may be said again by its name."""
DIGITS_MAX = 400
"""Of a whole number; the largest that a computer reckons with has fewer."""


def text_of(path: Path) -> str:
    """What the file says."""
    try:
        with path.open("rb") as file:
            content = file.read(FILE_BYTES_MAX + 1)
    except OSError as error:
        raise ScenarioInvalid(f"{path}: {error.strerror}") from error
    if len(content) > FILE_BYTES_MAX:
        raise ScenarioInvalid(f"{path}: a scenario has at most {FILE_BYTES_MAX} bytes")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ScenarioInvalid(f"{path}: is not UTF-8 text") from error


def document(text: str) -> Any:
    """The text as plain data."""
    try:
        if text.lstrip().startswith("{"):
            return json.loads(text, object_pairs_hook=_once_each, parse_int=_whole)
        _check_size(YAML(typ="safe").compose(StringIO(text)))
        return YAML(typ="safe").load(StringIO(text))
    except json.JSONDecodeError as error:
        raise ScenarioInvalid(f"line {error.lineno}: not JSON: {error.msg}") from error
    except (YAMLError, ValueError, LookupError, TypeError, AttributeError) as error:
        # Beside its own errors the parser lets a few of its inner ones out on odd input.
        raise ScenarioInvalid(f"not YAML: {' '.join(str(error).split())}") from error
    except RecursionError as error:
        raise ScenarioInvalid("the scenario: too much is nested") from error


def _check_size(root: Node | None) -> None:
    """Parts that are said again by name may unfold into more than any machine holds."""
    left, parts = [root], 0
    while left:
        node = left.pop()
        parts += 1
        if parts > PARTS_MAX:
            raise ScenarioInvalid("the scenario: its aliases unfold into too much")
        if isinstance(node, CollectionNode):
            for item in node.value:
                left.extend(item if isinstance(item, tuple) else (item,))


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise ScenarioInvalid(f"{key}: is written twice")
        found[key] = value
    return found


def _whole(written: str) -> float:
    """A number too long to be read is refused with its key, as every number that cannot be meant."""
    return int(written) if len(written) <= DIGITS_MAX else math.inf
