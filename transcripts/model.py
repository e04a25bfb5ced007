"""Words for what was said in a call."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from kernel.ids import CallId
from telephony.recordings import Side


class State(StrEnum):
    """How far a transcript is."""

    TALKING = "talking"
    """The conversation goes on; what is there was heard live."""
    WAITING = "waiting"
    """It is to be made from the recording."""
    DONE = "done"
    FAILED = "failed"
    NONE = "none"
    """There is none, and there will be none."""


class Source(StrEnum):
    """What was listened to."""

    LIVE = "live"
    RECORDING = "recording"


class Lack(StrEnum):
    """Why there is no transcript."""

    NO_RECORDING = "no_recording"
    NO_RECOGNISER = "no_recogniser"
    UNREADABLE = "unreadable"
    """The recording is broken, or longer than the recogniser is set to hear."""
    NOT_HEARD = "not_heard"
    """The recogniser gave up on it, again and again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """One word; times are seconds in the recording."""

    text: str
    start_s: float
    end_s: float
    confidence: float
    """0 to 1, as the recogniser sees itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """What one side said without a long pause."""

    side: Side
    start_s: float
    """In the recording, which has the conversations of the call one behind the other."""
    end_s: float
    said_at: datetime
    text: str
    words: tuple[Word, ...]

    @property
    def confidence(self) -> float:
        """The mean of the words'."""
        return sum(word.confidence for word in self.words) / len(self.words) if self.words else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SideHeard:
    """How one side was heard."""

    side: Side
    language: str
    engine: str
    confidence: float
    """The mean of all its words'; 0 when it said nothing."""


PAUSED = "paused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Where nothing was listened to, in seconds of the recording."""

    start_s: float
    end_s: float
    reason: str
    """`paused`: an agent had paused the recording."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Transcript:
    """What was said in a call, both sides, in the order in which it was said."""

    call: CallId
    state: State
    language: str
    """In which the call was led, as far as is known when it began; "" if the caller chose none."""
    lack: Lack | None = None
    source: Source | None = None
    seconds: float = 0.0
    """How long the recording is."""
    sides: tuple[SideHeard, ...] = ()
    gaps: tuple[Gap, ...] = ()
    segments: tuple[Segment, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A call in which something was said that was searched for."""

    call: CallId
    segments: tuple[Segment, ...]
    """Those in which it was said."""
