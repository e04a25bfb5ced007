"""A switch without telephones, for tests and simulations: it behaves as the port promises.

What people do is said by the test: `call_in`, `answer`, `caller_hangs_up` … That, and each order, takes
effect at once; the events that a real switch would send come in the loop's next turn, as no switch tells
of an order while it is being given.
"""

import asyncio
import contextlib
from collections import Counter
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from typing_extensions import override

from kernel.bus import Bus
from kernel.clock import Clock
from kernel.events import Event
from kernel.ids import CallId, DeviceId, LegId
from telephony.errors import CallGone, LineGone, SwitchUnavailable
from telephony.events import (
    CallArrived,
    CallEnded,
    DeviceRegistered,
    DeviceUnregistered,
    Joined,
    LegEnded,
    LegRinging,
    SwitchConnected,
    SwitchDisconnected,
)
from telephony.model import (
    Arrival,
    CallMark,
    Device,
    DeviceSecret,
    EndReason,
    LiveCall,
    LiveLeg,
    Phase,
    Ring,
    Snapshot,
)
from telephony.port import Line, LineEntry, LineHandler, Recorded, Switch


class FakeLine(Line):
    """A caller's line; `heard` keeps what was played, `keys` holds what is pressed."""

    def __init__(self, switch: "FakeSwitch", call: "FakeCall", entry: LineEntry) -> None:
        self.entry = entry
        self.arrival = call.arrival
        self.mark = call.mark
        self.heard: list[Path] = []
        self.keys: asyncio.Queue[str] = asyncio.Queue()
        self._left = asyncio.Event()
        self._switch = switch
        self._call = call

    def leave(self) -> None:
        """The caller is gone from this session."""
        self._left.set()

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
    async def record(self, to: Path, *, max_s: float, silence_s: float, stop_keys: str) -> Recorded:
        del to, silence_s, stop_keys
        self._require()
        return Recorded(ended_by_caller=self._call.says_s < max_s)

    @override
    async def hold(self, *, keys: str = "") -> str:
        while True:
            pressed = await self.wait_key(None)
            if pressed and pressed in keys:
                return pressed

    @override
    async def write_mark(self, mark: CallMark) -> None:
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
    says_s: float = 0.0
    """How long the caller speaks when recorded."""
    session: asyncio.Task[None] | None = None


@dataclass(slots=True)
class FakeLeg:
    """An agent's leg in the fake."""

    ring: Ring
    is_answered: bool = False


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
        if call is None or call.talks_with is not None:
            self._end_leg(leg, EndReason.CALLER_HUNG_UP if call is None else EndReason.CLAIMED)
            return
        self.legs[leg].is_answered = True
        call.talks_with = leg
        self._leave_session(call)
        self._tell(Joined(at=self.clock.now(), call=ring.call, leg=leg, agent=ring.agent))

    def end(self, leg: LegId, reason: EndReason) -> None:
        """A leg ends by itself: not answered, refused, busy, hung up by the agent, sound lost."""
        call = self._end_leg(leg, reason)
        if call is not None:
            if call.mark is not None:
                call.mark = replace(call.mark, phase=Phase.TALKING)
            self._begin_session(call, LineEntry.NEXT)

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
        if leg not in self.legs:
            raise CallGone("the leg is gone")
        self.end(leg, EndReason.HOTLINE_HUNG_UP)
        return asyncio.sleep(0)

    @override
    async def hang_up(self, call: CallId) -> None:
        self._require_connection()
        if call not in self.calls:
            raise CallGone("the caller hung up")
        self._end_call(call, EndReason.HOTLINE_HUNG_UP, EndReason.HOTLINE_HUNG_UP)

    @override
    async def park(self, call: CallId) -> None:
        self._require_connection()
        found = self.calls.get(call)
        if found is None:
            raise CallGone("the caller hung up")
        if found.talks_with is None:
            return
        found.mark = replace(found.mark or CallMark(phase=Phase.PARKED), phase=Phase.PARKED)
        self._end_leg(found.talks_with, EndReason.HOTLINE_HUNG_UP)
        self._leave_session(found)
        self._begin_session(found, LineEntry.NEXT)

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

    def _snapshot(self) -> Snapshot:
        return Snapshot(
            boot_id=self.boot_id,
            calls=tuple(
                LiveCall(arrival=call.arrival, mark=call.mark, talks_with=call.talks_with)
                for call in self.calls.values()
            ),
            legs=tuple(
                LiveLeg(
                    leg=leg,
                    call=found.ring.call,
                    agent=found.ring.agent,
                    device=found.ring.device,
                    is_answered=found.is_answered,
                )
                for leg, found in self.legs.items()
            ),
            registered=frozenset(self.registered),
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
        ring = self.legs.pop(leg).ring
        call = self.calls.get(ring.call)
        was_joined = call is not None and call.talks_with == leg
        self._tell(
            LegEnded(
                at=self.clock.now(),
                call=ring.call,
                leg=leg,
                agent=ring.agent,
                reason=reason,
                was_joined=was_joined,
            )
        )
        if call is None or not was_joined:
            return None
        call.talks_with = None
        return call

    def _end_call(self, call: CallId, reason: EndReason, leg_reason: EndReason) -> None:
        found = self.calls[call]
        talking = found.talks_with
        if talking is not None:
            self._end_leg(talking, leg_reason)
        del self.calls[call]
        self._leave_session(found)
        self._tell(CallEnded(at=self.clock.now(), call=call, reason=reason))
