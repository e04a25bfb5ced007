"""What happens to customers."""

from dataclasses import dataclass

from kernel.events import Event
from kernel.ids import CallId, CustomerId


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerChanged(Event):
    """A customer is new, or anything about them is different now."""

    customer: CustomerId


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerIdentified(Event):
    """Who calls has said, in the course of the call, which customer they are."""

    call: CallId
    customer: CustomerId
