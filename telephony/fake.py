"""A switch without telephones, for tests and simulations: it behaves as the port promises.

What people do is said by the test: `call_in`, `answer`, `caller_hangs_up` … That, and each order, takes
effect at once; the events that a real switch would send come in the loop's next turn, as no switch tells
of an order while it is being given.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable
from dataclasses import dataclass, field

from typing_extensions import override

from kernel.ids import CallId, DeviceId, LegId
from telephony.errors import CallGone, NoOutsideLine
from telephony.events import (
    CallArrived,
    Consulting,
    DeviceRegistered,
    DeviceUnregistered,
    HoldChanged,
    LegRinging,
    SwitchConnected,
    SwitchDisconnected,
)
from telephony.fake_dialling import FakeDialling
from telephony.fake_line import FakeCall, FakeLeg
from telephony.fake_snapshot import all_alive
from telephony.model import (
    Arrival,
    CallMark,
    Device,
    DeviceSecret,
    EndReason,
    Ring,
    Snapshot,
)
from telephony.port import LineEntry, LineHandler


@dataclass(slots=True)
class FakeSwitch(FakeDialling):
    """Call `run` with the line handler as one does with the real one."""

    boot_id: str = "boot-1"
    has_line: bool = True
    """Whether an outside line has room for a call to a customer."""
    counts: Counter[str] = field(default_factory=Counter)
    devices: dict[DeviceId, tuple[Device, DeviceSecret]] = field(default_factory=dict)
    registered: set[DeviceId] = field(default_factory=set)
    fallback: dict[DeviceId, bool] = field(default_factory=dict)
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
        if ring.dials:
            self._wait_for_customer(leg)
            return
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
        self.calls, self.legs, self.watches, self.devices, self.registered = {}, {}, {}, {}, set()
        self.go_down()
        self.come_back()

    # The port

    @override
    def ring(self, ring: Ring) -> Awaitable[None]:
        self._require_connection()
        if ring.call not in self.calls and not ring.dials:
            raise CallGone("the caller hung up")
        if ring.dials and not self.has_line:
            raise NoOutsideLine("all lines are in use")
        self.legs[ring.leg] = FakeLeg(ring)
        if ring.device in self.registered or ring.outside is not None:
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
    async def look_again(self) -> None:
        self._require_connection()
        self._tell(SwitchConnected(at=self.clock.now(), snapshot=self._snapshot()))

    @override
    async def snapshot(self) -> Snapshot:
        self._require_connection()
        return self._snapshot()

    def _snapshot(self) -> Snapshot:
        return Snapshot(
            boot_id=self.boot_id,
            registered=frozenset(self.registered),
            **all_alive(self.calls, self.legs, self.watches),
        )
