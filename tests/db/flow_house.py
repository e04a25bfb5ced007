"""A site's folder with what keeps its flows, for tests on both databases."""

import shutil
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from infra.database import Database
from ivr.case_runs import CaseRuns
from ivr.current_site import CurrentSite
from ivr.flow_folder import FlowFolder
from ivr.model import digest_of
from ivr.settings import IvrSettings
from ivr.site import SiteFiles
from ivr.store import FlowStore
from ivr.versions import FlowVersions
from kernel.ids import StaffId

EXAMPLE = Path(__file__).resolve().parents[2] / "server" / "example" / "site"
FLOWS = {file.stem for file in (EXAMPLE / "flows").glob("*.yaml") if "." not in file.stem}
CHEN, LI = StaffId(1), StaffId(2)
NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)


@dataclass
class House:
    """A site's folder with what keeps its flows."""

    site: Path
    database: Database
    settings: IvrSettings = field(default_factory=IvrSettings)
    at: datetime = NOON
    trail: list[tuple[StaffId | None, str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.start()

    def start(self) -> None:
        """As a server that begins, or begins again."""
        self.store = FlowStore(
            self.database,
            versions_max=self.settings.flow_versions_kept_max,
            sets_max=self.settings.flow_sets_kept_max,
        )
        self.current = CurrentSite(SiteFiles(self.site, self.settings), answer_max_s=60.0)
        folder = FlowFolder(self.site, self.settings)
        cases = CaseRuns(folder=folder, site=self.current, settings=self.settings)
        self.versions = FlowVersions(self.store, cases, self, self)

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return self.at.timestamp()

    async def names(self) -> Mapping[StaffId, str]:
        return {CHEN: "陈主管", LI: "李静"}

    async def note(self, staff: StaffId | None, action: str, subject: str) -> None:
        self.trail.append((staff, action, subject))

    @property
    def main(self) -> Path:
        return self.site / "flows" / "main.yaml"

    @property
    def text(self) -> str:
        return self.main.read_text(encoding="utf-8")

    async def noted(self) -> None:
        await self.versions.note(await self.current.read())

    async def drafted(self, text: str, *, revision: int = 0, by: StaffId = CHEN) -> int:
        saved = await self.versions.save_draft(
            "main", text, revision=revision, based_on=digest_of(self.text), by=by
        )
        return saved.revision


def reworded(text: str) -> str:
    return text.replace("您好", "您好呀")


def swapped(text: str) -> str:
    """Who presses 2 comes where those of 1 belong."""
    return text.replace('"1": {to: sales', '"1": {to: complaints').replace(
        '"2": {to: complaints', '"2": {to: sales'
    )


@asynccontextmanager
async def opened(url: str, folder: Path) -> AsyncIterator[House]:
    """The example company, whose flows are versions already."""
    shutil.copytree(EXAMPLE, folder / "site")
    database = Database(url)
    house = House(folder / "site", database)
    await house.noted()
    yield house
    await database.close()
