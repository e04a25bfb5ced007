"""`hotline ivr`: checking flows, and trying them without a telephone."""

import json
from collections.abc import Callable, Iterator, Mapping, Sized
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Annotated, NoReturn
from zoneinfo import ZoneInfo

import typer

from acd.breaks_file import parse_breaks
from acd.model import QueueRules
from acd.queues import parse_queues
from customers.model import Level
from customers.regions import parse_regions
from ivr.calendar import Calendars
from ivr.check import check_files, load_checked_flow, site_of, text_of
from ivr.dialled import Numbers
from ivr.engine import (
    Engine,
)
from ivr.flow import load_calendars, load_numbers
from ivr.model import QUEUE_EXITS, Problem
from ivr.schema import example_flow, flow_schema
from ivr.settings import IvrSettings
from ivr.site import known_calendars, read_site_file
from ivr.trial import Script, try_flow
from ivr.turn import (
    Facts,
)
from ivr.yaml_lines import read_yaml
from kernel.errors import SiteFileInvalid
from kernel.ids import QueueId
from outbound.rules_file import parse_calling
from server.installation import number_reader
from server.places import Places
from server.settings import ROOT, Settings, WrongSettings, load_settings
from staff.experts import parse_experts
from tickets.reading.rules_file import parse_reading

QUEUES = "queues.yaml"
EXAMPLE = ROOT / "server" / "example" / "site"

app = typer.Typer(no_args_is_help=True, help="Voice menus: check them, try them.")

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]
Site = Annotated[
    Path | None,
    typer.Option(
        help="The folder with queues.yaml and calendars.yaml; by itself the one around FILE, or the site's."
    ),
]


@app.command("check")
def check(
    files: Annotated[list[Path], typer.Argument(help="Flows, or other files of the site but trunks.yaml.")],
    *,
    site: Site = None,
    as_json: Json = False,
) -> None:
    """Names every error of these files, with line, node and how to mend it."""
    settings = _settings()
    of_ivr = [file for file in files if file.name not in {QUEUES, *_parsers(settings)}]
    try:
        problems = []
        for file in (file for file in files if file.name == QUEUES):
            problems += _check_queues(file, _site_for(file, site, settings), settings.ivr)
        parsers = _parsers(settings)
        for file in (file for file in files if file.name in parsers):
            problems += _check_parsed(file, parsers[file.name], settings.ivr)
        problems += check_files(of_ivr, lambda file: _site_for(file, site, settings), settings.ivr)
    except OSError as error:
        _refuse(_unreadable(error))
    if as_json:
        errors = [
            {"code": one.code, "file": one.file, "line": one.line, "node": one.node, "message": one.message}
            for one in problems
        ]
        typer.echo(json.dumps({"errors": errors}, ensure_ascii=False))
    else:
        for one in problems:
            where = f" ({one.node})" if one.node else ""
            typer.echo(f"{one.file}:{one.line}: {one.code}{where}: {one.message}")
        typer.echo(f"{_count(problems, 'error')} in {_count(files, 'file')}", err=True)
    raise typer.Exit(1 if problems else 0)


def _parsers(settings: Settings) -> Mapping[str, Callable[[str], object]]:
    """Files that can be checked by themselves."""
    return {
        "breaks.yaml": parse_breaks,
        "calling.yaml": parse_calling,
        "experts.yaml": partial(parse_experts, read_number=number_reader(settings)),
        "reading.yaml": parse_reading,
        "regions.yaml": parse_regions,
    }


def _count(things: Sized, name: str) -> str:
    number = len(things)
    return f"{number} {name}" if number == 1 else f"{number} {name}s"


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


@app.command("try")
def try_(  # noqa: PLR0913 - one parameter for each option of the command
    file: Annotated[Path, typer.Argument(help="A flow.")],
    *,
    keys: Annotated[str, typer.Option(help="Keys in order, such as 9,2; - is silence.")] = "",
    at: Annotated[str, typer.Option(help="When: 2026-11-23T10:00, local to the site; else now.")] = "",
    from_number: Annotated[str, typer.Option("--from", help="The caller's number.")] = "",
    sent_away: Annotated[
        str, typer.Option(help="What queues do with the caller, in order: full, closed or timeout.")
    ] = "",
    site: Site = None,
    as_json: Json = False,
) -> None:
    """Shows what a caller would hear, and how it ends."""
    if not set(keys) <= set("0123456789*#-, "):
        _refuse(f"--keys {keys!r} has other signs than 0-9 * # and - for silence")
    exits = [exit_ for word in sent_away.split(",") for exit_ in QUEUE_EXITS if word.strip() == exit_]
    if len(exits) != len(sent_away.split(",")) and sent_away:
        _refuse(f"--sent-away {sent_away!r} has other words than {', '.join(QUEUE_EXITS)}")
    settings = _settings()
    folder = _site_for(file, site, settings)
    try:
        flow, problems = load_checked_flow(file, folder, settings.ivr)
    except OSError as error:
        _refuse(_unreadable(error))
    if flow is None:
        _refuse_broken(file, problems)
    numbers = _numbers(folder / "numbers.yaml", settings.ivr)
    calendars = _calendars(folder / "calendars.yaml", settings.ivr).calendars
    engine = Engine(flow, calendars, settings.ivr)
    facts = Facts(caller_number=from_number, timezone=numbers.timezone)
    steps = list(
        try_flow(engine, engine.begin(facts), Script(keys=keys, exits=exits), _moment(at, numbers.timezone))
    )
    if as_json:
        typer.echo(json.dumps({"steps": steps, "ended": steps[-1]}, ensure_ascii=False))
        return
    for step in steps:
        typer.echo(_LINES[step["did"]].format(**step))


_LINES = {
    "say": "[{node}] {text}",
    "key": "  > {key}",
    "silence": "  > (nothing)",
    "choose": "[{node}] took {key} ({label[zh]}, {label[en]})",
    "ask": "[{node}] waits {timeout_s:g} s for a key",
    "ask_digits": "[{node}] waits {timeout_s:g} s for each of at most {digits_max} digits",
    "type": "  > {digits}",
    "queue": "[{node}] waits for a person in queue {queue}",
    "callback": "[{node}] offers to call back, in queue {queue}",
    "promised": "  > (is called back)",
    "declined": "  > (is not called back)",
    "sent_away": "  > (sent away: {why})",
    "record": "[{node}] records a message, at most {max_s:g} s",
    "hang_up": "[{node}] hangs up ({outcome})",
}


def _moment(text: str, timezone: str) -> datetime:
    if not text:
        return datetime.now(UTC)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        _refuse(f"--at {text!r} is not a time such as 2026-11-23T10:00")
    return moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(timezone))


def _calendars(path: Path, settings: IvrSettings) -> Calendars:
    if not path.exists():
        return Calendars()
    loaded, problems = load_calendars(read_site_file(path, settings.site_file_bytes_max), file=str(path))
    return loaded or _refuse_broken(path, problems)


def _numbers(path: Path, settings: IvrSettings) -> Numbers:
    if not path.exists():
        return Numbers()
    loaded, problems = load_numbers(read_site_file(path, settings.site_file_bytes_max), file=str(path))
    return loaded or _refuse_broken(path, problems)


def _refuse_broken(path: Path, problems: list[Problem]) -> NoReturn:
    _refuse(f"{path} has {_count(problems, 'error')}; list them with ./hotline ivr check {path}")


def _settings() -> Settings:
    try:
        return load_settings()
    except WrongSettings as error:
        _refuse(str(error))


def _site_for(file: Path, given: Path | None, settings: Settings) -> Path:
    """The folder around the file, else the running site, else the example company."""
    if given and not given.is_dir():
        _refuse(f"{given}: there is no such folder")
    return given or site_of(file, (Places(settings.data).site, EXAMPLE))


def _unreadable(error: OSError) -> str:
    return f"{error.filename}: {error.strerror}"


def _refuse(sentence: str) -> NoReturn:
    typer.echo(sentence, err=True)
    raise typer.Exit(2)
