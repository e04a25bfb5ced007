"""The variables of a flow in a call: what they are now, and whether its expressions fit them."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from pydantic_core import PydanticCustomError

from ivr.calendar import local_moment
from ivr.findings import Findings, written_nodes
from ivr.model import FlowHead
from ivr.names import BUILT_IN_VARIABLES, KINDS, Variable
from ivr.nodes import ENDING_IN_X, Collect, Condition, Listen, Node, Set
from ivr.spoken import fits, value_of, written_of
from ivr.turn import State
from ivr.typed import TYPED
from kernel.errors import WrongExpression
from kernel.expression import parse_expression
from kernel.functions import Kind, Value
from kernel.written_expression import readable
from kernel.yaml_lines import Path

Variables = Mapping[str, Variable]
KIND_OF: Mapping[str, Kind] = {str(kind): of for kind, of in KINDS.items()}


def variables_at(state: State, head: FlowHead, now: datetime) -> dict[str, Variable]:
    """What each variable is for a caller at this moment."""
    today, moment = local_moment(now, state.facts.timezone)
    known: dict[str, str] = {
        "caller_number": state.facts.caller_number,
        "caller_name": state.facts.caller_name,
        "caller_level": state.facts.caller_level,
        "dialled": state.facts.dialled,
        "language": state.language,
        "matter": state.matter,
        "region": state.home.region,
        "left_at": state.left_at,
        "today": today.isoformat(),
        "now": moment.isoformat("minutes"),
    }
    built_in = {name: Variable(type=kind, value=known[name]) for name, kind in BUILT_IN_VARIABLES.items()}
    given = {
        name: Variable(type=head.variables[name].type, value=value)
        for name, value in state.given
        if name in head.variables
    }
    # Another flow may have a variable of the same name and another type: it begins anew there.
    return {**built_in, **head.variables, **{name: one for name, one in given.items() if fits(one)}}


def values_of(variables: Variables) -> dict[str, Value]:
    """The same for expressions; what is not known is not among them."""
    found = {name: value_of(variable) for name, variable in variables.items()}
    return {name: value for name, value in found.items() if value not in {None, ""}}


def give(state_given: tuple[tuple[str, str], ...], name: str, value: str) -> tuple[tuple[str, str], ...]:
    """What the caller's call has given variables, with this value; the newest at the end."""
    return (*((other, known) for other, known in state_given if other != name), (name, value))


def set_all(state: State, node: Set, head: FlowHead, now: datetime) -> tuple[tuple[str, str], ...]:
    """What variables are after this node; one whose expression has no value stays as it is."""
    given = state.given
    values = values_of(variables_at(state, head, now))
    for name, written in node.values.items():
        value = worked_out(written, values)
        kind = head.variables[name].type if name in head.variables else None
        variable = written_of(value, kind) if value is not None and kind is not None else None
        if variable is not None and value is not None:
            given = give(given, name, str(variable.value))
            values[name] = value
    return given


def way_of(state: State, node: Condition, head: FlowHead, now: datetime) -> str:
    """Where a condition leads."""
    values = values_of(variables_at(state, head, now))
    taken = (case.to for case in node.cases if worked_out(case.when, values) is True)
    return next(taken, node.otherwise)


def worked_out(written: str, values: Mapping[str, Value]) -> Value | None:
    """What comes out of an expression; None where that cannot be said."""
    try:
        return parse_expression(written).value(values)
    except WrongExpression:
        return None


def check_expressions(raw: Mapping[str, Any], findings: Findings) -> None:
    """Notes expressions with unknown variables, or whose parts do not fit together."""
    types = declared_types(raw.get("variables"))
    for path, written, variable in _written(raw):
        if variable and not check_changeable(variable, path, types, findings):
            continue
        kind = KIND_OF.get(types[variable]) if variable else "truth"
        check_expression(path, written, kind, types, findings)


def check_collected(raw: Mapping[str, Any], nodes: Mapping[str, Node | None], findings: Findings) -> None:
    """Notes digits that could never be what the node asks for."""
    types = declared_types(raw.get("variables"))
    check_heard(nodes, types, findings)
    for name, node in nodes.items():
        if not isinstance(node, Collect):
            continue
        at, kind = ("nodes", name), types.get(node.into, "")
        if node.min_digits > node.max_digits:
            message = f"min_digits is more than max_digits, which is {node.max_digits}"
            findings.add("wrong_type", (*at, "min_digits"), message)
        if not check_changeable(node.into, (*at, "into"), types, findings) or kind not in KIND_OF:
            continue
        if kind not in TYPED:
            message = f"{node.into!r} is of type {kind}; digits can be a {', '.join(TYPED)}"
            findings.add("wrong_type", (*at, "into"), message)
        elif node.check in ENDING_IN_X and kind != "text":
            message = f"{node.into!r} has to be a text: by {node.check} a number may end in X"
            findings.add("wrong_type", (*at, "into"), message)


def check_heard(nodes: Mapping[str, Node | None], types: Mapping[str, str], findings: Findings) -> None:
    """Notes variables that cannot hold what a caller says."""
    for name, node in nodes.items():
        if not isinstance(node, Listen):
            continue
        at = ("nodes", name, "into")
        kind = types.get(node.into, "")
        if check_changeable(node.into, at, types, findings) and kind in KIND_OF and kind != "text":
            findings.add("wrong_type", at, f"{node.into!r} is of type {kind}; what is said is a text")


def declared_types(raw: Any) -> dict[str, str]:
    """The types of the variables as they are written, also where something else of them is wrong."""
    written = raw.items() if isinstance(raw, Mapping) else ()
    own = {name: str(one.get("type")) if isinstance(one, Mapping) else "" for name, one in written}
    return {**own, **BUILT_IN_VARIABLES}


def _written(raw: Mapping[str, Any]) -> Iterator[tuple[Path, Any, str]]:
    """What stands for an expression, and the variable that it is for; "" for one that decides a way."""
    for name, node in written_nodes(raw, "condition"):
        cases = node.get("cases")
        for number, case in enumerate(cases if isinstance(cases, list) else ()):
            if isinstance(case, Mapping) and "if" in case:
                yield ("nodes", name, "cases", number, "if"), case["if"], ""
    for name, node in written_nodes(raw, "set"):
        values = node.get("values")
        for variable, written in values.items() if isinstance(values, Mapping) else ():
            yield ("nodes", name, "values", variable), written, variable


def check_changeable(variable: str, path: Path, types: Mapping[str, str], findings: Findings) -> bool:
    """Whether a node may give a variable another value; notes why it may not."""
    if variable not in types:
        message = f"there is no variable {variable!r}; declare it under variables"
        findings.add("unknown_variable", path, message)
    elif variable in BUILT_IN_VARIABLES:
        message = f"{variable!r} is what it is in every flow; keep the value in a variable of your own"
        findings.add("wrong_type", path, message)
    return variable in types and variable not in BUILT_IN_VARIABLES


def check_expression(
    path: Path, written: Any, wanted: Kind | None, types: Mapping[str, str], findings: Findings
) -> None:
    """Notes what is wrong with one; None is wanted where its kind does not matter, or is told elsewhere."""
    try:
        expression = parse_expression(readable(written))
    except (WrongExpression, PydanticCustomError):
        return  # That is told with the other fields.
    kinds = {name: KIND_OF[kind] for name, kind in types.items() if kind in KIND_OF}
    for name in sorted(expression.names - types.keys()):
        listed = ", ".join(sorted(types))
        message = f"there is no variable {name!r} (there: {listed}); a text stands in quotes"
        findings.add("unknown_variable", path, message)
    if wanted is None or expression.names - kinds.keys():
        return  # What is wrong with the variable is told where it is declared.
    try:
        found = expression.kind(kinds)
    except WrongExpression as error:
        findings.add("wrong_type", path, str(error))
        return
    if found != wanted:
        findings.add("wrong_type", path, f"a {wanted} is wanted here, and {written!r:.60} is a {found}")
