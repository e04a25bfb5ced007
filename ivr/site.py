"""The site's numbers, calendars and flows from its folder; a changed file counts from the next call on."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Generic, TypeVar

import structlog

from ivr.calendar import Calendars
from ivr.errors import BrokenSiteFile
from ivr.flow import Surroundings, load_calendars, load_flow, load_numbers
from ivr.model import Flow, Numbers, Problem
from ivr.settings import IvrSettings
from ivr.yaml_lines import UnreadableYaml, read_yaml

log = structlog.get_logger(__name__)

T = TypeVar("T")
Stamp = tuple[int, int]
Loader = Callable[[str, str], tuple[T | None, list[Problem]]]


@dataclass(slots=True)
class _Watched(Generic[T]):
    """One file: what it said when it was last right."""

    path: Path
    load: Loader[T]
    stamp: Stamp | None = None
    good: T | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """What calls go by. A call keeps the one that it began with."""

    numbers: Numbers
    calendars: Calendars
    flows: dict[str, Flow] = field(default_factory=dict)


def known_queues(folder: Path) -> frozenset[str] | None:
    """The keys of the site's queues; None if there is no list that can be read."""
    return _keys_of(folder / "queues.yaml", "queues")


def known_calendars(folder: Path) -> frozenset[str] | None:
    """The names of the site's calendars; None if there is no list that can be read."""
    return _keys_of(folder / "calendars.yaml", "calendars")


def _keys_of(path: Path, field: str) -> frozenset[str] | None:
    try:
        data = read_yaml(path.read_text(encoding="utf-8")).data
    except (OSError, UnicodeDecodeError, UnreadableYaml):
        return None
    listed = data.get(field) if isinstance(data, dict) else None
    return frozenset(listed) if isinstance(listed, dict) else None


def read_site_file(path: Path, bytes_max: int) -> str:
    """The text of a site file, if it is of a size that can be meant."""
    with path.open("rb") as file:
        content = file.read(bytes_max + 1)
    if len(content) > bytes_max:
        raise BrokenSiteFile(f"{path} is larger than {bytes_max} bytes")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BrokenSiteFile(f"{path} is not UTF-8 text") from error


class SiteFiles:
    """Reads the site's folder; a file that is broken keeps its last good version in use."""

    def __init__(self, folder: Path, settings: IvrSettings) -> None:
        self._folder = folder
        self._settings = settings
        self._numbers = _Watched(folder / "numbers.yaml", lambda text, file: load_numbers(text, file=file))
        self._calendars = _Watched(
            folder / "calendars.yaml", lambda text, file: load_calendars(text, file=file)
        )
        self._flows: dict[str, _Watched[Flow]] = {}
        self.site = Site(numbers=Numbers(), calendars=Calendars())

    def refresh(self) -> bool:
        """Reads what changed since the last time; says whether anything did."""
        changed = [self._refresh(self._numbers), self._refresh(self._calendars)]
        present = {path.stem: path for path in sorted(self._folder.glob("flows/*.yaml"))}
        changed += [bool(self._flows.pop(name)) for name in list(self._flows) if name not in present]
        for name, path in present.items():
            watched = self._flows.setdefault(name, _Watched(path, self._flow_loader(name)))
            changed.append(self._refresh(watched))
        if any(changed):
            self.site = Site(
                numbers=self._numbers.good or Numbers(),
                calendars=self._calendars.good or Calendars(),
                flows={name: one.good for name, one in self._flows.items() if one.good is not None},
            )
        return any(changed)

    def _flow_loader(self, name: str) -> Loader[Flow]:
        def load(text: str, file: str) -> tuple[Flow | None, list[Problem]]:
            # Queues and calendars that are missing don't stop a flow here: a caller who reaches such
            # a node is still better served than one who finds no flow at all. The check names them.
            return load_flow(text, file=file, name=name, around=Surroundings())

        return load

    def _refresh(self, watched: _Watched[T]) -> bool:
        try:
            status = watched.path.stat()
            stamp = (status.st_mtime_ns, status.st_size)
            if stamp == watched.stamp:
                return False
            text = read_site_file(watched.path, self._settings.site_file_bytes_max)
        except (OSError, BrokenSiteFile) as error:
            if watched.stamp is None or watched.good is None:
                log.warning("site file cannot be read", file=watched.path.name, error=str(error))
            return False
        watched.stamp = stamp
        loaded, problems = watched.load(text, watched.path.name)
        for problem in problems:
            log.error(
                "site file is broken; the last good version stays",
                file=problem.file,
                line=problem.line,
                code=problem.code,
                reason=problem.message,
            )
        if loaded is None:
            return False
        watched.good = loaded
        return True
