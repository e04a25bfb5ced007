"""Words of routing."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal, NamedTuple

from acd.announcing import Announcing
from acd.promises import CallbackRules
from acd.rating import RatingRules
from acd.reserves import HelpStand, Reserve
from kernel.ids import AgentId, CallId, QueueId, SkillId
from kernel.value import made_often
from telephony.model import NOBODY, NOWHERE, Acquaintance, Arrival, Boost, CallMark, Home, LostWait, Needs


@made_often
@dataclass(frozen=True, slots=True)
class Instant:
    """One moment on both clocks: keys are wall time, set once; timers are monotonic."""

    seconds: float
    wall: datetime


STRICT, ORDINARY = 0, 1
"""Tiers: who has strict priority goes before all others."""


class Key(NamedTuple):
    """A waiting call's place; smaller is served first. It never changes while the call waits."""

    tier: int
    ms: int
    """Virtual arrival time: (arrival - boost) in milliseconds since the epoch."""
    sequence: int


class AgentState(StrEnum):
    """What an agent is doing; apart from sign-in, membership and the call's own state."""

    OFFLINE = "offline"
    READY = "ready"
    RESERVED = "reserved"
    RINGING = "ringing"
    TALKING = "talking"
    WRAP_UP = "wrap_up"
    ON_BREAK = "on_break"
    NOT_RESPONDING = "not_responding"


@made_often
@dataclass(frozen=True, slots=True, kw_only=True)
class WrapUp:
    """The time after a call in which its agent is given no other."""

    call: CallId
    since: datetime
    until: datetime
    is_extended: bool = False


class ConsultStage(StrEnum):
    """How far an agent who asks a colleague has come."""

    RINGING = "ringing"
    TALKING = "talking"
    """The two talk, the caller hears music."""
    THREE_WAY = "three_way"
    """All three talk."""


class ConsultStep(StrEnum):
    """How it goes on once a colleague was asked."""

    TAKE_BACK = "take_back"
    """The agent goes on with the caller alone."""
    HAND_OVER = "hand_over"
    """The colleague gets the caller."""
    JOIN_ALL = "join_all"
    """All three talk."""
    LEAVE = "leave"
    """The colleague goes, or whose call it was once all three talk; the other one has the caller."""


class OfferResult(StrEnum):
    """How an offer ended."""

    ANSWERED = "answered"
    REFUSED = "refused"
    TIMED_OUT = "timed_out"
    UNREACHABLE = "unreachable"
    WITHDRAWN = "withdrawn"


class Why(StrEnum):
    """The reason that decided for an agent."""

    STICKY = "sticky"
    LONGEST_IDLE = "longest_idle"
    FEWEST_CALLS = "fewest_calls"
    LEAST_OCCUPIED = "least_occupied"
    BEST_SKILL = "best_skill"
    ROUND_ROBIN = "round_robin"
    IN_ORDER = "in_order"
    REGION = "region"
    ONLY_CANDIDATE = "only_candidate"
    FREED_AND_FIRST_IN_LINE = "freed_and_first_in_line"
    RETURN_TO_OWN_CALL = "return_to_own_call"
    ADOPTED = "adopted"
    TRANSFERRED = "transferred"
    """A colleague sent the caller to this agent."""
    CONSULTED = "consulted"
    """A colleague asks this agent while the caller hears music."""
    TAKEN_OVER = "taken_over"
    """This supervisor took the caller over from an agent."""
    OWN_CALL = "own_call"
    """This agent calls the customer."""
    TRANSFER_RETURNED = "transfer_returned"
    """Nobody answered where this agent had sent the caller."""


class Exit(StrEnum):
    """Why a caller leaves a queue without an agent; the flow says what follows."""

    FULL = "full"
    CLOSED = "closed"
    TIMEOUT = "timeout"
    KEY = "key"
    """By a key that the caller pressed."""
    CALLBACK = "callback"
    """The place is kept for them, and they are called back."""


class Branch(StrEnum):
    """How an agent stands to the region of a caller."""

    LOCAL = "local"
    HEADQUARTERS = "headquarters"
    OTHER = "other"


@made_often
@dataclass(frozen=True, slots=True, kw_only=True)
class PassedOver:
    """A candidate who did not get the call, and why (`busy`, `offline`, `idle_shorter`, `lacks_skill`, …)."""

    agent: AgentId
    reason: str


@made_often
@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """Why this agent got this call: stored, and shown to agent and supervisor."""

    why: Why
    boost_s: float
    """All boosts together."""
    overtook: int
    """How many wait on who would stand before this call, were it not for its boost."""
    held_for_sticky_s: float
    sticky_agent: AgentId | None
    idle_s: float | None
    candidates: int
    passed_over: tuple[PassedOver, ...] = field(default=())
    """At most the first few; a limit keeps it small."""
    asked: Needs = ()
    """The skills asked for when the call came."""
    needs: Needs = ()
    """Those still asked for when the agent was chosen; fewer or lower ones after a long wait."""
    reached: tuple[QueueId, ...] = ()
    """Queues whose agents could have the call too, for it had waited long or was going to."""
    boosts: tuple[Boost, ...] = ()
    home: Home = NOWHERE
    """Where the caller is at home."""
    branch: Branch | None = None
    """Whose agent it is, in a queue that asks the caller's branch first."""
    is_help: bool = False
    """The agent is of another queue, and helps as a reserve."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StickyRules:
    """How far a queue goes to give callers the agent they know."""

    days: int = 30
    """How long ago the agent may have served the customer."""
    hold_s: float = 20.0
    """How long a call waits for its busy agent before others may take it; 0: only if idle now."""
    holds_s: Mapping[str, float] = field(default_factory=dict)
    """Customer level -> its own hold instead; infinite: the call waits for nobody else."""
    min_talk_s: float = 0.0
    """Who talked for less does not know the caller."""
    is_first_agent: bool = False
    """Of a call that several agents served, the first is the one to know; otherwise the last."""
    least_chance: float = 0.2
    """It is held only if its agent is so likely to be free in time, by how long talks last; 0: always."""
    counts_outgoing: bool = True
    """Whether who called the customer is known to them, too; if not, only who was called is."""
    is_capped_by_service_level: bool = True
    """Never hold past the moment at which the service level would be missed."""

    def remembers(self, talked_at: datetime, now: datetime) -> bool:
        """Whether a talk is recent enough for this queue; with 0 days none is."""
        return now - talked_at < timedelta(days=self.days)


@dataclass(frozen=True, slots=True, kw_only=True)
class Relaxation:
    """One step by which a queue asks for less as a caller waits."""

    after_s: float
    at_most: Mapping[SkillId, int]
    """Skill -> the highest level that is asked for from then on; 0: the skill is not asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Overflow:
    """When the agents of other queues may have a call too. It keeps its place, here and among theirs."""

    to: tuple[QueueId, ...]
    after_s: float | None = None
    """After this wait; None: by what is to be expected."""
    expected_wait_s: float | None = None
    """As soon as the wait still to be expected is longer than this, and longer than it would be there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueRules:
    """A queue as the supervisor configured it."""

    id: QueueId
    name_zh: str
    name_en: str
    strategy: str = "longest_idle"
    offer_timeout_s: float = 15.0
    wrap_up_s: float = 20.0
    service_level_s: float = 20.0
    boosts_s: Mapping[str, float] = field(default_factory=dict)
    """Customer level -> seconds of waiting it is credited with."""
    strict_levels: frozenset[str] = frozenset()
    """Levels that go before all others, however long those have waited."""
    matters_s: Mapping[str, float | None] = field(default_factory=dict)
    """What a call is about -> seconds; None: before all others."""
    lost_wait_back_s: float = 0.0
    """Who calls again within this time is credited with what they had waited in vain; 0: nobody is."""
    sticky: StickyRules = field(default_factory=StickyRules)
    needs: Mapping[SkillId, int] = field(default_factory=dict)
    """What every call of the queue asks for: skill -> least level."""
    relaxations: tuple[Relaxation, ...] = ()
    """Steps in the order of time; each goes on from those before it."""
    capacity: int | None = None
    """The most callers who may wait; None: as many as the site allows."""
    max_wait_s: float | None = None
    """How long a caller waits before the flow offers something else."""
    overflows: tuple[Overflow, ...] = ()
    announcing: Announcing | None = None
    """None: there is only music."""
    calendar: str = ""
    """When the queue is open; "": always."""
    reserve: Reserve | None = None
    """Who helps when the queue has passed its limit."""
    caller_id: str = ""
    """What customers see who are called in the queue's name; "": the outside line's own number."""
    is_emptied_at_closing: bool = False
    """Whether who waits at closing is sent away. If not, they are served while somebody is on duty."""
    callback: CallbackRules = field(default_factory=CallbackRules)
    recordings_kept_days: int | None = None
    """0: for ever; None: as long as the site keeps them."""
    rating: RatingRules | None = None
    """How callers are asked to rate whose agent has hung up; None: they are not."""


@made_often
@dataclass(frozen=True, slots=True, kw_only=True)
class QueueRequest:
    """A caller asks for an agent."""

    arrival: Arrival
    queue: QueueId
    level: str = ""
    """The customer's level, such as `vip`."""
    matter: str = ""
    """What the call is about, such as `outage`."""
    boosts: tuple[Boost, ...] = ()
    """For the number that was dialled, and for the flow's node."""
    lost_waits: tuple[LostWait, ...] = ()
    """What the caller has waited in vain before, the newest first; what of it counts, the queue says."""
    known: Acquaintance = NOBODY
    """Whom the caller knows; who of them counts, the queue says."""
    sticky_agent: AgentId | None = None
    """Said at once, in place of that."""
    needs: Mapping[SkillId, int] = field(default_factory=dict)
    """What this caller asks for beyond what the queue always asks for."""
    home: Home = NOWHERE
    """Where the caller is at home, for queues that ask that branch first."""
    language: str = ""
    flow: str = ""
    node: str = ""
    kept_by_flow: str = ""
    """What the flow keeps of the caller, for when they come back into it."""
    since: datetime | None = None
    """Since when the caller has waited who comes from another queue, or back into one; None: since now."""
    mark: CallMark | None = None
    """Of a call that waited or talked before: it keeps the place written there."""
    numbers: tuple[str, ...] = ()
    """All that are the caller's: a place that is kept for one of them is theirs."""


AfterTalk = Literal["hold", "flow", "goodbye"]
"""What a caller's line does once the bridge with an agent has ended: music until an agent is there (parked,
or back in the queue), on in the flow to which the agent has sent them, or part."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentProfile:
    """Whom an agent may serve; apart from sign-in and state."""

    agent: AgentId
    queues: tuple[QueueId, ...]
    skills: Mapping[SkillId, int] = field(default_factory=dict)
    """Skill -> level."""
    region: str = ""
    """The branch; "" is headquarters."""
    wrap_up_s: float | None = None
    """The agent's own time after a call; None: as the queue says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueFigures:
    """A queue at this moment and since midnight."""

    queue: QueueId
    name_zh: str
    name_en: str
    waiting: int
    longest_since: datetime | None
    answered_today: int
    abandoned_today: int
    sent_away_today: int
    """Who waited in vain until the queue sent them away, or they chose something else by a key, and did not
    come back to be answered."""
    knew_agent_today: int
    """Answered callers who knew an agent."""
    met_agent_today: int
    """Those of them whom that agent answered."""
    service_level_today: float | None
    """Answered within the limit / (answered + abandoned + sent away); None before the first call."""
    service_level_s: float
    """The limit: how long a caller may wait."""
    agents: Mapping[AgentState, int]
    """The queue's members by state."""
    help: HelpStand | None = None
    """How it stands with the queue's reserve; None: nobody is needed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentFigures:
    """An agent at this moment."""

    agent: AgentId
    state: AgentState
    reason: str
    since: datetime
    until: datetime | None
    call: str | None
    queues: tuple[QueueId, ...]
    planned: AgentState | None = None
    planned_reason: str = ""
    missed_at: datetime | None = None
    is_extended: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """What the wallboard shows."""

    queues: tuple[QueueFigures, ...]
    agents: tuple[AgentFigures, ...]
    no_line_until: datetime | None = None
    """Until then no customer is called back, because no outside line can carry a call."""
