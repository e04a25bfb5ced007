"""How much the engine decides in a second: a large site on a virtual clock, in one process."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from heapq import heappop, heappush
from itertools import count
from random import Random

from acd.engine import Engine, inputs
from acd.engine.effects import Effect, RingAgent
from acd.events import CallOffered
from acd.model import AgentProfile, AgentState, Instant, QueueRequest, QueueRules, Relaxation, StickyRules
from acd.settings import AcdSettings
from kernel.ids import AgentId, CallId, DeviceId, LegId, QueueId, SkillId
from telephony.events import CallEnded, Joined, LegEnded, LegRinging, SwitchConnected
from telephony.model import Arrival, EndReason, Ring, Snapshot

MORNING = datetime(2026, 1, 5, tzinfo=UTC)
TALK_S, WRAP_UP_S, PATIENCE_S, RINGS_S = 240.0, 20.0, 3600.0, 3.0
STICKY_SHARE, BREAK_SHARE, ABANDON_SHARE = 0.3, 0.05, 0.2


@dataclass(frozen=True, slots=True)
class Size:
    """A site."""

    agents: int = 10_000
    queues: int = 200
    skills: int = 50
    waiting: int = 20_000
    idle: int = 0
    """Agents who have nothing to do; with any, nobody should wait."""
    strategy: str = "longest_idle"


Told = tuple[inputs.Input, Instant]
"""An input, and when it came."""


def new_engine() -> Engine:
    """One that nothing was told yet."""
    return Engine(AcdSettings(waiting_max=10**9), Instant(0.0, MORNING))


class Site:
    """Callers and agents in numbers, around an engine; what they do is drawn by a seed."""

    def __init__(self, size: Size, seed: int = 1) -> None:
        self.size = size
        self._random = Random(seed)
        self._seconds = 0.0
        self._plan: list[tuple[float, int, Callable[[], None]]] = []
        self._order = count()
        self._calls = count(1)
        self.told: list[Told] = []
        """All that the engine heard, so that another can be told the same."""
        self.offers = 0
        self.engine = new_engine()
        self._queues = [QueueId(f"q{number}") for number in range(size.queues)]
        self._members: dict[QueueId, list[AgentId]] = {queue: [] for queue in self._queues}
        self._skills = [SkillId(f"s{number}") for number in range(size.skills)]
        self._open()

    def _now(self) -> Instant:
        return Instant(self._seconds, MORNING + timedelta(seconds=self._seconds))

    def _tell(self, event: inputs.Input) -> None:
        now = self._now()
        self.told.append((event, now))
        for effect in self.engine.handle(event, now):
            self._take(effect)

    def _take(self, effect: Effect) -> None:
        if type(effect) is RingAgent:
            ring = effect.ring
            self._later(self._random.uniform(0.5, RINGS_S), lambda: self._answer(ring))
        elif type(effect) is CallOffered:
            self.offers += 1

    def _later(self, after_s: float, action: Callable[[], None]) -> None:
        heappush(self._plan, (self._seconds + after_s, next(self._order), action))

    def _open(self) -> None:
        rules = [self._rules(queue) for queue in self._queues]
        self._tell(inputs.SetQueues(queues={queue.id: queue for queue in rules}))
        agents = [AgentId(number) for number in range(1, self.size.agents + 1)]
        phones = {agent: DeviceId(f"phone-{agent}") for agent in agents}
        for agent in agents:
            self._tell(inputs.SetProfile(profile=self._profile(agent)))
            self._tell(inputs.SignIn(agent=agent, device=phones[agent]))
        snapshot = Snapshot(boot_id="b", calls=(), legs=(), registered=frozenset(phones.values()))
        self._tell(SwitchConnected(at=MORNING, snapshot=snapshot))
        for agent in agents:
            self._tell(inputs.SetState(agent=agent, state=AgentState.READY))
        self.come(self.size.agents - self.size.idle + self.size.waiting)

    def come(self, calls: int) -> None:
        """So many more callers, who from then on call again as soon as they have hung up."""
        for _ in range(calls):
            self._arrive()

    @property
    def waiting(self) -> int:
        """Callers in line."""
        return sum(len(line.places) for line in self.engine.world.lines.values())

    @property
    def idle(self) -> int:
        """Agents with nothing to do."""
        return sum(agent.is_standing for agent in self.engine.world.agents.values())

    def _rules(self, queue: QueueId) -> QueueRules:
        number = self._queues.index(queue)
        skill = self._skills[number % len(self._skills)]
        return QueueRules(
            id=queue,
            name_zh=queue,
            name_en=queue,
            strategy=self.size.strategy,
            wrap_up_s=WRAP_UP_S,
            boosts_s={"vip": 300.0},
            needs={skill: 1 + number % 2},
            relaxations=(Relaxation(after_s=120.0, at_most={skill: 1}),),
            sticky=StickyRules(hold_s=20.0),
        )

    def _profile(self, agent: AgentId) -> AgentProfile:
        """One to five skills, and a member of every queue that asks for one of them."""
        known = self._random.sample(
            range(len(self._skills)), self._random.randint(1, min(5, len(self._skills)))
        )
        queues = [queue for place in known for queue in self._queues[place :: len(self._skills)]]
        for queue in queues:
            self._members[queue].append(agent)
        levels = {self._skills[place]: self._random.randint(1, 3) for place in known}
        return AgentProfile(agent=agent, queues=tuple(queues), skills=levels)

    def _arrive(self) -> None:
        call, queue = CallId(f"node1-{next(self._calls)}"), self._random.choice(self._queues)
        arrival = Arrival(
            call=call,
            at=self._now().wall,
            caller_number="+8613800138000",
            caller_name="",
            dialled="4001",
            trunk="t",
        )
        members = self._members[queue]
        own = self._random.choice(members) if members and self._random.random() < STICKY_SHARE else None
        level = "vip" if self._random.random() < 0.1 else ""
        request = QueueRequest(arrival=arrival, queue=queue, level=level, sticky_agent=own)
        self._tell(inputs.Enter(request=request))
        if self._random.random() < ABANDON_SHARE:
            self._later(self._random.expovariate(1 / PATIENCE_S), lambda: self._give_up(call))

    def _give_up(self, call: CallId) -> None:
        known = self.engine.world.calls.get(call)
        if known is not None and known.agent is None:
            self._hang_up(call)

    def _hang_up(self, call: CallId) -> None:
        self._tell(CallEnded(at=self._now().wall, call=call, reason=EndReason.CALLER_HUNG_UP))
        self._arrive()

    def _answer(self, ring: Ring) -> None:
        offer = self.engine.world.offers.get(ring.leg)
        if offer is None:
            return
        at = self._now().wall
        self._tell(LegRinging(at=at, call=ring.call, leg=ring.leg, agent=ring.agent))
        self._tell(Joined(at=at, call=ring.call, leg=ring.leg, agent=ring.agent))
        self._later(self._random.expovariate(1 / TALK_S), lambda: self._end(ring.call, ring.leg, ring.agent))

    def _end(self, call: CallId, leg: LegId, agent: AgentId) -> None:
        reason = EndReason.AGENT_HUNG_UP
        self._tell(
            LegEnded(at=self._now().wall, call=call, leg=leg, agent=agent, reason=reason, was_joined=True)
        )
        if self._random.random() < BREAK_SHARE:
            self._tell(inputs.SetState(agent=agent, state=AgentState.ON_BREAK, reason="lunch"))
            self._later(60.0, lambda: self._tell(inputs.SetState(agent=agent, state=AgentState.READY)))
        self._hang_up(call)

    def run(self, events: int) -> None:
        """Goes on for so many inputs and timers."""
        until = len(self.told) + events
        while len(self.told) < until:
            due_s = self.engine.next_wakeup()
            if due_s is not None and due_s <= self._plan[0][0]:
                self._seconds = max(self._seconds, due_s)
                self._tell(inputs.Tick())
            else:
                self._seconds, _, action = heappop(self._plan)
                action()
