"""The site's recordings: `recordings/<language>/<name>.wav`, as telephones play them."""

import os
import re
import wave
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from ivr.recorded import RecordingKey
from ivr.settings import IvrSettings
from ivr.words import LANGUAGES, RECORDING_PATTERN

_NAME = re.compile(RECORDING_PATTERN)
_TELEPHONE = (8_000, 1, 2)
"""Samples a second, channels, and bytes of a sample."""
_Stamp = tuple[int, int, int]


def recordings_folder(site: Path) -> Path:
    """Where a site has its recordings."""
    return site / "recordings"


def recording_file(site: Path, key: RecordingKey) -> Path:
    """The file of a recording."""
    language, name = key
    return recordings_folder(site) / language / f"{name}.wav"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingFile:
    """One of them."""

    path: Path
    stamp: _Stamp
    seconds: float
    fault: str
    """Why it cannot be played; "" when it can."""


class RecordingFiles:
    """Looks at the folder, and into a file only when it was changed."""

    def __init__(self, folder: Path, settings: IvrSettings) -> None:
        self._folder = folder
        self._settings = settings
        self.files: dict[RecordingKey, RecordingFile] = {}

    def refresh(self) -> bool:
        """Says whether anything changed since the last time."""
        before = self.files
        self.files = dict(self._found(before))
        return {key: one.stamp for key, one in self.files.items()} != {
            key: one.stamp for key, one in before.items()
        }

    def playable(self) -> Mapping[RecordingKey, Path]:
        """Those that callers can hear."""
        return {key: one.path for key, one in self.files.items() if not one.fault}

    def _found(
        self, before: Mapping[RecordingKey, RecordingFile]
    ) -> Iterator[tuple[RecordingKey, RecordingFile]]:
        left = self._settings.recordings_max
        for language in LANGUAGES:
            for entry in _wav_files(self._folder / language)[:left]:
                left -= 1
                key: RecordingKey = (language, entry.name.removesuffix(".wav"))
                about = entry.stat()
                stamp = (about.st_mtime_ns, about.st_size, about.st_ino)
                known = before.get(key)
                unchanged = known is not None and known.stamp == stamp
                yield key, known if known and unchanged else self._look(Path(entry.path), stamp)

    def _look(self, path: Path, stamp: _Stamp) -> RecordingFile:
        seconds, fault = _heard(path)
        most = self._settings.recording_s_max
        if not fault and seconds > most:
            fault = f"is longer than {most:g} s"
        return RecordingFile(path=path, stamp=stamp, seconds=seconds, fault=fault)


def known_recordings(site: Path, settings: IvrSettings) -> Mapping[RecordingKey, str]:
    """The site's recordings, each with why it cannot be played; "" where it can."""
    files = RecordingFiles(recordings_folder(site), settings)
    files.refresh()
    return {key: one.fault for key, one in files.files.items()}


def _wav_files(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            named = [one for one in entries if one.name.endswith(".wav") and _NAME.match(one.name[:-4])]
            return sorted((one for one in named if one.is_file()), key=lambda one: one.name)
    except FileNotFoundError:
        return []


def _heard(path: Path) -> tuple[float, str]:
    """Its length in seconds, and what is wrong with it."""
    try:
        with wave.open(str(path)) as sound:
            manner = (sound.getframerate(), sound.getnchannels(), sound.getsampwidth())
            frames = min(sound.getnframes(), path.stat().st_size // _TELEPHONE[2])
    except (OSError, EOFError, wave.Error):
        return 0.0, "cannot be read as a WAV file"
    if manner != _TELEPHONE:
        return 0.0, "is not in the format of telephones (8 kHz, one channel, 16 bits)"
    return frames / _TELEPHONE[0], "" if frames else "is empty"
