"""The spool of messages: the words for what callers say to the machine, and the port to where it waits.

What counts as a message is decided here; `telephony.spool_folder` keeps it on disk. Also loaded by the
switch's own message taker, which has to start fast: standard library and `kernel` only.
"""

import re
import sys
from array import array
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from kernel.ids import CallId

RATE_HZ, SAMPLE_BYTES = 8_000, 2
BYTES_PER_SECOND = RATE_HZ * SAMPLE_BYTES
"""Telephone sound as the switch writes it: 8 kHz, 16 bit, one channel."""

QUIETEST = 256
"""Of 32,768; what never rises above it is silence, also for the switch, which ends messages by it."""

HEARD_MIN_S = 0.1
"""So much of sound, together, is something said; a receiver that is put down makes less."""
FRAME_SAMPLES = RATE_HZ // 50

_BEGUN = "%Y%m%dT%H%M%S%f"
_NAME = re.compile(r"([A-Za-z0-9._-]{1,80})_([0-9]{8}T[0-9]{12})")


@dataclass(frozen=True, slots=True, order=True)
class Part:
    """One attempt to record a message; in the order in which a call's parts were spoken."""

    call: CallId
    begun_at: datetime

    @classmethod
    def named(cls, name: str) -> "Part | None":
        """The part with this name, if it is one's."""
        found = _NAME.fullmatch(name)
        if found is None:
            return None
        try:
            begun_at = datetime.strptime(found[2], _BEGUN).replace(tzinfo=UTC)
        except ValueError:
            return None
        return cls(CallId(found[1]), begun_at)

    @property
    def name(self) -> str:
        """Unique for all time, as a call has one recording at a time."""
        return f"{self.call}_{self.begun_at.astimezone(UTC).strftime(_BEGUN)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """The circumstances of a part; empty where they cannot be read."""

    caller_number: str = ""
    dialled: str = ""
    language: str = ""
    min_s: float = 0.0
    """A shorter recording is no message here, beyond what the spool itself asks."""
    is_again: bool = False
    """The caller has spoken before, and wants to say it anew: until this is a message, that one is."""


class Spool(Protocol):
    """Where messages wait to become tickets."""

    min_s: float
    """A shorter recording is nobody's message."""

    def begin(self, call: CallId, about: About, now: datetime, *, room_for_s: float = 0) -> Part:
        """Keeps who calls, before a word is recorded. Raises `OSError` where no recording fits."""
        ...

    def recording(self, part: Part) -> Path:
        """Where the part's sound belongs."""
        ...

    def parts(self) -> list[Part]:
        """All that wait, in order, also those whose circumstances are lost."""
        ...

    def about(self, part: Part) -> About:
        """Who called. A message whose circumstances are damaged is still a message."""
        ...

    def sound(self, part: Part) -> bytes:
        """The part's samples."""
        ...

    def is_quiet(self, part: Part, now: datetime, quiet_s: float) -> bool:
        """Whether nothing was written to the part for a while: nobody speaks any more."""
        ...

    def hold(self, part: Part, until: datetime) -> None:
        """The part is not quiet before then."""
        ...

    def forget(self, part: Part) -> None:
        """The part is dealt with."""
        ...

    def parts_of(self, call: CallId) -> list[Part]:
        """The parts of a call, the latest at the end."""
        return [part for part in self.parts() if part.call == call]

    def is_message(self, part: Part) -> bool:
        """Whether something was said: the part is long enough, and not all silence.

        Of a caller who says nothing the switch keeps a second: shorter messages are worth having.
        """
        sound = self.sound(part)
        least_s = max(self.min_s, self.about(part).min_s)
        return len(sound) >= least_s * BYTES_PER_SECOND and says_something(sound)

    def has_message(self, call: CallId) -> bool:
        """Whether a message of the call waits here."""
        return any(self.is_message(part) for part in self.parts_of(call))

    def was_spoken(self, call: CallId) -> bool:
        """Whether a caller who was recorded has said it. A part that is gone is in a ticket."""
        for part in reversed(self.parts_of(call)):
            if self.is_message(part) or not self.about(part).is_again:
                return self.is_message(part)
        return True


def says_something(sound: bytes) -> bool:
    """Whether these samples are more than silence, and more than a click; the last may be cut in half."""
    samples = array("h", sound[: len(sound) // SAMPLE_BYTES * SAMPLE_BYTES])
    if sys.byteorder == "big":
        samples.byteswap()
    loud = 0
    for start in range(0, len(samples), FRAME_SAMPLES):
        frame = samples[start : start + FRAME_SAMPLES]
        is_loud = max(frame) >= QUIETEST or min(frame) <= -QUIETEST
        loud += len(frame) if is_loud else 0
        if loud >= HEARD_MIN_S * RATE_HZ:
            return True
    return False
