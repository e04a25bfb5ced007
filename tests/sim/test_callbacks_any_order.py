"""Callbacks among all else, in any order: each keeps its place, is called once at a time, and ends once."""

from dataclasses import replace

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule

from acd.engine.effects import DialCustomer, RememberPromise
from acd.engine.inputs import Enter, NotCalled
from acd.engine.promise_inputs import CancelPromise, CustomerCame, RelyOnPromise, TakePromise
from acd.engine.promises import place_of
from acd.events import CallbackEnded
from acd.model import QueueRequest
from acd.promises import CallbackRules, Promise, PromiseId, call_name
from kernel.ids import AgentId, CallId, QueueId
from telephony.events import CallClosed, CallEnded, CallPlaced, Dialling, Joined, LegEnded
from telephony.model import EndReason, LiveCall, LiveLeg, Outcome, Phase
from tests.sim.test_any_order import ALL_RULES, CALLS, QUEUES, AnyOrder, legs_of
from tests.unit.acd.floor import device

PROMISED = st.integers(0, 3)
CALLING = CallbackRules(attempts=2, retry_after_s=10, ring_s=10)
NOT_REACHED = (EndReason.BUSY, EndReason.NO_ANSWER, EndReason.HOTLINE_HUNG_UP, EndReason.NO_LINE)


def number_of(caller: str) -> str:
    return f"+86139{ord(caller):08d}"


class CalledBack(AnyOrder):
    """Some of the callers are called back; what was promised is in a book that outlives servers."""

    def __init__(self) -> None:
        self.book: dict[PromiseId, Promise] = {}
        self.seen = 0
        self.made = 0
        super().__init__()

    def follow(self) -> None:
        """Writes down what the engine says, in its order, as the service does."""
        effects = self.floor.effects
        for effect in effects[self.seen :]:
            match effect:
                case RememberPromise(promise=promise) if promise.id in self.book:
                    self.book[promise.id] = promise
                case DialCustomer() if effect.promise in self.book:
                    known = self.book[effect.promise]
                    assert known.call == effect.order.call, "an old call is claimed"
                    assert not known.is_dialled, "a call is claimed twice"
                    self.book[effect.promise] = replace(known, is_dialled=True, dials=known.dials + 1)
                case CallbackEnded():
                    assert self.book.pop(effect.promise, None) is not None, f"{effect} ends nothing"
                case _:
                    pass
        self.seen = len(effects)

    def do(self, event: object) -> None:
        super().do(event)  # type: ignore[arg-type]
        self.follow()

    def one(self, number: int) -> CallId:
        """One of the places that are kept; "" where there is none."""
        self.follow()
        absent = list(self.floor.engine.world.absent)
        return absent[number % len(absent)] if absent else CallId("none")

    @rule(caller=CALLS, queue=QUEUES)
    def promise(self, caller: str, queue: QueueId) -> None:
        self.follow()
        call, number = self.latest(caller), number_of(caller)
        request = QueueRequest(arrival=self.floor.arrival(call), queue=queue)
        mark = place_of(self.floor.engine.world, request)
        if mark is None or number in self.floor.engine.world.promised:
            return
        self.made += 1
        identity = PromiseId(self.made)
        promise = Promise(
            id=identity,
            call=call_name(identity, 0, self.floor.at),
            origin=call,
            number=number,
            numbers=(number,),
            mark=mark,
            made_at=self.floor.at,
        )
        self.book[identity] = promise
        self.do(TakePromise(promise=promise))
        stands = self.floor.engine.world.calls[promise.call]
        assert (stands.key.tier, stands.key.ms, stands.key.sequence) == (
            mark.tier,
            mark.key_ms,
            mark.sequence,
        )
        self.do(CallEnded(at=self.floor.at, call=call, reason=EndReason.HOTLINE_HUNG_UP))

    @rule(caller=CALLS)
    def promise_again(self, caller: str) -> None:
        call = self.latest(caller)
        self.do(RelyOnPromise(call=call))

    @rule(number=PROMISED)
    def accept(self, number: int) -> None:
        call = self.one(number)
        for ring in [ring for ring in self.floor.rings if ring.call == call][-1:]:
            self.do(Dialling(at=self.floor.at, call=call, leg=ring.leg, agent=ring.agent))

    @rule(number=PROMISED)
    def is_placed(self, number: int) -> None:
        call = self.one(number)
        for ring in [ring for ring in self.floor.rings if ring.call == call][-1:]:
            arrival = self.floor.arrival(call)
            self.do(CallPlaced(at=self.floor.at, arrival=arrival, leg=ring.leg, agent=ring.agent))

    @rule(number=PROMISED, reason=st.sampled_from(NOT_REACHED))
    def is_not_reached(self, number: int, reason: EndReason) -> None:
        self.do(CallEnded(at=self.floor.at, call=self.one(number), reason=reason))

    @rule(number=PROMISED, is_forbidden=st.booleans())
    def is_not_dialled(self, number: int, is_forbidden: bool) -> None:  # noqa: FBT001 - drawn by Hypothesis
        self.do(NotCalled(call=self.one(number), is_forbidden=is_forbidden))

    @rule(number=PROMISED)
    def answers(self, number: int) -> None:
        call = self.one(number)
        known = self.floor.engine.world.calls.get(call)
        if known is None or known.promise is None or not known.promise.is_dialled:
            return
        if known.offer is None:
            self.do(CustomerCame(call=call))
        else:
            offer = known.offer
            self.do(Joined(at=self.floor.at, call=call, leg=offer.leg, agent=offer.agent))

    @rule(number=PROMISED, reason=st.sampled_from(EndReason))
    def agent_is_gone(self, number: int, reason: EndReason) -> None:
        call = self.one(number)
        for ring in [ring for ring in self.floor.rings if ring.call == call][-1:]:
            self.do(
                LegEnded(
                    at=self.floor.at,
                    call=call,
                    leg=ring.leg,
                    agent=ring.agent,
                    reason=reason,
                    was_joined=False,
                )
            )

    @rule(number=PROMISED)
    def cancel(self, number: int) -> None:
        self.do(CancelPromise(call=self.one(number)))

    @rule(number=PROMISED, outcome=st.sampled_from([Outcome.SERVED, Outcome.BUSY, Outcome.STOPPED]))
    def ledger_says(self, number: int, outcome: Outcome) -> None:
        self.do(CallClosed(at=self.floor.at, call=self.one(number), outcome=outcome))

    @rule(caller=CALLS, queue=QUEUES)
    def call_in(self, caller: str, queue: QueueId) -> None:
        self.follow()
        arrival = self.floor.arrival(self.latest(caller))
        request = QueueRequest(arrival=arrival, queue=queue, numbers=(number_of(caller),))
        self.do(Enter(request=request))

    @rule(is_new=st.booleans(), gone=st.sets(CALLS), customers_gone=st.booleans(), has_answered=st.booleans())
    def adopt(  # type: ignore[override]
        self,
        is_new: bool,  # noqa: FBT001 - drawn by Hypothesis
        gone: set[str],
        customers_gone: bool,  # noqa: FBT001 - drawn
        has_answered: bool,  # noqa: FBT001 - drawn
    ) -> None:
        """The server was killed, or the connection lost; of calls to customers some went on."""
        self.follow()
        before, legs, live = self.floor, [], []
        for call in list(before.engine.world.calls.values()):
            if call.is_absent:
                if call.offer is not None:
                    legs.append(self._leg(call.id, call.offer.leg, call.offer.agent))
                if call.promise is not None and call.promise.is_dialled and not customers_gone:
                    arrival = before.arrival(call.id)
                    mark = replace(call.mark, phase=Phase.DIALLING)
                    live.append(
                        LiveCall(arrival=arrival, mark=mark, talks_with=None, is_answered=has_answered)
                    )
            elif call.id[0] not in gone:
                alive = legs_of(call)
                talks_with = next((leg.leg for leg in alive if leg.is_with_caller), None)
                live.append(LiveCall(arrival=before.arrival(call.id), mark=call.mark, talks_with=talks_with))
                legs += alive
        if is_new:
            self.history.begin_anew()
            self.open()
            self.seen = 0
            self.floor.engine.world.gone |= before.engine.world.gone
            self.floor.engine.world.is_connected = False
            self.floor.wait(before.seconds - self.floor.seconds + 1)
            for promise in list(self.book.values()):
                self.do(TakePromise(promise=promise))
        self.floor.connect(live, legs, [device(number) for number in (1, 2, 3)])
        self.follow()
        assert {call.promise.id for call in self._kept() if call.promise} == set(self.book)

    def _kept(self):  # type: ignore[no-untyped-def] # noqa: ANN202 - calls of the engine
        world = self.floor.engine.world
        return [world.calls[call] for call in world.absent]

    def _leg(self, call: CallId, leg: str, agent: AgentId) -> LiveLeg:
        offer = self.floor.engine.world.offers[leg]  # type: ignore[index]
        dialled = self.floor.engine.world.calls[call].promise
        return LiveLeg(
            leg=offer.leg,
            call=call,
            agent=agent,
            device=device(agent),
            is_answered=dialled is not None and dialled.is_dialled,
            dials=True,
        )


class CalledBackSoon(CalledBack):
    """The same, from where somebody is promised a callback on."""

    @initialize()
    def begin(self) -> None:
        self.rules = tuple(replace(queue, callback=CALLING) for queue in ALL_RULES[0])
        self.open()
        self.promise(caller="a", queue=self.rules[0].id)
        self.promise(caller="b", queue=self.rules[0].id)


CalledBackSoon.TestCase.settings = settings(max_examples=200, stateful_step_count=40, database=None)
TestCalledBackSoon = CalledBackSoon.TestCase
CalledBack.TestCase.settings = settings(max_examples=60, stateful_step_count=50, database=None)
TestCalledBack = CalledBack.TestCase
