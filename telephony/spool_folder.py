"""The spool as a folder: the one definition of how what a caller says lies on disk.

Each attempt to record is a part with files of its own, so that no attempt can spoil an earlier one:
`<call>_<begun>.json`, written first, says who calls; `<call>_<begun>.wav` is the recording. Nothing
is deleted here but by `forget`, once a part is in a ticket. Also loaded by the switch's own message
taker, which has to start fast: standard library and `kernel` only.
"""

import errno
import json
import os
import shutil
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from kernel.ids import CallId
from kernel.text import harmless
from telephony.spool import BYTES_PER_SECOND, SAMPLE_BYTES, About, Part, Spool

HEADER_BYTES = 44
"""Before the samples, in the files that the switch writes."""
ABOUT_BYTES_MAX = 64 * 1024
NUMBER_CHARACTERS_MAX = 40
LANGUAGE_CHARACTERS_MAX = 10
MIN_S_MAX = 60.0


class SpoolFolder(Spool):
    """The folder where messages wait to become tickets."""

    def __init__(self, folder: Path, *, min_s: float) -> None:
        self._folder = folder
        self.min_s = min_s

    def begin(self, call: CallId, about: About, now: datetime, *, room_for_s: float = 0) -> Part:
        """Writes who calls, before a word is recorded.

        The switch tells of a full disk no more than of a caller who says nothing.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        part = Part(call, now)
        while any(path.exists() for path in self._files(part)):
            part = Part(call, part.begun_at + timedelta(microseconds=1))
        if shutil.disk_usage(self._folder).free < room_for_s * BYTES_PER_SECOND:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(self._folder))
        written = {
            "from": about.caller_number,
            "to": about.dialled,
            "language": about.language,
            "min_s": about.min_s,
            "again": about.is_again,
        }
        draft = self._about(part).with_suffix(".part")
        draft.write_text(json.dumps(written), encoding="utf-8")
        draft.replace(self._about(part))
        return part

    def recording(self, part: Part) -> Path:
        """Where the part's sound belongs."""
        return self._folder / f"{part.name}.wav"

    def parts(self) -> list[Part]:
        """All that is here, also a recording whose circumstances are lost; other files are nobody's."""
        files = (path for path in self._folder.glob("*_*") if path.suffix in {".json", ".wav"})
        names = {path.stem for path in files if path.is_file()}
        return sorted(part for name in names if (part := Part.named(name)))

    def about(self, part: Part) -> About:
        """Who called. A message whose circumstances are damaged is still a message."""
        try:
            with self._about(part).open("rb") as file:
                read = json.loads(file.read(ABOUT_BYTES_MAX))
        except (OSError, ValueError, RecursionError):
            return About()
        if not isinstance(read, dict):
            return About()
        return About(
            caller_number=_text(read, "from", NUMBER_CHARACTERS_MAX),
            dialled=_text(read, "to", NUMBER_CHARACTERS_MAX),
            language=_text(read, "language", LANGUAGE_CHARACTERS_MAX),
            min_s=_seconds(read, "min_s"),
            is_again=read.get("again") is True,
        )

    def sound(self, part: Part) -> bytes:
        """The part's samples. The header says nothing new, and is wrong where a crash cut it off."""
        try:
            raw = self.recording(part).read_bytes()[HEADER_BYTES:]
        except (FileNotFoundError, IsADirectoryError):
            raw = b""
        return raw[: len(raw) // SAMPLE_BYTES * SAMPLE_BYTES]

    def is_quiet(self, part: Part, now: datetime, quiet_s: float) -> bool:
        """Whether nothing was written to the part for a while: nobody speaks any more."""
        return max(map(_changed_at, self._files(part))) <= now.timestamp() - quiet_s

    def hold(self, part: Part, until: datetime) -> None:
        """Written as a change to come, which outlives whoever asked for it."""
        os.utime(self._about(part), (until.timestamp(), until.timestamp()))

    def forget(self, part: Part) -> None:
        """The part is dealt with. The sound goes last: as long as it is here, nobody asks for it again."""
        for file in self._files(part):
            file.unlink(missing_ok=True)

    def _files(self, part: Part) -> tuple[Path, Path]:
        return self._about(part), self.recording(part)

    def _about(self, part: Part) -> Path:
        return self._folder / f"{part.name}.json"


def _text(read: Mapping[str, Any], field: str, characters_max: int) -> str:
    value = read.get(field)
    return harmless(value)[:characters_max] if isinstance(value, str) else ""


def _seconds(read: Mapping[str, Any], field: str) -> float:
    value = read.get(field)
    return float(value) if isinstance(value, int | float) and 0 <= value <= MIN_S_MAX else 0.0


def _changed_at(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:  # not there yet, or dealt with at this moment
        return 0.0
