"""What a flow has done outside: what is given for it, and where the caller goes on with what came. Pure."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from ivr.errand_nodes import ErrandNode
from ivr.model import FlowHead
from ivr.names import Variable
from ivr.spoken import plain, value_of
from ivr.turn import Errand, ErrandDone, Prompts, State
from ivr.variables import give, values_of, variables_at, worked_out

FAILED = "failed"


def errand_of(state: State, node: ErrandNode, head: FlowHead, now: datetime, *, prompts: Prompts) -> Errand:
    """What is to be done for a caller at this node."""
    known = values_of(variables_at(state, head, now))
    worked = {name: worked_out(written, known) for name, written in node.give.items()}
    values = {name: plain(value) for name, value in worked.items() if value is not None}
    return Errand(prompts=prompts, kind=node.type, about=node.lookup, values=values)


def taken_in(state: State, node: ErrandNode, done: ErrandDone, head: FlowHead) -> tuple[str | None, State]:
    """Where the caller goes on, and with what; None: to a person.

    What an earlier errand brought is forgotten: an order that is not found has not the state of another.
    """
    given = tuple((name, value) for name, value in state.given if name not in node.into)
    forgotten = replace(state, given=given)
    brought = _brought(node.into, done.fields, head)
    if brought is None:
        return node.failed, forgotten
    for name, value in brought.items():
        given = give(given, name, value)
    target = getattr(node, done.way, None)
    return target if isinstance(target, str) else None, replace(state, given=given)


def _brought(into: Mapping[str, str], fields: Mapping[str, str], head: FlowHead) -> dict[str, str] | None:
    """The values of variables; None where one could not be of its type."""
    brought: dict[str, str] = {}
    for name, field in into.items():
        if field not in fields or name not in head.variables:
            continue
        variable = Variable(type=head.variables[name].type, value=fields[field])
        if value_of(variable) is None:
            return None
        brought[name] = fields[field]
    return brought
