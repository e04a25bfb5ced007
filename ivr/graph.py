"""Where the nodes of a flow lead: targets, reachability, loops, and the way to a person."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Any, Protocol

from ivr.errand_nodes import ErrandNode
from ivr.nodes import (
    WAY_FIELDS,
    Callback,
    Condition,
    Goto,
    Hangup,
    Hours,
    Menu,
    Node,
    Queue,
    Return,
    Say,
    Set,
    Subflow,
    Transfer,
    Voicemail,
)
from kernel.yaml_lines import Path

Nodes = Mapping[str, Node | None]


class Findings(Protocol):
    """Where problems are noted."""

    def add(self, code: str, path: Path, message: str) -> None:
        """Notes a problem with the part at `path`."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Exit:
    """A way from one node to another, and where the file says so."""

    path: Path
    target: str


def check_graph(raw: Mapping[str, Any], nodes: Nodes, findings: Findings) -> None:
    """Notes every node that leads nowhere, is never reached, or keeps callers for ever."""
    if not nodes:
        return
    exits = {name: list(_exits(name, raw["nodes"][name])) for name in nodes}
    entry, broken, gone = (_entry(raw, field) for field in ("start", "failed", "hangup"))
    ways_in = [one for one in (entry, broken, gone) if one is not None]
    for exit_ in (*ways_in, *(one for ways in exits.values() for one in ways)):
        if exit_.target not in nodes:
            findings.add("missing_target", exit_.path, _missing(exit_.target, nodes))
    if entry is not None and _meant(entry.target, nodes) in nodes:
        _check_reached(ways_in, exits, nodes, findings)
    if gone is not None:
        _check_unheard(_reachable(_meant(gone.target, nodes), exits), nodes, findings)
    _check_loops(nodes, exits, findings)
    _check_person(nodes, exits, findings)


def _check_reached(
    ways_in: list[Exit], exits: Mapping[str, list[Exit]], nodes: Nodes, findings: Findings
) -> None:
    ways = _as_meant(exits, nodes)
    reached = {name for way_in in ways_in for name in _reachable(_meant(way_in.target, nodes), ways)}
    for name in nodes:
        if name not in reached:
            message = f"no way from the start leads to {name!r}; point a node to it or take it out"
            findings.add("unreachable_node", ("nodes", name), message)


def _entry(raw: Mapping[str, Any], field: str) -> Exit | None:
    """Where callers come into the nodes."""
    target = raw.get(field)
    return Exit(path=(field,), target=target) if isinstance(target, str) and target else None


def _missing(target: str, nodes: Nodes) -> str:
    meant = _meant(target, nodes)
    advice = "correct the name or add the node" if meant == target else f"perhaps {meant!r} is meant"
    return f"there is no node {target!r}; {advice}"


def _meant(target: str, nodes: Nodes) -> str:
    """The node that a misspelt way is for: it is not told that no way leads there."""
    return target if target in nodes else next(iter(get_close_matches(target, nodes, n=1)), target)


def _as_meant(exits: Mapping[str, list[Exit]], nodes: Nodes) -> Mapping[str, list[Exit]]:
    return {
        name: [replace(one, target=_meant(one.target, nodes)) for one in ways] for name, ways in exits.items()
    }


def _exits(name: str, written: Any) -> Iterator[Exit]:
    """The targets as written, also of nodes that have other errors."""
    if not isinstance(written, Mapping):
        return
    at: Path = ("nodes", name)
    for field in sorted(WAY_FIELDS):
        if isinstance(written.get(field), str) and written[field]:
            yield Exit(path=(*at, field), target=written[field])
    yield from _chosen(at, written)


def _chosen(at: Path, written: Mapping[str, Any]) -> Iterator[Exit]:
    """Where a menu's options lead, the keys of who waits in a queue, and the cases of a condition."""
    pressed = [
        ((*at, field, key), option)
        for field in ("options", "keys")
        if isinstance(options := written.get(field), Mapping)
        for key, option in options.items()
    ]
    cases = written.get("cases")
    listed = [((*at, "cases", n), case) for n, case in enumerate(cases)] if isinstance(cases, list) else []
    for path, option in (*pressed, *listed):
        if isinstance(option, str) and option:
            yield Exit(path=path, target=option)
        elif isinstance(option, Mapping) and isinstance(option.get("to"), str) and option["to"]:
            yield Exit(path=(*path, "to"), target=option["to"])


def _reachable(start: str, exits: Mapping[str, list[Exit]]) -> set[str]:
    reached: set[str] = set()
    ahead = [start]
    while ahead:
        name = ahead.pop()
        if name not in reached:
            reached.add(name)
            ahead += [exit_.target for exit_ in exits.get(name, ())]
    return reached


def _is_at_once(node: Node | None, way: Exit) -> bool:
    """Whether callers go this way without a word of theirs, and without having waited."""
    if isinstance(node, Menu):
        return way.path[-1] == "region_known"
    if isinstance(node, Queue):
        return way.path[-1] in {"full", "closed"}
    return isinstance(node, Say | Hours | Set | Condition | Goto | ErrandNode)


def _check_unheard(reached: set[str], nodes: Nodes, findings: Findings) -> None:
    """Notes what speaks, asks or waits where nobody is there any more."""
    for name, node in nodes.items():
        if name not in reached or node is None:
            continue
        is_elsewhere = isinstance(node, Goto) and node.flow is not None
        if is_elsewhere or not isinstance(node, ErrandNode | Set | Condition | Hours | Goto | Hangup):
            message = (
                f"{name!r} stands behind hangup, where the caller is gone: only lookup, sms, ticket,"
                " progress, set, condition, hours, goto to a node and hangup can stand there"
            )
            findings.add("speaks_after_hangup", ("nodes", name, "type"), message)
        elif getattr(node, "text", None):
            message = "nobody hears this: the caller has hung up; take it out, or have nodes of its own there"
            findings.add("speaks_after_hangup", ("nodes", name, "text"), message)


def _check_loops(nodes: Nodes, exits: Mapping[str, list[Exit]], findings: Findings) -> None:
    """A loop is endless if nothing in it asks the caller, or if no way leads out of it."""
    silent = {name: [way for way in exits[name] if _is_at_once(node, way)] for name, node in nodes.items()}
    noted: set[str] = set()
    for name in nodes:
        if name in noted:
            continue
        loop = _loop_through(name, silent)
        if not loop and not _ends_somewhere(name, nodes, exits):
            loop = _loop_through(name, exits)
        if loop:
            noted |= {other for other in _reachable(name, exits) if name in _reachable(other, exits)}
            message = f"callers would go round for ever ({' → '.join(loop)}); give the loop a way out"
            findings.add("endless_loop", ("nodes", name), message)


def _loop_through(name: str, exits: Mapping[str, list[Exit]]) -> list[str]:
    """The shortest way from `name` back to itself, both ends named; nothing where there is none."""
    ways = [[name]]
    seen: set[str] = set()
    for way in ways:  # grows as it goes: the shorter ones come first
        for target in (exit_.target for exit_ in exits.get(way[-1], ())):
            if target == name:
                return [*way, name]
            if target not in seen:
                seen.add(target)
                ways.append([*way, target])
    return []


def _ends_somewhere(name: str, nodes: Nodes, exits: Mapping[str, list[Exit]]) -> bool:
    """Whether some way from here ends; nodes with errors of their own are given the benefit of doubt."""
    return any(
        other not in nodes
        or nodes[other] is None
        or not exits[other]
        or isinstance(nodes[other], Queue | Callback | Transfer)
        for other in _reachable(name, exits)
    )


def _check_person(nodes: Nodes, exits: Mapping[str, list[Exit]], findings: Findings) -> None:
    for name, node in nodes.items():
        if not isinstance(node, Menu):
            continue
        ahead = [nodes.get(other) for other in _reachable(name, exits)]
        if not any(other is None or _may_be_person(other) for other in ahead):
            message = "no key of this menu leads to a queue or a voicemail; give callers a way to a person"
            findings.add("no_way_to_person", ("nodes", name), message)


def _may_be_person(node: Node) -> bool:
    """Also in another flow somebody may be."""
    return isinstance(node, Queue | Voicemail | Callback | Transfer | Subflow | Return) or (
        isinstance(node, Goto) and node.flow is not None
    )
