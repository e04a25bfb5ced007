"""What surveys need from other parts; joined in the composition root."""

from collections.abc import Collection
from typing import Protocol

from kernel.ids import CallId, CustomerId, StaffId
from tickets.surveys.model import Addressee


class Addresses(Protocol):
    """Where customers are written to."""

    async def of(self, customer: CustomerId | None, call: CallId | None) -> Addressee:
        """The customer's own number, else that from which the call came."""
        ...


class Letters(Protocol):
    """Messages on their way to customers."""

    async def send(self, key: str, to: Addressee, text: str, call: CallId | None) -> None:
        """Writes to the customer, once for a key."""
        ...


class Supervisors(Protocol):
    """Who sees to what went wrong."""

    async def supervisors(self) -> Collection[StaffId]:
        """Everybody who may sign in as one."""
        ...
