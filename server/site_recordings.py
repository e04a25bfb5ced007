"""Joins the recordings of voice menus to who reads sound files."""

from dataclasses import dataclass
from pathlib import Path

from agent_ui.board import Board
from infra.web import Route
from ivr.recording_http import site_recording_routes
from ivr.recording_shelf import RecordingShelf
from server.flows import flow_editor_routes
from server.parts import Foundation, Records, Talk
from server.settings import Settings
from speech.sounds import SoundReader, Wanted


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedSounds:
    """`ivr.ports.SoundImport`: recordings are as loud as voices."""

    reader: SoundReader
    level_dbfs: float
    seconds_min: float

    async def convert(self, source: Path, out: Path, *, seconds_max: float) -> float:
        """See `SoundImport.convert`."""
        wanted = Wanted(level_dbfs=self.level_dbfs, seconds_min=self.seconds_min, seconds_max=seconds_max)
        return await self.reader.convert(source, out, wanted)


def recordings_of_site(settings: Settings, reader: SoundReader) -> RecordingShelf:
    """The recordings of this installation."""
    spoken = settings.speech.synthesis
    sounds = ImportedSounds(reader=reader, level_dbfs=spoken.level_dbfs, seconds_min=spoken.seconds_min)
    return RecordingShelf(settings.places.site, sounds, settings.ivr)


def routes_of_menus(foundation: Foundation, talk: Talk, records: Records, board: Board) -> list[Route]:
    """What supervisors do with flows and recordings in the browser."""
    records.flows.show_on(board, foundation.tasks)
    shelf = recordings_of_site(foundation.settings, foundation.synthesiser.sounds)
    flows = flow_editor_routes(foundation.settings, records.flows, talk.site, foundation.clock)
    return [*flows, *site_recording_routes(shelf, lambda: talk.site.last.flows, records.staff.accounts)]
