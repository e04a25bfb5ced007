"""Customers whom the fake switch calls."""

from dataclasses import dataclass

from typing_extensions import override

from kernel.ids import CallId, LegId
from telephony.errors import CallGone
from telephony.events import CallEnded, CallPlaced, Dialling
from telephony.fake_legs import FakeLegs
from telephony.fake_line import FakeCall
from telephony.model import Arrival, CallOut, Direction, EndReason
from telephony.port import LineEntry


@dataclass(slots=True)
class FakeDialling(FakeLegs):
    """What becomes of them is said by the test: `customer_answers`, `customer_is_not_reached`."""

    @override
    async def call_out(self, order: CallOut) -> None:
        self._require_connection()
        if order.leg not in self.legs:
            raise CallGone("the agent hung up")
        if order.call in self.calls:
            return
        arrival = Arrival(
            call=order.call,
            at=self.clock.now(),
            caller_number=order.to,
            caller_name="",
            dialled=order.shown,
            trunk="loopback",
            direction=Direction.OUT,
        )
        self.calls[order.call] = FakeCall(arrival, order.mark, placed_for=order.leg)
        self._tell(CallPlaced(at=arrival.at, arrival=arrival, leg=order.leg, agent=order.agent))

    def customer_answers(self, call: CallId) -> None:
        """The customer picks up: has the agent, or music where that one is gone."""
        found = self.calls[call]
        leg, found.placed_for = found.placed_for, None
        if leg in self.legs and leg is not None:
            self._join(found, leg)
        else:
            self._begin_session(found, LineEntry.NEXT)

    def customer_is_not_reached(self, call: CallId, reason: EndReason) -> None:
        """Busy, not at home, or no line led there."""
        del self.calls[call]
        self._tell(CallEnded(at=self.clock.now(), call=call, reason=reason))

    @override
    async def hang_up(self, call: CallId) -> None:
        if self.is_connected and call in self.calls and self.calls[call].placed_for is not None:
            self._stop_dialling(call)
        else:
            await FakeLegs.hang_up(self, call)

    def _stop_dialling(self, call: CallId) -> None:
        for leg in [leg for leg, found in self.legs.items() if found.ring.call == call]:
            self._end_leg(leg, EndReason.HOTLINE_HUNG_UP)
        self.customer_is_not_reached(call, EndReason.HOTLINE_HUNG_UP)

    def _wait_for_customer(self, leg: LegId) -> None:
        """The agent picks up, and hears a ringing tone."""
        ring = self.legs[leg].ring
        self.legs[leg].is_answered = True
        self._tell(Dialling(at=self.clock.now(), call=ring.call, leg=leg, agent=ring.agent))
