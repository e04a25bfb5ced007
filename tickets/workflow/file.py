"""A workflow's file: read, and every mistake in it named at once with its line and how to mend it. Pure."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from kernel import findings
from kernel.errors import WrongExpression
from kernel.expression import parse_expression
from kernel.findings import Problem
from kernel.functions import Kind
from kernel.site_yaml import KEY
from kernel.yaml_lines import Path, UnreadableYaml, read_yaml
from tickets.workflow.model import (
    FACTS,
    KINDS,
    NEVER_REQUIRED,
    TAKEN,
    ByRule,
    Case,
    Step,
    Whom,
    Workflow,
    Written,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What stands in other files of the site; None is not looked at."""

    calendars: Collection[str] | None = None
    departments: Collection[str] | None = None


class Findings(findings.Findings):
    """Collects the problems of a workflow."""

    parts = "steps"
    targets = frozenset({"to", "start"})
    where_to = "the step that comes next"


def load_workflow(
    text: str, *, file: str, key: str, around: Surroundings
) -> tuple[Workflow | None, list[Problem]]:
    """The workflow, or all that is wrong with it."""
    try:
        document = read_yaml(text)
    except UnreadableYaml as error:
        return None, [Problem(file=file, line=error.line, code="bad_yaml", node="", message=str(error))]
    found = Findings(file, document)
    raw = document.data
    if re.fullmatch(KEY, key) is None:
        message = "its file's name has at most 40 small letters, figures, - and _, a letter first; rename it"
        found.add("bad_name", (), message)
        return None, found.problems
    if not isinstance(raw, dict):
        found.add("wrong_type", (), "a workflow is written as fields: name, tickets, start, steps")
        return None, found.problems
    try:
        written = Written.model_validate(raw)
    except ValidationError as error:
        found.add_invalid(error, ())
        return None, _with_targets(raw, found).problems
    _check_whole(written, around, found)
    if found.problems:
        return None, found.problems
    return Workflow(key=key, written=written, text=text), []


def _with_targets(raw: Mapping[str, Any], found: Findings) -> Findings:
    """Of a file with other mistakes, too, it is said at once which steps it names that do not exist."""
    steps = raw.get("steps")
    if not isinstance(steps, dict):
        return found
    for name, step in steps.items():
        ways = step.get("next") if isinstance(step, dict) else None
        for place, way in enumerate(ways if isinstance(ways, list) else ()):
            if isinstance(way, dict) and isinstance(way.get("to"), str):
                _check_target(way["to"], ("steps", name, "next", place, "to"), steps, found)
    if isinstance(raw.get("start"), str):
        _check_target(raw["start"], ("start",), steps, found)
    return found


def _check_target(to: str, path: Path, steps: Iterable[str], found: Findings) -> None:
    names = list(steps)
    if to not in names:
        found.add("unknown_step", path, f"there is no step {to!r} (there: {', '.join(names)})")


def _check_whole(written: Written, around: Surroundings, found: Findings) -> None:
    steps = written.steps
    _check_target(written.start, ("start",), steps, found)
    for name, step in steps.items():
        for place, way in enumerate(step.next):
            _check_target(way.to, ("steps", name, "next", place, "to"), steps, found)
        _check_step(name, step, written, around, found)
    for name in written.fields.keys() & TAKEN:
        message = f"{name!r} means something of every ticket already; call the field otherwise"
        found.add("duplicate_name", ("fields", name), message)
    _check_calendar(written, around, found)
    _check_ways(written, found)


def _check_calendar(written: Written, around: Surroundings, found: Findings) -> None:
    if written.calendar is None:
        for name, step in written.steps.items():
            if step.within is not None:
                message = "the time of a step counts by a calendar; add `calendar:` at the top of the file"
                found.add("missing_field", ("steps", name, "within"), message)
    elif around.calendars is not None and written.calendar not in around.calendars:
        listed = ", ".join(sorted(around.calendars)) or "none"
        message = f"there is no calendar {written.calendar!r} in calendars.yaml (there: {listed})"
        found.add("unknown_calendar", ("calendar",), message)


def _check_step(name: str, step: Step, written: Written, around: Surroundings, found: Findings) -> None:
    at: Path = ("steps", name)
    kinds = {**FACTS, **{field: KINDS[one.type] for field, one in written.fields.items()}}
    if step.within is not None and not step.within:
        found.add("wrong_type", (*at, "within"), "nothing can be done within no time")
    for place, field in enumerate(step.required):
        _check_required(field, (*at, "required", place), written, found)
    keys = [check.key for check in step.checks]
    for place, key in enumerate(keys):
        if key in keys[:place]:
            message = f"there are two points with the key {key!r}; rename one"
            found.add("duplicate_key", (*at, "checks", place, "key"), message)
    for path, condition in _conditions(step, at):
        _check_condition(condition, path, kinds, found)
    for path, whom in _named(step, at):
        if around.departments is not None and whom.department not in {None, *around.departments}:
            listed = ", ".join(sorted(around.departments)) or "none"
            message = f"there is no department {whom.department!r} in departments.yaml (there: {listed})"
            found.add("unknown_department", (*path, "department"), message)


def _conditions(step: Step, at: Path) -> Iterator[tuple[Path, str]]:
    for place, way in enumerate(step.next):
        if way.when is not None:
            yield (*at, "next", place, "when"), way.when
    for path, whom in _named(step, at):
        if isinstance(whom, Case):
            yield (*path, "when"), whom.when


def _named(step: Step, at: Path) -> Iterator[tuple[Path, Whom]]:
    """Everybody whom a step names."""
    handler, here = step.handler, (*at, "handler")
    if isinstance(handler, Whom):
        yield here, handler
    if isinstance(handler, ByRule):
        yield from (((*here, "cases", place), case) for place, case in enumerate(handler.cases))
        if isinstance(handler.otherwise, Whom):
            yield (*here, "otherwise"), handler.otherwise


def _check_required(field: str, path: Path, written: Written, found: Findings) -> None:
    known = sorted({*FACTS, *written.fields} - NEVER_REQUIRED)
    if field not in known:
        message = f"there is no field {field!r} to be filled in (there: {', '.join(known)})"
        found.add("unknown_name", path, message)


def _check_condition(text: str, path: Path, kinds: Mapping[str, Kind], found: Findings) -> None:
    expression = parse_expression(text)
    for name in sorted(expression.names - kinds.keys()):
        message = f"there is no field {name!r} (there: {', '.join(sorted(kinds))})"
        found.add("unknown_name", path, message)
        return
    try:
        kind = expression.kind(kinds)
    except WrongExpression as error:
        found.add("bad_expression", path, str(error))
        return
    if kind != "truth":
        found.add("bad_expression", path, f"a condition is true or false, and this is a {kind}: compare it")


def _check_ways(written: Written, found: Findings) -> None:
    steps = written.steps
    ahead = {name: [way.to for way in step.next if way.to in steps] for name, step in steps.items()}
    reached = _closure([written.start], ahead)
    behind: dict[str, list[str]] = {name: [] for name in steps}
    for name, targets in ahead.items():
        for target in targets:
            behind[target].append(name)
    ending = _closure([name for name, step in steps.items() if step.is_end], behind)
    for name, step in steps.items():
        at: Path = ("steps", name)
        if written.start in steps and name not in reached:
            found.add("unreachable", at, f"no way leads to {name!r}; let some step lead here")
        if not step.next and not step.is_end:
            message = "no way leads on, and nothing ends here; add `next`, or `state: resolved` or `closed`"
            found.add("dead_end", at, message)
        elif name not in ending:
            message = "tickets go round here for ever; let a way lead to a step with `state: closed`"
            found.add("endless", at, message)
        if step.next and not step.is_end and all(way.when is not None for way in step.next):
            message = "every way has a condition, so a ticket may stay for ever; let one way be without"
            found.add("no_way_without_condition", (*at, "next"), message)


def _closure(start: Iterable[str], ways: Mapping[str, list[str]]) -> set[str]:
    reached: set[str] = set()
    ahead = [name for name in start if name in ways]
    while ahead:
        name = ahead.pop()
        if name not in reached:
            reached.add(name)
            ahead += ways[name]
    return reached
