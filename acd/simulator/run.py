"""One run: callers, the engine, and agents who answer at once, on a virtual clock."""

import math
from heapq import heapify, heappop, heappush
from random import Random

from acd.engine import inputs
from acd.engine.effects import Effect, RingAgent
from acd.errors import QueueFull
from acd.simulator.errors import ScenarioUnstable
from acd.simulator.figures import RunFigures, Tally
from acd.simulator.occupation import Occupation
from acd.simulator.scenario import Scenario
from acd.simulator.site import Requests, instant, open_site
from acd.simulator.traffic import Caller, agents_of, callers
from kernel.ids import CallId
from telephony.events import CallEnded, Joined
from telephony.model import EndReason, Ring

PATIENCE_IN_LENGTHS = 5
PATIENCE_IN_ARRIVALS = 20_000
"""A call that counts and has not been served by so many arrivals after the last one never will be."""
LEAVING_IN_PATIENCES = 10
"""After so many times as many, those too who give up one day, or wait with few others, are not waited for."""
WAITING_MAX = 500_000
"""More at once are no queue that anybody has, and do not fit into every machine."""
STALE_KEPT = 10_000
"""Planned ends of a patience that was not needed, beside as many as others are planned."""


class Run:
    """The truth about callers and agents on one side, the engine on the other, a clock between."""

    def __init__(self, scenario: Scenario, seed: str) -> None:
        self._scenario = scenario
        self._engine = open_site(scenario)
        self._requests = Requests(scenario)
        self._callers = callers(scenario, Random(seed))  # noqa: S311 - chance of a model, not a secret
        self._level_s = scenario.service_level_s
        self._wrap_up_s = [scenario.agents[group].wrap_up_s for _, group in agents_of(scenario)]
        self._first, self._last = scenario.first_counted, scenario.calls
        self._now = instant(0.0)
        self._waiting: dict[CallId, Caller] = {}
        self._plan: list[tuple[float, int, bool, Caller]] = []
        """When callers hang up: the time, the number, whether after having talked, the caller."""
        self._left = self._last - self._first + 1
        """Counted calls that are neither answered nor gone."""
        self._judged_at = self._last * (1 + PATIENCE_IN_LENGTHS) + PATIENCE_IN_ARRIVALS
        self._tallies = [Tally() for _ in scenario.classes]
        self._occupation = Occupation(len(self._wrap_up_s))
        self._events = 0

    def figures(self) -> RunFigures:
        """Goes on until nobody who counts waits: how long they then talk is decided, and changes nothing."""
        plan, engine = self._plan, self._engine
        caller = next(self._callers)
        while self._left:
            at_s = caller.at_s
            if plan and plan[0][0] < at_s:
                at_s = plan[0][0]
            due_s = engine.next_wakeup()
            if due_s is not None and due_s <= at_s:
                self._now = instant(due_s)
                self._tell(inputs.Tick())
            elif at_s < caller.at_s:
                self._hang_up()
            else:
                self._arrive(caller)
                caller = next(self._callers)
        return RunFigures(self._tallies, self._occupation.shares(), self._events)

    def _is_counted(self, caller: Caller) -> bool:
        return self._first <= caller.number <= self._last

    def _arrive(self, caller: Caller) -> None:
        self._now = instant(caller.at_s)
        if caller.number == self._first:
            self._occupation.begin(caller.at_s)
        call = CallId(str(caller.number))
        self._waiting[call] = caller
        self._tallies[caller.kind].offered += self._is_counted(caller)
        try:
            self._tell(self._requests.of(caller, call, self._now.wall))
        except QueueFull:
            self._block(self._waiting.pop(call))
        if call in self._waiting:
            self._let_wait(caller)
        if caller.number == self._last:
            self._occupation.end(caller.at_s)
        if caller.number % self._judged_at == 0:
            self._check_everybody_is_served(caller.number // self._judged_at)

    def _let_wait(self, caller: Caller) -> None:
        if len(self._waiting) > WAITING_MAX:
            raise ScenarioUnstable.of(caller.kind)
        if caller.patience_s < math.inf:
            heappush(self._plan, (caller.at_s + caller.patience_s, caller.number, False, caller))
            if len(self._plan) > 2 * (len(self._waiting) + len(self._wrap_up_s)) + STALE_KEPT:
                self._plan[:] = [end for end in self._plan if end[2] or str(end[1]) in self._waiting]
                heapify(self._plan)

    def _check_everybody_is_served(self, times: int) -> None:
        has_room_for_few = self._scenario.queue.capacity is not None
        for caller in self._waiting.values():
            is_bounded = has_room_for_few or caller.patience_s < math.inf
            if self._is_counted(caller) and not (is_bounded and times < LEAVING_IN_PATIENCES):
                raise ScenarioUnstable.of(caller.kind)

    def _block(self, caller: Caller) -> None:
        if self._is_counted(caller):
            self._tallies[caller.kind].blocked += 1
            self._left -= 1

    def _hang_up(self) -> None:
        at_s, _, has_talked, caller = heappop(self._plan)
        call = CallId(str(caller.number))
        if not has_talked and self._waiting.pop(call, None) is None:
            return  # answered before patience was over
        self._now = instant(at_s)
        if not has_talked and self._is_counted(caller):
            self._left -= 1
            self._tallies[caller.kind].note_leaving(at_s - caller.at_s, self._level_s)
        self._tell(CallEnded(at=self._now.wall, call=call, reason=EndReason.CALLER_HUNG_UP))

    def _tell(self, event: inputs.Input) -> None:
        self._events += 1
        for effect in self._engine.handle(event, self._now):
            if type(effect) is RingAgent:
                self._answer(effect.ring)

    def _answer(self, ring: Ring) -> None:
        joined = Joined(at=self._now.wall, call=ring.call, leg=ring.leg, agent=ring.agent)
        effects: list[Effect] = self._engine.handle(joined, self._now)
        assert not any(isinstance(effect, RingAgent) for effect in effects), "an answer frees nobody"
        caller, now_s = self._waiting.pop(ring.call), self._now.seconds
        if self._is_counted(caller):
            self._left -= 1
            self._tallies[caller.kind].note_answer(now_s - caller.at_s, self._level_s)
        place = ring.agent - 1
        self._occupation.note(place, now_s, caller.talk_s + self._wrap_up_s[place])
        heappush(self._plan, (now_s + caller.talk_s, caller.number, True, caller))
