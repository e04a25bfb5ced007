"""Agents of a simulated day who call customers: whose phones ring, and who is gone before they answer."""

from collections import Counter

from acd.engine import Engine, inputs
from acd.engine.effects import CallCustomer, Effect, StopCalling
from acd.events import CallNotReached
from kernel.ids import CallId, LegId
from telephony.model import CallOut, EndReason
from tests.sim.callers import PATIENCE_S, Callers
from tests.sim.customers_phones import ring_customer
from tests.sim.server import Server
from tests.sim.switchboard import Switchboard
from tests.sim.timetable import Timetable
from tests.sim.vanishing import Vanishing

WRITES_S = 0.05
RINGS_S = 30.0
DIES_BEFORE_CALLING, NOT_TAKEN = 0.03, 0.03


class OwnCalls:
    """What agents begin, what the switch makes of it, and what they are told."""

    def __init__(self, time: Timetable, switch: Switchboard, server: Server, callers: Callers) -> None:
        self.time = time
        self.switch = switch
        self.server = server
        self.callers = callers
        self.begun: set[CallId] = set()
        self.answered: set[CallId] = set()
        self.not_reached: Counter[CallId] = Counter()
        self.reasons: Counter[EndReason] = Counter()
        self.vanishing = Vanishing(time, switch, server)
        server.does_more = self.take

    def begin(self) -> None:
        """An agent who may be free or not calls a customer."""
        agent = self.time.random.choice(list(self.server.profiles))
        queue = self.time.random.choice(list(self.server.queues))
        call = CallId(f"out-{int(self.time.seconds)}")
        wanted = inputs.PlaceCall(
            call=call, agent=agent, to="+8613900139000", queue=queue, shown="4001", ring_s=RINGS_S
        )
        if not self.server.is_away and self.server.ask(wanted):
            self.begun.add(call)

    def take(self, effect: Effect) -> None:
        match effect:
            case CallCustomer(order=order):
                asked = self.server.engine
                self.time.later(WRITES_S, lambda: self._dial(order, asked))
            case StopCalling(call=call):
                self.time.later(WRITES_S, lambda: self.switch.end_call(call, EndReason.HOTLINE_HUNG_UP))
            case CallNotReached():
                self.not_reached[effect.call] += 1
                self.reasons[effect.reason] += 1
            case _:
                pass

    def _dial(self, order: CallOut, asked: Engine) -> None:
        if self.server.is_dead or asked is not self.server.engine:
            return
        if self.time.chance(DIES_BEFORE_CALLING):
            self.server.die(1)
        elif self.server.is_cut_off or self.time.chance(NOT_TAKEN):
            self.server.tell(inputs.NotCalled(call=order.call))
        else:
            self._is_called(order)

    def _is_called(self, order: CallOut) -> None:
        assert order.call not in self.switch.calls, f"{order.call} is made twice"
        after_s = ring_customer(
            self.time, self.switch, self.server, order, lambda: self._answers(order.call, order.leg)
        )
        self.vanishing.plan(order, after_s)

    def _answers(self, call: CallId, leg: LegId) -> None:
        if call not in self.switch.calls:
            return
        self.answered.add(call)
        self.switch.calls[call].is_answered = True
        self.switch.reach(call, leg)
        self.time.later(self.time.random.expovariate(1 / PATIENCE_S) + 5, lambda: self.callers.give_up(call))

    def check(self) -> None:
        """Who answered and was heard of has had somebody; the agents of the others read why, once."""
        told, unheard = self.server.history, self.server.unheard
        assert set(self.not_reached.values()) == {1}
        assert not self.not_reached.keys() & told.connected.keys()
        talked = self.begun & self.switch.talked - unheard
        assert talked <= told.connected.keys(), "who talked was not known to"
