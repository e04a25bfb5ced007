"""A day of one queue whose callers are told how long it will take, against what then comes true."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from acd.announcing import Announcing
from acd.engine import Engine, inputs
from acd.engine.effects import RingAgent
from acd.model import AgentProfile, AgentState, QueueRequest, QueueRules, StickyRules
from acd.outlooks import Outlooks
from acd.settings import AcdSettings
from kernel.events import Event
from kernel.ids import AgentId, CallId, DeviceId, QueueId
from telephony.events import CallEnded, Joined, LegEnded, SwitchConnected
from telephony.model import Arrival, EndReason, Ring, Snapshot
from tests.sim.timetable import Timetable

QUEUE = QueueId("service")
AGENTS = 20
PICKS_UP_S = 4.0
MEAN_TALK_S = 200.0
PATIENCE_S = 360.0
PATIENT = 0.1
"""The share of callers who never give up: what they were told is held against what came true."""
EVERY_S = 60.0
HOURS = (300, 420, 460, 400, 330, 380, 450, 470, 400, 280)
"""Callers per hour; 20 agents serve some 330."""
BREAKS = ((3.5, 0.0, 0.3, 0.75), (5.0, 0.3, 0.6, 0.75))
"""At this hour this part of the agents goes to lunch for so many hours."""


@dataclass
class Told:
    """What one patient caller was told at one moment, and what came true."""

    at_s: float
    expected_s: float | None
    position: int | None
    worst_place: int
    """Then or later."""
    waited_s: float = math.nan


@dataclass
class Day:
    """Callers come and go, agents serve and rest; patient callers are asked every minute."""

    seed: int
    boosts_s: Mapping[str, float] = field(default_factory=dict)
    vips: float = 0.15
    agents: int = AGENTS
    settings: AcdSettings = field(default_factory=AcdSettings)
    told: dict[CallId, list[Told]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.time = Timetable(self.seed)
        rules = QueueRules(
            id=QUEUE,
            name_zh="客服",
            name_en="Service",
            boosts_s=self.boosts_s,
            wrap_up_s=15,
            sticky=StickyRules(days=0),
            announcing=Announcing(every_s=EVERY_S, first_s=EVERY_S),
        )
        self.engine = Engine(AcdSettings(), self.time.now)
        self.outlooks = Outlooks(self.engine.world, self, self.settings)
        self._talks: dict[CallId, tuple[Ring, float]] = {}
        self.tell(inputs.SetQueues(queues={QUEUE: rules}))
        phones = frozenset(DeviceId(f"phone-{number}") for number in range(self.agents))
        snapshot = Snapshot(boot_id="1", calls=(), legs=(), registered=phones)
        for number in range(self.agents):
            agent = AgentId(number)
            self.tell(inputs.SetProfile(profile=AgentProfile(agent=agent, queues=(QUEUE,))))
            self.tell(inputs.SignIn(agent=agent, device=DeviceId(f"phone-{number}")))
        self.tell(SwitchConnected(at=self.time.wall, snapshot=snapshot))
        for number in range(self.agents):
            self.set_state(number, AgentState.READY)

    def now(self) -> datetime:
        return self.time.wall

    def monotonic(self) -> float:
        return self.time.seconds

    def run(self) -> list[Told]:
        for at_hour, first, last, hours in BREAKS:
            for place in range(int(first * self.agents), int(last * self.agents)):
                offset = at_hour * 3600 + place * 20
                self.time.later(offset, partial(self.set_state, place, AgentState.ON_BREAK))
                self.time.later(offset + hours * 3600, partial(self.set_state, place, AgentState.READY))
        self.come(0)
        self.time.run(self.engine.next_wakeup, lambda: self.tell(inputs.Tick()))
        return [told for all_told in self.told.values() for told in all_told]

    def restart(self) -> None:
        """What was seen of the queue is lost with the server; the calls are not."""
        self.outlooks = Outlooks(self.engine.world, self, self.settings)

    def all_leave(self) -> None:
        """Everybody goes to a meeting, and comes back half an hour later."""
        for number in range(self.agents):
            self.set_state(number, AgentState.ON_BREAK)
            self.time.later(1800, partial(self.set_state, number, AgentState.READY))

    def set_state(self, number: int, state: AgentState) -> None:
        self.tell(inputs.SetState(agent=AgentId(number), state=state))

    def come(self, number: int) -> None:
        hour = int(self.time.seconds // 3600)
        if hour >= len(HOURS):
            return
        self.time.later(
            self.time.random.expovariate(HOURS[hour] * self.agents / AGENTS / 3600),
            lambda: self.come(number + 1),
        )
        call = CallId(str(number))
        level = "vip" if self.time.chance(self.vips) else "normal"
        arrival = Arrival(
            call=call, at=self.time.wall, caller_number="", caller_name="", dialled="", trunk=""
        )
        self.tell(inputs.Enter(request=QueueRequest(arrival=arrival, queue=QUEUE, level=level)))
        if self.time.chance(PATIENT):
            self.told[call] = []
            self.time.later(5, lambda: self.ask(call))
        else:
            self.time.later(self.time.random.expovariate(1 / PATIENCE_S), lambda: self.give_up(call))

    def ask(self, call: CallId) -> None:
        outlook = self.outlooks.of(call)
        known = self.engine.world.calls.get(call)
        if outlook is None or known is None:
            return
        place = self.engine.world.lines[QUEUE].places.count_before(known.key) + 1
        for earlier in self.told[call]:
            earlier.worst_place = max(place, earlier.worst_place)
        self.told[call].append(
            Told(
                at_s=self.time.seconds,
                expected_s=outlook.expected_s,
                position=outlook.position,
                worst_place=place,
            )
        )
        self.time.later(EVERY_S, lambda: self.ask(call))

    def give_up(self, call: CallId) -> None:
        if call not in self._talks and call in self.engine.world.calls:
            self.end(call)

    def end(self, call: CallId) -> None:
        self.tell(CallEnded(at=self.time.wall, call=call, reason=EndReason.CALLER_HUNG_UP))

    def tell(self, event: inputs.Input) -> None:
        for effect in self.engine.handle(event, self.time.now):
            if isinstance(effect, RingAgent):
                self.time.later(PICKS_UP_S, partial(self.answer, effect.ring))
            elif isinstance(effect, Event):
                self.outlooks.note(effect)

    def answer(self, ring: Ring) -> None:
        call = self.engine.world.calls.get(ring.call)
        if call is None or call.offer is None or call.offer.leg != ring.leg:
            return
        self._talks[ring.call] = (ring, self.time.seconds)
        for told in self.told.get(ring.call, ()):
            told.waited_s = self.time.seconds - told.at_s
        self.tell(Joined(at=self.time.wall, call=ring.call, leg=ring.leg, agent=ring.agent))
        talk_s = self.time.random.lognormvariate(math.log(MEAN_TALK_S) - 0.32, 0.8)
        self.time.later(talk_s, lambda: self.hang_up(ring))

    def hang_up(self, ring: Ring) -> None:
        ended = EndReason.CALLER_HUNG_UP
        self.tell(
            LegEnded(
                at=self.time.wall,
                call=ring.call,
                leg=ring.leg,
                agent=ring.agent,
                reason=ended,
                was_joined=True,
            )
        )
        self.end(ring.call)
