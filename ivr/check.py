"""Checks the files of a site, each with what stands beside it."""

from collections.abc import Callable, Iterable
from os.path import realpath
from pathlib import Path

from ivr.announcement import unannounced
from ivr.cases import SUFFIX, load_cases
from ivr.errors import NoText
from ivr.flow import Surroundings, load_calendars, load_flow, load_numbers
from ivr.model import Flow
from ivr.recordings import known_recordings
from ivr.settings import IvrSettings
from ivr.site import (
    flow_files,
    known_calendars,
    known_experts,
    known_flows,
    known_lookups,
    known_on_call,
    known_queues,
    known_regions,
    read_site_file,
)
from kernel.findings import Problem


def site_of(path: Path, others: Iterable[Path]) -> Path:
    """The site's folder that a file is judged in: the one around it, else the first of the others.

    A flow that somebody writes on a desk of their own still names the queues of the site.
    """
    folder = Path(realpath(path)).parent  # which a link to itself does not end
    around = folder.parent if folder.name in {"flows", "workflows"} else folder
    return next((site for site in (around, *others) if (site / "queues.yaml").is_file()), around)


def check_files(
    paths: Iterable[Path], site_for: Callable[[Path], Path], settings: IvrSettings
) -> list[Problem]:
    """Every error of every file. Raises `OSError` for what cannot be read at all."""
    return [problem for path in paths for problem in _check(path, site_for(path), settings)]


def check_announcements(
    paths: Iterable[Path], site_for: Callable[[Path], Path], settings: IvrSettings
) -> list[Problem]:
    """Where flows without errors may record who has not heard of it: to be looked at, and no error."""
    found: list[Problem] = []
    for path in paths if settings.announce_recording else ():
        if _is_flow(path):
            flow, _ = load_checked_flow(path, site_for(path), settings)
            found += unannounced(flow, str(path)) if flow is not None else []
    return found


def _is_flow(path: Path) -> bool:
    return path.name not in {"calendars.yaml", "numbers.yaml"} and not path.name.endswith(SUFFIX)


def load_checked_flow(path: Path, site: Path, settings: IvrSettings) -> tuple[Flow | None, list[Problem]]:
    """A flow as it would run in this site, or its errors. Raises `OSError` as above."""
    around = Surroundings(
        queues=known_queues(site),
        calendars=known_calendars(site),
        experts=known_experts(site),
        on_call=known_on_call(site),
        regions=known_regions(site),
        recordings=known_recordings(site, settings),
        lookups=known_lookups(site),
        flows={**known_flows(site / "flows"), **known_flows(path.parent)},
        is_for_author=True,
    )
    text = text_of(path, settings)
    if isinstance(text, Problem):
        return None, [text]
    return load_flow(text, file=str(path), name=path.stem, around=around)


def load_others(path: Path, site: Path, settings: IvrSettings) -> dict[str, Flow]:
    """The flows beside it into which a flow may lead, as far as they are without errors."""
    found: dict[str, Flow] = {}
    for file in (*flow_files(site / "flows"), *flow_files(path.parent)):
        text = text_of(file, settings)
        if isinstance(text, str):
            flow, _ = load_flow(text, file=str(file), name=file.stem, around=Surroundings())
            found |= {file.stem: flow} if flow is not None else {}
    return found


def text_of(path: Path, settings: IvrSettings) -> str | Problem:
    """What a file says, or the one problem of a file that nobody can read."""
    try:
        return read_site_file(path, settings.site_file_bytes_max)
    except NoText as error:
        return Problem(file=str(path), line=error.line, code="bad_yaml", node="", message=f"it {error.what}")


def _check(path: Path, site: Path, settings: IvrSettings) -> list[Problem]:
    if _is_flow(path):
        return load_checked_flow(path, site, settings)[1]
    text = text_of(path, settings)
    if isinstance(text, Problem):
        return [text]
    if path.name.endswith(SUFFIX):
        return load_cases(text, file=str(path))[1]
    if path.name == "calendars.yaml":
        return load_calendars(text, file=str(path))[1]
    flows = frozenset(known_flows(site / "flows"))
    return load_numbers(text, file=str(path), flows=flows)[1]
