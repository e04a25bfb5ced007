"""What transcripts need of others."""

from collections.abc import AsyncGenerator, AsyncIterable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from kernel.errors import HotlineError
from kernel.ids import AgentId, CallId
from telephony.recordings import Side
from transcripts.assembling import Talked
from transcripts.model import Word


@dataclass(frozen=True, slots=True, kw_only=True)
class TalkedCall:
    """A call with the conversations in it."""

    call: CallId
    at: datetime
    """When it arrived."""
    ended_at: datetime | None
    """None while it goes on."""
    talks: tuple[Talked, ...]
    agents: frozenset[AgentId]
    """Who talked with the caller."""


class TalkedCalls(Protocol):
    """The ledger of calls."""

    async def find(self, call: CallId) -> TalkedCall | None:
        """One call."""
        ...

    async def ended_since(self, moment: datetime, *, limit: int) -> Sequence[TalkedCall]:
        """Calls in which somebody talked that ended since then, oldest first."""
        ...


class SpokenFiles(Protocol):
    """The recordings of calls."""

    async def find(self, call: TalkedCall, side: Side) -> Path | None:
        """What one side said, readable to its end; None if there is no recording.

        Raises while nobody can tell.
        """
        ...


class Pauses(Protocol):
    """When agents had paused the recording."""

    async def of_call(self, call: CallId) -> Sequence[Talked]:
        """The times, oldest first."""
        ...

    def paused_since(self, call: CallId) -> datetime | None:
        """Since when the recording of a running call is paused now; known before the switch connects."""
        ...


class NoTime(HotlineError):
    """The recogniser has too much to do; later."""

    code = "no_time"


class NotHeard(HotlineError):
    """The recogniser failed; once more, but not for ever."""

    code = "not_heard"


class Unreadable(HotlineError):
    """The recording is nothing that can be heard, and won't be."""

    code = "unreadable"


class Hearing(Protocol):
    """The recogniser, in words of one side."""

    @property
    def languages(self) -> Collection[str]:
        """Those that it can hear."""
        ...

    def engine(self, language: str) -> str:
        """What hears this language."""
        ...

    def written(self, language: str, words: Sequence[str]) -> str:
        """Words as a person writes them."""
        ...

    def hear(self, path: Path, language: str) -> AsyncGenerator[tuple[Word, ...] | float, None]:
        """The speeches in a recording, and last its length in seconds.

        Raises `NoTime`, `NotHeard` or `Unreadable`.
        """
        ...

    def listen(
        self, sound: AsyncIterable[bytes], language: str
    ) -> AsyncGenerator[tuple[Word, ...] | str, None]:
        """What is being said: words of speeches that ended, and what one that goes on sounds like so far.

        Times count from the first sound on. Raises `NoTime` or `NotHeard`.
        """
        ...
