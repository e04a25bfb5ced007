"""Customers who are called back: each is promised that once it is written down, and waits without a line.

The engine decides when; what it decides about a promise is kept, and the customer called, beside this.
"""

from collections.abc import Awaitable, Callable

from acd.calling_back import CallingBack
from acd.engine import Engine, promise_inputs
from acd.engine.effects import DialCustomer, Effect
from acd.engine.inputs import Input
from acd.engine.promised import promise_of
from acd.engine.promises import place_of
from acd.engine.waiting import waiting_of
from acd.errors import NotWaiting, NumberForbidden, UnknownQueue
from acd.events import CallbackEnded
from acd.model import Instant, QueueRequest
from acd.ports import CallbackNeighbours
from acd.promises import Promise, PromiseEnd, PromiseId
from acd.still_waiting import Waiting
from acd.written_promises import WrittenPromises
from infra.tasks import Tasks
from kernel.clock import Clock
from kernel.errors import HotlineError
from kernel.ids import CallId, QueueId
from telephony.events import CallClosed
from telephony.port import Switch

NEW = PromiseId(0)


class Callbacks:
    """Promises callbacks, and sees to what the engine decides about them."""

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
        self._clock = clock
        self._near = near
        self._tasks = Tasks()
        self._written = WrittenPromises(near.book, near.ledger)
        self._calling = CallingBack(ask, switch, near.rules, self._written)

    # --- what is promised

    async def refusal(self, number: str) -> str | None:
        """Why nobody can be called back on this number; None: they can."""
        return await self._near.rules.refusal(number)

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
        if not self._has_room(arrival.caller_number):
            raise NumberForbidden("This caller has had as many people called as may be.")
        mark = place_of(world, request)
        if mark is None:
            raise NotWaiting("This caller has an agent by now.")
        numbers = tuple(dict.fromkeys(filter(None, (number, *request.numbers, arrival.caller_number))))
        promise = await self._near.book.add(
            Promise(
                id=NEW,
                call=arrival.call,
                origin=arrival.call,
                number=number,
                numbers=numbers,
                is_from_withheld=not arrival.caller_number,
                level=request.level,
                mark=mark,
                made_at=self._clock.now(),
            )
        )
        await self._take(promise)

    def _has_room(self, caller: str) -> bool:
        """Whether one more may be called back at this caller's wish; "": a withheld number."""
        world = self._engine.world
        if caller:
            return len(world.promised.get(caller, ())) < world.settings.callbacks_of_caller_max
        kept = sum(promise_of(world.calls[call]).is_from_withheld for call in world.absent)
        return kept < world.settings.callbacks_of_withheld_max

    async def _take(self, promise: Promise) -> None:
        """Has the place stand, unless its caller found an agent meanwhile, or has one already."""
        older = self._place_for(promise.number, besides=promise.id)
        if older is not None:
            await self._take_back(promise, by=older)
            await self._ask(promise_inputs.RelyOnPromise(call=promise.origin))
            return
        try:
            await self._ask(promise_inputs.TakePromise(promise=promise, is_on_the_line=True))
        except HotlineError:
            await self._take_back(promise, by=promise.origin)
            raise

    def _place_for(self, number: str, *, besides: PromiseId = NEW) -> CallId | None:
        """The place that is kept for who is called on this number; one office may have more."""
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
        await self._written.settle()

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
        if isinstance(effect, DialCustomer):
            self._tasks.spawn(self._calling.call(effect), name="call a customer back")
        else:
            self._written.note(effect)

    async def run(self) -> None:
        """Writes what has changed of promises until cancelled."""
        try:
            await self._written.run()
        finally:
            await self._tasks.close()
