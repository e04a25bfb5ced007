"""`hotline ivr`: checking flows, and trying them without a telephone."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from acd.breaks_file import parse_breaks
from acd.model import QueueRules
from acd.queues import parse_queues
from customers.model import Level
from customers.regions import parse_regions
from ivr.check import check_announcements, check_files, text_of
from ivr.schema import example_flow, flow_schema
from ivr.settings import IvrSettings
from ivr.site import known_calendars, known_experts
from kernel.errors import SiteFileInvalid
from kernel.findings import Problem
from kernel.ids import QueueId
from kernel.yaml_lines import read_yaml
from lookups.sources_file import FILE, parse_lookups
from outbound.rules_file import parse_calling
from server.installation import number_reader
from server.ivr_drawing import draw_flow
from server.ivr_files import Json, Site, count_of, current_settings, refuse, site_for, unreadable
from server.ivr_recordings import app as recordings
from server.ivr_trying import run_cases, try_
from server.ivr_versions import diff, list_versions, publish, roll_back
from server.settings import Settings
from server.workflow_files import check_workflow, is_workflow
from staff.experts import parse_experts
from staff.on_call import unknown_people
from tickets.deadlines.rules_file import named_in, parse_deadlines
from tickets.reading.rules_file import parse_reading

QUEUES, ON_CALL, DEADLINES = "queues.yaml", "on_call.yaml", "deadlines.yaml"

app = typer.Typer(no_args_is_help=True, help="Voice menus: check them, try them.")


@app.command("check")
def check(
    files: Annotated[
        list[Path], typer.Argument(help="Files of the site, such as flows and workflows; but trunks.yaml.")
    ],
    *,
    site: Site = None,
    as_json: Json = False,
) -> None:
    """Names every error of these files, with line, node and how to mend it."""
    settings = current_settings()
    parsers = _parsers(settings)
    workflows = [file for file in files if is_workflow(file)]
    known = {*_BESIDE_OTHERS, *parsers}
    of_ivr = [file for file in files if file.name not in known and file not in workflows]
    try:
        problems = []
        for file in (file for file in files if file.name in _BESIDE_OTHERS):
            problems += _BESIDE_OTHERS[file.name](file, site_for(file, site, settings), settings.ivr)
        for file in (file for file in files if file.name in parsers):
            problems += _check_parsed(file, parsers[file.name], settings.ivr)
        for file in workflows:
            problems += check_workflow(file, site_for(file, site, settings), settings.ivr)
        problems += check_files(of_ivr, lambda file: site_for(file, site, settings), settings.ivr)
        warnings = check_announcements(of_ivr, lambda file: site_for(file, site, settings), settings.ivr)
    except OSError as error:
        refuse(unreadable(error))
    if as_json:
        told = {"errors": [asdict(one) for one in problems]}
        # Only where there are any: who reads errors alone has to know of no other key.
        told |= {"warnings": [asdict(one) for one in warnings]} if warnings else {}
        typer.echo(json.dumps(told, ensure_ascii=False))
    else:
        _show(problems, warnings)
        counted = count_of(problems, "error") + (f", {count_of(warnings, 'warning')}" if warnings else "")
        typer.echo(f"{counted} in {count_of(files, 'file')}", err=True)
    raise typer.Exit(1 if problems else 0)


def _show(problems: Sequence[Problem], warnings: Sequence[Problem]) -> None:
    for kind, found in (("", problems), ("warning: ", warnings)):
        for one in found:
            where = f" ({one.node})" if one.node else ""
            typer.echo(f"{one.file}:{one.line}: {kind}{one.code}{where}: {one.message}")


def _parsers(settings: Settings) -> Mapping[str, Callable[[str], object]]:
    """Files that can be checked by themselves."""
    return {
        "breaks.yaml": parse_breaks,
        "calling.yaml": parse_calling,
        FILE: parse_lookups,
        "experts.yaml": partial(parse_experts, read_number=number_reader(settings)),
        "reading.yaml": parse_reading,
        "regions.yaml": parse_regions,
    }


def _check_queues(file: Path, site: Path, settings: IvrSettings) -> list[Problem]:
    text = text_of(file, settings)
    if isinstance(text, Problem):
        return [text]
    try:
        queues = parse_queues(text)
    except SiteFileInvalid as error:
        return [_problem(file, error)]
    found = [
        *_unknown_calendars(file, text, queues, known_calendars(site)),
        *_unknown_levels(file, text, queues),
    ]
    return sorted(found)


def _check_on_call(file: Path, site: Path, settings: IvrSettings) -> list[Problem]:
    text = text_of(file, settings)
    if isinstance(text, Problem):
        return [text]
    known = known_experts(site)
    try:
        unknown = unknown_people(text, known)
    except SiteFileInvalid as error:
        return [_problem(file, error)]
    listed = ", ".join(sorted(known or ())) or "none"
    message = "there is no expert {!r} in experts.yaml (there: {}): nobody would be rung at that time"
    return [
        Problem(
            file=str(file),
            line=one.line,
            code="unknown_expert",
            node="",
            message=message.format(one.key, listed),
        )
        for one in unknown
    ]


def _check_deadlines(file: Path, site: Path, settings: IvrSettings) -> list[Problem]:
    text = text_of(file, settings)
    if isinstance(text, Problem):
        return [text]
    try:
        parse_deadlines(text)
    except SiteFileInvalid as error:
        return [_problem(file, error)]
    calendars = known_calendars(site)
    known = {"calendar": calendars or frozenset(), "level": frozenset(map(str, Level))}
    found = []
    for one in named_in(text):
        if one.key in known[one.kind] or (one.kind == "calendar" and calendars is None):
            continue
        listed = ", ".join(sorted(known[one.kind])) or "none"
        message = _UNKNOWN_OF_DEADLINES[one.kind].format(one.key, listed)
        code = f"unknown_{one.kind}"
        found.append(Problem(file=str(file), line=one.line, code=code, node="", message=message))
    return sorted(found)


_UNKNOWN_OF_DEADLINES = {
    "calendar": "there is no calendar {!r} in calendars.yaml (there: {}): day and night would count",
    "level": "there is no level {!r} of customers (there: {}): the rule would be for nobody",
}
_BESIDE_OTHERS = {QUEUES: _check_queues, ON_CALL: _check_on_call, DEADLINES: _check_deadlines}
"""Files that name what stands in others."""


def _check_parsed(file: Path, parse: Callable[[str], object], settings: IvrSettings) -> list[Problem]:
    text = text_of(file, settings)
    if isinstance(text, Problem):
        return [text]
    try:
        parse(text)
    except SiteFileInvalid as error:
        return [_problem(file, error)]
    return []


def _problem(file: Path, error: SiteFileInvalid) -> Problem:
    code = error.code if error.is_yaml else "bad_yaml"
    return Problem(file=str(file), line=error.line, code=code, node="", message=error.what)


def _unknown_calendars(
    file: Path, text: str, queues: Mapping[QueueId, QueueRules], known: frozenset[str] | None
) -> Iterator[Problem]:
    """Such a queue would always be open."""
    for queue in queues.values():
        if queue.calendar and known is not None and queue.calendar not in known:
            listed = ", ".join(sorted(known)) or "none"
            line = read_yaml(text).line(("queues", queue.id, "calendar"))
            message = (
                f"{queue.id}: there is no calendar {queue.calendar!r} in calendars.yaml (there: {listed})"
            )
            yield Problem(file=str(file), line=line, code="unknown_calendar", node="", message=message)


def _unknown_levels(file: Path, text: str, queues: Mapping[QueueId, QueueRules]) -> Iterator[Problem]:
    """No customer is of such a level, so nobody would be credited with anything, or held for longer."""
    known = set(Level)
    for queue in queues.values():
        boosts = {level: ("boosts", level) for level in (*queue.boosts_s, *queue.strict_levels)}
        holds = {level: ("sticky", "holds_s", level) for level in queue.sticky.holds_s}
        for level, place in (*boosts.items(), *holds.items()):
            if level not in known:
                line = read_yaml(text).line(("queues", queue.id, *place))
                message = f"{queue.id}: there is no level {level!r} of customers (there: {', '.join(Level)})"
                yield Problem(file=str(file), line=line, code="unknown_level", node="", message=message)


@app.command("schema")
def schema() -> None:
    """Prints the JSON schema of flows, for editors."""
    typer.echo(json.dumps(flow_schema(), ensure_ascii=False, indent=2))


@app.command("example")
def example() -> None:
    """Prints a commented flow with every type of node."""
    typer.echo(example_flow(), nl=False)


app.command("try")(try_)
app.command("test")(run_cases)
app.command("draw")(draw_flow)
app.add_typer(recordings, name="recording")
app.command("versions")(list_versions)
app.command("diff")(diff)
app.command("publish")(publish)
app.command("rollback")(roll_back)
