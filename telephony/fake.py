"""A switch without telephones, for tests and simulations: it behaves as the port promises.

What people do is said by the test: `call_in`, `answer`, `caller_hangs_up` … That, and each order, takes
effect at once; the events that a real switch would send come in the loop's next turn, as no switch tells
of an order while it is being given.
"""

import asyncio
import contextlib
from collections import Counter
from collections.abc import Awaitable
from dataclasses import dataclass, field, replace

from typing_extensions import override

from kernel.bus import Bus
from kernel.clock import Clock
from kernel.events import Event
from kernel.ids import CallId, DeviceId, LegId
from telephony.errors import CallGone, LineGone, SwitchUnavailable
from telephony.events import (
    CallArrived,
    CallEnded,
    Consulting,
    DeviceRegistered,
    DeviceUnregistered,
    HoldChanged,
    Joined,
    LegEnded,
    LegRinging,
    SwitchConnected,
    SwitchDisconnected,
    WatchEnded,
    Watching,
)
from telephony.fake_line import FakeCall, FakeLeg, FakeLine
from telephony.fake_snapshot import all_alive
from telephony.model import (
    Arrival,
    CallMark,
    Device,
    DeviceSecret,
    EndReason,
    Phase,
    Ring,
    Snapshot,
    Watch,
    WatchMode,
)
from telephony.port import LineEntry, LineHandler, Switch


@dataclass(slots=True)
class FakeSwitch(Switch):
    """Call `run` with the line handler as one does with the real one."""

    bus: Bus
    clock: Clock
    boot_id: str = "boot-1"
    is_connected: bool = False
    counts: Counter[str] = field(default_factory=Counter)
    calls: dict[CallId, FakeCall] = field(default_factory=dict)
    legs: dict[LegId, FakeLeg] = field(default_factory=dict)
    watches: dict[LegId, Watch] = field(default_factory=dict)
    devices: dict[DeviceId, tuple[Device, DeviceSecret]] = field(default_factory=dict)
    registered: set[DeviceId] = field(default_factory=set)
    fallback: dict[DeviceId, bool] = field(default_factory=dict)
    _handler: LineHandler | None = None
    _count: int = 0

    async def run(self, handler: LineHandler) -> None:
        """Serves until cancelled."""
        self._handler = handler
        self.come_back()
        try:
            await asyncio.Event().wait()
        finally:
            for call in self.calls.values():
                if call.session is not None:
                    call.session.cancel()

    # What people and machines do

    def call_in(self, *, number: str = "", name: str = "", dialled: str = "4001") -> CallId:
        """A customer calls."""
        self._count += 1
        call = CallId(f"fake-{self._count}")
        arrival = Arrival(
            call=call,
            at=self.clock.now(),
            caller_number=number,
            caller_name=name,
            dialled=dialled,
            trunk="loopback",
        )
        self.calls[call] = FakeCall(arrival)
        self._tell(CallArrived(at=arrival.at, arrival=arrival))
        self._begin_session(self.calls[call], LineEntry.ARRIVED)
        return call

    def caller_hangs_up(self, call: CallId) -> None:
        """The customer hangs up."""
        self._end_call(call, EndReason.CALLER_HUNG_UP, EndReason.CALLER_HUNG_UP)

    def answer(self, leg: LegId) -> None:
        """The agent picks up: takes the caller, or finds them claimed."""
        ring = self.legs[leg].ring
        call = self.calls.get(ring.call)
        asking = self.legs.get(ring.asked_by) if ring.asked_by is not None else None
        if call is None or call.talks_with is not None:
            self._end_leg(leg, EndReason.CALLER_HUNG_UP if call is None else EndReason.CLAIMED)
            return
        self.legs[leg].is_answered = True
        if asking is None or ring.asked_by is None:
            self._join(call, leg)
            return
        asking.is_with_leg, self.legs[leg].is_with_leg = leg, ring.asked_by
        now = self.clock.now()
        self._tell(Consulting(at=now, call=ring.call, leg=leg, agent=ring.agent, asked_by=ring.asked_by))

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

    def hold(self, leg: LegId, *, on: bool) -> None:
        """The agent's phone puts the caller on hold, or takes them back."""
        self.legs[leg].is_holding = on
        ring = self.legs[leg].ring
        self._tell(HoldChanged(at=self.clock.now(), call=ring.call, leg=leg, agent=ring.agent, is_held=on))

    def register(self, device: DeviceId) -> None:
        """A phone signs in."""
        self.registered.add(device)
        self._tell(DeviceRegistered(at=self.clock.now(), device=device))

    def unregister(self, device: DeviceId) -> None:
        """A phone is gone."""
        self.registered.discard(device)
        self._tell(DeviceUnregistered(at=self.clock.now(), device=device))

    def go_down(self) -> None:
        """The connection is lost; calls go on."""
        self.is_connected = False
        self._tell(SwitchDisconnected(at=self.clock.now()))

    def come_back(self) -> None:
        """The connection is there (again)."""
        self.is_connected = True
        self._tell(SwitchConnected(at=self.clock.now(), snapshot=self._snapshot()))

    def restart(self) -> None:
        """The switch itself died and is back: all calls and devices are gone."""
        self.boot_id += "+"
        for call in self.calls.values():
            self._leave_session(call)
        self.calls, self.legs, self.devices, self.registered = {}, {}, {}, set()
        self.go_down()
        self.come_back()

    # The port

    @override
    def ring(self, ring: Ring) -> Awaitable[None]:
        self._require_connection()
        if ring.call not in self.calls:
            raise CallGone("the caller hung up")
        self.legs[ring.leg] = FakeLeg(ring)
        if ring.device in self.registered:
            self._tell(LegRinging(at=self.clock.now(), call=ring.call, leg=ring.leg, agent=ring.agent))
        else:
            self._end_leg(ring.leg, EndReason.UNREACHABLE)
        return asyncio.sleep(0)

    @override
    def cancel(self, leg: LegId) -> Awaitable[None]:
        self._require_connection()
        if leg in self.watches:
            self.end_watch(leg)
        elif leg in self.legs:
            self.end(leg, EndReason.HOTLINE_HUNG_UP)
        else:
            raise CallGone("the leg is gone")
        return asyncio.sleep(0)

    @override
    async def hang_up(self, call: CallId) -> None:
        self._require_connection()
        if call not in self.calls:
            raise CallGone("the caller hung up")
        self._end_call(call, EndReason.HOTLINE_HUNG_UP, EndReason.HOTLINE_HUNG_UP)

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
    async def write_mark(self, call: CallId, mark: CallMark) -> None:
        self._require_connection()
        if call not in self.calls:
            raise CallGone("the caller hung up")
        self.calls[call].mark = mark

    @override
    async def provide(self, device: Device, secret: DeviceSecret) -> None:
        self._require_connection()
        self.devices[device.id] = (device, secret)
        if device.number:
            self.register(device.id)

    @override
    async def withdraw(self, device: DeviceId) -> None:
        self._require_connection()
        self.devices.pop(device, None)

    @override
    async def set_fallback(self, device: DeviceId, *, is_ready: bool | None) -> None:
        self._require_connection()
        if is_ready is None:
            self.fallback.pop(device, None)
        else:
            self.fallback[device] = is_ready

    @override
    async def snapshot(self) -> Snapshot:
        self._require_connection()
        return self._snapshot()

    def _tell(self, event: Event) -> None:
        asyncio.get_running_loop().call_soon(self.bus.publish, event)

    def _require_connection(self) -> None:
        if not self.is_connected:
            raise SwitchUnavailable("the switch cannot be reached")

    @override
    async def stay(self, call: CallId, leg: LegId) -> None:
        found = self._require(call, leg)
        found.talks_with = None
        self._join(found, leg)

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
        ring = self.legs[leg].ring
        self._tell(Joined(at=self.clock.now(), call=ring.call, leg=leg, agent=ring.agent))

    def _part(self, leg: LegId) -> None:
        """Lets the colleague go with whom a leg talked."""
        other, self.legs[leg].is_with_leg = self.legs[leg].is_with_leg, None
        if other is not None:
            self.legs[other].is_with_leg = None
            self._end_leg(other, EndReason.OTHER)

    def _snapshot(self) -> Snapshot:
        return Snapshot(
            boot_id=self.boot_id,
            registered=frozenset(self.registered),
            **all_alive(self.calls, self.legs, self.watches),
        )

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
