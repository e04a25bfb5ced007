"""What becomes of a call to a customer of a simulated day."""

from collections.abc import Callable

from telephony.events import CallPlaced
from telephony.model import Arrival, CallOut, EndReason
from tests.sim.server import Server
from tests.sim.switchboard import RealCall, Switchboard
from tests.sim.timetable import Timetable

BUSY, UNREACHABLE, SILENT = 0.15, 0.05, 0.25
"""The shares of customers who are called and don't answer."""


def ring_customer(
    time: Timetable, switch: Switchboard, server: Server, order: CallOut, answer: Callable[[], None]
) -> float:
    """Has the customer's phone ring; says after how many seconds that is over, answered or not."""
    arrival = Arrival(
        call=order.call, at=time.wall, caller_number=order.to, caller_name="", dialled="", trunk="t"
    )
    switch.calls[order.call] = RealCall(arrival, mark=order.mark, is_answered=False)
    server.tell(CallPlaced(at=time.wall, arrival=arrival, leg=order.leg, agent=order.agent))
    what = time.random.choices(
        [EndReason.BUSY, EndReason.UNREACHABLE, EndReason.NO_ANSWER, None],
        [BUSY, UNREACHABLE, SILENT, 1 - BUSY - UNREACHABLE - SILENT],
    )[0]
    after_s = order.ring_s if what is EndReason.NO_ANSWER else time.random.uniform(0.5, order.ring_s)
    if what is None:
        time.later(after_s, answer)
    else:
        time.later(after_s, lambda: switch.end_call(order.call, what))
    return after_s
