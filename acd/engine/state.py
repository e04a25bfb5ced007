"""What the engine knows of each call and each agent."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from acd.engine.lanes import Lane, Reach
from acd.engine.ordered import Heap
from acd.model import AgentProfile, AgentState, ConsultStage, Key, PassedOver, WrapUp
from acd.promises import Promise
from acd.wishes import Wish
from kernel.ids import AgentId, CallId, DeviceId, LegId, QueueId, SkillId, is_guest
from kernel.value import maker
from telephony.destinations import Outside
from telephony.model import Boost, CallMark, Needs, Phase, WatchMode

new_wish = maker(Wish)

Owner = CallId | LegId | AgentId | QueueId
"""Whom a timer is for."""

# As in `availability`, what every turn asks for is bound once.
WAITING, TALKING, PARKED, SERVED = Phase.WAITING, Phase.TALKING, Phase.PARKED, Phase.SERVED
HELD, DIALLING = Phase.HELD, Phase.DIALLING


class Timer(StrEnum):
    """What a timer is for."""

    OFFER = "offer"
    SILENT = "silent"
    HOLD = "hold"
    CLAIMED = "claimed"
    WRAP_UP = "wrap_up"
    PARK = "park"
    ABSENCE = "absence"
    RETRY = "retry"
    RELAX = "relax"
    OVERFLOW = "overflow"
    MAX_WAIT = "max_wait"
    RESERVE = "reserve"
    TRANSFER = "transfer"
    CALLBACK = "callback"
    """When a customer may be called again."""
    DIAL = "dial"
    """The switch ought to have said by then what became of a call to a customer."""
    NO_LINE = "no_line"
    """When it is tried again whether an outside line can carry a call."""


class Absence(StrEnum):
    """Why an agent who wants to be ready is not given calls."""

    MISSED = "missed"
    """An offered call was not answered in time."""
    UNREACHABLE = "unreachable"
    """The phone was busy or could not be rung; tried again after a while that grows."""
    SWITCH = "switch"
    """The switch did not take the order to ring; over in a moment."""


class Kept(StrEnum):
    """Why a parked caller is kept for one agent, so that nobody else is rung for them meanwhile."""

    LOST = "lost"
    """The agent's leg vanished in a conversation of theirs."""
    SENT = "sent"
    """A colleague sent the caller to this agent."""
    TAKEN_OVER = "taken_over"
    """A supervisor, whose phone rings, wanted the caller."""
    RETURNED = "returned"
    """Nobody answered where this agent had sent the caller."""


WAS_SENT = {Kept.SENT, Kept.TAKEN_OVER}
"""Does nobody answer there, the caller goes back to who had them."""
ANSWERS_ITSELF = {Kept.LOST, Kept.TAKEN_OVER}
"""The agent has said already that they want the caller."""


@dataclass(slots=True)
class Offer:
    """One call being proposed to one agent."""

    leg: LegId
    call: CallId
    agent: AgentId
    until: datetime
    is_ringing: bool = False
    ends_if_silent: bool = False
    """It is over unless the device says within moments that it rings."""


@dataclass(slots=True)
class Consultation:
    """A colleague whom the agent of a call asks, or has brought in."""

    agent: AgentId
    leg: LegId
    stage: ConsultStage
    has_joined: bool = False
    """Caller and colleague hear each other."""
    note: str = ""
    """For the colleague; a restart forgets it."""


@dataclass(slots=True)
class WatchedTalk:
    """A conversation that a supervisor hears."""

    leg: LegId
    """The supervisor's own."""
    watched: LegId
    call: CallId
    mode: WatchMode
    is_on: bool = False
    """False: the supervisor's phone is being rung."""


@dataclass(slots=True)
class Outage:
    """A time in which no outside line can carry a call, as far as is known."""

    times: int = 0
    """So often in a row none could."""
    until_s: float = 0.0
    """Until then nobody is rung for a customer who would have to be called."""
    until: datetime | None = None
    """The same as people are told it."""


@dataclass(slots=True)
class Placed:
    """A customer who is called, and has not talked yet."""

    to: str
    shown: str
    ring_s: float
    leg: LegId | None = None
    """The agent's, who hears a ringing tone; None while their own phone rings."""


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
    queued_s: float
    """When it came into this queue; earlier is `entered_s` of who came from another, or came back."""
    boost_s: float
    """All boosts together."""
    sticky_agent: AgentId | None
    mark: CallMark
    level: str = ""
    boosts: tuple[Boost, ...] = ()
    asked: Needs = ()
    """What the caller asked for, without what the queue always asks for."""
    lane: Lane | None = None
    """Of a waiting call: which agents may take it."""
    steps_relaxed: int = 0
    """How often the queue has asked for less since the call came."""
    reach: Reach = ()
    """Other queues whose agents may have it by now."""
    is_overdue: bool = False
    """It has waited for as long as the queue lets anybody wait."""
    phase: Phase = Phase.WAITING
    offer: Offer | None = None
    held_for: AgentId | None = None
    held_since_s: float = 0.0
    held_s: float = 0.0
    hold_was_used: bool = False
    is_own_agent_late: bool = False
    """It was not held, for its busy agent is not likely to be free soon enough."""
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
    legs_over: tuple[LegId, ...] = ()
    turned_down: tuple[PassedOver, ...] = ()
    """Agents that this call was offered to in vain, latest last."""
    sent_by: AgentId | None = None
    """Who sent the caller on, and gets them back if nobody answers."""
    kept: Kept | None = None
    """Of a parked call: why it is kept for `agent` alone."""
    consultation: Consultation | None = None
    placed: Placed | None = None
    outside: Outside | None = None
    """Who outside is rung for it, or talks in it, or was and did last."""
    is_hung_up: bool = False
    """A person ended it on purpose: whatever is reported now is not a loss."""
    promise: Promise | None = None
    """To call the customer back, by which they have this place."""
    is_being_ordered: bool = False
    """To call its customer has been ordered, and the switch has not said yet that it will."""
    is_absent: bool = False
    """The place is kept for a customer who is not on the line."""


class EarlierTalk(NamedTuple):
    """What stays known of a caller who has talked and then left the queues for a flow."""

    waited_s: float
    """Until that talk began."""
    legs_over: tuple[LegId, ...]
    """What is still told of these counts no more, wherever the caller waits next."""


Shown = tuple[AgentState, str, CallId | None]
"""An agent's state, its reason, and the call at hand."""
Aside = tuple[datetime | None, AgentState | None, str, datetime | None, bool]
"""What is told beside it: `until`, `planned`, `planned_reason`, `missed_at`, `is_extended`, as in
`AgentStateChanged`."""


@dataclass(slots=True)
class Agent:
    """An agent; sign-in (`device`), wish (`wants`), membership (`queues`) and activity apart."""

    id: AgentId
    queues: tuple[QueueId, ...] = ()
    skills: Mapping[SkillId, int] = field(default_factory=dict)
    region: str = ""
    wrap_up_s: float | None = None
    """The agent's own; None: as the queue says."""
    lanes: dict[Lane, Heap[Key, CallId]] = field(default_factory=dict)
    """All that ask for nothing the agent can't do, in the agent's queues; each with those who wait there."""
    device: DeviceId | None = None
    must_accept: bool = False
    """Whoever answers the device is asked to press a key before they have the caller."""
    rings_at_once: bool = False
    """The device says within moments that it rings, or it is not there."""
    has_page: bool = False
    """False: the phone was a page, and that page is gone."""
    wants: AgentState = AgentState.OFFLINE
    wants_reason: str = ""
    rests_since: datetime | None = None
    """Since when the agent has been what they want to be. Offers, a lost page and a restart don't end it."""
    is_missed: bool = False
    """On duty without page or phone; not for long, then they are signed off to offline."""
    absence: Absence | None = None
    missed_at: datetime | None = None
    """When they did not answer, and have not said since what they want to be."""
    rings_in_vain: int = 0
    """In a row."""
    withdrawn_at_s: float = -math.inf
    """When an offer, or what they heard, was last ended from here: the phone may say for a moment that it is
    busy with that."""
    offer: Offer | None = None
    call: CallId | None = None
    is_dialling: bool = False
    """That call is to a customer whose phone rings still."""
    parked: CallId | None = None
    consulted: CallId | None = None
    """Whose agent asks this one, or has brought them in."""
    watch: WatchedTalk | None = None
    """Whom this one hears, as a supervisor."""
    wrap_up: WrapUp | None = None
    idle_since_s: float = 0.0
    calls_served: int = 0
    turn: int = 0
    """When last given a call, counted in calls of the site; 0: never."""
    on_duty_since_s: float = 0.0
    busy_since_s: float | None = None
    busy_s: float = 0.0
    """Talking and in wrap-up, since on duty."""
    is_standing: bool = False
    """Among the idle of the lanes: ready, and nobody waits whom the agent may serve."""
    held: Heap[Key, CallId] = field(default_factory=Heap)
    """Calls that wait for this agent alone."""
    mirrored: bool | None = None
    state: AgentState = AgentState.OFFLINE
    """As last told to others."""
    shown: Shown = (AgentState.OFFLINE, "", None)
    """The same, with reason and call."""
    shown_since: datetime | None = None
    shown_aside: Aside = (None, None, "", None, False)
    is_guest: bool = field(init=False)
    """Nobody's agent: an outside person, for one call."""

    def __post_init__(self) -> None:
        self.is_guest = is_guest(self.id)

    @property
    def is_on_duty(self) -> bool:
        """Whether the agent works, be it on a break or away from the phone for a moment."""
        return self.wants is not AgentState.OFFLINE


def profile_of(agent: Agent) -> AgentProfile:
    """Whom the agent may serve, as it was last said."""
    return AgentProfile(
        agent=agent.id,
        queues=agent.queues,
        skills=agent.skills,
        region=agent.region,
        wrap_up_s=agent.wrap_up_s,
    )


def wish_of(agent: Agent) -> Wish:
    """What the agent goes on with after a restart."""
    return new_wish(
        agent=agent.id,
        state=agent.wants,
        reason=agent.wants_reason,
        since=agent.rests_since,
        wrap_up=agent.wrap_up,
        missed_at=agent.missed_at,
    )
