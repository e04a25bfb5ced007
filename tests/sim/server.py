"""The server of a simulated day: the engine, what outlives it, and how news reaches it."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping

from acd.engine import Engine, inputs
from acd.engine.effects import (
    CancelLeg,
    Effect,
    MarkCall,
    MirrorAgent,
    MoveCall,
    ParkCall,
    RememberAgent,
    RingAgent,
)
from acd.engine.promise_inputs import CustomerCame
from acd.errors import NoPlace
from acd.events import CallLeftQueue, HelpChanged
from acd.model import AgentProfile, AgentState, Exit, QueueRequest, QueueRules
from acd.reserves import Help, HelpStand
from acd.settings import AcdSettings
from acd.wishes import Wish
from kernel.errors import HotlineError
from kernel.events import Event
from kernel.ids import AgentId, CallId, DeviceId, QueueId
from telephony import events
from telephony.model import Phase
from tests.sim.history import History
from tests.sim.invariants import check
from tests.sim.switchboard import Switchboard
from tests.sim.timetable import Timetable

REPORTED_TWICE = 0.03
REFUSED_RINGS = 0.01
"""The share of orders to ring that the switch does not take."""


class Server:
    """Lives, dies, and is told things once, twice, or late."""

    def __init__(self, time: Timetable, switch: Switchboard, queues: Mapping[QueueId, QueueRules]) -> None:
        self.time = time
        self.switch = switch
        self.queues = queues
        self.closed: frozenset[str] = frozenset()
        self.is_dead = False
        self.is_cut_off = False
        self.profiles: dict[AgentId, AgentProfile] = {}
        self.devices: dict[AgentId, DeviceId] = {}
        self.pages_lost: set[AgentId] = set()
        self.sends_away: Callable[[CallId, Exit], None] = lambda *_: None
        self.does_more: Callable[[Effect], None] = lambda _: None
        self.kept: Callable[[], Iterable[inputs.Input]] = tuple
        """What was promised to customers, and has not come to its end."""
        self.history = History()
        self.unheard: set[CallId] = set()
        """Calls that something was reported of in vain."""
        self._kept: dict[AgentId, Wish] = {}
        self._help: dict[QueueId, HelpStand | None] = {}
        self.helps: Counter[Help] = Counter()
        """How often it came so far with a queue's reserve."""
        self._late: list[Event] | None = None
        self.engine = self._new_engine()

    # --- life and death

    def _new_engine(self) -> Engine:
        now = self.time.now
        engine = Engine(AcdSettings(), now)
        engine.handle(inputs.SetQueues(queues=self.queues), now)
        engine.handle(inputs.SetClosed(calendars=self.closed), now)
        for stand in filter(None, self._help.values()):
            engine.handle(inputs.RestoreHelp(stand=stand), now)
        self.history.begin_anew()
        for agent, profile in self.profiles.items():
            engine.handle(inputs.SetProfile(profile=profile), now)
            engine.handle(self._restored(agent), now)
            if agent in self.devices:
                self.history.note(engine.handle(inputs.SignIn(agent=agent, device=self.devices[agent]), now))
            if agent in self.pages_lost:
                engine.handle(inputs.PageLost(agent=agent), now)
        return engine

    def _restored(self, agent: AgentId) -> inputs.Restore:
        kept = self._kept.get(agent)
        return inputs.Restore(wish=kept or Wish(agent=agent, state=AgentState.READY, reason=""))

    @property
    def is_away(self) -> bool:
        """Dead, without the switch, or so slow that nobody gets an answer."""
        return self.is_dead or self.is_cut_off or self._late is not None

    def start(self) -> None:
        """Adopts what is alive in the switch."""
        self.engine = self._new_engine()
        self.is_dead = self.switch.is_alone = False
        for promised in self.kept():
            self.tell(promised)
        self.connect()
        for call, real in list(self.switch.calls.items()):
            talks_or_left = real.talks_with is not None or call not in self.engine.world.calls
            has_answered = real.is_answered and real.mark is not None and real.mark.phase is Phase.DIALLING
            if (talks_or_left or has_answered) and real.mark is not None and real.talks_with is None:
                self.line_is_back(call)

    def die(self, for_s: float) -> None:
        """Killed; after a while a new one adopts what is alive."""
        if self.is_dead or self.is_cut_off:
            return
        self._miss(self._late or ())
        self.is_dead, self._late = True, None
        self.switch.leave_alone()
        self.time.later(for_s, self.start)

    def lose_switch(self, for_s: float) -> None:
        if self.is_dead or self.is_cut_off:
            return
        self._miss(self._late or ())
        self.is_cut_off, self._late = True, None
        self.tell(events.SwitchDisconnected(at=self.time.wall))
        self.time.later(for_s, self._find_switch)

    def _find_switch(self) -> None:
        self.is_cut_off = False
        self.connect()

    def connect(self) -> None:
        self.tell(events.SwitchConnected(at=self.time.wall, snapshot=self.switch.snapshot()))

    # --- what it is told

    def wake(self) -> None:
        self.tell(inputs.Tick())

    def next_wakeup(self) -> float | None:
        return None if self.is_dead else self.engine.next_wakeup()

    def tell(self, event: inputs.Input) -> None:
        if self.is_dead:
            return
        self._perform(self.engine.handle(event, self.time.now))

    def ask(self, event: inputs.Input) -> bool:
        """What a person asks for may be refused."""
        try:
            self.tell(event)
        except HotlineError:
            self.tell(inputs.Tick())  # what timers did before the input was refused
            return False
        return True

    def report(self, event: Event) -> None:
        """News of the switch: in order, now and then late, and now and then once more much later."""
        if self.is_dead or self.is_cut_off:
            self._miss([event])
            return
        if self._late is not None:
            self._late.append(event)
            return
        self.tell(event)  # type: ignore[arg-type]
        if self.time.chance(REPORTED_TWICE):
            self.time.later(
                self.time.random.choice([0.1, 3, 40]),
                lambda heard_by=self.engine: self._again(event, heard_by),
            )

    def _miss(self, missed: Iterable[Event]) -> None:
        self.unheard |= {
            event.call for event in missed if isinstance(event, events.Joined | events.CallEnded)
        }

    def _again(self, event: Event, heard_by: Engine) -> None:
        """No news reaches another server than the one it was meant for, and no registration is news twice."""
        is_of_phone = isinstance(event, events.DeviceRegistered | events.DeviceUnregistered)
        if heard_by is self.engine and not is_of_phone:
            self.tell(event)  # type: ignore[arg-type]

    def stall(self, for_s: float) -> None:
        """Nothing is heard for a while, and then all of it."""
        if not self.is_dead and not self.is_cut_off and self._late is None:
            self._late = []
            self.time.later(for_s, self._catch_up)

    def _catch_up(self) -> None:
        late, self._late = self._late, None
        for event in late or ():
            self.tell(event)  # type: ignore[arg-type]

    def enter(self, request: QueueRequest) -> Exit | None:
        """Says why the queue does not take the call."""
        try:
            self.tell(inputs.Enter(request=request))
        except NoPlace as refused:
            self.tell(inputs.Tick())
            return refused.exit
        return None

    def set_closed(self, calendars: frozenset[str]) -> None:
        self.closed = calendars
        self.tell(inputs.SetClosed(calendars=calendars))

    def set_queues(self, queues: Mapping[QueueId, QueueRules]) -> None:
        self.queues = queues
        self.tell(inputs.SetQueues(queues=queues))

    def set_profile(self, profile: AgentProfile) -> None:
        self.profiles[profile.agent] = profile
        self.tell(inputs.SetProfile(profile=profile))

    def line_is_back(self, call: CallId) -> None:
        """The caller's line asks what now, and gives the report of the leg two seconds to come."""
        self.time.later(2, lambda: self._after_talk(call))

    def _after_talk(self, call: CallId) -> None:
        real = self.switch.calls.get(call)
        if self.is_dead or real is None or real.talks_with is not None:
            return
        if self._late is not None:
            self.line_is_back(call)
            return
        known = self.engine.world.calls.get(call)
        if known is not None and known.is_absent and real.is_answered:
            self.tell(CustomerCame(call=call))
        elif known is not None and known.phase is Phase.TALKING:
            self.tell(inputs.TalkOver(call=call))
        known = self.engine.world.calls.get(call)
        if known is None or known.phase is Phase.SERVED:
            self.switch.say_goodbye(call)

    # --- what it does

    def _perform(self, effects: list[Effect]) -> None:
        check(self.engine.world, effects)
        self.history.note(effects)
        self.history.check(self.engine.world)
        for effect in effects:
            self._do(effect)
            self.does_more(effect)

    def _do(self, effect: Effect) -> None:
        match effect:
            case RingAgent():
                self._ring(effect)
            case CancelLeg():
                self.switch.cancel(effect.leg)
            case ParkCall() | MoveCall() | MarkCall():
                self._do_with_caller(effect)
            case MirrorAgent():
                owner = int(effect.device.split("-")[1])
                self.switch.mirror(effect.device, AgentId(owner), is_ready=effect.is_ready)
            case RememberAgent():
                self._kept[effect.wish.agent] = effect.wish
            case HelpChanged():
                self._help[effect.queue] = effect.stand
                self.helps.update([effect.stand.help] if effect.stand else [])
            case CallLeftQueue() if effect.exit is not None:
                self.sends_away(effect.call, effect.exit)

    def _do_with_caller(self, effect: ParkCall | MoveCall | MarkCall) -> None:
        match effect:
            case ParkCall():
                self.switch.park(effect.call)
            case MoveCall():
                self.switch.move(effect.call, effect.mark)
            case MarkCall():
                self.switch.write_mark(effect.call, effect.mark)

    def _ring(self, effect: RingAgent) -> None:
        ring = effect.ring
        if ring.call not in self.switch.calls and not ring.dials:
            self._fail(ring.leg, inputs.RingFailure.CALL_GONE)
        elif self.is_cut_off or self.time.chance(REFUSED_RINGS):
            self._fail(ring.leg, inputs.RingFailure.SWITCH_UNAVAILABLE)
        else:
            self.switch.ring(ring)

    def _fail(self, leg: str, failure: inputs.RingFailure) -> None:
        failed = inputs.RingFailed(leg=leg, failure=failure)  # type: ignore[arg-type]
        self.time.later(0.01, lambda: self.tell(failed))
