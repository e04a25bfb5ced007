"""Names of calls that Hotline places itself.

A call that came in has the name that the switch gave it. One that is placed has its name before there is
anything in the switch, and that name alone tells the two apart, in records of the switch and in its channels.
"""

import re
from datetime import UTC, datetime

from kernel.ids import CallId
from telephony.model import Direction

_PLACED = re.compile(r"out-(\d{9,11})-[a-z0-9]{8,32}")


def new_call(at: datetime, chance: int) -> CallId:
    """The name of a call that is placed now; nobody else draws the same number.

    It ends in digits: by the last two the dialplan finds one of a hundred locks, and Asterisk never
    forgets the name of a lock.
    """
    return CallId(f"out-{int(at.timestamp())}-{chance:020}")


def direction_of(call: CallId) -> Direction:
    """Who called whom, by the call's name."""
    return Direction.OUT if _PLACED.fullmatch(call) else Direction.IN


def placed_at(call: CallId) -> datetime | None:
    """When a call was placed, to the second; None of one that came in."""
    found = _PLACED.fullmatch(call)
    return datetime.fromtimestamp(int(found[1]), UTC) if found else None
