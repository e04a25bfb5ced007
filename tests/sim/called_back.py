"""Customers of a simulated day who are called back: the book of promises, and what their phones do.

The book outlives servers, as the database does; which calls were really made, the switch knows. Between
the two a server may die at any moment.
"""

from collections.abc import Iterator
from dataclasses import replace

from acd.engine import Engine, inputs
from acd.engine.effects import DialCustomer, Effect, RememberPromise, StopCalling
from acd.engine.promise_inputs import CancelPromise, RelyOnPromise, TakePromise
from acd.engine.promises import place_of
from acd.events import CallbackEnded
from acd.model import QueueRequest
from acd.promises import Promise, PromiseEnd, PromiseId, call_name
from kernel.ids import CallId, LegId
from telephony.events import CallClosed
from telephony.model import CallMark, CallOut, EndReason, Outcome, Phase
from tests.sim.callers import PATIENCE_S, Callers
from tests.sim.customers_phones import ring_customer
from tests.sim.server import Server
from tests.sim.switchboard import RealCall, Switchboard
from tests.sim.timetable import Timetable
from tests.sim.vanishing import Vanishing

WRITES_S = 0.05
DIES_BEFORE_SAYING_SO, DIES_BEFORE_CALLING, NOT_TAKEN, FORBIDDEN = 0.1, 0.03, 0.03, 0.02
LEDGER_S = 1.0
OUTCOMES = {
    EndReason.BUSY: Outcome.BUSY,
    EndReason.NO_ANSWER: Outcome.NO_ANSWER,
    EndReason.UNREACHABLE: Outcome.UNREACHABLE,
}


class CalledBack:
    """Promises calls to who waits, writes down what becomes of that, and answers customers' phones."""

    def __init__(self, time: Timetable, switch: Switchboard, server: Server, callers: Callers) -> None:
        self.time = time
        self.switch = switch
        self.server = server
        self.callers = callers
        self.book: dict[PromiseId, Promise] = {}
        self.ends: dict[PromiseId, PromiseEnd] = {}
        self.answered: set[PromiseId] = set()
        self.made = 0
        self.relied = 0
        self.vanishing: Vanishing | None = None
        """Days from before there were such mishaps go on as they went."""
        self._promise_of: dict[CallId, PromiseId] = {}
        self._outcomes: dict[CallId, Outcome] = {}
        """What the ledger has of calls that are over."""
        server.does_more = self.take
        server.kept = self.kept
        switch.is_over = self._note_end

    # --- who is promised what

    def promise(self) -> None:
        """Somebody who waits would rather be called; now and then the server dies before they hear it."""
        world = self.server.engine.world
        waiting = [call for call, real in self.switch.calls.items() if _waits(real) and call in world.calls]
        if not waiting or self.server.is_away:
            return
        call = self.time.random.choice(waiting)
        mark = place_of(
            world, QueueRequest(arrival=self.switch.calls[call].arrival, queue=world.calls[call].queue)
        )
        if mark is None:
            return
        promise = self._written(call, mark)
        if self.time.chance(DIES_BEFORE_SAYING_SO):
            self.server.die(1)
        elif not self.server.ask(TakePromise(promise=promise)):
            self._end(promise.id, PromiseEnd.CALLED_IN)
        else:
            key = world.calls[promise.call].key
            assert (key.tier, key.ms, key.sequence) == _place(mark), f"{promise} has another place"

    def promise_again(self) -> None:
        """Somebody who waits names a number that is to be called already."""
        world = self.server.engine.world
        waiting = [call for call, real in self.switch.calls.items() if _waits(real) and call in world.calls]
        if not waiting or not world.absent or self.server.is_away:
            return
        call = self.time.random.choice(waiting)
        if self.server.ask(RelyOnPromise(call=call)):
            self.relied += 1
            assert call not in world.calls, f"{call} was told goodbye, and waits"

    def _written(self, call: CallId, mark: CallMark) -> Promise:
        self.made += 1
        number, at = f"+86139{self.made:08d}", self.time.wall
        promise = Promise(
            id=PromiseId(self.made),
            call=call_name(PromiseId(self.made), 0, at),
            origin=call,
            number=number,
            numbers=(number,),
            mark=mark,
            made_at=at,
        )
        self.book[promise.id] = promise
        return promise

    def call_in(self) -> None:
        """Somebody who is to be called does not wait for that."""
        if self.book:
            promise = self.time.random.choice(list(self.book.values()))
            self.callers.arrive(
                CallId(f"again-{promise.id}-{int(self.time.seconds)}"), promise.number, PATIENCE_S
            )

    def cancel(self) -> None:
        """A supervisor takes a promise back."""
        if self.book:
            promise = self.time.random.choice(list(self.book.values()))
            self.server.ask(CancelPromise(call=promise.call))

    def close(self) -> None:
        """Whoever asks for what nobody can do is called by nobody; a supervisor sees to that."""
        for promise in list(self.book.values()):
            self.server.tell(CancelPromise(call=promise.call))

    # --- what is written down

    def kept(self) -> Iterator[inputs.Input]:
        """What a new server reads."""
        for promise in list(self.book.values()):
            yield TakePromise(promise=promise)
        yield from self.told_by_ledger()

    def told_by_ledger(self) -> Iterator[inputs.Input]:
        """How calls ended that nobody saw end."""
        for promise in list(self.book.values()):
            outcome = self._outcomes.get(promise.call)
            if promise.is_dialled and outcome is not None:
                yield CallClosed(at=self.time.wall, call=promise.call, outcome=outcome)

    def take(self, effect: Effect) -> None:
        match effect:
            case RememberPromise(promise=promise) if promise.id in self.book:
                known = self.book[promise.id]
                assert _place(promise.mark) == _place(known.mark), f"{promise} has lost its place"
                claimed = {"is_dialled": known.is_dialled, "dials": known.dials} if promise.is_dialled else {}
                self.book[promise.id] = replace(promise, **claimed)  # type: ignore[arg-type]
            case CallbackEnded():
                self._end(effect.promise, effect.end)
            case DialCustomer():
                asked = self.server.engine
                self.time.later(WRITES_S, lambda: self._dial(effect, asked))
            case StopCalling(call=call):
                self.time.later(WRITES_S, lambda: self.switch.end_call(call, EndReason.HOTLINE_HUNG_UP))
            case _:
                pass

    def _end(self, promise: PromiseId, end: PromiseEnd) -> None:
        assert promise not in self.ends, f"{promise} ends twice"
        del self.book[promise]
        self.ends[promise] = end

    # --- calling

    def _dial(self, wanted: DialCustomer, asked: Engine) -> None:
        if self.server.is_dead or asked is not self.server.engine:
            return
        order, known = wanted.order, self.book.get(wanted.promise)
        if self.time.chance(FORBIDDEN) or known is None or known.call != order.call or known.is_dialled:
            self.server.tell(inputs.NotCalled(call=order.call, is_forbidden=True))
            return
        self.book[wanted.promise] = replace(known, is_dialled=True, dials=known.dials + 1)
        if self.time.chance(DIES_BEFORE_CALLING):
            self.server.die(1)
        elif self.server.is_cut_off or self.time.chance(NOT_TAKEN):
            self.server.tell(inputs.NotCalled(call=order.call))
        else:
            self._is_called(order, wanted.promise)

    def _is_called(self, order: CallOut, promise: PromiseId) -> None:
        rung = [call for call in self.switch.calls if self._promise_of.get(call) == promise]
        assert rung == [], f"{order.to} is called twice at once"
        assert not self.server.engine.world.is_closed(order.mark.queue or ""), (
            f"{order.to} is called at night"
        )  # type: ignore[arg-type]
        self._promise_of[order.call] = promise
        after_s = ring_customer(
            self.time, self.switch, self.server, order, lambda: self._answers(order.call, order.leg)
        )
        if self.vanishing is not None:
            self.vanishing.plan(order, after_s)

    def _answers(self, call: CallId, leg: LegId) -> None:
        if call not in self.switch.calls:
            return
        self.answered.add(self._promise_of[call])
        self.switch.calls[call].is_answered = True
        self.switch.reach(call, leg)
        self.time.later(self.time.random.expovariate(1 / PATIENCE_S) + 5, lambda: self.callers.give_up(call))

    def _note_end(self, call: CallId, real: RealCall, reason: EndReason) -> None:
        if call not in self._promise_of:
            return
        if call in self.switch.talked:
            self._outcomes[call] = Outcome.SERVED
        else:
            missed = OUTCOMES.get(reason, Outcome.STOPPED)
            self._outcomes[call] = Outcome.ABANDONED if real.is_answered else missed

    def check(self) -> None:
        """At the end of the day: each promise came to one end, and that is a true one."""
        assert self.book == {}
        assert len(self.ends) == self.made
        missed = {promise for promise, end in self.ends.items() if end is PromiseEnd.NOT_REACHED}
        assert not missed & self.answered, "who answered was not reached"
        kept = {promise for promise, end in self.ends.items() if end is PromiseEnd.KEPT}
        assert kept <= self.answered, "who never answered was reached"


def _waits(real: RealCall) -> bool:
    return real.talks_with is None and real.mark is not None and real.mark.phase is Phase.WAITING


def _place(mark: CallMark) -> tuple[int, int, int]:
    return mark.tier, mark.key_ms, mark.sequence
