"""A floor of agents and callers around the engine, on a clock that the test moves."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from acd.engine import Engine
from acd.engine.effects import Effect, RingAgent
from acd.engine.inputs import (
    Enter,
    Input,
    SetProfile,
    SetQueues,
    SetState,
    SignIn,
    Tick,
)
from acd.model import AgentProfile, AgentState, Instant, QueueRequest, QueueRules, StickyRules
from acd.service import Routing
from acd.settings import AcdSettings
from kernel.ids import AgentId, CallId, DeviceId, LegId, QueueId
from telephony.events import CallEnded, DeviceRegistered, Joined, LegEnded, SwitchConnected
from telephony.model import (
    Arrival,
    EndReason,
    Home,
    HomeBy,
    LiveCall,
    LiveLeg,
    LiveWatch,
    Phase,
    Ring,
    Snapshot,
)

START = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
SALES = QueueId("sales")
EffectT = TypeVar("EffectT")


def rules(queue: QueueId = SALES, **changes: object) -> QueueRules:
    given = {
        "boosts_s": {"vip": 120.0},
        "strict_levels": frozenset({"chairman"}),
        "wrap_up_s": 20.0,
        "sticky": StickyRules(hold_s=20.0),
        **changes,
    }
    return QueueRules(id=queue, name_zh="销售", name_en="Sales", **given)  # type: ignore[arg-type]


class Floor:
    def __init__(self, *queues: QueueRules, settings: AcdSettings | None = None) -> None:
        self.seconds = 1000.0
        self.effects: list[Effect] = []
        self.engine = Engine(settings or AcdSettings(), self.now)
        self.do(SetQueues(queues={q.id: q for q in (queues or (rules(),))}))
        self.connect()

    @property
    def now(self) -> Instant:
        return Instant(self.seconds, START + timedelta(seconds=self.seconds - 1000.0))

    @property
    def at(self) -> datetime:
        return self.now.wall

    def do(self, event: Input) -> list[Effect]:
        effects = self.engine.handle(event, self.now)
        self.effects.extend(effects)
        return effects

    def wait(self, seconds: float) -> None:
        until = self.seconds + seconds
        while (due := self.engine.next_wakeup()) is not None and due <= until:
            self.seconds = max(self.seconds, due)
            self.do(Tick())
        self.seconds = until

    def connect(
        self,
        calls: Iterable[LiveCall] = (),
        legs: Iterable[LiveLeg] = (),
        registered: Iterable[DeviceId] = (),
        watches: Iterable[LiveWatch] = (),
    ) -> None:
        snapshot = Snapshot(
            boot_id="boot-1",
            calls=tuple(calls),
            legs=tuple(legs),
            registered=frozenset(registered),
            watches=tuple(watches),
        )
        self.do(SwitchConnected(at=self.at, snapshot=snapshot))

    def agent(self, number: int, *queues: QueueId, ready: bool = True, **profile: object) -> AgentId:
        agent = AgentId(number)
        given = AgentProfile(agent=agent, queues=queues or (SALES,), **profile)  # type: ignore[arg-type]
        self.do(SetProfile(profile=given))
        self.do(SignIn(agent=agent, device=device(number)))
        self.do(DeviceRegistered(at=self.at, device=DeviceId(f"phone-{number}")))
        if ready:
            self.do(SetState(agent=agent, state=AgentState.READY))
        return agent

    def arrival(self, name: str, at: datetime | None = None) -> Arrival:
        return Arrival(
            call=CallId(name),
            at=at or self.at,
            caller_number="+8613800138000",
            caller_name="",
            dialled="4001",
            trunk="t",
        )

    def call(self, name: str, queue: QueueId = SALES, **wishes: object) -> CallId:
        arrival = self.arrival(name)
        if region := wishes.pop("region", ""):
            wishes["home"] = Home(str(region), HomeBy.NUMBER)
        self.do(Enter(request=QueueRequest(arrival=arrival, queue=queue, **wishes)))  # type: ignore[arg-type]
        return CallId(name)

    def state(self, agent: AgentId) -> AgentState:
        return self.engine.world.agents[agent].state

    def told(self, kind: type[EffectT]) -> list[EffectT]:
        return [effect for effect in self.effects if isinstance(effect, kind)]

    @property
    def rings(self) -> list[Ring]:
        return [effect.ring for effect in self.told(RingAgent)]

    @property
    def rung(self) -> list[tuple[str, int]]:
        return [(ring.call, ring.agent) for ring in self.rings]

    def leg_of(self, call: CallId) -> LegId:
        return next(ring.leg for ring in reversed(self.rings) if ring.call == call)

    def answer(self, call: CallId) -> None:
        ring = next(ring for ring in reversed(self.rings) if ring.call == call)
        self.do(Joined(at=self.at, call=call, leg=ring.leg, agent=ring.agent))

    def end_leg(self, call: CallId, reason: EndReason, *, joined: bool = False) -> None:
        ring = next(ring for ring in reversed(self.rings) if ring.call == call)
        self.do(
            LegEnded(at=self.at, call=call, leg=ring.leg, agent=ring.agent, reason=reason, was_joined=joined)
        )

    def hang_up(self, call: CallId) -> None:
        self.do(CallEnded(at=self.at, call=call, reason=EndReason.CALLER_HUNG_UP))

    def serve(self, call: CallId, talk_s: float = 10) -> None:
        self.answer(call)
        self.wait(talk_s)
        self.end_leg(call, EndReason.AGENT_HUNG_UP, joined=True)
        self.hang_up(call)


def device(number: int) -> DeviceId:
    return DeviceId(f"phone-{number}")


def place_in(routing: Routing, call: CallId) -> int | None:
    """The call's place in its queue, from 1; None when it does not wait."""
    world = routing._engine.world
    known = world.calls.get(call)
    if known is None or known.phase is not Phase.WAITING:
        return None
    return world.lines[known.queue].places.count_before(known.key) + 1
