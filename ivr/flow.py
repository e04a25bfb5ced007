"""Site files to checked models: every error at once, each with its line and how to mend it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ivr.calendar import Calendars
from ivr.dialled import NumberRule, Numbers
from ivr.errand_check import LookupShape, check_errands
from ivr.findings import Findings, written_nodes
from ivr.graph import check_graph
from ivr.model import Flow, FlowHead
from ivr.names import BUILT_IN_VARIABLES, NAME_PATTERN
from ivr.nodes import NODE_TYPES, QUEUE_EXITS, Node, Queue, QueueExit
from ivr.recorded import RecordingKey, check_recordings
from ivr.sayings import check_sayings
from ivr.spoken import fits
from ivr.subflows import check_flows
from ivr.variables import check_collected, check_expressions
from ivr.wording import check_voices, check_wording
from kernel.findings import Problem
from kernel.yaml_lines import Document, Path, UnreadableYaml, read_yaml

_NAME = re.compile(NAME_PATTERN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What a flow may name beside its own nodes; None where that is not known."""

    queues: Mapping[str, frozenset[QueueExit]] | None = None
    """Each with the ways in which it may send callers away."""
    calendars: frozenset[str] | None = None
    experts: frozenset[str] | None = None
    on_call: frozenset[str] | None = None
    regions: frozenset[str] | None = None
    lookups: Mapping[str, LookupShape] | None = None
    recordings: Mapping[RecordingKey, str] | None = None
    """Each with why it cannot be played; "" where it can."""
    flows: Mapping[str, frozenset[str]] | None = None
    """Each with the flows that it goes through as sub-flows."""
    is_for_author: bool = False
    """Names also what would run, but that no caller would understand."""


def load_flow(text: str, *, file: str, name: str, around: Surroundings) -> tuple[Flow | None, list[Problem]]:
    """The flow of a file, or None and the errors that keep it from being used."""
    document = _read(text, file)
    if isinstance(document, Problem):
        return None, [document]
    findings = Findings(file, document)
    raw = document.data
    if not isinstance(raw, Mapping):
        findings.add("wrong_type", (), "a flow is a mapping with start and nodes")
        return None, findings.problems
    head = findings.valid(FlowHead, {key: part for key, part in raw.items() if key != "nodes"}, ())
    nodes = _load_nodes(raw.get("nodes"), findings)
    _check_variables(head, around, findings)
    check_graph(raw, nodes, findings)
    check_expressions(raw, findings)
    check_collected(raw, nodes, findings)
    check_errands(raw, around.lookups, findings)
    check_wording(raw, head, findings, is_for_author=around.is_for_author)
    if around.is_for_author:
        check_voices(raw, findings)
        _check_ways_out(nodes, around, findings)
    _check_names(raw, around, findings)
    check_sayings(raw, findings)
    check_recordings(raw, around.recordings, findings)
    check_flows(name, nodes, around.flows, findings)
    if head is None or findings.problems:
        return None, findings.problems
    loaded = {key: node for key, node in nodes.items() if node}
    return Flow(name=name, head=head, nodes=loaded, text=text), []


def load_calendars(text: str, *, file: str) -> tuple[Calendars | None, list[Problem]]:
    """The calendars of a file, or None and its errors."""
    document = _read(text, file)
    if isinstance(document, Problem):
        return None, [document]
    findings = Findings(file, document)
    loaded = findings.valid(Calendars, document.data, ())
    return (None if findings.problems else loaded), findings.problems


def load_numbers(
    text: str, *, file: str, flows: frozenset[str] | None = None
) -> tuple[Numbers | None, list[Problem]]:
    """The number rules of a file, or None and its errors; `flows` are those that exist, where known."""
    document = _read(text, file)
    if isinstance(document, Problem):
        return None, [document]
    findings = Findings(file, document)
    numbers = findings.valid(Numbers, document.data, ())
    rules: dict[Path, NumberRule] = (
        {("numbers", number): rule for number, rule in numbers.numbers.items()} if numbers else {}
    )
    if numbers and numbers.default:
        rules |= {("default",): numbers.default}
    for path, rule in rules.items():
        if flows is not None and rule.flow not in flows:
            listed = ", ".join(sorted(flows)) or "none"
            message = f"there is no flow {rule.flow!r} in flows/ (there: {listed})"
            findings.add("unknown_flow", (*path, "flow"), message)
    return (None if findings.problems else numbers), findings.problems


def _read(text: str, file: str) -> Document | Problem:
    try:
        return read_yaml(text)
    except UnreadableYaml as error:
        return Problem(
            file=file,
            line=error.line,
            code="bad_yaml",
            node="",
            message=f"this is not YAML that can be read: {error}",
        )


def _load_nodes(raw: Any, findings: Findings) -> dict[str, Node | None]:
    """Every node of the file; None for one that is written wrong."""
    if not raw:
        findings.add("missing_field", ("nodes",), "a flow needs nodes: a name for each, with its type")
        return {}
    if not isinstance(raw, Mapping):
        findings.add("wrong_type", ("nodes",), "nodes are written as names, each with its type below it")
        return {}
    return {name: _load_node(name, written, findings) for name, written in raw.items()}


def _load_node(name: str, written: Any, findings: Findings) -> Node | None:
    at: Path = ("nodes", name)
    if not _NAME.fullmatch(name):
        advice = "has at most 40 letters (A-Z), figures, - and _, a letter first"
        findings.add("wrong_type", at, f"{name!r:.60} cannot be the name of a node: such a name {advice}")
    kind = written.get("type") if isinstance(written, Mapping) else None
    model = NODE_TYPES.get(kind) if isinstance(kind, str) else None
    if model is None:
        types = f"types are: {', '.join(NODE_TYPES)}"
        if kind is None:
            findings.add("missing_field", (*at, "type"), f"{name!r} has no type; {types}")
        else:
            findings.add("wrong_type", (*at, "type"), f"{kind!r:.60} is no type of a node; {types}")
        return None
    return findings.valid(model, written, at)


def _check_variables(head: FlowHead | None, around: Surroundings, findings: Findings) -> None:
    for name, variable in head.variables.items() if head else ():
        if around.is_for_author and name in BUILT_IN_VARIABLES:
            message = f"{name!r} stands for something in every flow already; give this one another name"
            findings.add("duplicate_key", ("variables", name), message)
        if not fits(variable):
            message = f"{variable.value!r} is not a {variable.type}"
            findings.add("wrong_type", ("variables", name, "value"), message)


_NAMING = {
    "queue": ("queues.yaml", ("queue", "callback", "transfer")),
    "calendar": ("calendars.yaml", ("hours",)),
    "expert": ("experts.yaml", ("transfer",)),
    "on_call": ("on_call.yaml", ("transfer",)),
}
"""Fields that name something of the site: the file in which it is, and the kinds of nodes that have them."""


def _check_names(raw: Mapping[str, Any], around: Surroundings, findings: Findings) -> None:
    named = {
        "queue": around.queues,
        "calendar": around.calendars,
        "expert": around.experts,
        "on_call": around.on_call,
    }
    for field, known in named.items():
        if known is None:
            continue
        file, kinds = _NAMING[field]
        what = "on-call list" if field == "on_call" else field
        listed = ", ".join(sorted(known)) or "none"
        for name, node in written_nodes(raw, *kinds):
            wanted = node.get(field)
            if isinstance(wanted, str) and wanted not in known:
                message = f"there is no {what} {wanted!r} in {file} (there: {listed})"
                findings.add(f"unknown_{field}", ("nodes", name, field), message)
    if around.regions is not None:
        _check_regions(raw, around.regions, findings)


def _check_regions(raw: Mapping[str, Any], known: frozenset[str], findings: Findings) -> None:
    for name, node in written_nodes(raw, "menu"):
        options = node.get("options")
        for key, option in options.items() if isinstance(options, Mapping) else ():
            region = option.get("region") if isinstance(option, Mapping) else None
            if isinstance(region, str) and region not in known:
                listed = ", ".join(sorted(known)) or "none"
                message = f"there is no region {region!r} in regions.yaml (there: {listed})"
                findings.add("unknown_region", ("nodes", name, "options", key, "region"), message)


_NEEDED = {"closed": "calendar", "timeout": "max_wait_s"}


def _check_ways_out(nodes: Mapping[str, Node | None], around: Surroundings, findings: Findings) -> None:
    """Notes ways out of a queue that are never taken: who wrote them counts on it."""
    for name, node in nodes.items():
        taken = (around.queues or {}).get(node.queue) if isinstance(node, Queue) else None
        if not isinstance(node, Queue) or taken is None:
            continue
        for exit_ in QUEUE_EXITS:
            if node.way_out(exit_) is not None and exit_ not in taken:
                message = (
                    f"the queue {node.queue!r} has no {_NEEDED[exit_]}, so nobody leaves it this way;"
                    " give it one in queues.yaml, or take this out"
                )
                findings.add("unreachable_exit", ("nodes", name, exit_), message)
