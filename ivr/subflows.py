"""Flows that lead into other flows: whether those exist, and come to an end."""

from collections.abc import Mapping
from typing import Any

from ivr.findings import Findings
from ivr.nodes import Goto, Node, Subflow


def check_flows(
    name: str,
    nodes: Mapping[str, Node | None],
    known: Mapping[str, frozenset[str]] | None,
    findings: Findings,
) -> None:
    """Notes ways into flows that do not exist, or that would lead through themselves for ever."""
    for node_name, node in nodes.items():
        if isinstance(node, Goto) and (node.to is None) == (node.flow is None):
            message = "write where callers go on: a node behind to, or a flow behind flow, and not both"
            findings.add("missing_target", ("nodes", node_name), message)
        target = node.flow if isinstance(node, Goto | Subflow) else None
        path = ("nodes", node_name, "flow")
        if target is None:
            continue
        if known is not None and target not in known and target != name:
            listed = ", ".join(sorted({*known, name}))
            findings.add("unknown_flow", path, f"there is no flow {target!r} in flows/ (there: {listed})")
        elif isinstance(node, Subflow) and name in _through(target, known or {}):
            message = f"{target!r} goes through {name!r} itself: callers would never come back"
            findings.add("endless_loop", path, message)


def _through(name: str, known: Mapping[str, frozenset[str]]) -> set[str]:
    """A flow, and all that it goes through."""
    seen: set[str] = set()
    ahead = [name]
    while ahead:
        flow = ahead.pop()
        if flow not in seen:
            seen.add(flow)
            ahead += known.get(flow, ())
    return seen


def subflows_in(data: Any) -> frozenset[str]:
    """The flows that a file, as it is written, goes through."""
    nodes = data.get("nodes") if isinstance(data, Mapping) else None
    written = nodes.values() if isinstance(nodes, Mapping) else ()
    called = (node for node in written if isinstance(node, Mapping) and node.get("type") == "subflow")
    return frozenset(str(node.get("flow")) for node in called)
