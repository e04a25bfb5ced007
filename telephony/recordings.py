"""Where the recordings of calls lie."""

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path

from kernel.ids import CallId


class Side(StrEnum):
    """Whose voice a recording has."""

    CUSTOMER = "customer"
    AGENT = "agent"


_SUFFIX = {Side.CUSTOMER: "-in.wav", Side.AGENT: "-out.wav"}


def find_recording(recordings: Path, call: CallId, arrived_at: datetime, side: Side) -> Path | None:
    """The recording of one side of a call; the switch files it under the day of arrival (UTC).

    The switch's clock reading and ours may differ around midnight, so the days beside are looked at too.
    """
    day = arrived_at.astimezone(UTC)
    for candidate in (day, day - timedelta(days=1), day + timedelta(days=1)):
        file = recordings / f"{candidate:%Y/%m/%d}" / f"{call}{_SUFFIX[side]}"
        if file.is_file():
            return file
    return None
