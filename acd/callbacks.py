"""Callbacks at work: promised once they are written down, and dialled once that is written down too.

The engine decides when; what it decides about a promise is kept here, and the customer is called from here.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import structlog

from acd.engine import Engine, promise_inputs
from acd.engine.effects import DialCustomer, Effect, RememberPromise, StopCalling
from acd.engine.inputs import Input
from acd.engine.promise_inputs import DialFailed, DialFailure
from acd.engine.promised import promise_of
from acd.engine.promises import place_of
from acd.engine.waiting import waiting_of
from acd.errors import NotWaiting, NumberForbidden, UnknownQueue
from acd.events import CallbackEnded
from acd.model import Instant, QueueRequest
from acd.promises import Promise, PromiseEnd, PromiseId
from acd.still_waiting import Waiting
from infra.tasks import Tasks
from kernel.clock import Clock
from kernel.errors import HotlineError
from kernel.ids import AgentId, CallId, QueueId
from telephony.errors import CallGone
from telephony.events import CallClosed
from telephony.model import CallOut, Outcome
from telephony.port import Switch

log = structlog.get_logger(__name__)

UNKEPT = {PromiseEnd.NOT_REACHED, PromiseEnd.FORBIDDEN}
NEW = PromiseId(0)
WRITE_AGAIN_S = 0.5


class PromiseBook(Protocol):
    """Where promises are written down."""

    async def open(self) -> Sequence[Promise]:
        """Those that are still to be kept, the oldest first."""
        ...

    async def add(self, promise: Promise) -> Promise:
        """Writes a new one down, under its own identity; one that the same call was given is given again."""
        ...

    async def claim(self, promise: PromiseId, call: CallId) -> bool:
        """Notes that the customer is called now, by this call; False: they are not to be, or are already."""
        ...

    async def save(self, changed: Sequence[Promise], ended: Sequence[CallbackEnded]) -> None:
        """Writes what has changed, and which are settled."""
        ...


class CallingRules(Protocol):
    """Whom Hotline may call."""

    async def refusal(self, number: str, agent: AgentId | None) -> str | None:
        """Why the number may not be called; None: it may."""
        ...


class Ledger(Protocol):
    """What became of calls."""

    async def outcome_of(self, call: CallId) -> Outcome | None:
        """How a call ended; None: it goes on, or was never made."""
        ...

    async def break_promise(self, ended: CallbackEnded) -> None:
        """Who was not called back is among those who reached nobody."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackNeighbours:
    """The other parts that callbacks need."""

    book: PromiseBook
    rules: CallingRules
    ledger: Ledger


class Callbacks:
    """Keeps promises, and calls customers when the engine says so."""

    def __init__(
        self,
        ask: Callable[[Input], Awaitable[None]],
        engine: Engine,
        switch: Switch,
        clock: Clock,
        near: CallbackNeighbours,
    ) -> None:
        self._ask = ask
        self._engine = engine
        self._switch = switch
        self._clock = clock
        self._near = near
        self._tasks = Tasks()
        self._changed: dict[PromiseId, Promise] = {}
        self._ended: dict[PromiseId, CallbackEnded] = {}
        self._news = asyncio.Event()
        self._one_at_a_time = asyncio.Lock()
        """A promise that is claimed must not be changed back by what was written of it before."""

    # --- what is promised

    async def refusal(self, number: str) -> str | None:
        """Why nobody can be called back on this number; None: they can."""
        return await self._near.rules.refusal(number, None)

    async def promise(self, request: QueueRequest, number: str) -> None:
        """Keeps a caller's place without a line. Once this returns, no restart loses it.

        Raises `NumberForbidden`, `NotWaiting` of who has an agent by now, and whatever the database does:
        then nothing is promised, and the caller waits on.
        """
        if await self.refusal(number) is not None:
            raise NumberForbidden("This number cannot be called.")
        world, arrival = self._engine.world, request.arrival
        if arrival.call not in world.calls and request.queue not in world.rules:
            raise UnknownQueue(f"There is no queue {request.queue!r}.")
        if self._place_for(number) is not None:
            await self._ask(promise_inputs.RelyOnPromise(call=arrival.call))
            return
        if len(world.promised.get(arrival.caller_number, ())) >= world.settings.callbacks_of_caller_max:
            raise NumberForbidden("This caller has had as many people called as may be.")
        mark = place_of(world, request)
        if mark is None:
            raise NotWaiting("This caller has an agent by now.")
        promise = await self._near.book.add(
            Promise(
                id=NEW,
                call=arrival.call,
                origin=arrival.call,
                number=number,
                numbers=tuple(dict.fromkeys(filter(None, (number, *request.numbers, arrival.caller_number)))),
                level=request.level,
                mark=mark,
                made_at=self._clock.now(),
            )
        )
        await self._take(promise)

    async def _take(self, promise: Promise) -> None:
        """Has the place stand, unless the caller found an agent, or has one kept, while it was written down."""
        older = self._place_for(promise.number, besides=promise.id)
        if older is not None:
            await self._take_back(promise, by=older)
            await self._ask(promise_inputs.RelyOnPromise(call=promise.origin))
            return
        try:
            await self._ask(promise_inputs.TakePromise(promise=promise))
        except HotlineError:
            await self._take_back(promise, by=promise.origin)
            raise

    def _place_for(self, number: str, *, besides: PromiseId = NEW) -> CallId | None:
        """The place that is kept for who is called on this number; another of the same office is another's."""
        world = self._engine.world
        kept = (promise_of(world.calls[call]) for call in world.promised.get(number, ()))
        return next((one.call for one in kept if one.number == number and one.id != besides), None)

    async def _take_back(self, promise: Promise, *, by: CallId) -> None:
        ended = CallbackEnded(
            at=self._clock.now(),
            promise=promise.id,
            call=promise.call,
            queue=promise.mark.queue or QueueId(""),
            origin=promise.origin,
            number=promise.number,
            end=PromiseEnd.CALLED_IN,
            by=by,
        )
        await self._near.book.save((), (ended,))

    async def cancel(self, call: CallId) -> None:
        """A supervisor takes a promise back."""
        await self._ask(promise_inputs.CancelPromise(call=call))
        await self.settle()

    def waiting(self) -> list[Waiting]:
        """Who is called back and has not been, the oldest promise first."""
        world = self._engine.world
        now = Instant(self._clock.monotonic(), self._clock.now())
        oldest = sorted(world.absent, key=lambda call: promise_of(world.calls[call]).id)
        return [found for call in oldest if (found := waiting_of(world, call, now)) is not None]

    # --- what the engine says

    async def kept(self) -> list[Input]:
        """What the engine is to be told of promises from before a restart."""
        told: list[Input] = []
        for promise in await self._near.book.open():
            told.append(promise_inputs.TakePromise(promise=promise))
            outcome = await self._near.ledger.outcome_of(promise.call) if promise.is_dialled else None
            if outcome is not None:
                told.append(CallClosed(at=self._clock.now(), call=promise.call, outcome=outcome))
        return told

    def take(self, effect: Effect) -> None:
        """Sees to what the engine has decided about promises."""
        match effect:
            case DialCustomer():
                self._tasks.spawn(self._dial(effect), name="call a customer back")
            case StopCalling(call=call):
                self._tasks.spawn(self._stop(call), name="stop calling a customer")
            case RememberPromise(promise=promise):
                self._changed[promise.id] = promise
                self._news.set()
            case CallbackEnded():
                self._ended[effect.promise] = effect
                self._news.set()
            case _:
                pass

    async def run(self) -> None:
        """Writes what has changed of promises until cancelled; what cannot be written is tried again."""
        try:
            while True:
                await self._news.wait()
                try:
                    await self.settle()
                except Exception:
                    log.exception("promises not written, trying again", promises=len(self._changed))
                    await asyncio.sleep(WRITE_AGAIN_S)
        finally:
            await self._tasks.close()

    async def settle(self) -> None:
        """Writes all that has changed so far."""
        async with self._one_at_a_time:
            await self._write()

    async def _write(self) -> None:
        changed, ended = self._changed, self._ended
        self._changed, self._ended = {}, {}
        self._news.clear()
        try:
            # First: who is in no list, and whose promise is settled, is called by nobody.
            for broken in ended.values():
                if broken.end in UNKEPT:
                    await self._near.ledger.break_promise(broken)
            if changed or ended:
                await self._near.book.save(list(changed.values()), list(ended.values()))
        except BaseException:
            self._changed, self._ended = changed | self._changed, ended | self._ended
            self._news.set()
            raise

    # --- calling

    async def _dial(self, order: DialCustomer) -> None:
        failure: DialFailure | None = DialFailure.NOT_NOW
        try:
            failure = await self._call(order)
        except Exception as error:  # noqa: BLE001 - whatever it was, the agent must not wait for nobody
            log.warning("customer not called", call_id=order.call, error=repr(error))
            await self._stop(order.call)
        if failure is not None:
            await self._ask(DialFailed(call=order.call, failure=failure))

    async def _call(self, order: DialCustomer) -> DialFailure | None:
        if await self._near.rules.refusal(order.to, order.agent) is not None:
            return DialFailure.FORBIDDEN
        async with self._one_at_a_time:
            await self._write()
            if not await self._near.book.claim(order.promise, order.call):
                return DialFailure.FORBIDDEN
        await self._switch.call_out(
            CallOut(
                call=order.call,
                leg=order.leg,
                agent=order.agent,
                to=order.to,
                shown=self._engine.world.rules_of(order.mark.queue or QueueId("")).caller_id,
                ring_s=order.ring_s,
                mark=order.mark,
            )
        )
        return None

    async def _stop(self, call: CallId) -> None:
        try:
            await self._switch.hang_up(call)
        except CallGone:
            log.debug("the call to the customer was over", call_id=call)
        except HotlineError as error:
            log.warning("the call to the customer was not stopped", call_id=call, error=str(error))
