"""The switch as the rest of Hotline sees it: commands, and the line of one caller."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from kernel.ids import CallId, DeviceId, LegId
from telephony.model import (
    Arrival,
    CallMark,
    CallOut,
    Device,
    DeviceSecret,
    Ring,
    Snapshot,
    Watch,
    WatchMode,
)


class LineEntry(StrEnum):
    """Why the switch hands a caller to Hotline."""

    ARRIVED = "arrived"
    """A new call."""
    NEXT = "next"
    """A bridge or a park ended, or a caller was brought back from the fallback: what now?
    `Line.mark` says where the call stood."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """A recording that was made on a line."""

    ended_by_caller: bool
    """The caller hung up during it; what was recorded until then is in the file."""


FRAME_S = 0.02
FRAME_BYTES = 320
"""20 ms of sound: 16-bit samples, 8 kHz, mono."""


class Sound(Protocol):
    """A caller's sound, both ways, while Hotline itself speaks and listens."""

    @property
    def left_to_say_s(self) -> float:
        """How long what is still to be said takes."""
        ...

    async def say(self, prompts: Sequence[Path]) -> None:
        """Says prompt files (8 kHz WAV), after what is being said already; returns when they are begun."""
        ...

    def hush(self) -> None:
        """Says no more of it."""
        ...

    def heard(self) -> AsyncIterator[bytes | str]:
        """What comes: frames of 20 ms, silence too, and keys as their one character; ends with the caller."""
        ...


class Line(Protocol):
    """One caller, held by Hotline. Every method raises `LineGone` once the session has ended.

    The end of the session says nothing about the call: it also ends when an agent answers.
    """

    entry: LineEntry
    arrival: Arrival
    mark: CallMark | None

    async def answer(self) -> None:
        """Takes the call; harmless when it is taken already."""
        ...

    async def play(self, prompts: Sequence[Path], *, keys: str = "") -> str | None:
        """Plays prompt files (8 kHz WAV) one after the other; returns the key of `keys` that interrupted."""
        ...

    async def wait_key(self, timeout_s: float) -> str | None:
        """The next key, or None when none came in time."""
        ...

    async def collect(self, prompts: Sequence[Path], *, digits_max: int, timeout_s: float) -> str:
        """Plays prompt files until the first key, and returns what the caller types up to #.

        It ends by itself when the caller has pressed nothing for a time.
        """
        ...

    def sound(self) -> AbstractAsyncContextManager[Sound]:
        """Opens the caller's sound both ways; nothing else can be asked of the line meanwhile.

        Entering raises `SoundUnavailable` where it cannot be had, though the caller is there.
        """
        ...

    async def record(self, to: Path, *, max_s: float, silence_s: float, stop_keys: str) -> Recorded:
        """Records the caller to `to` (WAV, 8 kHz) until a key, silence, the limit, or hang-up."""
        ...

    async def hold(self, *, keys: str = "") -> str:
        """Music, with no command in flight, until the session ends (`LineGone`) or the task is cancelled.

        Returns the key of `keys` that the caller pressed; the music plays on.
        """
        ...

    async def write_mark(self, mark: CallMark) -> None:
        """Tells the switch what a successor needs; `LineGone` once an agent has the caller."""
        ...

    async def hang_up(self) -> None:
        """Ends the call."""
        ...


LineHandler = Callable[[Line], Awaitable[None]]
"""Runs one line session. When it returns, the switch goes on with the call: by its mark."""


class Switch(Protocol):
    """Commands to the switch. Each raises `SwitchUnavailable` when it cannot be reached in time.

    A command for a call or leg that is gone raises `CallGone`.
    """

    def ring(self, ring: Ring) -> Awaitable[None]:
        """Rings a device: the order leaves now, and to await it tells that it was taken.

        What becomes of it comes as events. Where a customer is to be called (`dials`) and no outside line has
        room, nobody is rung: `NoOutsideLine`.
        """
        ...

    async def call_out(self, order: CallOut) -> None:
        """Calls a customer whom the agent on that leg waits for, as told by `Dialling`.

        From here on the switch does without a server: the customer who answers is joined with that leg, or,
        where it is gone, comes back by a line of their own with `LineEntry.NEXT`. A line that is full, or
        fails by a fault of its own, gives way to the next. `CallPlaced` is told at once, what becomes of it
        later.
        """
        ...

    def cancel(self, leg: LegId) -> Awaitable[None]:
        """Ends an agent's leg, ringing or talking.

        Ordered like `ring`, so that a device hears of its old ring's end before it hears of the next.
        """
        ...

    async def hang_up(self, call: CallId) -> None:
        """Ends a call with all its legs; of a customer who is being called, their phone's ringing."""
        ...

    async def park(self, call: CallId) -> None:
        """Ends the agent's leg of a conversation; the caller's line comes back with `LineEntry.NEXT`.

        Nothing is done for a caller who talks with nobody any more: their line comes back by itself.
        """
        ...

    async def move(self, call: CallId, mark: CallMark) -> None:
        """Takes the caller out of a conversation for good; the line comes back with this mark.

        The agent's leg ends. Whatever happens to the server, the caller stands where the mark says.
        """
        ...

    async def set_aside(self, call: CallId, leg: LegId, mark: CallMark) -> None:
        """Parts an agent from the caller, who hears music; the line comes back with this mark.

        The agent's leg stays, and hears a ringing tone until a leg that is rung with `asked_by` answers.
        When that one is gone, the switch itself leads the agent back; when the agent is gone, the other one
        gets the caller.
        """
        ...

    async def take_back(self, call: CallId, leg: LegId) -> None:
        """Leads an agent back to the caller whom they had set aside."""
        ...

    async def hand_over(self, call: CallId, leg: LegId, to: LegId) -> None:
        """Leads the colleague who was asked to the caller, and ends the leg of the agent who asked.

        That leg ends also where the colleague is gone already; then this raises `CallGone`.
        """
        ...

    async def join_all(self, call: CallId, leg: LegId, other: LegId) -> None:
        """Leads both agents to the caller. Whoever leaves leaves the other two talking."""
        ...

    async def stay(self, call: CallId, leg: LegId, left: LegId, mark: CallMark) -> None:
        """Leads the colleague to the caller anew, once the agent who asked has left the three of them.

        The caller stands where the mark says meanwhile; `left` was the leg of the agent who asked.
        """
        ...

    async def pause_recording(self, call: CallId, *, is_paused: bool) -> None:
        """Has both sides of the running conversation recorded as silence, or as they are; their length stays.

        It holds for that conversation, whatever happens to the server; the next one is recorded. Nothing is
        done for a caller who talks with nobody now.
        """
        ...

    async def look_again(self) -> None:
        """Tells anew what is alive, as after a connection: for who gave an order that was not taken."""
        ...

    async def watch(self, watch: Watch) -> None:
        """Rings a supervisor's device, which answers by itself and hears a conversation from then on.

        `cancel` ends it; so does the end of the watched leg, with or without a server.
        """
        ...

    async def change_watch(self, leg: LegId, mode: WatchMode) -> None:
        """Has a supervisor who hears a conversation be heard by others than before."""
        ...

    def tap(self, call: CallId, leg: LegId | None) -> AbstractAsyncContextManager[AsyncIterator[bytes]]:
        """Hears one side of a conversation, in frames, itself heard by nobody: an agent, or else the caller.

        Ends when that side leaves the conversation. A side from which no sound comes has no frames.
        Raises `SoundUnavailable` when no sound comes, or it is over already.
        """
        ...

    async def write_mark(self, call: CallId, mark: CallMark) -> None:
        """Tells the switch what a successor needs; works whether or not a line session runs."""
        ...

    async def provide(self, device: Device, secret: DeviceSecret) -> None:
        """Makes a device known, with the secret of this sign-in; replaces an earlier secret."""
        ...

    async def withdraw(self, device: DeviceId) -> None:
        """Forgets a device; a call that runs on it goes on."""
        ...

    async def set_fallback(self, device: DeviceId, *, is_ready: bool | None) -> None:
        """Mirrors an agent into the switch's own emergency queue; None takes the device out."""
        ...

    async def snapshot(self) -> Snapshot:
        """All that is alive now."""
        ...
