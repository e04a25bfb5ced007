"""A day gone through once more, with the engine that routes live calls and other rules."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from heapq import heappop, heappush
from itertools import count

from acd.engine import Engine, inputs
from acd.engine.effects import Effect, RingAgent
from acd.errors import QueueFull
from acd.model import AgentState, Exit, Instant, QueueRules
from acd.ports import PastWait
from acd.settings import AcdSettings
from acd.simulator.errors import NothingToReplay
from acd.simulator.past import DayResult, PastCall, PastDay, Shift, counted
from acd.waits import wait_ended
from kernel.events import Event
from kernel.ids import AgentId, CallId, DeviceId, QueueId
from telephony.events import CallEnded, Joined, LegEnded, SwitchConnected
from telephony.model import EndReason, Ring, Snapshot

LAST_TIMERS = timedelta(hours=1)
"""After everybody has hung up, for so long a wrap-up may still end and free an agent for who waits."""


def check_queues(day: PastDay, rules: Mapping[QueueId, QueueRules], name: str) -> None:
    """Raises `NothingToReplay` where the rules, called so, lack a queue that calls came to."""
    unknown = sorted({call.request.queue for call in day.calls} - rules.keys())
    if unknown:
        raise NothingToReplay(f"{name}: has no queue {unknown[0]!r}, and calls came to it on that day")


def replay(day: PastDay, rules: Mapping[QueueId, QueueRules], settings: AcdSettings) -> DayResult:
    """What would have become of the day's calls by these rules."""
    if not day.calls or not day.shifts:
        raise NothingToReplay("on that day nobody waited for an agent, or no agent took a call")
    return _Replay(day, rules, settings).result()


class _Replay:
    """The callers and agents of the day on one side, the engine on the other, a clock between."""

    def __init__(self, day: PastDay, rules: Mapping[QueueId, QueueRules], settings: AcdSettings) -> None:
        self._day, self._rules = day, rules
        self._began = min(call.came_at for call in day.calls)
        self._began = min(self._began, *(shift.since for shift in day.shifts))
        self._now = self._began
        self._engine = Engine(settings, self._instant())
        self._calls = {call.request.arrival.call: call for call in day.calls}
        self._waits: dict[str, PastWait] = {}
        self._cut_short: set[CallId] = set()
        self._leaving: set[AgentId] = set()
        self._shares: dict[int, float | None] = {}
        self._plan: list[tuple[datetime, int, Callable[[], None]]] = []
        self._order = count()

    def result(self) -> DayResult:
        """Goes on until nothing is to come any more."""
        self._open()
        for shift in self._day.shifts:
            self._at(shift.since, partial(self._come_to_work, shift))
            self._at(shift.until, partial(self._leaving.add, shift.profile.agent))
        for call in self._day.calls:
            self._at(call.came_at, partial(self._call, call))
        while self._step():
            self._let_go_home()
        total, queues = counted(self._day.calls, self._waits, self._rules)
        return DayResult(total, queues, self._shares, rings_cut_short=len(self._cut_short))

    def _instant(self) -> Instant:
        return Instant((self._now - self._began).total_seconds(), self._now)

    def _at(self, moment: datetime, action: Callable[[], None]) -> None:
        heappush(self._plan, (moment, next(self._order), action))

    def _after(self, seconds: float, action: Callable[[], None]) -> None:
        self._at(self._now + timedelta(seconds=seconds), action)

    def _step(self) -> bool:
        """The next thing that happens; False: nothing does."""
        wakes_at = self._wakes_at()
        if self._plan and (wakes_at is None or self._plan[0][0] < wakes_at):
            self._now, _, action = heappop(self._plan)
            action()
        elif wakes_at is not None:
            self._now = wakes_at
            self._tell(inputs.Tick())
        else:
            return False
        return True

    def _wakes_at(self) -> datetime | None:
        """When the engine's next timer runs out; None: nobody is left to whom that would matter."""
        due_s = self._engine.next_wakeup()
        if due_s is None:
            return None
        due = max(self._now, self._began + timedelta(seconds=due_s))
        matters = due <= self._now + LAST_TIMERS and self._is_somebody_busy()
        return due if self._plan or matters else None

    def _is_somebody_busy(self) -> bool:
        return any(agent.state is not AgentState.OFFLINE for agent in self._engine.world.agents.values())

    def _tell(self, event: inputs.Input) -> None:
        for effect in self._engine.handle(event, self._instant()):
            self._take(effect)

    def _take(self, effect: Effect) -> None:
        if isinstance(effect, RingAgent):
            ring = effect.ring
            rings_s = self._calls[ring.call].rings_s
            if rings_s > ring.timeout_s:
                self._cut_short.add(ring.call)
            self._after(min(rings_s, ring.timeout_s), partial(self._answer, ring))
        elif isinstance(effect, Event) and (wait := wait_ended(effect)) is not None:
            self._waits[wait.call] = wait

    def _open(self) -> None:
        phones = frozenset(_phone(shift.profile.agent) for shift in self._day.shifts)
        self._tell(inputs.SetQueues(queues=self._rules))
        snapshot = Snapshot(boot_id="virtual", calls=(), legs=(), registered=phones)
        self._tell(SwitchConnected(at=self._now, snapshot=snapshot))

    def _come_to_work(self, shift: Shift) -> None:
        agent = shift.profile.agent
        self._tell(inputs.SetProfile(profile=shift.profile))
        self._tell(inputs.SignIn(agent=agent, device=_phone(agent)))
        self._tell(inputs.SetState(agent=agent, state=AgentState.READY))

    def _let_go_home(self) -> None:
        """Whose shift is over leaves once nobody waits whom they may serve: who is ready then has nobody."""
        for agent in sorted(self._leaving):
            known = self._engine.world.agents[agent]
            if known.state is AgentState.READY:
                self._leaving.remove(agent)
                self._tell(inputs.SetState(agent=agent, state=AgentState.OFFLINE))
                on_duty_s = self._instant().seconds - known.on_duty_since_s
                self._shares[agent] = known.busy_s / on_duty_s if on_duty_s > 0 else None

    def _call(self, call: PastCall) -> None:
        request = call.request
        if not self._rules[request.queue].sticky.days:
            request = replace(request, sticky_agent=None)
        try:
            self._tell(inputs.Enter(request=request))
        except QueueFull:
            refused = request.arrival.call
            self._waits[refused] = PastWait(
                call=refused,
                queue=request.queue,
                ended_at=self._now,
                waited_s=0.0,
                was_answered=False,
                exit=Exit.FULL,
            )
            return
        if call.patience_s is not None:
            self._after(call.patience_s, partial(self._give_up, request.arrival.call))

    def _give_up(self, call: CallId) -> None:
        if call not in self._waits:
            self._tell(CallEnded(at=self._now, call=call, reason=EndReason.CALLER_HUNG_UP))

    def _answer(self, ring: Ring) -> None:
        if ring.leg in self._engine.world.offers:
            self._tell(Joined(at=self._now, call=ring.call, leg=ring.leg, agent=ring.agent))
            self._after(self._calls[ring.call].talk_s, partial(self._hang_up, ring))

    def _hang_up(self, ring: Ring) -> None:
        reason, at = EndReason.AGENT_HUNG_UP, self._now
        ended = LegEnded(
            at=at, call=ring.call, leg=ring.leg, agent=ring.agent, reason=reason, was_joined=True
        )
        self._tell(ended)
        self._tell(CallEnded(at=at, call=ring.call, reason=reason))


def _phone(agent: AgentId) -> DeviceId:
    return DeviceId(f"phone-{agent}")
