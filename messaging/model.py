"""Words of messages."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from kernel.ids import CallId


class MessageState(StrEnum):
    """What became of a message."""

    NO_GATEWAY = "no_gateway"
    """It is not sent, and will not be: there was nothing to send it by."""
    QUEUED = "queued"
    """A gateway is to take it."""
    SENT = "sent"
    """The gateway has taken it."""
    UNKNOWN = "unknown"
    """The gateway may have it: sending broke off, and is not tried again."""
    FAILED = "failed"
    """The gateway has refused it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewMessage:
    """What somebody is to be told."""

    key: str
    """What is written again by the same key is the same message."""
    number: str
    """In the one spelling."""
    text: str
    language: str
    call: CallId | None = None
    """From which it follows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A message as it is kept."""

    id: int
    number: str
    text: str
    language: str
    call: CallId | None
    state: MessageState
    written_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageFilter:
    """Which messages of a list."""

    search: str = ""
    state: MessageState | None = None
    call: CallId | None = None
    limit: int = 50
    offset: int = 0
