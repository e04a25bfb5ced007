"""Joins the recordings of voice menus to who reads sound files."""

from dataclasses import dataclass
from pathlib import Path

from ivr.recording_shelf import RecordingShelf
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
