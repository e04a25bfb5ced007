"""Words of callbacks: places in a queue that are kept for customers who are not on the line."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType

from kernel.ids import CallId
from kernel.value import made_often
from telephony.model import CallMark

PromiseId = NewType("PromiseId", int)
"""A promise to call somebody back."""


def call_name(promise: PromiseId, dials: int, at: datetime) -> CallId:
    """The name of the next call to a customer who was called so often; no other call has it."""
    return CallId(f"out-{int(at.timestamp())}-cb{promise:08d}n{dials:04d}")


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackRules:
    """How a queue calls back."""

    attempts: int = 3
    """How often the customer is called before the promise is given up."""
    retry_after_s: float = 300.0
    """How long after a call in vain the next one may come."""
    ring_s: float = 30.0
    """How long the customer's phone rings."""


class PromiseEnd(StrEnum):
    """What became of a promise."""

    KEPT = "kept"
    """The customer was called back, and answered."""
    NOT_REACHED = "not_reached"
    """They did not answer as often as the queue's rules have them called."""
    CALLED_IN = "called_in"
    """They are on the line by themselves, at the place that was kept for them."""
    CANCELLED = "cancelled"
    """A supervisor took it back."""
    FORBIDDEN = "forbidden"
    """The calling rules do not let the number be called."""


@made_often
@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """A place that is kept without a line. It is in the database before the customer hears of it."""

    id: PromiseId
    call: CallId
    """By which the customer is called next; where they wait, it stands for them."""
    origin: CallId
    """In which it was promised."""
    number: str
    """To be called, in E.164."""
    numbers: tuple[str, ...] = ()
    """All that are the customer's: who calls from one of them has the place."""
    is_from_withheld: bool = False
    """The call in which it was promised showed no number."""
    level: str = ""
    mark: CallMark
    """The place, and all else that a waiting call is known by."""
    made_at: datetime
    tries: int = 0
    """Calls in vain."""
    dials: int = 0
    """Calls at all, also those of which it is not known what became of them."""
    is_dialled: bool = False
    """The customer is being called, or was when the server stopped."""
    not_before: datetime | None = None
    """When the next call may come, after one in vain."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackBrief:
    """What is shown of a callback to who is to take it, or asks why it waits."""

    promise: PromiseId
    origin: CallId
    number: str
    made_at: datetime
    tries: int
    not_before: datetime | None
    is_dialled: bool = False
