"""What the engine knows: calls, agents, lines, timers."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from acd.engine.effects import Command, Effect
from acd.engine.ordered import Ordered
from acd.model import AgentState, Instant, Key, PassedOver, QueueRules, WrapUp
from acd.settings import AcdSettings
from kernel.events import Event
from kernel.ids import AgentId, CallId, DeviceId, LegId, QueueId
from telephony.model import CallMark, Phase


class Timer(StrEnum):
    """What a timer is for."""

    OFFER = "offer"
    HOLD = "hold"
    CLAIMED = "claimed"
    WRAP_UP = "wrap_up"
    PARK = "park"
    ABSENCE = "absence"
    RETRY = "retry"


class Absence(StrEnum):
    """Why an agent who wants to be ready is not given calls."""

    MISSED = "missed"
    """An offered call was not answered in time."""
    UNREACHABLE = "unreachable"
    """The phone was busy or could not be rung; tried again after a while that grows."""
    SWITCH = "switch"
    """The switch did not take the order to ring; over in a moment."""


@dataclass(slots=True)
class Offer:
    """One call being proposed to one agent."""

    leg: LegId
    call: CallId
    agent: AgentId
    is_return: bool
    until: datetime
    is_ringing: bool = False


@dataclass(slots=True)
class Call:
    """A call that waits, talks, or is parked."""

    id: CallId
    queue: QueueId
    key: Key
    number: str
    waiting_since: datetime
    entered_s: float
    """`waiting_since` on the monotonic clock."""
    boost_s: float
    sticky_agent: AgentId | None
    mark: CallMark
    phase: Phase = Phase.WAITING
    offer: Offer | None = None
    held_for: AgentId | None = None
    held_since_s: float = 0.0
    held_s: float = 0.0
    hold_was_used: bool = False
    is_withheld: bool = False
    """Nobody is rung for it at the moment: another leg had it when an agent answered."""
    claims_met: int = 0
    """In a row."""
    agent: AgentId | None = None
    leg: LegId | None = None
    waited_s: float | None = None
    """Until the talk began; None before that."""
    talking_since: datetime | None = None
    talked_before: bool = False
    legs_numbered: int = 0
    legs_over: set[LegId] = field(default_factory=set)
    turned_down: list[PassedOver] = field(default_factory=list)
    """Agents that this call was offered to in vain, latest last."""
    is_hung_up: bool = False
    """A person ended it on purpose: whatever is reported now is not a loss."""


@dataclass(slots=True)
class Agent:
    """An agent; sign-in (`device`), wish (`wants`), membership (`queues`) and activity apart."""

    id: AgentId
    queues: tuple[QueueId, ...] = ()
    device: DeviceId | None = None
    has_page: bool = False
    """False: the phone was a page, and that page is gone."""
    wants: AgentState = AgentState.OFFLINE
    wants_reason: str = ""
    rests_since: datetime | None = None
    """Since when the agent has been what they want to be. Offers, a lost page and a restart don't end it."""
    absence: Absence | None = None
    rings_in_vain: int = 0
    """In a row."""
    withdrawn_at_s: float = -math.inf
    """When an offer was last taken back: the phone may say for a moment that it is busy with that one."""
    offer: Offer | None = None
    call: CallId | None = None
    parked: CallId | None = None
    wrap_up: WrapUp | None = None
    idle_since_s: float = 0.0
    calls_served: int = 0
    held: Ordered[Key, CallId] = field(default_factory=Ordered)
    """Calls that wait for this agent alone."""
    mirrored: bool | None = None
    shown: tuple[AgentState, str, CallId | None] = (AgentState.OFFLINE, "", None)
    shown_since: datetime | None = None
    shown_until: datetime | None = None

    @property
    def state(self) -> AgentState:
        """As last told to others."""
        return self.shown[0]


@dataclass(slots=True)
class Line:
    """The calls of one queue."""

    free: Ordered[Key, CallId] = field(default_factory=Ordered)
    """Those any of the queue's agents may take: not held for one, not offered."""
    places: Ordered[Key, CallId] = field(default_factory=Ordered)
    """All that wait, also held and offered ones."""
    arrivals: Ordered[tuple[datetime, int], CallId] = field(default_factory=Ordered)
    idle: Ordered[tuple[float, int], AgentId] = field(default_factory=Ordered)
    """Ready agents in the order of the queue's strategy."""


class World:
    """The engine's whole state, with the bookkeeping that must never be done by halves."""

    def __init__(self, settings: AcdSettings, now: Instant) -> None:
        self.settings = settings
        self.now = now
        self.rules: Mapping[QueueId, QueueRules] = {}
        self.calls: dict[CallId, Call] = {}
        self.agents: dict[AgentId, Agent] = {}
        self.lines: dict[QueueId, Line] = {}
        self.offers: dict[LegId, Offer] = {}
        self.registered: set[DeviceId] = set()
        self.devices: dict[DeviceId, AgentId] = {}
        self.timers: Ordered[tuple[float, int], tuple[Timer, str]] = Ordered()
        self.gone: dict[CallId, None] = {}
        """Calls that ended lately: what is reported of them late must not bring them back."""
        self.is_connected = False
        self.sequence = 0
        self.unsettled_calls: set[CallId] = set()
        self.unsettled_agents: set[AgentId] = set()
        self._commands: list[Command] = []
        self._news: list[Event] = []
        self._timers_set = 0

    def order(self, command: Command) -> None:
        """Adds a command to the effects."""
        self._commands.append(command)

    def tell(self, event: Event) -> None:
        """Adds a published event to the effects."""
        self._news.append(event)

    def take_effects(self) -> list[Effect]:
        """What was ordered and told since the last time: commands first, they are in a hurry."""
        effects: list[Effect] = [*self._commands, *self._news]
        self._commands.clear()
        self._news.clear()
        return effects

    def set_timer(self, timer: Timer, owner: object, after_s: float) -> None:
        """Starts a timer, or moves it."""
        self._timers_set += 1
        self.timers.put((timer, str(owner)), (self.now.seconds + after_s, self._timers_set))

    def stop_timer(self, timer: Timer, owner: object) -> None:
        """Stops a timer; harmless when it does not run."""
        self.timers.discard((timer, str(owner)))

    def line(self, queue: QueueId) -> Line:
        """The line of a queue; made when first used."""
        found = self.lines.get(queue)
        if found is None:
            found = self.lines[queue] = Line()
        return found

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
        return found

    def remember_gone(self, call: CallId) -> None:
        """Notes that a call has ended, for as long as late reports of it may come."""
        self.gone[call] = None
        if len(self.gone) > self.settings.gone_calls_max:
            del self.gone[next(iter(self.gone))]

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
        call.phase = Phase.WAITING
        self.calls[call.id] = call
        line = self.line(call.queue)
        line.places.put(call.id, call.key)
        line.arrivals.put(call.id, (call.waiting_since, call.key.sequence))
        self.free(call)

    def free(self, call: Call) -> None:
        """Lets any of the queue's agents have the call."""
        self.end_hold(call)
        self.line(call.queue).free.put(call.id, call.key)
        self.unsettled_calls.add(call.id)

    def hold(self, call: Call, agent: Agent, for_s: float) -> None:
        """Keeps the call for one agent, for a stated time."""
        self.line(call.queue).free.discard(call.id)
        agent.held.put(call.id, call.key)
        call.held_for = agent.id
        call.held_since_s = self.now.seconds
        call.hold_was_used = True
        self.set_timer(Timer.HOLD, call.id, for_s)

    def withhold(self, call: Call, for_s: float) -> None:
        """Has nobody rung for the call, for a stated time."""
        call.is_withheld = True
        self.set_timer(Timer.CLAIMED, call.id, for_s)

    def end_hold(self, call: Call) -> None:
        """The call is no longer kept for one agent, or from all of them."""
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
        self.line(call.queue).free.discard(call.id)

    def remove_waiting(self, call: Call) -> None:
        """The call waits no longer."""
        self.reserve(call)
        line = self.line(call.queue)
        line.places.discard(call.id)
        line.arrivals.discard(call.id)

    def waited_s(self, call: Call) -> float:
        """How long the call has been in its queue, or was in it before it talked."""
        if call.waited_s is not None and call.phase is not Phase.WAITING:
            return call.waited_s
        return max(0.0, self.now.seconds - call.entered_s)

    def is_reachable(self, agent: Agent) -> bool:
        """Whether the agent's phone can be rung now."""
        return agent.has_page and agent.device in self.registered
