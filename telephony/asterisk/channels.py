"""What is remembered of Asterisk's channels while they are alive. No I/O."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

from kernel.ids import AgentId, CallId, LegId
from telephony.destinations import Outside
from telephony.model import Ring
from telephony.trunks import Trunk


@dataclass(slots=True)
class CallChannel:
    """A caller's channel."""

    call: CallId
    is_hangup_ordered: bool = False
    """By us."""
    has_hung_up: bool = False
    """The far end said goodbye."""
    is_media_lost: bool = False


class LegState(IntEnum):
    """How far a leg has come; it never goes back."""

    ORDERED = 1
    """By us; Asterisk has no channel for it yet."""
    CREATED = 2
    RINGING = 3
    ANSWERED = 4
    JOINED = 5
    """Was in a bridge with its caller."""


STATES = {"5": LegState.RINGING, "6": LegState.ANSWERED}
"""By Asterisk's figures; all others come before ringing."""


@dataclass(slots=True, kw_only=True)
class ByLines:
    """Somebody who is called by the first of these lines."""

    lines: Sequence[Trunk] = ()
    is_stopped: bool = False
    """By us."""

    def give_way(self) -> bool:
        """The line did not work: the next one is to be tried; False if there is none."""
        self.lines = self.lines[1:]
        return bool(self.lines)


@dataclass(slots=True)
class OutsideCall(ByLines):
    """An agent, or whoever is asked, at a number outside."""

    ring: Ring
    outside: Outside


@dataclass(slots=True)
class LegChannel:
    """An agent's channel."""

    leg: LegId
    call: CallId
    agent: AgentId
    state: LegState = LegState.ORDERED
    is_cancelled: bool = False
    """By us."""
    has_hung_up: bool = False
    is_media_lost: bool = False
    is_with_caller: bool = False
    """They hear each other now."""
    asked_by: LegId | None = None
    cause: int | None = None
    """Set when the channel is gone."""
    failure: int | None = None
    """Asterisk's reason why the order failed."""
    response: int | None = None
    """What the far end said in its own words (SIP)."""
    called: OutsideCall | None = None
    """Of somebody outside."""

    @property
    def is_ours(self) -> bool:
        """We ordered it, so that Asterisk reports what became of the order."""
        return self.leg.startswith("leg-")

    @property
    def has_channel(self) -> bool:
        """Asterisk has shown it."""
        return self.state > LegState.ORDERED

    @property
    def is_joined(self) -> bool:
        """Agent and caller talk, or have talked."""
        return self.state is LegState.JOINED

    def reach(self, state: LegState) -> bool:
        """Notes how far the leg has come; False if that was known."""
        is_news = state > self.state
        self.state = max(state, self.state)
        return is_news
