"""What is wrong with a file of voice menus, in their own words."""

from collections.abc import Iterator, Mapping
from typing import Any

from ivr.errand_nodes import ERRAND_EXITS, READ_FIELDS
from ivr.nodes import MISS_WAYS, QUEUE_EXITS, TEXT_FIELDS
from ivr.words import LANGUAGES
from kernel import findings
from kernel.yaml_lines import Path

TARGET_FIELDS = frozenset(
    {"next", "open", "to", "start", "hangup", "region_known", *MISS_WAYS, *QUEUE_EXITS, *ERRAND_EXITS}
)
"""Fields that name a node."""


def written_nodes(raw: Mapping[str, Any], *types: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The nodes of these types as they are written, also those in which something is wrong."""
    nodes = raw.get("nodes")
    for name, node in nodes.items() if isinstance(nodes, Mapping) else ():
        if isinstance(node, Mapping) and node.get("type") in types:
            yield name, node


class Findings(findings.Findings):
    """Collects the problems of one file."""

    targets = TARGET_FIELDS
    where_to = "where callers go from here"

    def _code_if_missing(self, field: str) -> str:
        return "missing_prompt" if field == "text" else super()._code_if_missing(field)

    def _code_if_empty(self, path: Path) -> str:
        if (path and path[-1] in TARGET_FIELDS) or (len(path) > 1 and path[-2] in {"options", "keys"}):
            return "missing_target"
        return "missing_prompt" if _is_said(path) else "missing_field"

    def _wanted(self, path: Path) -> str:
        if path and (path[-1] == "options" or path[-2:-1] == ("options",)):
            return self.where_to
        if path and path[-1] in TARGET_FIELDS:
            return self.where_to
        return "what is to be said" if _is_said(path) else "at least one value"


_TEXTS = (*TEXT_FIELDS, "label", *READ_FIELDS)


def _is_said(path: Path) -> bool:
    last = path[-1] if path else ""
    is_part = last in LANGUAGES or isinstance(last, int)
    is_text = last in TEXT_FIELDS or last == "words"
    return is_text or (is_part and any(field in path for field in _TEXTS))
