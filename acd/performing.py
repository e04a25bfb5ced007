"""Gives the switch the engine's orders: they leave at once, and tasks wait for what becomes of them."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Hashable
from functools import partial
from typing import Any, Generic, TypeVar

import structlog

from acd.engine.effects import (
    CallCustomer,
    CancelLeg,
    ChangeWatch,
    Lead,
    LeadAll,
    LeadAnew,
    LeadBack,
    LeadOver,
    MarkCall,
    MirrorAgent,
    MoveCall,
    Order,
    ParkCall,
    RingAgent,
    SetAside,
    StopCalling,
    WatchTalk,
)
from acd.engine.inputs import NotCalled, RingFailed, RingFailure
from kernel.errors import HotlineError
from kernel.ids import CallId, DeviceId, LegId
from telephony.errors import CallGone, NoOutsideLine
from telephony.model import CallMark
from telephony.port import Switch

log = structlog.get_logger(__name__)

KeyT = TypeVar("KeyT", bound=Hashable)
ValueT = TypeVar("ValueT")
Spawn = Callable[[Coroutine[Any, Any, None]], object]
Failed = Callable[[Exception], None]


class LatestWriter(Generic[KeyT, ValueT]):
    """Writes values in order for each key; one that is out of date before its turn is skipped."""

    def __init__(self, spawn: Spawn, write: Callable[[KeyT, ValueT], Awaitable[None]]) -> None:
        self._spawn = spawn
        self._write = write
        self._pending: dict[KeyT, ValueT] = {}
        self._writing: dict[KeyT, asyncio.Event] = {}

    def put(self, key: KeyT, value: ValueT) -> None:
        """Has the value written."""
        self._pending[key] = value
        if key not in self._writing:
            self._writing[key] = asyncio.Event()
            self._spawn(self._drain(key))

    async def settled(self, key: KeyT) -> None:
        """Waits until all that was put is written, so that what somebody else writes next is not undone."""
        if key in self._writing:
            await self._writing[key].wait()

    async def _drain(self, key: KeyT) -> None:
        try:
            while key in self._pending:
                await self._write(key, self._pending.pop(key))
        finally:
            self._writing.pop(key).set()


class InOrder(Generic[KeyT]):
    """Has orders about the same thing taken one after another, the next also where one has failed."""

    def __init__(self, spawn: Spawn) -> None:
        self._spawn = spawn
        self._pending: dict[KeyT, deque[Callable[[], Awaitable[None]]]] = {}

    def put(self, key: KeyT, order: Callable[[], Awaitable[None]]) -> None:
        """Gives the order, which raises nothing, as soon as all before it about the same thing are done."""
        if key in self._pending:
            self._pending[key].append(order)
            return
        self._pending[key] = deque([order])
        self._spawn(self._drain(key))

    async def _drain(self, key: KeyT) -> None:
        orders = self._pending[key]
        try:
            while orders:
                await orders.popleft()()
        finally:
            del self._pending[key]


class Performer:
    """Gives the switch its orders. None of them is waited for by the engine."""

    def __init__(
        self,
        switch: Switch,
        spawn: Spawn,
        report: Callable[[RingFailed | NotCalled], None],
        *,
        look_after_s: float,
    ) -> None:
        """`look_after_s`: how long after an order that was not taken the switch is asked what is alive."""
        self._switch = switch
        self._spawn = spawn
        self._report = report
        self._marks = LatestWriter(spawn, self._write_mark)
        self._mirrors = LatestWriter(spawn, self._mirror)
        self._leads: InOrder[CallId] = InOrder(spawn)
        self._look_after_s = look_after_s
        self._is_looking = False

    async def marks_settled(self, call: CallId) -> None:
        """Waits until the switch has what was last noted of a call."""
        await self._marks.settled(call)

    def perform(self, order: Order) -> None:
        """Gives an order, and sees to what becomes of it."""
        match order:
            case RingAgent(ring=ring):
                self._give(partial(self._switch.ring, ring), partial(self._not_rung, ring.leg))
            case CancelLeg(leg=leg):
                self._give(partial(self._switch.cancel, leg), partial(_not_taken, "cancel", leg))
            case ParkCall(call=call):
                self._give(partial(self._switch.park, call), partial(self._not_led, "park", call))
            case MoveCall(call=call, mark=mark):
                self._give(partial(self._switch.move, call, mark), partial(self._not_led, "move", call))
            case SetAside() | LeadBack() | LeadOver() | LeadAll() | LeadAnew():
                self._lead(order)
            case WatchTalk() | ChangeWatch() | CallCustomer() | StopCalling():
                self._beside(order)
            case MarkCall() | MirrorAgent():
                self._note(order)

    def _note(self, order: MarkCall | MirrorAgent) -> None:
        """What is there for the case that this server dies."""
        match order:
            case MarkCall(call=call, mark=mark):
                self._marks.put(call, mark)
            case MirrorAgent(device=device, is_ready=is_ready):
                self._mirrors.put(device, is_ready)

    def _beside(self, order: WatchTalk | ChangeWatch | CallCustomer | StopCalling) -> None:
        """Of customers who are called, and of supervisors who hear conversations."""
        match order:
            case CallCustomer(order=called):
                self._give(partial(self._switch.call_out, called), partial(self._not_called, called.call))
            case StopCalling(call=call):
                self._give(partial(self._switch.hang_up, call), partial(_not_taken, "stop calling", call))
            case WatchTalk(watch=watch):
                self._give(partial(self._switch.watch, watch), partial(self._not_rung, watch.leg))
            case ChangeWatch(leg=leg, mode=mode):
                changed = partial(self._switch.change_watch, leg, mode)
                self._give(changed, partial(_not_taken, "change_watch", leg))

    def _lead(self, order: Lead) -> None:
        """Of agents who ask each other: a phone may refuse before its agent is set aside, and be led back."""
        lead, failed = self._way(order), partial(self._not_led, "lead", order.call)
        self._leads.put(order.call, lambda: _follow(lead(), failed))

    def _way(self, order: Lead) -> Callable[[], Awaitable[None]]:
        switch = self._switch
        match order:
            case SetAside(call=call, leg=leg, mark=mark):
                return partial(switch.set_aside, call, leg, mark)
            case LeadBack(call=call, leg=leg):
                return partial(switch.take_back, call, leg)
            case LeadOver(call=call, leg=leg, to=to):
                return partial(switch.hand_over, call, leg, to)
            case LeadAll(call=call, leg=leg, other=other):
                return partial(switch.join_all, call, leg, other)
            case LeadAnew(call=call, leg=leg, left=left, mark=mark):
                return partial(switch.stay, call, leg, left, mark)

    def _give(self, send: Callable[[], Awaitable[None]], failed: Failed) -> None:
        """Sends at once: a task of its own would begin behind all who hear of what led to this order."""
        try:
            self._spawn(_follow(send(), failed))
        except Exception as error:  # noqa: BLE001 - told like a failure that comes later, and as late
            asyncio.get_running_loop().call_soon(failed, error)

    async def _write_mark(self, call: CallId, mark: CallMark) -> None:
        await _follow(self._switch.write_mark(call, mark), partial(_not_taken, "write_mark", call))

    async def _mirror(self, device: DeviceId, is_ready: bool | None) -> None:  # noqa: FBT001 - a value to write
        mirrored = self._switch.set_fallback(device, is_ready=is_ready)
        await _follow(mirrored, partial(_not_taken, "set_fallback", device))

    def _not_led(self, order: str, call: CallId, error: Exception) -> None:
        """People are not where routing believes them to be: it is told anew who talks with whom."""
        _not_taken(order, call, error)
        if not isinstance(error, CallGone) and not self._is_looking:
            self._is_looking = True
            self._spawn(self._look_again())

    async def _look_again(self) -> None:
        # A moment later, for what follows from it may be refused too.
        await asyncio.sleep(self._look_after_s)
        self._is_looking = False
        await _follow(self._switch.look_again(), partial(_not_taken, "look_again", "switch"))

    def _not_called(self, call: CallId, error: Exception) -> None:
        log.warning("customer not called", call_id=call, error=str(error))
        self._report(NotCalled(call=call))

    def _not_rung(self, leg: LegId, error: Exception) -> None:
        """Whatever it was, the caller must not wait for it."""
        if isinstance(error, CallGone):
            self._report(RingFailed(leg=leg, failure=RingFailure.CALL_GONE))
            return
        if isinstance(error, NoOutsideLine):
            log.warning("no outside line", leg=leg)
            self._report(RingFailed(leg=leg, failure=RingFailure.NO_LINE))
            return
        log.warning("ring not ordered", leg=leg, error=str(error))
        self._report(RingFailed(leg=leg, failure=RingFailure.SWITCH_UNAVAILABLE))


async def _follow(taken: Awaitable[None], failed: Failed) -> None:
    try:
        await taken
    except Exception as error:  # noqa: BLE001 - who gave the order says what each failure means
        failed(error)


def _not_taken(order: str, target: str, error: Exception) -> None:
    """What is gone needs no order, and what the switch missed is put right when it is back."""
    match error:
        case CallGone():
            log.debug("already gone", order=order, target=target)
        case HotlineError():
            log.warning("order not taken", order=order, error=str(error))
        case _:
            log.error("order failed", order=order, exc_info=error)
