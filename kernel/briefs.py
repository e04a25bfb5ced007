"""Calls, tickets and customers in a few words, alike wherever they are shown; fields as in the HTTP API."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict

from kernel.ids import CallId, CustomerId, TicketId


class _Brief(BaseModel):
    model_config = ConfigDict(frozen=True)


class Words(_Brief):
    """A text in both languages."""

    zh: str
    en: str


class CustomerBrief(_Brief):
    """A customer by name and level."""

    id: CustomerId
    name: str
    level: str


class RatingBrief(_Brief):
    """How a caller rated the conversation when the agent had hung up."""

    score: int
    """1 to 5, 5 being the best."""
    has_comment: bool = False
    """The caller has said something that can be played."""
    comment: str = ""
    """Its words, as far as they were understood."""


class CallBrief(_Brief):
    """A call as lists show it."""

    call_id: CallId
    at: datetime
    queue_name: Words | None = None
    agent_name: str | None = None
    outcome: str | None = None
    """Nothing while the call goes on."""
    talked_s: float | None = None
    direction: Literal["in", "out"] = "in"
    """`out`: we called them; the agent is who did, also where nobody answered."""
    number_shown: str
    caller_name: str = ""
    """What the network says of the caller; anybody can make it say anything."""
    customer: CustomerBrief | None = None
    has_recording: bool = False
    rating: RatingBrief | None = None


class TicketBrief(_Brief):
    """A customer's ticket as lists show it."""

    id: TicketId
    number: str
    type: str
    priority: str
    state: str
    title: str
    owner: str | None = None
    created_at: datetime
    updated_at: datetime
