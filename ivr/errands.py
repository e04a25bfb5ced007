"""What a flow has done outside: what is given for it, and where the caller goes on with what came. Pure."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from ivr.errand_nodes import ERRAND_EXITS, ErrandNode, Identify, Lookup, Progress, Sms, Ticket, into_of
from ivr.model import FlowHead
from ivr.names import Variable
from ivr.spoken import fill, plain, shown, value_of
from ivr.turn import Errand, ErrandDone, Facts, Prompts, State
from ivr.variables import Variables, give, values_of, variables_at, worked_out
from ivr.words import Language

FAILED = "failed"


def errand_of(state: State, node: ErrandNode, head: FlowHead, now: datetime, *, prompts: Prompts) -> Errand:
    """What is to be done for a caller at this node."""
    variables = variables_at(state, head, now)
    about, values = "", dict[str, str]()
    match node:
        case Lookup():
            about, values = node.lookup, _worked_out(node.give, variables)
        case Sms():
            about = ""
            values = {
                **_worked_out({"number": node.number}, variables),
                "text": _read(node.message, state, variables),
            }
        case Ticket():
            about = node.ticket
            values = {
                "title": _read(node.title, state, variables),
                "description": _read(node.description or {}, state, variables),
                "priority": node.priority or "",
            }
        case Progress():
            asked = {"ticket": node.ticket, "proof": node.proof}
            values = _worked_out({name: one for name, one in asked.items() if one}, variables)
        case Identify():
            about, asked = node.trust, {"member": node.member, "proof": node.proof}
            values = _worked_out({name: one for name, one in asked.items() if one}, variables)
    return Errand(prompts=prompts, kind=node.type, about=about, values=values)


def _worked_out(written: Mapping[str, str], variables: Variables) -> dict[str, str]:
    known = values_of(variables)
    worked = {name: worked_out(expression, known) for name, expression in written.items()}
    return {name: plain(value) for name, value in worked.items() if value is not None}


def _read(words: Mapping[Language, str], state: State, variables: Variables) -> str:
    """What is read, in the caller's language where it is written in that."""
    language = state.language if state.language in words else next(iter(words), state.language)
    return fill(words.get(language, ""), variables, language, as_=shown)


def taken_in(state: State, node: ErrandNode, done: ErrandDone, head: FlowHead) -> tuple[str | None, State]:
    """Where the caller goes on, and with what; None: to a person.

    What an earlier errand brought is forgotten: an order that is not found has not the state of another.
    """
    into = into_of(node)
    given = tuple((name, value) for name, value in state.given if name not in into)
    forgotten = replace(state, given=given)
    brought = _brought(into, done.fields, head)
    if brought is None:
        return node.failed, forgotten
    for name, value in brought.items():
        given = give(given, name, value)
    way = done.way if done.way in ERRAND_EXITS else FAILED
    target = getattr(node, way, None)
    if target is None and isinstance(node, Progress | Identify) and way == "unproven":
        target = node.missing
    known = _known_as(state.facts, done) if isinstance(node, Identify) and way == "found" else state.facts
    return target if isinstance(target, str) else None, replace(state, given=given, facts=known)


def _known_as(facts: Facts, done: ErrandDone) -> Facts:
    """What the flow knows of who calls, once they have said who they are."""
    level = done.fields.get("level", facts.caller_level)
    return replace(facts, caller_name=done.fields.get("name", ""), caller_level=level)


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
