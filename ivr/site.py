"""The site's numbers, calendars and flows from its folder; a changed file counts from the next call on."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar

from infra.last_good import BYTES_MAX, LastGood
from ivr.calendar import Calendars
from ivr.dialled import Numbers
from ivr.errand_check import LookupShape
from ivr.errors import BrokenSiteFile, NoText
from ivr.flow import Surroundings, load_calendars, load_flow, load_numbers
from ivr.model import Flow, pin_of
from ivr.nodes import QueueExit
from ivr.recorded import RecordingKey
from ivr.recordings import RecordingFiles, recordings_folder
from ivr.settings import IvrSettings
from ivr.subflows import subflows_in
from kernel.errors import HotlineError
from kernel.findings import Problem
from kernel.yaml_lines import UnreadableYaml, read_yaml

T = TypeVar("T")
Loader = Callable[[str, str], tuple[T | None, list[Problem]]]

PROBLEMS_TOLD_MAX = 3
"""Of a broken file in one line of the log; the check lists all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """What calls go by. A call keeps the one that it began with."""

    numbers: Numbers
    calendars: Calendars
    flows: dict[str, Flow] = field(default_factory=dict)
    recordings: Mapping[RecordingKey, Path] = field(default_factory=dict)
    """Those that can be played."""
    pin: str = ""
    """Names this set of flows; a call carries it."""

    @property
    def wanted(self) -> frozenset[str]:
        """The flows that numbers lead to."""
        rules = [*self.numbers.numbers.values(), self.numbers.default]
        return frozenset(rule.flow for rule in rules if rule)


_EXIT_BY: Mapping[str, QueueExit] = {"calendar": "closed", "max_wait_s": "timeout"}
"""What a queue must have before it sends anybody away so. Full is any queue at some point."""


def known_queues(folder: Path) -> Mapping[str, frozenset[QueueExit]] | None:
    """The site's queues with the ways in which they send callers away; None if no list can be read."""
    listed = _listed(folder / "queues.yaml", "queues")
    if listed is None:
        return None
    rules = {key: queue if isinstance(queue, dict) else {} for key, queue in listed.items()}
    always: frozenset[QueueExit] = frozenset({"full"})
    return {
        key: always | {exit_ for field, exit_ in _EXIT_BY.items() if queue.get(field)}
        for key, queue in rules.items()
    }


def known_calendars(folder: Path) -> frozenset[str] | None:
    """The names of the site's calendars; None if there is no list that can be read."""
    listed = _listed(folder / "calendars.yaml", "calendars")
    return None if listed is None else frozenset(listed)


def known_experts(folder: Path) -> frozenset[str] | None:
    """The keys of the site's experts; None if there is a list that cannot be read."""
    path = folder / "experts.yaml"
    listed = _listed(path, "experts") if path.exists() else {}
    return None if listed is None else frozenset(listed)


def known_on_call(folder: Path) -> frozenset[str] | None:
    """The keys of the site's on-call lists; None if there is a file that cannot be read."""
    path = folder / "on_call.yaml"
    listed = _listed(path, "on_call") if path.exists() else {}
    return None if listed is None else frozenset(listed)


def known_regions(folder: Path) -> frozenset[str] | None:
    """The keys of the site's regions; None if there is a list that cannot be read."""
    path = folder / "regions.yaml"
    listed = _listed(path, "regions") if path.exists() else {}
    return None if listed is None else frozenset(listed)


def known_lookups(folder: Path) -> Mapping[str, LookupShape] | None:
    """The site's look-ups, with what they take and answer; None if there is a list that cannot be read."""
    path = folder / "lookups.yaml"
    listed = _listed(path, "lookups") if path.exists() else {}
    if listed is None:
        return None
    return {
        name: LookupShape(params=_types(one.get("params")), fields=_types(one.get("fields")))
        for name, one in listed.items()
        if isinstance(one, dict)
    }


def _types(written: Any) -> Mapping[str, str]:
    """Each name with its type, which may stand beside other things that are said of it."""
    named = written.items() if isinstance(written, dict) else ()
    return {name: str(one.get("type") if isinstance(one, dict) else one) for name, one in named}


def known_flows(folder: Path) -> Mapping[str, frozenset[str]]:
    """The flows in a folder, each with those that it goes through."""
    return {path.stem: subflows_in(_data(path)) for path in flow_files(folder)}


def flow_files(folder: Path) -> list[Path]:
    """The files of flows; others, as their test cases, have a dot in their names."""
    return [path for path in sorted(folder.glob("*.yaml")) if "." not in path.stem]


def _data(path: Path) -> Any:
    """None of what is no file, or none that a person wrote: a device beside it would be read for ever."""
    try:
        return read_yaml(read_site_file(path, BYTES_MAX)).data if path.is_file() else None
    except (OSError, NoText, UnreadableYaml):
        return None


def _listed(path: Path, field: str) -> Mapping[str, Any] | None:
    data = _data(path)
    listed = data.get(field) if isinstance(data, dict) else None
    return listed if isinstance(listed, dict) else None


def read_site_file(path: Path, bytes_max: int) -> str:
    """The text of a site file, if it is of a size that can be meant."""
    with path.open("rb") as file:
        content = file.read(bytes_max + 1)
    if len(content) > bytes_max:
        raise NoText(path, 1, f"is larger than {bytes_max} bytes")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise NoText(path, content.count(b"\n", 0, error.start) + 1, "is not UTF-8 text") from error


class _Watched(Generic[T]):
    """One file, and what counts of it."""

    def __init__(self, file: LastGood[T]) -> None:
        self._file = file
        self._was_read = False
        self.good: T | None = None

    @property
    def fault(self) -> str:
        """Why nothing of the file counts; "" when something does."""
        return self._file.fault if self.good is None else ""

    @property
    def stale(self) -> str:
        """Why the file counts as it was before; "" when it counts as it is."""
        return self._file.fault if self.good is not None else ""

    def refresh(self) -> bool:
        """Reads the file if it changed; says whether something else counts now."""
        read = self._file.changed() if self._was_read else self._first()
        if read is not None:
            self.good = read
        return read is not None

    def forget(self) -> None:
        """The file was taken away."""
        self._file.forget()

    def _first(self) -> T | None:
        self._was_read = True
        try:
            return self._file.at_start()
        except HotlineError:
            return None


class SiteFiles:
    """Reads the site's folder; a file that is broken keeps its last good version in use."""

    def __init__(self, folder: Path, settings: IvrSettings, *, kept: Path | None = None) -> None:
        """Copies of what was last right go to the folder `kept`; who only looks gives none."""
        self._folder = folder
        self._settings = settings
        self._kept = kept
        self._numbers: _Watched[Numbers] = self._watched(
            folder / "numbers.yaml", lambda text, file: load_numbers(text, file=file)
        )
        self._calendars: _Watched[Calendars] = self._watched(
            folder / "calendars.yaml", lambda text, file: load_calendars(text, file=file)
        )
        self._flows: dict[str, _Watched[Flow]] = {}
        self._recordings = RecordingFiles(recordings_folder(folder), settings)
        self.site = Site(numbers=Numbers(), calendars=Calendars())
        self.fault = ""
        """Why callers cannot be served by the files as they were last read; "" when they can."""
        self.stale: tuple[str, ...] = ()
        """Why files count as they were before."""

    @property
    def serves_somebody(self) -> bool:
        """At least one number leads to a flow that can be used."""
        return not self.site.wanted.isdisjoint(self.site.flows)

    def refresh(self) -> bool:
        """Reads what changed since the last time; says whether anything did."""
        changed = [self._numbers.refresh(), self._calendars.refresh()]
        present = {path.stem: path for path in flow_files(self._folder / "flows")}
        for name in list(self._flows.keys() - present.keys()):
            self._flows.pop(name).forget()
            changed.append(True)
        for name, path in present.items():
            if name not in self._flows:
                self._flows[name] = self._watched(path, self._flow_loader(name))
            changed.append(self._flows[name].refresh())
        changed.append(self._recordings.refresh())
        if any(changed):
            flows = {name: one.good for name, one in self._flows.items() if one.good is not None}
            self.site = Site(
                numbers=self._numbers.good or Numbers(),
                calendars=self._calendars.good or Calendars(),
                flows=flows,
                recordings=self._recordings.playable(),
                pin=pin_of({name: flow.digest for name, flow in flows.items()}),
            )
        self.fault = self._found_fault()
        watched: list[_Watched[Any]] = [self._numbers, self._calendars, *self._flows.values()]
        self.stale = tuple(one.stale for one in watched if one.stale)
        return any(changed)

    def _found_fault(self) -> str:
        # A site may do without calendars.
        calendars = self._calendars.fault if (self._folder / "calendars.yaml").exists() else ""
        if self._numbers.fault or calendars:
            return self._numbers.fault or calendars
        missing = sorted(self.site.wanted - self.site.flows.keys())
        broken = [self._flows[name].fault for name in missing if name in self._flows]
        absent = [f"numbers.yaml leads to the flow {name!r}, which is not in flows/" for name in missing]
        return next(iter(broken + absent), "")

    def _flow_loader(self, name: str) -> Loader[Flow]:
        def load(text: str, file: str) -> tuple[Flow | None, list[Problem]]:
            # Queues and calendars that are missing don't stop a flow here: a caller who reaches such
            # a node is still better served than one who finds no flow at all. The check names them.
            return load_flow(text, file=file, name=name, around=Surroundings())

        return load

    def _watched(self, path: Path, load: Loader[T]) -> _Watched[T]:
        def parse(text: str) -> T:
            loaded, problems = load(text, path.name)
            if loaded is None:
                raise BrokenSiteFile(f"{path}: {_in_words(problems)}; ./hotline ivr check {path} lists all")
            return loaded

        kept = self._kept / path.relative_to(self._folder) if self._kept else None
        return _Watched(LastGood(path, kept=kept, parse=parse, bytes_max=self._settings.site_file_bytes_max))


def _in_words(problems: list[Problem]) -> str:
    return "; ".join(f"line {one.line}: {one.message}" for one in problems[:PROBLEMS_TOLD_MAX])
