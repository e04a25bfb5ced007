"""What the commands of voice menus have in common: options, the files they read, and how they refuse."""

from collections.abc import Sized
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from ivr.calendar import Calendars
from ivr.check import load_checked_flow, load_others, site_of
from ivr.dialled import Numbers
from ivr.engine import Engine
from ivr.flow import load_calendars, load_numbers
from ivr.settings import IvrSettings
from ivr.site import read_site_file
from kernel.findings import Problem
from server.places import Places
from server.settings import ROOT, Settings, WrongSettings, load_settings

EXAMPLE = ROOT / "server" / "example" / "site"

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]
Site = Annotated[
    Path | None,
    typer.Option(
        help="The folder with queues.yaml and calendars.yaml; by itself the one around FILE, or the site's."
    ),
]


def engine_for(file: Path, site: Path, settings: IvrSettings) -> tuple[Engine, str]:
    """A flow as it would run in this site, and the site's time zone."""
    try:
        flow, problems = load_checked_flow(file, site, settings)
    except OSError as error:
        refuse(unreadable(error))
    if flow is None:
        refuse_broken(file, problems)
    calendars = calendars_in(site / "calendars.yaml", settings).calendars
    numbers = numbers_in(site / "numbers.yaml", settings)
    return Engine(flow, calendars, settings, load_others(file, site, settings)), numbers.timezone


def count_of(things: Sized, name: str) -> str:
    """Such as `1 error` or `2 errors`."""
    number = len(things)
    return f"{number} {name}" if number == 1 else f"{number} {name}s"


def calendars_in(path: Path, settings: IvrSettings) -> Calendars:
    """The calendars of a site; none where it has no such file."""
    if not path.exists():
        return Calendars()
    loaded, problems = load_calendars(read_site_file(path, settings.site_file_bytes_max), file=str(path))
    return loaded or refuse_broken(path, problems)


def numbers_in(path: Path, settings: IvrSettings) -> Numbers:
    """What the numbers of a site lead to."""
    if not path.exists():
        return Numbers()
    loaded, problems = load_numbers(read_site_file(path, settings.site_file_bytes_max), file=str(path))
    return loaded or refuse_broken(path, problems)


def refuse_broken(path: Path, problems: list[Problem]) -> NoReturn:
    """Ends the command over a file with errors."""
    refuse(f"{path} has {count_of(problems, 'error')}; list them with ./hotline ivr check {path}")


def current_settings() -> Settings:
    """The settings of this installation."""
    try:
        return load_settings()
    except WrongSettings as error:
        refuse(str(error))


def site_for(file: Path, given: Path | None, settings: Settings) -> Path:
    """The folder around the file, else the running site, else the example company."""
    if given and not given.is_dir():
        refuse(f"{given}: there is no such folder")
    return given or site_of(file, (Places(settings.data).site, EXAMPLE))


def unreadable(error: OSError) -> str:
    """What is wrong with a file that cannot be read."""
    return f"{error.filename}: {error.strerror}"


def refuse(sentence: str) -> NoReturn:
    """Ends the command with one sentence."""
    typer.echo(sentence, err=True)
    raise typer.Exit(2)
