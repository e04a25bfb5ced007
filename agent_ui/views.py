"""What the pages are shown live: the values on the board, as models, so that the pages' types follow."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict


class _View(BaseModel):
    model_config = ConfigDict(frozen=True)


class Words(_View):
    """A text in both languages."""

    zh: str
    en: str


class MyState(_View):
    """`me`: the agent's own state."""

    state: str
    since: datetime
    until: datetime | None = None
    reason: str = ""
    call_id: str | None = None


class PhoneState(_View):
    """`phone`: which page owns the agent's phone, and whether it can ring."""

    owner_page: str | None
    device: str | None
    is_registered: bool


class CustomerCard(_View):
    """The customer who calls, as far as we know them."""

    id: int
    name: str
    level: str
    company: str = ""
    note: str = ""


class PastCall(_View):
    """An earlier call of this customer."""

    call_id: str
    at: datetime
    queue: str | None = None
    agent: str | None = None
    outcome: str | None = None


class OpenTicket(_View):
    """An open ticket of this customer."""

    id: int
    number: str
    title: str
    type: str
    priority: str
    state: str


class WhyYou(_View):
    """Why routing chose this agent: a code, and the figures for one sentence about it."""

    code: str
    waited_s: float
    boost_s: float
    overtook: int
    held_for_sticky_s: float
    idle_s: float | None
    candidates: int


class CallCard(_View):
    """`call`: the agent's current call."""

    call_id: str
    leg: str
    phase: Literal["ringing", "talking", "parked", "wrap_up"]
    since: datetime
    until: datetime | None = None
    queue: str
    queue_name: Words
    waited_s: float
    number_shown: str
    customer: CustomerCard | None = None
    last_calls: tuple[PastCall, ...] = ()
    open_tickets: tuple[OpenTicket, ...] = ()
    why: WhyYou
    answers_itself: bool = False
    said_in_menu: tuple[str, ...] = ()


class QueueRow(_View):
    """`queue/<id>`: one queue of the wallboard."""

    name: Words
    waiting: int
    longest_since: datetime | None
    service_level_today: float | None
    """The share of today's calls answered in time, 0..1; nothing before the first call."""
    answered_today: int
    abandoned_today: int
    agents: dict[str, int]
    """How many of the queue's agents are in each state."""


class AgentCard(_View):
    """`agent/<id>`: one agent of the wallboard."""

    name: str
    number: str
    state: str
    since: datetime
    call_id: str | None = None


class Snapshot(_View):
    """The first message on the socket, and the next one after a gap."""

    type: Literal["snapshot"]
    version: int
    state: dict[str, dict[str, object] | None]


class Delta(_View):
    """What changed since the message before; its version is that one's plus one."""

    type: Literal["delta"]
    version: int
    set: dict[str, dict[str, object] | None]
    delete: list[str]


PUSHED = (MyState, PhoneState, CallCard, QueueRow, AgentCard, Snapshot, Delta)
