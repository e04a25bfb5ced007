"""Checks the files of a site, each with what stands beside it."""

from collections.abc import Iterable
from pathlib import Path

from ivr.errors import BrokenSiteFile
from ivr.flow import Surroundings, load_calendars, load_flow, load_numbers
from ivr.model import Flow, Problem
from ivr.settings import IvrSettings
from ivr.site import known_calendars, known_queues, read_site_file


def site_of(path: Path) -> Path:
    """The site's folder that a file belongs to: flows have a folder of their own in it."""
    folder = path.resolve().parent
    return folder.parent if folder.name == "flows" else folder


def check_files(paths: Iterable[Path], site: Path | None, settings: IvrSettings) -> list[Problem]:
    """Every error of every file. Raises `OSError` or `BrokenSiteFile` for what is no text file."""
    return [problem for path in paths for problem in _check(path, site or site_of(path), settings)]


def load_checked_flow(path: Path, site: Path, settings: IvrSettings) -> tuple[Flow | None, list[Problem]]:
    """A flow as it would run in this site, or its errors."""
    around = Surroundings(queues=known_queues(site), calendars=known_calendars(site))
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
