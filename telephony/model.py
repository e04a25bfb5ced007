"""Neutral words for calls; nothing of Asterisk."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from kernel.ids import AgentId, CallId, DeviceId, LegId, QueueId, SkillId
from kernel.value import made_often
from telephony.destinations import Outside

Needs = tuple[tuple[SkillId, int], ...]
"""Skills with the level at least asked for, by name."""


class BoostSource(StrEnum):
    """Why a call is credited with waiting."""

    LEVEL = "level"
    MATTER = "matter"
    NUMBER = "number"
    NODE = "node"
    LOST_WAIT = "lost_wait"
    """What the caller had waited in vain in calls before."""
    SUPERVISOR = "supervisor"


class Boost(NamedTuple):
    """Seconds of waiting that a call is credited with."""

    source: BoostSource
    seconds: float | None
    """None: it goes before all ordinary calls, however long those have waited."""


NUMBER_LENGTH_MAX = 40
"""Characters of a number that a call brings along; real ones have at most fifteen digits."""


class Phase(StrEnum):
    """Where a call stands. Kept on the caller's channel, so that it outlives the server."""

    MENU = "menu"
    DIALLING = "dialling"
    """A customer whom an agent calls: their phone rings, or has just been answered."""
    WAITING = "waiting"
    VOICEMAIL = "voicemail"
    TALKING = "talking"
    HELD = "held"
    """Hears music while the agent asks a colleague; whoever of the two is left comes back to the caller."""
    PARKED = "parked"
    """The agent's leg was lost without intent; the caller hears music until the agent is back."""
    RATING = "rating"
    """The conversation is over, and the caller is asked how it was."""
    SERVED = "served"
    """The conversation is over; what follows is goodbye."""


class EndReason(StrEnum):
    """Why a leg or a call ended."""

    CALLER_HUNG_UP = "caller_hung_up"
    AGENT_HUNG_UP = "agent_hung_up"
    SUPERVISOR_HUNG_UP = "supervisor_hung_up"
    HOTLINE_HUNG_UP = "hotline_hung_up"
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    NO_LINE = "no_line"
    """All our own lines were full or did not work: the customer was not called."""
    CLAIMED = "claimed"
    """Another leg had the call already."""
    MEDIA_LOST = "media_lost"
    """No sound came from the far end for the configured time."""
    TRANSFERRED = "transferred"
    """The agent sent the caller on, to a colleague or into a queue."""
    SWITCH_LOST = "switch_lost"
    OTHER = "other"


class Direction(StrEnum):
    """Who called whom."""

    IN = "in"
    OUT = "out"
    """Hotline called the customer, for an agent."""


class Outcome(StrEnum):
    """How a call ended for the customer; exactly one for each call."""

    SERVED = "served"
    ABANDONED = "abandoned"
    VOICEMAIL = "voicemail"
    SELF_SERVED = "self_served"
    CALLBACK = "callback"
    """They were promised to be called back."""
    REJECTED = "rejected"
    BLOCKED = "blocked"
    FAILED = "failed"
    BUSY = "busy"
    """From here on only of customers who were called: their phone was in use, or they did not take it."""
    NO_ANSWER = "no_answer"
    UNREACHABLE = "unreachable"
    STOPPED = "stopped"
    """Who called thought better of it while the phone rang."""


@made_often
@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A call as it came in, or was placed.

    Texts are decoded, control characters replaced, lengths limited.
    """

    call: CallId
    at: datetime
    caller_number: str
    """The customer's, as normalised by the trunk's rules: E.164 with +, or the digits; "" when withheld."""
    caller_name: str
    dialled: str
    """What the customer dialled; of a customer who is called, the number that is shown to them."""
    trunk: str
    direction: Direction = Direction.IN


class HomeBy(StrEnum):
    """How it was found where a caller is at home."""

    RECORD = "record"
    NUMBER = "number"
    """By the area that the number belongs to."""
    CHOICE = "choice"
    """The caller said so in a menu."""


class Home(NamedTuple):
    """Where a caller is at home."""

    region: str = ""
    """The key of one of the site's regions; "" where that is not known."""
    by: HomeBy | None = None


NOWHERE = Home()


@made_often
@dataclass(frozen=True, slots=True, kw_only=True)
class CallMark:
    """What a successor needs to go on with a call; written to the switch on every change."""

    phase: Phase
    flow: str = ""
    node: str = ""
    language: str = ""
    queue: QueueId | None = None
    tier: int = 1
    key_ms: int = 0
    """Virtual arrival time: (arrival - boost) in milliseconds since the epoch."""
    sequence: int = 0
    sticky_agent: AgentId | None = None
    agent: AgentId | None = None
    """The agent who talks, or talked last."""
    waited_ms: int | None = None
    """How long the caller had waited when the talk began; None before that, or if nobody saw it begin."""
    talking_since_ms: int | None = None
    """When the talk that goes on, or waits for its agent, began, in milliseconds since the epoch."""
    decided: Outcome | None = None
    """How the call ends, once goodbye is being said: the ledger's own note of it may die with the server."""
    needs: Needs = ()
    """What the caller asks for beyond what the queue always asks for."""
    region: str = ""
    """Whose branch is to be asked first."""
    boost_ms: int | None = None
    """The part of the wait that the caller is credited with; None where it was not written down."""
    boosts: tuple[Boost, ...] = ()
    """What that is made up of."""
    matter: str = ""
    """What the call is about."""
    queued_ms: int | None = None
    """When the call came into this queue; None where it was not written down."""
    sent_by: AgentId | None = None
    """Who sent the caller on, and gets them back if nobody answers; None once somebody has."""
    region_by: HomeBy | None = None
    """How the region was found."""
    level: str = ""
    """The customer's."""
    outside: Outside | None = None
    """Who outside is rung for the call, or talks in it, or was and did last."""
    kept_by_flow: str = ""
    """What the caller's flow keeps of them, in words of its own."""

    @property
    def home(self) -> Home:
        """Where the caller is at home."""
        return Home(self.region, self.region_by) if self.region or self.region_by else NOWHERE


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonWanted:
    """A caller's wish for a person."""

    queue: QueueId
    """The last one that the caller came to; "" where no server was there to say."""
    since: datetime
    """Since when the caller has waited, also in other queues."""
    until: datetime | None = None
    """When no queue had the caller any more; None of who waits until the end."""
    turned_away: str = ""
    """Why: `full`, `closed` or `timeout`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LostWait:
    """What a caller has waited in a call that led to nobody."""

    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Talk:
    """An agent's talk with a caller in an earlier call."""

    agent: AgentId
    at: datetime
    talked_s: float
    is_outgoing: bool = False
    """The agent had called, not the customer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Acquaintance:
    """Whom a caller knows."""

    calls: tuple[tuple[Talk, ...], ...] = ()
    """Earlier calls, the newest first, each with its talks in their order."""
    ticket_agents: tuple[AgentId, ...] = ()
    """Who holds the caller's open tickets, the last changed first."""


NOBODY = Acquaintance()
"""A stranger knows nobody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """A phone of an agent that the switch may ring."""

    id: DeviceId
    agent: AgentId
    is_browser: bool
    """WebRTC over the edge's socket; otherwise a plain SIP phone."""
    number: str = ""
    """In E.164: its calls go out to this number, and whoever answers there takes them by a key."""
    language: str = "zh"
    """In which they are asked to press it."""
    is_lasting: bool = False
    """A desk phone with a secret of its own, which is registered whether or not its agent is signed in."""
    is_encrypted: bool = False
    """It is spoken with over TLS and SRTP, or not at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceSecret:
    """Digest credentials; only the HA1 of a random password exists."""

    username: str
    realm: str
    ha1: str


@made_often
@dataclass(frozen=True, slots=True, kw_only=True)
class Ring:
    """An order to ring an agent's device for a call."""

    leg: LegId
    call: CallId
    agent: AgentId
    device: DeviceId
    timeout_s: float
    shown_number: str
    """Digits only; names are never sent to the switch."""
    asked_by: LegId | None = None
    """The leg of an agent who asks this one, while the caller hears music; None: the caller is rung for."""
    outside: Outside | None = None
    """Whose first number is called by an outside line, in place of a device."""
    must_accept: bool = False
    """Whoever answers outside has the caller only by a key, which no mailbox presses. Who is asked has them
    without, unless who asked is gone."""
    answers_itself: bool = False
    """The page answers without a person: the agent comes back to a call that was theirs, or wanted it."""
    dials: bool = False
    """There is no caller yet: once this agent is on the phone the customer is called."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallOut:
    """An order to call a customer, for an agent who hears a ringing tone until the customer answers."""

    call: CallId
    """Made by `telephony.placed.new_call`: nothing else tells such a call from one that came in."""
    leg: LegId
    """The agent's, which was rung with `dials`."""
    agent: AgentId
    to: str
    """In E.164."""
    shown: str
    """What the customer sees who calls; "": the line's own number."""
    ring_s: float
    mark: CallMark
    """What a successor needs, should this server die before the customer answers."""


class WatchMode(StrEnum):
    """How a supervisor takes part in a conversation of an agent's."""

    LISTEN = "listen"
    """Heard by nobody."""
    WHISPER = "whisper"
    """Heard by the agent alone."""
    BARGE = "barge"
    """Heard by both."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """An order to ring a supervisor's device, who then hears a conversation."""

    leg: LegId
    """The supervisor's own, named like any leg of the call."""
    watched: LegId
    """The agent's, in the conversation."""
    call: CallId
    agent: AgentId
    """The supervisor."""
    device: DeviceId
    mode: WatchMode
    timeout_s: float
    shown_number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveWatch:
    """A supervisor's leg as seen in a snapshot."""

    leg: LegId
    watched: LegId
    call: CallId
    agent: AgentId
    mode: WatchMode | None
    """None: rings still."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveLeg:
    """An agent's leg as seen in a snapshot."""

    leg: LegId
    call: CallId
    agent: AgentId
    device: DeviceId
    is_answered: bool
    is_holding: bool = False
    """The agent has put the caller on hold."""
    asked_by: LegId | None = None
    """Rung for an agent who asks, by that one's leg."""
    is_with_caller: bool = False
    """They hear each other; in a conversation of three so do two legs."""
    is_with_leg: LegId | None = None
    """Whom this leg talks with while the caller does not hear it."""
    dials: bool = False
    """It was rung to call a customer; answered, it hears a ringing tone until they answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveCall:
    """A call as seen in a snapshot."""

    arrival: Arrival
    mark: CallMark | None
    talks_with: LegId | None
    is_answered: bool = True
    """False of a customer whose phone rings still."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """All that is alive in the switch at one moment."""

    boot_id: str
    """Changes when the switch was restarted: all earlier calls are gone then."""
    calls: tuple[LiveCall, ...]
    legs: tuple[LiveLeg, ...]
    registered: frozenset[DeviceId]
    watches: tuple[LiveWatch, ...] = ()
