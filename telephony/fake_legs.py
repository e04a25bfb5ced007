"""Agents' legs of a switch without telephones: led to callers and to each other, and heard by supervisors."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

from typing_extensions import override

from kernel.bus import Bus
from kernel.clock import Clock
from kernel.events import Event
from kernel.ids import CallId, LegId
from telephony.errors import CallGone, LineGone, SwitchUnavailable
from telephony.events import CallEnded, Joined, LegEnded, WatchEnded, Watching
from telephony.fake_line import FakeCall, FakeLeg, FakeLine
from telephony.model import CallMark, EndReason, Phase, Watch, WatchMode
from telephony.port import FRAME_BYTES, LineEntry, LineHandler, Switch


@dataclass(slots=True)
class FakeLegs(Switch):
    """The part of the fake that moves people about, as the dialplan and `AsteriskLegs` do."""

    bus: Bus
    clock: Clock
    is_connected: bool = False
    calls: dict[CallId, FakeCall] = field(default_factory=dict)
    legs: dict[LegId, FakeLeg] = field(default_factory=dict)
    watches: dict[LegId, Watch] = field(default_factory=dict)
    paused: set[LegId] = field(default_factory=set)
    """Whose conversations are recorded as silence."""
    _handler: LineHandler | None = None

    def end(self, leg: LegId, reason: EndReason) -> None:
        """A leg ends by itself: not answered, refused, busy, hung up by the agent, sound lost."""
        left = self.legs[leg].is_with_leg
        call = self._end_leg(leg, reason)
        if left is not None and (alone := self.legs.get(left)) and alone.ring.call in self.calls:
            self._join(self.calls[alone.ring.call], left)
        elif call is not None and call.also_with is not None:
            call.talks_with, call.also_with = call.also_with, None
        elif call is not None:
            if call.mark is not None:
                call.mark = replace(call.mark, phase=Phase.TALKING)
            self._begin_session(call, LineEntry.NEXT)

    @override
    async def hang_up(self, call: CallId) -> None:
        self._require_connection()
        if call not in self.calls:
            raise CallGone("the caller hung up")
        self._end_call(call, EndReason.HOTLINE_HUNG_UP, EndReason.HOTLINE_HUNG_UP)

    @override
    @asynccontextmanager
    async def tap(self, call: CallId, leg: LegId | None) -> AsyncIterator[AsyncIterator[bytes]]:
        self._require_connection()
        if call not in self.calls or (leg is not None and leg not in self.legs):
            raise CallGone("they are gone")
        yield self._frames(self.calls[call], leg)

    async def _frames(self, call: FakeCall, leg: LegId | None) -> AsyncIterator[bytes]:
        """What the test has them say, else silence, as fast as it is heard."""
        said = self.legs[leg].says if leg is not None else call.says
        with_caller = call.talks_with, call.also_with
        while (leg in with_caller) if leg is not None else any(with_caller):
            yield said.popleft() if said else bytes(FRAME_BYTES)
            await asyncio.sleep(0)
            with_caller = call.talks_with, call.also_with

    @override
    async def park(self, call: CallId) -> None:
        known = self.calls.get(call)
        mark = known.mark if known and known.mark else CallMark(phase=Phase.PARKED)
        await self.move(call, replace(mark, phase=Phase.PARKED))

    @override
    async def move(self, call: CallId, mark: CallMark) -> None:
        self._require_connection()
        found = self.calls.get(call)
        if found is None:
            raise CallGone("the caller hung up")
        found.mark = mark
        if found.talks_with is None:
            return
        for leg in filter(None, (found.talks_with, found.also_with)):
            self._end_leg(leg, EndReason.HOTLINE_HUNG_UP)
        self._leave_session(found)
        self._begin_session(found, LineEntry.NEXT)

    @override
    async def set_aside(self, call: CallId, leg: LegId, mark: CallMark) -> None:
        found = self._require(call, leg)
        found.talks_with, found.mark = None, mark
        self._begin_session(found, LineEntry.NEXT)

    @override
    async def take_back(self, call: CallId, leg: LegId) -> None:
        found = self._require(call, leg)
        self._part(leg)
        self._join(found, leg)

    @override
    async def hand_over(self, call: CallId, leg: LegId, to: LegId) -> None:
        found = self._require(call)
        if to not in self.legs:
            self.end(leg, EndReason.HOTLINE_HUNG_UP)
            raise CallGone("the colleague is gone")
        self.legs[to].is_with_leg = None
        self._end_leg(leg, EndReason.HOTLINE_HUNG_UP)
        self._join(found, to)

    @override
    async def join_all(self, call: CallId, leg: LegId, other: LegId) -> None:
        found = self._require(call, leg, other)
        self.legs[leg].is_with_leg = self.legs[other].is_with_leg = None
        self._join(found, leg)
        self._join(found, other)

    @override
    async def watch(self, watch: Watch) -> None:
        self._require(watch.call, watch.watched)
        self.watches[watch.leg] = watch
        self._tell_mode(watch)

    @override
    async def change_watch(self, leg: LegId, mode: WatchMode) -> None:
        self._require_connection()
        if leg not in self.watches:
            raise CallGone("the supervisor's leg is gone")
        self.watches[leg] = replace(self.watches[leg], mode=mode)
        self._tell_mode(self.watches[leg])

    def _tell_mode(self, watch: Watch) -> None:
        """Devices of supervisors answer by themselves."""
        now = self.clock.now()
        self._tell(Watching(at=now, call=watch.call, leg=watch.leg, agent=watch.agent, mode=watch.mode))

    def end_watch(self, leg: LegId) -> None:
        """The supervisor hangs up."""
        watch = self.watches.pop(leg)
        self._tell(WatchEnded(at=self.clock.now(), call=watch.call, leg=leg, agent=watch.agent))

    @override
    async def stay(self, call: CallId, leg: LegId, left: LegId, mark: CallMark) -> None:
        found = self._require(call, leg)
        assert left not in self.legs or left == found.talks_with, f"{left} has not left"
        found.mark = mark
        found.talks_with = None
        self._join(found, leg)

    @override
    async def pause_recording(self, call: CallId, *, is_paused: bool) -> None:
        found = self._require(call)
        talking = {leg for leg in (found.talks_with, found.also_with) if leg is not None}
        self.paused = self.paused | talking if is_paused else self.paused - talking

    def _tell(self, event: Event) -> None:
        asyncio.get_running_loop().call_soon(self.bus.publish, event)

    def _require_connection(self) -> None:
        if not self.is_connected:
            raise SwitchUnavailable("the switch cannot be reached")

    def _require(self, call: CallId, *legs: LegId) -> FakeCall:
        self._require_connection()
        found = self.calls.get(call)
        if found is None or not self.legs.keys() >= set(legs):
            raise CallGone("the call or leg is gone")
        return found

    def _join(self, call: FakeCall, leg: LegId) -> None:
        """The leg has the caller, alone or as the second of two."""
        if call.talks_with is None:
            call.talks_with = leg
        else:
            call.also_with = leg
        self.legs[leg].is_with_leg, self.legs[leg].has_talked = None, True
        self._leave_session(call)
        self.paused.discard(leg)
        ring = self.legs[leg].ring
        self._tell(Joined(at=self.clock.now(), call=ring.call, leg=leg, agent=ring.agent))

    def _part(self, leg: LegId) -> None:
        """Lets the colleague go with whom a leg talked."""
        other, self.legs[leg].is_with_leg = self.legs[leg].is_with_leg, None
        if other is not None:
            self.legs[other].is_with_leg = None
            self._end_leg(other, EndReason.OTHER)

    def _begin_session(self, call: FakeCall, entry: LineEntry) -> None:
        assert self._handler is not None, "the switch does not run"
        call.line = FakeLine(self, call, entry)
        call.session = asyncio.get_running_loop().create_task(self._serve(self._handler, call.line))

    async def _serve(self, handler: LineHandler, line: FakeLine) -> None:
        with contextlib.suppress(LineGone):
            await handler(line)

    def _leave_session(self, call: FakeCall) -> None:
        if call.line is not None:
            call.line.leave()
            call.line = None

    def _end_leg(self, leg: LegId, reason: EndReason) -> FakeCall | None:
        """Ends a leg; returns the call that it talked with, which now stands alone."""
        ended = self.legs.pop(leg)
        for watcher in [own for own, watch in self.watches.items() if watch.watched == leg]:
            self.end_watch(watcher)
        ring = ended.ring
        call = self.calls.get(ring.call)
        self._tell(
            LegEnded(
                at=self.clock.now(),
                call=ring.call,
                leg=leg,
                agent=ring.agent,
                reason=reason,
                was_joined=ended.has_talked,
            )
        )
        if call is None or leg not in {call.talks_with, call.also_with}:
            return None
        if call.also_with == leg:
            call.also_with = None
            return None
        call.talks_with = None
        return call

    def _end_call(self, call: CallId, reason: EndReason, leg_reason: EndReason) -> None:
        found = self.calls[call]
        if found.talks_with is not None and found.also_with is None:
            self._end_leg(found.talks_with, leg_reason)
        del self.calls[call]
        self._leave_session(found)
        self._tell(CallEnded(at=self.clock.now(), call=call, reason=reason))
