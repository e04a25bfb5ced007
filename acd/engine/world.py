"""The engine's whole state, with the bookkeeping that must never be done by halves."""

import math
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from acd.break_rules import Breaks
from acd.engine.effects import Command, Effect, RememberAgent
from acd.engine.lanes import Lane, Line, Lines, Reach
from acd.engine.needs import NOTHING, are_met, both, relaxed
from acd.engine.ordered import Schedule
from acd.engine.overflow import looks_again_s, reach_after
from acd.engine.state import WAITING, Agent, Call, EarlierTalk, Offer, Outage, Owner, Timer, wish_of
from acd.engine.strategy import STRATEGIES
from acd.model import Instant, Key, QueueRules
from acd.reserves import HelpStand
from acd.settings import AcdSettings
from kernel.events import Event
from kernel.ids import AgentId, CallId, DeviceId, LegId, QueueId, SkillId
from kernel.value import maker
from telephony.model import Needs

new_remember = maker(RememberAgent)


def lane_of(call: Call) -> Lane:
    """Where a waiting call stands."""
    assert call.lane is not None, f"{call.id} does not wait"
    return call.lane


@dataclass(slots=True, eq=False)
class World:
    """The engine's whole state, with the bookkeeping that must never be done by halves."""

    settings: AcdSettings
    now: Instant
    rules: Mapping[QueueId, QueueRules] = field(default_factory=dict)
    calls: dict[CallId, Call] = field(default_factory=dict)
    absent: dict[CallId, None] = field(default_factory=dict)
    """Those whose customers are not on the line: they are called back."""
    promised: dict[str, dict[CallId, None]] = field(default_factory=dict)
    """Number -> the places that are kept for who has it, the oldest promise first."""
    on_the_line: dict[CallId, CallId] = field(default_factory=dict)
    """Calls that go on in which somebody was promised a callback -> the place that is kept for them."""
    agents: dict[AgentId, Agent] = field(default_factory=dict)
    guests: set[AgentId] = field(default_factory=set)
    """Those of them who are outside, each for one call."""
    lines: Lines = field(init=False)
    offers: dict[LegId, Offer] = field(default_factory=dict)
    registered: set[DeviceId] = field(default_factory=set)
    devices: dict[DeviceId, AgentId] = field(default_factory=dict)
    timers: Schedule[tuple[Timer, Owner]] = field(default_factory=Schedule)
    """By when they are due, in monotonic seconds."""
    gone: OrderedDict[CallId, None] = field(default_factory=OrderedDict)
    """Calls that ended lately: what is reported of them late must not bring them back."""
    talked_and_left: dict[CallId, EarlierTalk] = field(default_factory=dict)
    """Calls that a queue sent away after they had talked: wherever they wait next, none is abandoned."""
    outage: Outage = field(default_factory=Outage)
    is_connected: bool = False
    sequence: int = 0
    unanswered: list[CallId] = field(default_factory=list)
    """Calls that were sent on and were not taken: their senders are asked before the turn ends."""
    unsettled_calls: set[CallId] = field(default_factory=set)
    unsettled_agents: set[AgentId] = field(default_factory=set)
    breaks: Breaks = field(default_factory=dict)
    """Those that agents may take; empty: any."""
    closed_calendars: frozenset[str] = frozenset()
    doubtful: set[QueueId] = field(default_factory=set)
    """Queues that are closed, and have perhaps nobody left to serve who waits there."""
    help: dict[QueueId, HelpStand] = field(default_factory=dict)
    """How it stands with the reserve of the queues that need theirs."""
    doubtful_reserves: set[QueueId] = field(default_factory=set)
    """Queues in which more wait than before, or fewer, and who have a reserve."""
    to_remember: dict[AgentId, Agent] = field(default_factory=dict)
    """Whose wish, or wrap-up, is another than before the turn."""
    _commands: list[Command] = field(default_factory=list)
    _news: list[Event] = field(default_factory=list)
    order: Callable[[Command], None] = field(init=False)
    """Adds a command to the effects."""
    tell: Callable[[Event], None] = field(init=False)
    """Adds a published event to the effects."""
    turns: int = 0
    """Calls given to agents."""

    def __post_init__(self) -> None:
        self.lines = Lines(self._open_line)
        self.order, self.tell = self._commands.append, self._news.append

    def take_effects(self) -> list[Effect]:
        """What was ordered and told since the last time: commands first, they are in a hurry."""
        if self.to_remember:
            # Nobody hears of them but the journal: they come after the orders, before the news.
            self._commands += [new_remember(wish=wish_of(agent)) for agent in self.to_remember.values()]
            self.to_remember.clear()
        commands, news = self._commands, self._news
        effects: list[Effect] = [*commands, *news]
        commands.clear()
        news.clear()
        return effects

    def set_timer(self, timer: Timer, owner: Owner, after_s: float) -> None:
        """Starts a timer, or moves it."""
        self.timers.put((timer, owner), self.now.seconds + after_s)

    def stop_timer(self, timer: Timer, owner: Owner) -> None:
        """Stops a timer; harmless when it does not run."""
        self.timers.discard((timer, owner))

    def _open_line(self, queue: QueueId) -> Line:
        opened = self.lines[queue] = Line(queue, STRATEGIES[self.rules_of(queue).strategy])
        self.lane(queue, NOTHING)
        return opened

    def lane(self, queue: QueueId, needs: Needs, reach: Reach = ()) -> Lane:
        """Where a queue's calls stand that ask for this and reach these others; made when first used."""
        line = self.lines[queue]
        found = line.lanes.get((needs, reach))
        if found is None:
            found = line.lanes[needs, reach] = Lane(queue, needs, reach, line.strategy)
            for served in (line, *map(self.lines.__getitem__, reach)):
                served.served.append(found)
                for agent in map(self.agents.__getitem__, served.members):
                    self._let_serve(agent, found)
        return found

    def _let_serve(self, agent: Agent, lane: Lane) -> None:
        if lane not in agent.lanes and are_met(lane.needs, agent.skills):
            agent.lanes[lane] = lane.free
            if agent.is_standing:
                lane.stand(agent)

    def stand_idle(self, agent: Agent) -> None:
        """Enters a ready agent among the idle of all lanes that they may serve."""
        agent.is_standing = True
        for lane in agent.lanes:
            lane.stand(agent)

    def leave_idle(self, agent: Agent) -> None:
        """The agent is not to be given calls any more."""
        if agent.is_standing:
            agent.is_standing = False
            for lane in agent.lanes:
                lane.idle.discard(agent.id)

    def assign(self, agent: Agent, queues: tuple[QueueId, ...], skills: Mapping[SkillId, int]) -> None:
        """Says whom the agent may serve from now on."""
        for lane in agent.lanes:
            lane.idle.discard(agent.id)
        for queue in agent.queues:
            self.lines[queue].members.pop(agent.id, None)
        agent.queues, agent.skills, agent.lanes = queues, skills, {}
        for queue in queues:
            line = self.lines[queue]
            line.members[agent.id] = None
            for lane in line.served:
                self._let_serve(agent, lane)

    def set_rules(self, rules: Mapping[QueueId, QueueRules]) -> None:
        """The site's queues from now on: who may take a waiting call, and in which order, is found anew."""
        self.rules = rules
        for line in self.lines.values():
            line.strategy, line.lanes, line.found = STRATEGIES[self.rules_of(line.queue).strategy], {}, {}
            line.served.clear()
            self.lane(line.queue, NOTHING)
        for agent in self.agents.values():
            self.assign(agent, agent.queues, agent.skills)
        for call in self.calls.values():
            if call.lane is not None:
                call.reach, call.is_overdue = (), False
                for timer in (Timer.RELAX, Timer.OVERFLOW, Timer.MAX_WAIT):
                    self.stop_timer(timer, call.id)
                self._stand_in_line(call)

    @property
    def default_queue(self) -> QueueId:
        """Where a call belongs whose own queue is unknown: the site's first."""
        return next(iter(self.rules), QueueId(""))

    def rules_of(self, queue: QueueId) -> QueueRules:
        """A queue's rules; the defaults for one that was removed while calls were in it."""
        return self.rules.get(queue) or QueueRules(id=queue, name_zh=queue, name_en=queue)

    def agent(self, agent: AgentId) -> Agent:
        """The agent; made when first heard of, without any queue."""
        found = self.agents.get(agent)
        if found is None:
            found = self.agents[agent] = Agent(id=agent)
            if found.is_guest:
                found.wrap_up_s = 0.0
                self.guests.add(agent)
        return found

    def remember_gone(self, call: CallId) -> None:
        """Notes that a call has ended, for as long as late reports of it may come."""
        self.gone[call] = None
        if len(self.gone) > self.settings.gone_calls_max:
            self.gone.popitem(last=False)

    def next_sequence(self) -> int:
        """The next figure that settles ties between equal arrival times."""
        self.sequence += 1
        return self.sequence

    def seconds_at(self, moment: datetime) -> float:
        """A wall clock moment on the monotonic clock."""
        return self.now.seconds - (self.now.wall - moment).total_seconds()

    def add_waiting(self, call: Call) -> None:
        """Puts a call into its queue's line at its key; it will be matched before the turn ends.

        It may have talked, or been parked, while its queue was taken out of the site.
        """
        if call.queue not in self.rules:
            call.queue = self.default_queue
        call.phase = WAITING
        self.calls[call.id] = call
        self.lines[call.queue].places.put(call.id, call.key)
        self._stand_in_line(call)
        self.free(call)

    def _stand_in_line(self, call: Call) -> None:
        """Finds who may take a waiting call, by what is asked for after its wait so far."""
        call.steps_relaxed = self._steps_due(call)
        self.watch_overflow(call)
        self.stand(call)
        self.watch_relaxing(call)
        rules = self.rules_of(call.queue)
        if rules.max_wait_s is not None and call.promise is None:
            left_s = call.queued_s + rules.max_wait_s - self.now.seconds
            self.set_timer(Timer.MAX_WAIT, call.id, max(0.0, left_s))
        if rules.reserve is not None:
            self.doubtful_reserves.add(call.queue)

    def _steps_due(self, call: Call) -> int:
        steps, waited_s = self.rules_of(call.queue).relaxations, self.waited_s(call)
        return sum(step.after_s <= waited_s for step in steps) if steps else 0

    def lane_for(self, call: Call) -> Lane:
        """Where a call would stand if it came into its queue now."""
        return self.lane_after(call, self._steps_due(call), reach_after(self, call))

    def lane_after(self, call: Call, steps: int, reach: Reach = ()) -> Lane:
        """Where a call stands after so many steps of its queue's relaxing, with this reach."""
        line = self.lines[call.queue]
        found = line.found.get((call.asked, steps, reach))
        if found is None:
            rules = self.rules_of(call.queue)
            asked = both(rules.needs, call.asked)
            found = self.lane(call.queue, relaxed(asked, rules.relaxations[:steps]), reach)
            line.found[call.asked, steps, reach] = found
        return found

    def stand(self, call: Call) -> None:
        """Puts a waiting call where it belongs by what it asks for and reaches now."""
        lane, before = self.lane_after(call, call.steps_relaxed, call.reach), call.lane
        call.lane = lane
        if before is not None and before is not lane and call.id in before.free:
            before.free.discard(call.id)
            self.free(call)
        elif call.held_for is not None and lane not in self.agents[call.held_for].lanes:
            self.free(call)  # it was held for one of the reserve, who has gone back

    def watch_relaxing(self, call: Call) -> None:
        """Starts the time until less is asked for."""
        steps = self.rules_of(call.queue).relaxations
        if call.steps_relaxed < len(steps) and lane_of(call).needs:
            next_s = steps[call.steps_relaxed].after_s
            self.set_timer(Timer.RELAX, call.id, max(0.0, next_s - self.waited_s(call)))

    def relax(self, call: Call) -> None:
        """Asks for less than so far, as the queue's rules say."""
        call.steps_relaxed += 1
        self.stand(call)
        self.watch_relaxing(call)

    def watch_overflow(self, call: Call) -> None:
        """Finds which other queues the call reaches now, and when that is to be looked at again."""
        rules = self.rules_of(call.queue)
        if rules.reserve is None and not rules.overflows:
            return
        call.reach = reach_after(self, call)
        again_s = looks_again_s(self, call)
        if again_s is not None:
            self.set_timer(Timer.OVERFLOW, call.id, again_s)

    def overflow(self, call: Call) -> None:
        """Lets agents of other queues have the call too, if its queue's rules say so by now."""
        self.watch_overflow(call)
        self.stand(call)

    def is_closed(self, queue: QueueId) -> bool:
        """Whether a queue takes no calls now."""
        closed = self.closed_calendars
        return bool(closed) and self.rules_of(queue).calendar in closed

    def rests(self, call: Call) -> bool:
        """Whether nobody is rung for now for a customer who is called back."""
        promise = call.promise
        if promise is None or not call.is_absent:
            return False
        is_too_early = promise.not_before is not None and self.now.wall < promise.not_before
        is_on_the_line = promise.origin in self.on_the_line
        has_no_line = self.now.seconds < self.outage.until_s
        rests = promise.is_dialled or is_too_early or is_on_the_line or has_no_line
        return rests or self.is_closed(call.queue)

    def free(self, call: Call) -> None:
        """Lets any agent who has what it asks for have the call."""
        self.end_hold(call)
        if call.is_absent and self.rests(call):
            call.is_withheld = True
            lane_of(call).free.discard(call.id)
            return
        lane_of(call).free.put(call.id, call.key)
        self.unsettled_calls.add(call.id)

    def hold(self, call: Call, agent: Agent, for_s: float) -> None:
        """Keeps the call for one agent, for a stated time."""
        lane_of(call).free.discard(call.id)
        agent.held.put(call.id, call.key)
        call.held_for = agent.id
        call.held_since_s = self.now.seconds
        call.hold_was_used = True
        if for_s < math.inf:
            self.set_timer(Timer.HOLD, call.id, for_s)

    def place_anew(self, call: Call, key: Key) -> None:
        """Gives a waiting call another place, wherever it stands."""
        call.key = key
        self.lines[call.queue].places.put(call.id, key)
        if call.id in lane_of(call).free:
            lane_of(call).free.put(call.id, key)
        if call.held_for is not None:
            self.agents[call.held_for].held.put(call.id, key)

    def withhold(self, call: Call, for_s: float) -> None:
        """Has nobody rung for the call, for a stated time."""
        call.is_withheld = True
        self.set_timer(Timer.CLAIMED, call.id, for_s)

    def end_hold(self, call: Call) -> None:
        """The call is no longer kept for one agent, or from all of them."""
        if call.is_withheld:
            call.is_withheld = False
            self.stop_timer(Timer.CLAIMED, call.id)
        if call.held_for is None:
            return
        self.agents[call.held_for].held.discard(call.id)
        self.stop_timer(Timer.HOLD, call.id)
        call.held_s += self.now.seconds - call.held_since_s
        call.held_for = None

    def reserve(self, call: Call) -> None:
        """Nobody else may take the call; its place is kept."""
        self.end_hold(call)
        lane = call.lane
        if lane is not None and call.id in lane.free:
            lane.free.discard(call.id)
            pace, others_wait = self.lines[call.queue].pace, lane.free.head is not None
            pace.note(self.now.seconds, self.settings, others_wait=others_wait)

    def remove_waiting(self, call: Call) -> None:
        """The call waits no longer."""
        self.reserve(call)
        if call.lane is None:
            return
        call.lane, call.reach = None, ()
        self._stop_line_timers(call)
        self.lines[call.queue].places.discard(call.id)

    def _stop_line_timers(self, call: Call) -> None:
        rules = self.rules_of(call.queue)
        if rules.relaxations:
            self.stop_timer(Timer.RELAX, call.id)
        if rules.overflows:
            self.stop_timer(Timer.OVERFLOW, call.id)
        if rules.max_wait_s is not None:
            self.stop_timer(Timer.MAX_WAIT, call.id)
        if rules.reserve is not None:
            self.doubtful_reserves.add(call.queue)

    def waited_s(self, call: Call) -> float:
        """How long the call has been in its queue, or was in it before it talked."""
        if call.waited_s is not None and call.phase is not WAITING:
            return call.waited_s
        return max(0.0, self.now.seconds - call.entered_s)

    def is_reachable(self, agent: Agent) -> bool:
        """Whether the agent's phone can be rung now."""
        return agent.is_guest or (agent.has_page and agent.device in self.registered)
