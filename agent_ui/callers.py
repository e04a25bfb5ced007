"""Who is at the other end of a call, as the agents' cards need it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol

from acd.ports import OfferRecord
from agent_ui.views import CallCard, SentOn
from kernel.briefs import CallBrief, CustomerBrief, TicketBrief, Words
from kernel.ids import AgentId, CallId
from telephony.model import Arrival, Direction


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerCard:
    """What is known of who calls."""

    customer: CustomerBrief | None = None
    known_by: Literal["number", "proven", "typed"] | None = None
    """How that is known: by the number of the call, or by a member number, with a proof or without."""
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


def with_caller(card: CallCard, known: CallerCard) -> CallCard:
    """An agent's card with what is known of who calls."""
    return card.model_copy(
        update={
            "customer": known.customer,
            "known_by": known.known_by,
            "last_calls": tuple(call for call in known.last_calls if call.call_id != card.call_id),
            "open_tickets": known.open_tickets,
            "warnings": known.warnings,
        }
    )


class CallerLookup(Protocol):
    """Finds out who calls."""

    async def look_up(self, call: CallId, number: str) -> CallerCard:
        """Customer, earlier calls and open tickets of who calls; empty for strangers."""
        ...

    async def recall(self, call: CallId) -> CallSoFar:
        """What an earlier server knew of a call that goes on, or is over."""
        ...
