"""What happens to customers."""

from dataclasses import dataclass

from kernel.events import Event
from kernel.ids import CustomerId


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerChanged(Event):
    """A customer is new, or anything about them is different now."""

    customer: CustomerId
