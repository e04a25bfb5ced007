"""Why a call still waits, in words of routing."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from acd.model import PassedOver
from acd.promises import CallbackBrief
from kernel.ids import AgentId, CallId, QueueId
from telephony.model import Boost, Home, Needs


class StillWaiting(StrEnum):
    """What has to change first before a waiting call has an agent."""

    RINGING = "ringing"
    HELD_FOR_OWN_AGENT = "held_for_own_agent"
    ALL_BUSY = "all_busy"
    NOBODY_READY = "nobody_ready"
    """Those on duty who could serve it are on a break, or don't respond."""
    NOBODY_ON_DUTY = "nobody_on_duty"
    NOBODY_HAS_THE_SKILLS = "nobody_has_the_skills"
    BEING_TAKEN = "being_taken"
    """Another leg had the caller when an agent answered; who it is will be told in a moment."""
    CALLED_LATER = "called_later"
    """A customer who is called back, but not now: the queue is closed, or they were called just before."""
    NO_SWITCH = "no_switch"
    """The phone system is not reachable."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unserved:
    """Why a caller who left a queue had no agent, as it stood then."""

    why: StillWaiting
    boosts: tuple[Boost, ...]
    asked: Needs
    """The skills asked for when the call came."""
    needs: Needs
    """Those still asked for."""
    reached: tuple[QueueId, ...]
    """Other queues whose agents could have had it."""
    sticky_agent: AgentId | None
    """Whom the caller knows."""
    held_for: AgentId | None
    offered_to: AgentId | None
    """Whose phone rang for it."""
    passed_over: tuple[PassedOver, ...]
    """Who had turned it down; a limit keeps it small."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """Why a call still waits."""

    call: CallId
    queue: QueueId
    number: str
    level: str
    matter: str
    position: int
    """From 1, among all who wait in the queue."""
    since: datetime
    waited_s: float
    expected_s: float | None = None
    """How much longer; None when that cannot be told, as by the engine alone (`acd/outlooks.py`)."""
    why: StillWaiting
    boost_s: float
    boosts: tuple[Boost, ...]
    asked: Needs
    """The skills asked for when the call came."""
    needs: Needs
    """Those still asked for."""
    asks_less_in_s: float | None
    reached: tuple[QueueId, ...]
    """Other queues whose agents may have it."""
    home: Home
    """Where the caller is at home."""
    sticky_agent: AgentId | None
    held_for: AgentId | None
    held_in_all_s: float
    is_let_go_in_s: float | None
    """When the hold ends and anyone may have it."""
    offered_to: AgentId | None
    """Whose phone rings for it."""
    leaves_in_s: float | None
    """When the longest wait is over."""
    agents: Mapping[str, int]
    """How many of those asked don't have it, by reason: `busy`, `wrap_up`, `lacks_skill`, …"""
    passed_over: tuple[PassedOver, ...]
    """Who turned it down, then others, those first who are there; a limit keeps it small."""
    callback: CallbackBrief | None = None
    """Of a customer who is not on the line, and is called back."""
