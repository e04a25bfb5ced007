"""Who is at the other end of a call, as the agents' cards need it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from acd.ports import OfferRecord
from agent_ui.views import SentOn
from kernel.briefs import CallBrief, CustomerBrief, TicketBrief, Words
from kernel.ids import AgentId, CallId
from telephony.model import Arrival, Direction


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerCard:
    """What is known of who calls."""

    customer: CustomerBrief | None = None
    last_calls: tuple[CallBrief, ...] = ()
    open_tickets: tuple[TicketBrief, ...] = ()
    warnings: tuple[str, ...] = ()
    """Why care is to be taken, as supervisors wrote it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallSoFar:
    """What an earlier server knew of a call."""

    arrival: Arrival | None = None
    said_in_menu: tuple[Words, ...] = ()
    offers: Mapping[AgentId, OfferRecord] = field(default_factory=dict)
    """How each agent was asked last; not the returns to one's own call, which have no reason of their own."""
    sent_on: SentOn | None = None


def outgoing(call: CallId, number: str, at: datetime) -> Arrival:
    """A customer who is to be called, as who calls would be known."""
    return Arrival(
        call=call,
        at=at,
        caller_number=number,
        caller_name="",
        dialled="",
        trunk="",
        direction=Direction.OUT,
    )


class CallerLookup(Protocol):
    """Finds out who calls."""

    async def look_up(self, number: str) -> CallerCard:
        """Customer, earlier calls and open tickets of the number; empty for strangers."""
        ...

    async def recall(self, call: CallId) -> CallSoFar:
        """What an earlier server knew of a call that goes on, or is over."""
        ...
