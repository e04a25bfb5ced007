"""A day of traffic around the engine: a switch and people that misbehave, by a seed."""

import heapq
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from random import Random

from acd.engine import Engine, inputs
from acd.engine.effects import (
    CancelLeg,
    Effect,
    MarkCall,
    ParkCall,
    RememberAgent,
    RingAgent,
)
from acd.errors import NoPlace
from acd.events import CallConnected, CallLeftQueue, CallServed
from acd.model import AgentProfile, AgentState, Exit, Instant, QueueRequest
from acd.settings import AcdSettings
from kernel.ids import AgentId, CallId, DeviceId, LegId, SkillId
from telephony import events
from telephony.model import Arrival, CallMark, EndReason, LiveCall, LiveLeg, Phase, Ring, Snapshot
from tests.sim.invariants import check
from tests.sim.queues import QUEUES

MORNING = datetime(2026, 11, 20, 0, 0, tzinfo=UTC)
TIRED_SHARE = 0.5
"""Of the callers whom a queue sends away, those who hang up; the others try the same queue once more."""


@dataclass(slots=True)
class RealCall:
    """A caller as the switch has them."""

    arrival: Arrival
    mark: CallMark | None = None
    talks_with: LegId | None = None


class Day:
    """The truth (switch, people) on one side, the engine on the other, a virtual clock between."""

    def __init__(self, seed: int, *, agents: int = 8, calls: int = 400) -> None:
        self.random = Random(seed)
        self.seconds = 0.0
        self.plan: list[tuple[float, int, Callable[[], None]]] = []
        self.numbers = count()
        self.calls: dict[CallId, RealCall] = {}
        self.legs: dict[LegId, LiveLeg] = {}
        self.registered: set[DeviceId] = set()
        self.pages_lost: set[AgentId] = set()
        self.kept: dict[AgentId, RememberAgent] = {}
        self.agents = [AgentId(number) for number in range(1, agents + 1)]
        self.is_dead = False
        self.ends: Counter[CallId] = Counter()
        self.rings = 0
        self.to_come = calls
        self.exits: Counter[Exit] = Counter()
        self.tired: set[CallId] = set()
        """Sent away by a queue, and about to hang up."""
        self.closed: frozenset[str] = frozenset()
        self.engine = self.new_engine()

    # --- time

    @property
    def now(self) -> Instant:
        return Instant(self.seconds, MORNING + timedelta(seconds=self.seconds))

    def later(self, seconds: float, action: Callable[[], None]) -> None:
        heapq.heappush(self.plan, (self.seconds + seconds, next(self.numbers), action))

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    def run(self) -> None:
        """Until the last caller is gone and nothing is planned any more."""
        self.open()
        while self.plan:
            due = self.engine.next_wakeup() if not self.is_dead else None
            if due is not None and due <= self.plan[0][0]:
                self.seconds = max(self.seconds, due)
                self.tell(inputs.Tick())
                continue
            self.seconds, _, action = heapq.heappop(self.plan)
            action()

    # --- the server

    def new_engine(self) -> Engine:
        engine = Engine(AcdSettings(), self.now)
        engine.handle(inputs.SetQueues(queues=QUEUES), self.now)
        engine.handle(inputs.SetClosed(calendars=self.closed), self.now)
        for agent in self.agents:
            names = list(QUEUES)
            queues = tuple(names[(agent + shift) % 3] for shift in range(1 + agent % 3))
            skills = {SkillId("english"): agent % 3, SkillId("polite"): agent % 2}
            profile = AgentProfile(agent=agent, queues=queues, skills=skills)
            engine.handle(inputs.SetProfile(profile=profile), self.now)
            engine.handle(self.restored(agent), self.now)
            engine.handle(inputs.SignIn(agent=agent, device=phone(agent)), self.now)
            if agent in self.pages_lost:
                engine.handle(inputs.PageLost(agent=agent), self.now)
        return engine

    def restored(self, agent: AgentId) -> inputs.Restore:
        kept = self.kept.get(agent)
        if kept is None:
            return inputs.Restore(agent=agent, state=AgentState.READY, reason="")
        return inputs.Restore(
            agent=agent, state=kept.state, reason=kept.reason, since=kept.since, wrap_up=kept.wrap_up
        )

    def tell(self, event: inputs.Input) -> None:
        if self.is_dead:
            return
        effects = self.engine.handle(event, self.now)
        check(self.engine.world, effects)
        for effect in effects:
            self.perform(effect)

    def report(self, event: inputs.Input) -> None:
        """As the switch reports: now and then twice."""
        self.tell(event)
        if self.chance(0.02):
            self.later(0.1, lambda: self.tell(event))

    def open(self) -> None:
        self.registered = {phone(agent) for agent in self.agents}
        self.connect()
        self.later(0, self.arrive)
        for agent in self.agents:
            self.later(self.random.uniform(60, 600), lambda agent=agent: self.fidget(agent))
        for moment in range(1000, 6000, 1000):
            self.later(moment, lambda: self.set_closed(frozenset({"office"})))
            self.later(moment + 200, lambda: self.set_closed(frozenset()))
        for moment in range(900, 6000, 900):
            self.later(moment, self.die if moment % 1800 else self.lose_switch)

    def connect(self) -> None:
        snapshot = Snapshot(
            boot_id="boot",
            calls=tuple(
                LiveCall(arrival=call.arrival, mark=call.mark, talks_with=call.talks_with)
                for call in self.calls.values()
            ),
            legs=tuple(self.legs.values()),
            registered=frozenset(self.registered),
        )
        self.tell(events.SwitchConnected(at=self.now.wall, snapshot=snapshot))

    def die(self) -> None:
        """The server is killed; two seconds later a new one adopts what is alive."""
        self.is_dead = True
        self.later(2, self.revive)

    def revive(self) -> None:
        self.is_dead = False
        self.engine = self.new_engine()
        self.connect()
        for call, real in list(self.calls.items()):
            if real.mark is None:
                self.enter(call)

    def set_closed(self, calendars: frozenset[str]) -> None:
        self.closed = calendars
        self.tell(inputs.SetClosed(calendars=calendars))

    def lose_switch(self) -> None:
        self.tell(events.SwitchDisconnected(at=self.now.wall))
        self.later(1, self.connect)

    # --- callers

    def arrive(self) -> None:
        self.to_come -= 1
        if self.to_come > 0:
            self.later(self.random.expovariate(1 / 12), self.arrive)
        call = CallId(f"call-{self.to_come}")
        arrival = Arrival(
            call=call,
            at=self.now.wall,
            caller_number="13800138000",
            caller_name="",
            dialled="1",
            trunk="t",
        )
        self.calls[call] = RealCall(arrival)
        self.enter(call)
        self.later(self.random.expovariate(1 / 240) + 5, lambda: self.give_up(call))

    def enter(self, call: CallId) -> None:
        request = QueueRequest(
            arrival=self.calls[call].arrival,
            queue=self.random.choice(list(QUEUES)),
            level=self.random.choices(["normal", "vip", "strict"], [80, 15, 5])[0],
            sticky_agent=self.random.choice(self.agents) if self.chance(0.3) else None,
            needs={SkillId("english"): self.random.choice([1, 2])} if self.chance(0.3) else {},
        )
        try:
            self.tell(inputs.Enter(request=request))
        except NoPlace as refused:
            check(self.engine.world, [])
            self.is_sent_away(call, refused.exit)

    def is_sent_away(self, call: CallId, why: Exit) -> None:
        """What the flow says then: good-bye, or another try."""
        self.exits[why] += 1
        self.calls[call].mark = None
        if self.chance(TIRED_SHARE):
            self.tired.add(call)
            self.later(3, lambda: self.end_call(call))
        else:
            self.later(3, lambda: self.enter(call) if call in self.calls else None)

    def give_up(self, call: CallId) -> None:
        real = self.calls.get(call)
        if real is not None and real.talks_with is None:
            self.end_call(call)

    def end_call(self, call: CallId) -> None:
        real = self.calls.pop(call, None)
        if real is None:
            return
        self.report(events.CallEnded(at=self.now.wall, call=call, reason=EndReason.CALLER_HUNG_UP))
        if real.talks_with is not None:
            self.end_leg(real.talks_with, EndReason.CALLER_HUNG_UP)
        if call in self.tired and not self.ends[call]:
            self.ends[call] = 1

    # --- agents

    def fidget(self, agent: AgentId) -> None:
        """Breaks, returns from not responding, and now and then a crash of the page."""
        if self.to_come <= 0:
            self.wish(agent, AgentState.READY)
            return
        self.later(self.random.uniform(30, 300), lambda: self.fidget(agent))
        if self.chance(0.15):
            self.kill_tab(agent)
        else:
            break_or_ready = self.random.choices([AgentState.ON_BREAK, AgentState.READY], [15, 85])[0]
            self.wish(agent, break_or_ready)

    def wish(self, agent: AgentId, state: AgentState) -> None:
        self.tell(inputs.SetState(agent=agent, state=state))

    def kill_tab(self, agent: AgentId) -> None:
        if agent in self.pages_lost:
            return
        self.pages_lost.add(agent)
        self.registered.discard(phone(agent))
        self.report(events.DeviceUnregistered(at=self.now.wall, device=phone(agent)))
        self.later(2, lambda: self.tell(inputs.PageLost(agent=agent)))
        self.later(self.random.uniform(2.1, 30), lambda: self.reopen_tab(agent))

    def reopen_tab(self, agent: AgentId) -> None:
        self.pages_lost.discard(agent)
        self.registered.add(phone(agent))
        self.report(events.DeviceRegistered(at=self.now.wall, device=phone(agent)))
        self.tell(inputs.PageBack(agent=agent))

    # --- the switch

    def perform(self, effect: Effect) -> None:
        match effect:
            case RingAgent():
                self.ring(effect.ring)
            case CancelLeg() if not self.chance(0.1):
                self.end_leg_soon(effect.leg, EndReason.HOTLINE_HUNG_UP)
            case ParkCall() if effect.call in self.calls:
                if leg := self.calls[effect.call].talks_with:
                    self.end_leg_soon(leg, EndReason.HOTLINE_HUNG_UP)
            case MarkCall() if effect.call in self.calls:
                self.calls[effect.call].mark = effect.mark
                if effect.mark.phase is Phase.SERVED:
                    self.later(0.5, lambda: self.say_goodbye(effect.call))
            case _:
                self.keep(effect)

    def keep(self, effect: Effect) -> None:
        if isinstance(effect, RememberAgent):
            self.kept[effect.agent] = effect
        elif isinstance(effect, CallConnected):
            self.ends[effect.call] = 0  # also of a caller who is saying goodbye: a leg may come late
        elif isinstance(effect, CallLeftQueue) and effect.exit is not None:
            self.is_sent_away(effect.call, effect.exit)
        elif isinstance(effect, CallServed | CallLeftQueue):
            self.ends[effect.call] += 1

    def say_goodbye(self, call: CallId) -> None:
        real = self.calls.get(call)
        if real is not None and real.talks_with is None:
            self.end_call(call)

    def ring(self, ring: Ring) -> None:
        self.rings += 1
        if ring.call not in self.calls:
            failed = inputs.RingFailed(leg=ring.leg, failure=inputs.RingFailure.CALL_GONE)
            self.later(0.01, lambda: self.tell(failed))
            return
        assert ring.leg not in self.legs, "an identity was used twice"
        leg = LiveLeg(leg=ring.leg, call=ring.call, agent=ring.agent, device=ring.device, is_answered=False)
        self.legs[ring.leg] = leg
        if ring.device not in self.registered or self.chance(0.04):
            self.end_leg_soon(ring.leg, EndReason.UNREACHABLE)
            return
        self.later(0.1, lambda: self.say_rings(leg))
        what = self.random.choices(["answer", "miss", "refuse", "too late"], [85, 8, 3, 4])[0]
        if what == "miss":
            self.later(ring.timeout_s, lambda: self.end_leg(ring.leg, EndReason.NO_ANSWER))
        elif what == "refuse":
            self.later(2, lambda: self.end_leg(ring.leg, EndReason.REFUSED))
        else:
            after = self.random.uniform(0.5, 8) if what == "answer" else ring.timeout_s + 2.01
            self.later(after, lambda: self.answer(ring.leg))

    def say_rings(self, leg: LiveLeg) -> None:
        if leg.leg in self.legs:
            self.report(events.LegRinging(at=self.now.wall, call=leg.call, leg=leg.leg, agent=leg.agent))

    def answer(self, leg_id: LegId) -> None:
        leg = self.legs.get(leg_id)
        if leg is None:
            return
        call = self.calls.get(leg.call)
        is_busy = any(other.is_answered and other.agent == leg.agent for other in self.legs.values())
        if call is None or call.talks_with is not None or is_busy:
            self.end_leg(leg_id, EndReason.CLAIMED)
            return
        self.legs[leg_id] = replace(leg, is_answered=True)
        call.talks_with = leg_id
        self.report(events.Joined(at=self.now.wall, call=leg.call, leg=leg_id, agent=leg.agent))
        self.later(self.random.expovariate(1 / 60), lambda: self.end_talk(leg_id))

    def end_talk(self, leg_id: LegId) -> None:
        leg = self.legs.get(leg_id)
        if leg is None:
            return
        how = self.random.choices(["agent", "caller", "silence"], [50, 40, 10])[0]
        if how == "agent":
            self.end_leg(leg_id, EndReason.AGENT_HUNG_UP)
        elif how == "caller":
            self.end_call(leg.call)
        else:
            self.end_leg(leg_id, EndReason.MEDIA_LOST)
        if self.is_dead:  # the dialplan says goodbye by itself
            self.later(1, lambda: self.say_goodbye(leg.call))

    def end_leg_soon(self, leg: LegId, reason: EndReason) -> None:
        self.later(0.02, lambda: self.end_leg(leg, reason))

    def end_leg(self, leg_id: LegId, reason: EndReason) -> None:
        leg = self.legs.pop(leg_id, None)
        if leg is None:
            return
        call = self.calls.get(leg.call)
        if call is not None and call.talks_with == leg_id:
            call.talks_with = None
        self.report(
            events.LegEnded(
                at=self.now.wall,
                call=leg.call,
                leg=leg_id,
                agent=leg.agent,
                reason=reason,
                was_joined=leg.is_answered,
            )
        )


def phone(agent: AgentId) -> DeviceId:
    return DeviceId(f"phone-{agent}")
