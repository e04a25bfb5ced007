"""The files of flows as they are edited: read, checked with all that stands around them, written whole."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from infra.own_threads import OwnThreads
from infra.whole_file import write_whole
from ivr.cases import cases_beside
from ivr.errors import NoText
from ivr.flow import Surroundings, load_flow
from ivr.model import Flow, digest_of
from ivr.recordings import known_recordings
from ivr.settings import IvrSettings
from ivr.site import (
    known_calendars,
    known_experts,
    known_flows,
    known_on_call,
    known_queues,
    known_regions,
    read_site_file,
)
from ivr.subflows import subflows_in
from ivr.version_errors import FlowCasesChanged, FlowChanged, FlowNotWritten
from kernel.findings import Problem
from kernel.yaml_lines import UnreadableYaml, read_yaml

T = TypeVar("T")

THREADS = 2


class FlowFolder:
    """A site's flows."""

    def __init__(self, site: Path, settings: IvrSettings) -> None:
        self._site = site
        self._settings = settings
        self.threads = OwnThreads("flows", threads=THREADS, work_max_s=settings.flow_check_max_s)
        """Large texts take their time, which calls must not wait for."""

    def file(self, name: str) -> Path:
        """Where a flow is."""
        return self._site / "flows" / f"{name}.yaml"

    async def text(self, name: str) -> str | None:
        """What the file says, right or not; None if there is none."""
        return await self._reached(lambda: self._text(name))

    async def cases(self, name: str) -> str | None:
        """The test cases beside the file; None if there are none."""
        return await self._reached(lambda: self._read(cases_beside(self.file(name))))

    async def write_cases(self, name: str, text: str, *, digest: str) -> None:
        """Writes them; raises `FlowCasesChanged` where the file does not say any more what was seen."""
        await self._reached(lambda: self._write_cases(name, text, digest))

    async def load(self, name: str, text: str) -> tuple[Flow | None, list[Problem]]:
        """The flow as it would run in this site, or what is wrong with it."""
        return await self._reached(lambda: self._load(name, text))

    async def check(self, name: str, text: str) -> list[Problem]:
        """All that is wrong with the text, and what it would make wrong in other flows."""
        return await self._reached(lambda: [*self._load(name, text)[1], *self._harm(name, text)])

    async def write(self, name: str, text: str, *, instead_of: str | None) -> None:
        """Writes the file; raises `FlowChanged` where it does not say any more what it is to replace."""
        await self._reached(lambda: self._write(name, text, instead_of))

    async def _reached(self, work: Callable[[], T]) -> T:
        try:
            return await self.threads.run(work)
        except NoText as error:
            raise FlowNotWritten(str(error)) from error
        except OSError as error:
            raise FlowNotWritten(f"{error.filename}: {error.strerror}") from error

    def _text(self, name: str) -> str | None:
        return self._read(self.file(name))

    def _read(self, file: Path) -> str | None:
        try:
            return read_site_file(file, self._settings.site_file_bytes_max)
        except FileNotFoundError:
            return None

    def _around(self, flows: dict[str, frozenset[str]]) -> Surroundings:
        return Surroundings(
            queues=known_queues(self._site),
            calendars=known_calendars(self._site),
            experts=known_experts(self._site),
            on_call=known_on_call(self._site),
            regions=known_regions(self._site),
            recordings=known_recordings(self._site, self._settings),
            flows=flows,
            is_for_author=True,
        )

    def _load(self, name: str, text: str) -> tuple[Flow | None, list[Problem]]:
        flows = {**known_flows(self._site / "flows"), name: _through(text)}
        return load_flow(text, file=f"{name}.yaml", name=name, around=self._around(flows))

    def _harm(self, name: str, text: str) -> list[Problem]:
        """What is wrong with others by this text alone: what else is, keeps nobody from publishing."""
        before = dict(known_flows(self._site / "flows"))
        after = {**before, name: _through(text)}
        if before.get(name) == after[name]:
            return []
        found: list[Problem] = []
        for other in sorted(before.keys() - {name}):
            said = self._text(other) or ""
            faults = [
                load_flow(said, file=f"{other}.yaml", name=other, around=self._around(flows))[1]
                for flows in (before, after)
            ]
            found += [problem for problem in faults[1] if problem not in faults[0]]
        return found

    def _write(self, name: str, text: str, instead_of: str | None) -> None:
        now = self._text(name)
        if now != instead_of:
            raise FlowChanged(name, now or "", digest_of(now) if now is not None else "")
        self.file(name).parent.mkdir(exist_ok=True)
        write_whole(self.file(name), text)

    def _write_cases(self, name: str, text: str, digest: str) -> None:
        file = cases_beside(self.file(name))
        now = self._read(file) or ""
        if digest_of_cases(now) != digest:
            raise FlowCasesChanged(name, now, digest_of_cases(now))
        file.parent.mkdir(exist_ok=True)
        write_whole(file, text)


def digest_of_cases(text: str) -> str:
    """Names what was seen; "" where there are no cases."""
    return digest_of(text) if text else ""


def _through(text: str) -> frozenset[str]:
    try:
        return subflows_in(read_yaml(text).data)
    except UnreadableYaml:
        return frozenset()
