"""Tickets, their changes, and messages."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from kernel.ids import CallId, CustomerId, StaffId, TicketId
from tickets.reading.model import Finding, Severity, Urgency


class TicketType(StrEnum):
    """What a ticket is about."""

    INQUIRY = "inquiry"
    COMPLAINT = "complaint"
    SUGGESTION = "suggestion"
    TECHNICAL_SUPPORT = "technical_support"
    CALLBACK = "callback"
    """Somebody waits to be called."""


class Priority(StrEnum):
    """How soon it matters; in this order."""

    URGENT = "urgent"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class State(StrEnum):
    """Where a ticket stands."""

    PENDING_ASSIGNMENT = "pending_assignment"
    PENDING_ACCEPTANCE = "pending_acceptance"
    PROCESSING = "processing"
    PENDING_FEEDBACK = "pending_feedback"
    """The customer is to answer, or to do something, before it can go on."""
    RESOLVED = "resolved"
    CLOSED = "closed"


OPEN_STATES = frozenset(State) - {State.RESOLVED, State.CLOSED}


class Channel(StrEnum):
    """How a matter came here, and what is said about it comes and goes."""

    PHONE = "phone"
    VOICEMAIL = "voicemail"
    SMS = "sms"
    EMAIL = "email"
    CHAT = "chat"
    WECHAT = "wechat"
    WEB = "web"
    API = "api"
    COUNTER = "counter"
    """Somebody came and said it."""


class TranscriptState(StrEnum):
    """What became of a message's transcript."""

    PENDING = "pending"
    DONE = "done"
    NONE = "none"
    """There is no recogniser for the language."""
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Matter:
    """What a ticket says, and may be changed by a person."""

    type: TicketType
    priority: Priority
    state: State
    title: str
    description: str = ""
    customer: CustomerId | None = None
    owner: StaffId | None = None
    department: str = ""
    """Who is responsible beside the owner, in the site's own words."""
    channel: Channel = Channel.PHONE
    """The first one, when there were several."""
    category: str = ""
    """What it is about, below its type."""
    problem: str = ""
    """The point within the category."""
    severity: Severity | None = None
    """None is the ordinary case."""
    urgency: Urgency | None = None
    """None is the ordinary case."""
    occurred_at: datetime | None = None
    """When it happened to the customer."""
    demand: str = ""
    """What the customer wants to be done."""
    product: str = ""
    """The model, as the company or the customer names it."""
    order_number: str = ""
    region: str = ""


FACTS = (
    "department",
    "channel",
    "category",
    "problem",
    "severity",
    "urgency",
    "occurred_at",
    "demand",
    "product",
    "order_number",
    "region",
)
"""The parts of a matter that nothing else of a ticket depends on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """What stays after a call."""

    id: TicketId
    number: str
    """Such as CS202611220001: date and serial, unique and rising."""
    matter: Matter
    created_at: datetime
    updated_at: datetime
    version: int
    due_at: datetime | None = None
    """The first deadline that is still to be met."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedField:
    """One line of a ticket's history."""

    field: str
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryLine:
    """Who changed what, when and why; nobody means Hotline itself. Never changed or removed."""

    at: datetime
    by: StaffId | None
    change: ChangedField
    why: str = ""
    version: int | None = None
    """The ticket's, made by the change; None of a line that is not kept yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What a caller said to the machine."""

    call: CallId
    left_at: datetime
    caller_number: str
    dialled: str
    language: str
    path: str
    """Of the recording, inside the folder of recordings: all parts, one after the other."""
    seconds: float
    part: str = ""
    """The part that was added last; only said when a message is written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Voicemail:
    """A message as its ticket has it."""

    ticket: TicketId
    message: Message
    transcript: str | None
    transcript_state: TranscriptState


@dataclass(frozen=True, slots=True, kw_only=True)
class Details:
    """A ticket with all that hangs on it."""

    ticket: Ticket
    calls: tuple[CallId, ...]
    voicemail: Voicemail | None
    findings: tuple[Finding, ...] = ()
    """What was read out of the message."""
    goal: State | None = None
    """What the step of its workflow makes of it; None without a workflow."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketFilter:
    """Which tickets of a list, and in which order."""

    state: State | None = None
    type: TicketType | None = None
    owner: StaffId | None = None
    customer: CustomerId | None = None
    only_open: bool = False
    due_before: datetime | None = None
    search: str = ""
    sort: str = "-created_at"
    limit: int = 50
    offset: int = 0
