"""Customers who are called back, on a floor of agents and callers."""

from dataclasses import replace

from acd.engine import offers
from acd.engine.promise_inputs import TakePromise
from acd.events import (
    CallbackEnded,
)
from acd.promises import CallbackRules, Promise, PromiseEnd, PromiseId
from kernel.ids import CallId, QueueId
from telephony.events import CallEnded, Dialling
from telephony.model import CallMark, EndReason, LiveCall, Phase
from tests.unit.acd.floor import SALES, Floor

NUMBER = "+8613900139000"
SUPPORT = QueueId("support")
CALLING = CallbackRules(attempts=2, retry_after_s=300, ring_s=30)


def promised(floor: Floor, origin: CallId, number: int = 1, /, **changes: object) -> CallId:
    """What the service does once it has written the promise down."""
    call = CallId(f"out-1795165200-cb{number:08d}n0000")
    known = floor.engine.world.calls.get(origin)
    mark = (
        offers.mark_of(known)
        if known is not None
        else CallMark(
            phase=Phase.WAITING, queue=SALES, key_ms=int(floor.at.timestamp() * 1000), sequence=900 + number
        )
    )
    promise = Promise(
        id=PromiseId(number),
        call=call,
        origin=origin,
        number=NUMBER,
        numbers=(NUMBER,),
        mark=mark,
        made_at=floor.at,
    )
    floor.do(TakePromise(promise=replace(promise, **changes)))  # type: ignore[arg-type]
    return call


def accept(floor: Floor, call: CallId) -> None:
    ring = next(ring for ring in reversed(floor.rings) if ring.call == call)
    floor.do(Dialling(at=floor.at, call=call, leg=ring.leg, agent=ring.agent))


def not_reached(floor: Floor, call: CallId, reason: EndReason = EndReason.BUSY) -> None:
    floor.do(CallEnded(at=floor.at, call=call, reason=reason))


def absent(floor: Floor) -> list[CallId]:
    return list(floor.engine.world.absent)


def order_of(floor: Floor, queue: QueueId = SALES) -> list[CallId]:
    return list(floor.engine.world.lines[queue].places.first_few(20))


def ended(floor: Floor) -> list[tuple[PromiseEnd, CallId | None]]:
    return [(told.end, told.by) for told in floor.told(CallbackEnded)]


def alive(floor: Floor, call: CallId, mark: CallMark | None, **changes: object) -> LiveCall:
    return replace(LiveCall(arrival=floor.arrival(call), mark=mark, talks_with=None), **changes)  # type: ignore[arg-type]
