"""Where the recordings of calls lie, and how one that the switch never finished is made whole."""

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path

from kernel.ids import AgentId, CallId, LegId
from telephony.spool import BYTES_PER_SECOND


class Side(StrEnum):
    """Whose voice a recording has."""

    CUSTOMER = "customer"
    AGENT = "agent"


class PauseEnd(StrEnum):
    """Why a recording went on."""

    AGENT = "agent"
    """Somebody who talked wanted it."""
    LIMIT = "limit"
    """It had been paused for as long as it may."""
    LEG = "leg"
    """Who had paused it was gone from the call."""
    FAILED = "failed"
    """The switch did not pause it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """A time in which nothing was recorded: both sides have silence there."""

    call: CallId
    leg: LegId
    agent: AgentId
    """Who wanted it."""
    since: datetime
    until: datetime | None = None
    """None while it goes on."""
    why: PauseEnd | None = None


_HEADER = struct.Struct("<4sI4s24x4sI")
"""Of a WAV as the switch writes it: RIFF, what follows; WAVE; the format; data, its length."""
_LENGTHS = ((4, 8), (40, _HEADER.size))
"""Where a length stands, and where the bytes begin that it counts."""
COMMENT_SUFFIX = "-comment.wav"
"""What a caller said on their rating."""
_SUFFIX = {Side.CUSTOMER: "-in.wav", Side.AGENT: "-out.wav"}


def find_recording(recordings: Path, call: CallId, arrived_at: datetime, side: Side) -> Path | None:
    """The recording of one side of a call; the switch files it under the day of arrival (UTC)."""
    return _filed(recordings, call, arrived_at, _SUFFIX[side])


def _filed(recordings: Path, call: CallId, arrived_at: datetime, suffix: str) -> Path | None:
    """The switch's clock and ours may differ around midnight, so the days beside are looked at too."""
    day = arrived_at.astimezone(UTC)
    for candidate in (day, day - timedelta(days=1), day + timedelta(days=1)):
        file = recordings / f"{candidate:%Y/%m/%d}" / f"{call}{suffix}"
        if file.is_file():
            return file
    return None


def files_of(recordings: Path, call: CallId, arrived_at: datetime) -> list[Path]:
    """All that was recorded of a call: both sides, and a comment on it."""
    suffixes = (*_SUFFIX.values(), COMMENT_SUFFIX)
    found = (_filed(recordings, call, arrived_at, suffix) for suffix in suffixes)
    return [file for file in found if file is not None]


def remove(files: Sequence[Path]) -> None:
    """Deletes them; harmless for those that are gone."""
    for file in files:
        file.unlink(missing_ok=True)


def complete(recording: Path) -> None:
    """Gives a recording the length that it has.

    The switch writes it when a conversation ends; of a switch that was killed, and while people still
    talk, the file says that it is empty or ends with the call's conversation before, and players believe it.
    """
    with recording.open("r+b") as file:
        start, size = file.read(_HEADER.size), recording.stat().st_size
        if len(start) < _HEADER.size:
            return
        riff, _, wave, data, length = _HEADER.unpack(start)
        if (riff, wave, data) != (b"RIFF", b"WAVE", b"data") or length == size - _HEADER.size:
            return
        for place, begin in _LENGTHS:
            file.seek(place)
            file.write(struct.pack("<I", size - begin))


def seconds_of(recording: Path) -> float:
    """How long it is by its size, whatever its header says."""
    return max(0, recording.stat().st_size - _HEADER.size) / BYTES_PER_SECOND
