"""Checks the files of a site, each with what stands beside it."""

from collections.abc import Callable, Iterable
from pathlib import Path

from ivr.errors import BrokenSiteFile
from ivr.flow import Surroundings, load_calendars, load_flow, load_numbers
from ivr.model import Flow, Problem
from ivr.settings import IvrSettings
from ivr.site import known_calendars, known_queues, read_site_file


def site_of(path: Path, others: Iterable[Path]) -> Path:
    """The site's folder that a file is judged in: the one around it, else the first of the others.

    A flow that somebody writes on a desk of their own still names the queues of the site.
    """
    folder = path.resolve().parent
    around = folder.parent if folder.name == "flows" else folder
    return next((site for site in (around, *others) if (site / "queues.yaml").is_file()), around)


def check_files(
    paths: Iterable[Path], site_for: Callable[[Path], Path], settings: IvrSettings
) -> list[Problem]:
    """Every error of every file. Raises `OSError` or `BrokenSiteFile` for what is no text file."""
    return [problem for path in paths for problem in _check(path, site_for(path), settings)]


def load_checked_flow(path: Path, site: Path, settings: IvrSettings) -> tuple[Flow | None, list[Problem]]:
    """A flow as it would run in this site, or its errors."""
    around = Surroundings(queues=known_queues(site), calendars=known_calendars(site), is_for_author=True)
    text = read_site_file(path, settings.site_file_bytes_max)
    return load_flow(text, file=str(path), name=path.stem, around=around)


def _check(path: Path, site: Path, settings: IvrSettings) -> list[Problem]:
    if path.name == "calendars.yaml":
        return load_calendars(read_site_file(path, settings.site_file_bytes_max), file=str(path))[1]
    if path.name == "numbers.yaml":
        flows = frozenset(flow.stem for flow in site.glob("flows/*.yaml"))
        text = read_site_file(path, settings.site_file_bytes_max)
        return load_numbers(text, file=str(path), flows=flows)[1]
    if not path.is_file():
        raise BrokenSiteFile(f"{path} is not a file")
    return load_checked_flow(path, site, settings)[1]
