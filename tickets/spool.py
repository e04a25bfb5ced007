"""Messages on disk: what the telephone side left, and where a recording is kept in the end.

An entry is two files, `<call>.json` (written first) and `<call>.wav`. The first is the mark that
there is something to be done, so it is the last to be deleted.
"""

import os
import re
import struct
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from kernel.ids import CallId
from kernel.text import harmless
from tickets.model import Message

WAV_HEADER_BYTES = 44
RATE, SAMPLE_BYTES = 8_000, 2
ENTRY_BYTES_MAX = 64 * 1024
_CALL = re.compile(r"[A-Za-z0-9._-]{1,80}")

Number = Annotated[str, Field(max_length=40), AfterValidator(harmless)]


class _Entry(BaseModel):
    """What the telephone side writes about a message."""

    model_config = ConfigDict(extra="ignore")

    from_: Number = Field(alias="from")
    to: Number
    at: AwareDatetime
    language: Annotated[str, Field(max_length=10)] = ""


@dataclass(frozen=True, slots=True)
class Spool:
    """The folder where messages arrive, and the folder of recordings."""

    folder: Path
    recordings: Path

    def calls(self) -> list[CallId]:
        """The calls that have a message here, the oldest first."""
        found = [path for path in self.folder.glob("*.json") if _CALL.fullmatch(path.stem)]
        return [CallId(path.stem) for path in sorted(found, key=_changed_at)]

    def is_quiet(self, call: CallId, now: datetime, quiet_s: float) -> bool:
        """Whether nothing was written to the message for a while: nobody speaks any more."""
        files = (self._recording(call), self._about(call))
        return max(map(_changed_at, files)) <= now.timestamp() - quiet_s

    def read(self, call: CallId) -> Message | None:
        """The message; None when there is no entry. An unreadable one is put aside for a person."""
        about = self._about(call)
        try:
            with about.open("rb") as file:
                entry = _Entry.model_validate_json(file.read(ENTRY_BYTES_MAX))
        except FileNotFoundError:
            return None
        except ValidationError:
            about.replace(about.with_suffix(".unreadable"))
            raise
        left_at = entry.at.astimezone(UTC)
        path = f"{left_at:%Y/%m/%d}/{call}-{left_at:%H%M%S%f}-message.wav"
        recording = self._recording(call)
        return Message(
            call=call,
            left_at=left_at,
            caller_number=entry.from_,
            dialled=entry.to,
            language=entry.language,
            path=path,
            seconds=_seconds(recording if recording.exists() else self.recordings / path),
        )

    def keep(self, message: Message) -> None:
        """Moves the recording to where it stays; harmless when that is done."""
        recording, kept = self._recording(message.call), self.recordings / message.path
        if not recording.exists():
            return
        _mend_header(recording)
        kept.parent.mkdir(parents=True, exist_ok=True)
        # Within the data folder, so this is one step: the recording is in one place or the other.
        recording.replace(kept)
        _write_through(kept.parent)

    def forget(self, call: CallId) -> None:
        """The entry is dealt with."""
        self._recording(call).unlink(missing_ok=True)
        self._about(call).unlink(missing_ok=True)

    def _about(self, call: CallId) -> Path:
        return self.folder / f"{call}.json"

    def _recording(self, call: CallId) -> Path:
        return self.folder / f"{call}.wav"


def _changed_at(path: Path) -> float:
    return path.stat().st_mtime if path.exists() else 0.0


def _seconds(recording: Path) -> float:
    size = recording.stat().st_size if recording.exists() else 0
    return max(0, size - WAV_HEADER_BYTES) / (RATE * SAMPLE_BYTES)


def _mend_header(recording: Path) -> None:
    """The header of a recording that was cut off by a crash says that there is no sound in it."""
    size = recording.stat().st_size
    with recording.open("r+b") as file:
        header = file.read(WAV_HEADER_BYTES)
        if len(header) < WAV_HEADER_BYTES or header[:4] != b"RIFF" or header[36:40] != b"data":
            return
        in_file = size - WAV_HEADER_BYTES
        if struct.unpack("<I", header[40:44])[0] != in_file:
            file.seek(4)
            file.write(struct.pack("<I", size - 8))
            file.seek(40)
            file.write(struct.pack("<I", in_file))
            file.flush()
            os.fsync(file.fileno())


def _write_through(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
