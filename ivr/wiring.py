"""Puts the parts of a caller's line together."""

from dataclasses import dataclass
from pathlib import Path

from infra.database import Database
from ivr.current_site import CurrentSite
from ivr.hanging_up import HangingUp
from ivr.neighbours import Neighbours
from ivr.pinned import PinnedFlows
from ivr.ports import Synthesis
from ivr.prompts import Prompts
from ivr.service import LineService
from ivr.settings import IvrSettings
from ivr.store import FlowStore


@dataclass(frozen=True, slots=True, kw_only=True)
class IvrFolders:
    """Where a caller's line reads and writes."""

    cache: Path
    """What can be made again."""
    fallback_prompts: Path
    """Where the switch looks for what it says without the server."""


def flow_store(database: Database, settings: IvrSettings) -> FlowStore:
    """Where versions are kept, and the flows of running calls."""
    return FlowStore(
        database, versions_max=settings.flow_versions_kept_max, sets_max=settings.flow_sets_kept_max
    )


def build_hanging_up(site: CurrentSite, neighbours: Neighbours, settings: IvrSettings) -> HangingUp:
    """What goes on for callers who hung up; give `run` to the jobs that follow the ends of their calls."""
    return HangingUp(
        site=site,
        pinned=PinnedFlows(neighbours.archive, settings),
        customers=neighbours.customers,
        errands=neighbours.errands,
        clock=neighbours.clock,
        settings=settings,
    )


def build_line_service(
    site: CurrentSite,
    folders: IvrFolders,
    synthesis: Synthesis,
    neighbours: Neighbours,
    settings: IvrSettings,
) -> LineService:
    """The service; give `handle` to the switch, and run `run` as a background task."""
    prompts = Prompts(
        synthesis,
        settings,
        folders.cache / "beep.wav",
        folders.fallback_prompts,
        lambda: site.last.recordings,
    )
    return LineService(site, prompts, neighbours, settings)
