"""What calling needs from other parts; joined in the composition root."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol

from kernel.access import Principal
from kernel.ids import AgentId, CallId, CustomerId, QueueId, StaffId, TicketId


@dataclass(frozen=True, slots=True, kw_only=True)
class Whom:
    """Somebody to call."""

    number: str
    queue: QueueId | None = None
    """In whose name, where that follows from who it is."""
    numbers: tuple[str, ...] = ()
    """Of somebody whom several agents are shown, who must not be called by two: all that are theirs."""


class People(Protocol):
    """Whom a page means; each raises `NotFound` for who is not this person's to see."""

    async def customer(self, customer: CustomerId) -> Whom:
        """By the first number."""
        ...

    async def of_ticket(self, ticket: TicketId) -> Whom:
        """The ticket's customer."""
        ...

    async def missed(self, user: Principal, call: CallId) -> Whom:
        """Who called in vain last by this call."""
        ...

    def spelled(self, number: str) -> str:
        """A number in the one spelling in which calls are kept."""
        ...


class Placing(Protocol):
    """Routing as calls of agents need it."""

    def queues_of(self, agent: AgentId) -> tuple[QueueId, ...]:
        """Whom the agent may serve."""
        ...

    async def place(self, call: CallId, agent: AgentId, whom: Whom, queue: QueueId, ring_s: float) -> None:
        """Rings the agent, and then the customer.

        Refuses who is not free to call, an unknown queue, and whom a colleague calls just now.
        """
        ...


class OwnNumbers(Protocol):
    """The numbers that lead here."""

    async def all(self) -> Collection[str]:
        """In the one spelling."""
        ...


class Trail(Protocol):
    """Who did what."""

    async def note(self, staff: StaffId, action: str, subject: str) -> None:
        """Adds to the trail."""
        ...
