"""Adding, listing and removing the site's recordings."""

import asyncio
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from ivr.errors import BadRecordingName, NoRecording, TooManyRecordings
from ivr.model import Flow
from ivr.ports import SoundImport
from ivr.recorded import RecordingKey
from ivr.recordings import RecordingFiles, recording_file, recordings_folder
from ivr.settings import IvrSettings
from ivr.words import LANGUAGES, RECORDING_PATTERN, Text

_NAME = re.compile(RECORDING_PATTERN)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingLine:
    """A recording in the list."""

    key: RecordingKey
    seconds: float
    fault: str
    """Why it cannot be played; "" when it can."""


class RecordingShelf:
    """The recordings of a site. Calls hear a change from the next time that it is played."""

    def __init__(self, site: Path, sounds: SoundImport, settings: IvrSettings) -> None:
        self._site = site
        self._sounds = sounds
        self._settings = settings

    async def lines(self) -> list[RecordingLine]:
        """All of them, by name."""
        files = await asyncio.to_thread(self._files)
        lines = [
            RecordingLine(key=key, seconds=one.seconds, fault=one.fault) for key, one in files.files.items()
        ]
        return sorted(lines, key=lambda line: (line.key[1], line.key[0]))

    async def add(self, source: Path, key: RecordingKey) -> RecordingLine:
        """Makes a sound file of any common format the recording of that name, instead of one that is there.

        Raises `InvalidInput` for a name or a file that cannot be one, with the reason.
        """
        target = self.file(key)
        files = await asyncio.to_thread(self._files)
        if key not in files.files and len(files.files) >= self._settings.recordings_max:
            raise TooManyRecordings(f"there are {len(files.files)} recordings, and may be no more")
        await asyncio.to_thread(target.parent.mkdir, parents=True, exist_ok=True)
        seconds = await self._sounds.convert(source, target, seconds_max=self._settings.recording_s_max)
        return RecordingLine(key=key, seconds=seconds, fault="")

    async def remove(self, key: RecordingKey) -> None:
        """Takes a recording away: where flows name it, a voice says its words. Raises `NoRecording`."""
        try:
            await asyncio.to_thread(self.file(key).unlink)
        except FileNotFoundError as error:
            raise NoRecording(f"there is no recording {key[1]} in {key[0]}") from error

    def file(self, key: RecordingKey) -> Path:
        """Where a recording is, or would be; raises `BadRecordingName`."""
        language, name = key
        if language not in LANGUAGES or not _NAME.fullmatch(name):
            raise BadRecordingName(
                "a recording's name has at most 40 small letters, figures, - and _, a letter first"
            )
        return recording_file(self._site, key)

    def _files(self) -> RecordingFiles:
        files = RecordingFiles(recordings_folder(self._site), self._settings)
        files.refresh()
        return files


def flows_by_recording(flows: Mapping[str, Flow]) -> dict[RecordingKey, tuple[str, ...]]:
    """The flows that name each recording."""
    found: dict[RecordingKey, dict[str, None]] = {}
    for name, flow in flows.items():
        for key in _named(flow):
            found.setdefault(key, {})[name] = None
    return {key: tuple(sorted(names)) for key, names in found.items()}


def _named(flow: Flow) -> Iterator[RecordingKey]:
    for node in flow.nodes.values():
        text: Text = getattr(node, "text", None) or {}
        for language, speech in text.items():
            for phrase in speech:
                if phrase.recording is not None:
                    yield phrase.language or language, phrase.recording
