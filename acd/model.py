"""Words of routing."""

from dataclasses import dataclass, field
from enum import StrEnum

from kernel.ids import AgentId


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
    ONLY_CANDIDATE = "only_candidate"
    FREED_AND_FIRST_IN_LINE = "freed_and_first_in_line"
    RETURN_TO_OWN_CALL = "return_to_own_call"
    ADOPTED = "adopted"


@dataclass(frozen=True, slots=True, kw_only=True)
class PassedOver:
    """A candidate who did not get the call, and why (`busy`, `offline`, `idle_shorter`, …)."""

    agent: AgentId
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """Why this agent got this call: stored, and shown to agent and supervisor."""

    why: Why
    boost_s: float
    overtook: int
    """How many that arrived earlier were overtaken because of the boost."""
    held_for_sticky_s: float
    sticky_agent: AgentId | None
    idle_s: float | None
    candidates: int
    passed_over: tuple[PassedOver, ...] = field(default=())
    """At most the first few; a limit keeps it small."""
