"""Callers and legs of a switch without telephones."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from typing_extensions import override

from kernel.ids import LegId
from telephony.errors import LineGone
from telephony.model import Arrival, CallMark, Ring
from telephony.port import FRAME_BYTES, Line, LineEntry, Recorded, Sound, Switch


class FakeSound(Sound):
    """A caller's sound in no time at all: prompts take none, and silence comes as fast as it is heard."""

    def __init__(self, line: "FakeLine") -> None:
        self._line = line

    @property
    @override
    def left_to_say_s(self) -> float:
        return 0.0

    @override
    async def say(self, prompts: Sequence[Path]) -> None:
        self._line.heard.extend(prompts)

    @override
    def hush(self) -> None:
        pass

    @override
    async def heard(self) -> AsyncIterator[bytes | str]:
        while not self._line.has_left:
            if not self._line.keys.empty():
                yield self._line.keys.get_nowait()
            else:
                yield self._line.speech.popleft() if self._line.speech else bytes(FRAME_BYTES)
            await asyncio.sleep(0)


class FakeLine(Line):
    """A caller's line; `heard` keeps what was played, `keys` holds what is pressed, `speech` what is said."""

    def __init__(self, switch: Switch, call: "FakeCall", entry: LineEntry) -> None:
        self.entry = entry
        self.arrival = call.arrival
        self.mark = call.mark
        self.heard: list[Path] = []
        self.keys: asyncio.Queue[str] = asyncio.Queue()
        self.speech: deque[bytes] = deque()
        self.is_held = False
        """Whether the caller hears music until an agent has them."""
        self._left = asyncio.Event()
        self._switch = switch
        self._call = call

    def leave(self) -> None:
        """The caller is gone from this session."""
        self._left.set()

    @property
    def has_left(self) -> bool:
        """The caller is gone from this session."""
        return self._left.is_set()

    @override
    async def answer(self) -> None:
        self._require()

    @override
    async def play(self, prompts: Sequence[Path], *, keys: str = "") -> str | None:
        for prompt in prompts:
            self._require()
            self.heard.append(prompt)
            if keys and not self.keys.empty() and (key := self.keys.get_nowait()) in keys:
                return key
        return None

    @override
    async def wait_key(self, timeout_s: float | None) -> str | None:
        self._require()
        pressed = asyncio.ensure_future(self.keys.get())
        left = asyncio.ensure_future(self._left.wait())
        try:
            done, _ = await asyncio.wait(
                {pressed, left}, timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED
            )
        finally:
            left.cancel()
            pressed.cancel()
        self._require()
        return pressed.result() if pressed in done else None

    @override
    async def collect(self, prompts: Sequence[Path], *, digits_max: int, timeout_s: float) -> str:
        typed = await self.play(prompts, keys="0123456789*#") or ""
        while len(typed) < digits_max and not typed.endswith("#"):
            key = await self.wait_key(timeout_s)
            if key is None:
                break
            typed += key
        return typed.removesuffix("#")

    @override
    @asynccontextmanager
    async def sound(self) -> AsyncIterator[Sound]:
        self._require()
        yield FakeSound(self)
        self._require()

    @override
    async def record(self, to: Path, *, max_s: float, silence_s: float, stop_keys: str) -> Recorded:
        del to, silence_s, stop_keys
        self._require()
        return Recorded(ended_by_caller=self._call.says_s < max_s)

    @override
    async def hold(self, *, keys: str = "") -> str:
        self.is_held = True
        while True:
            pressed = await self.wait_key(None)
            if pressed and pressed in keys:
                return pressed

    @override
    async def write_mark(self, mark: CallMark) -> None:
        self._require()
        await self._switch.write_mark(self.arrival.call, mark)
        self.mark = mark

    @override
    async def hang_up(self) -> None:
        await self._switch.hang_up(self.arrival.call)

    def _require(self) -> None:
        if self._left.is_set():
            raise LineGone("the caller left the session")


@dataclass(slots=True)
class FakeCall:
    """A call in the fake."""

    arrival: Arrival
    mark: CallMark | None = None
    line: FakeLine | None = None
    talks_with: LegId | None = None
    also_with: LegId | None = None
    """The second agent of a conversation of three."""
    says_s: float = 0.0
    """How long the caller speaks when recorded."""
    says: deque[bytes] = field(default_factory=deque)
    """What they say to an agent, in frames."""
    session: asyncio.Task[None] | None = None
    placed_for: LegId | None = None
    """The agent's leg that waits for this customer, whose phone rings."""


@dataclass(slots=True)
class FakeLeg:
    """An agent's leg in the fake."""

    ring: Ring
    is_answered: bool = False
    has_talked: bool = False
    """With the caller."""
    is_holding: bool = False
    is_with_leg: LegId | None = None
    """The colleague, while the caller does not hear them."""
    says: deque[bytes] = field(default_factory=deque)
    """To the caller, in frames."""
