"""Nodes that have something done outside: whether what they give and take fits what is there."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ivr.errand_nodes import IDENTIFY_FIELDS, PROGRESS_FIELDS, TICKET_FIELDS
from ivr.findings import Findings, written_nodes
from ivr.variables import KIND_OF, check_changeable, check_expression, declared_types
from kernel.functions import Kind
from kernel.yaml_lines import Path

Types = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class LookupShape:
    """What a look-up is given, and what it brings back, each with the type it has in flows."""

    params: Types
    fields: Types


def check_errands(
    raw: Mapping[str, Any], lookups: Mapping[str, LookupShape] | None, findings: Findings
) -> None:
    """Notes look-ups that do not exist, and values that they do not take or give."""
    types = declared_types(raw.get("variables"))
    for name, node in written_nodes(raw, "lookup"):
        at: Path = ("nodes", name)
        shape = _shape(node.get("lookup"), (*at, "lookup"), lookups, findings)
        give = node.get("give")
        given = give if isinstance(give, Mapping) else {}
        for param, written in given.items():
            path = (*at, "give", param)
            check_expression(path, written, _wanted(param, path, shape, findings), types, findings)
        for param in shape.params if shape else ():
            if param not in given:
                message = f"{node['lookup']!r} is asked by {param!r}; say under give what it is"
                findings.add("missing_field", (*at, "give", param), message)
        _check_into(node, at, shape, types, findings)
    for name, node in written_nodes(raw, *_SHAPES):
        _check_into(node, ("nodes", name), _SHAPES[str(node["type"])], types, findings)
    _check_expressions(raw, types, findings)


_EXPRESSIONS = {"sms": ("number",), "progress": ("ticket", "proof"), "identify": ("member", "proof")}


def _check_expressions(raw: Mapping[str, Any], types: Types, findings: Findings) -> None:
    for name, node in written_nodes(raw, *_EXPRESSIONS):
        for field in _EXPRESSIONS[str(node["type"])]:
            if field in node:
                check_expression(("nodes", name, field), node[field], "text", types, findings)


_SHAPES: Mapping[str, LookupShape] = {
    "ticket": LookupShape(params={}, fields=TICKET_FIELDS),
    "progress": LookupShape(params={}, fields=PROGRESS_FIELDS),
    "identify": LookupShape(params={}, fields=IDENTIFY_FIELDS),
}


def _shape(
    wanted: Any, path: Path, lookups: Mapping[str, LookupShape] | None, findings: Findings
) -> LookupShape | None:
    if lookups is None or not isinstance(wanted, str):
        return None
    if wanted not in lookups:
        listed = ", ".join(sorted(lookups)) or "none"
        findings.add("unknown_lookup", path, f"there is no {wanted!r} in lookups.yaml (there: {listed})")
    return lookups.get(wanted)


def _wanted(param: str, path: Path, shape: LookupShape | None, findings: Findings) -> Kind | None:
    """What kind of value is to be given; None where that cannot be said."""
    if shape is None:
        return None
    if param not in shape.params:
        listed = ", ".join(sorted(shape.params)) or "nothing"
        message = f"{param!r} is nothing that this look-up is asked by (it is asked by: {listed})"
        findings.add("unknown_field", path, message)
    return KIND_OF.get(shape.params.get(param, ""))


def _check_into(
    node: Mapping[str, Any], at: Path, shape: LookupShape | None, types: Types, findings: Findings
) -> None:
    into = node.get("into")
    for variable, field in into.items() if isinstance(into, Mapping) else ():
        path = (*at, "into", variable)
        is_free = check_changeable(variable, path, types, findings)
        if shape is None or not isinstance(field, str):
            continue
        if field not in shape.fields:
            listed = ", ".join(sorted(shape.fields)) or "none"
            message = f"there is no field {field!r} in the answer (there: {listed})"
            findings.add("unknown_field", path, message)
        elif is_free and types[variable] not in {"text", shape.fields[field]} and types[variable] in KIND_OF:
            message = f"{field!r} is a {shape.fields[field]}, and {variable!r} is a {types[variable]}"
            findings.add("wrong_type", path, message)
