"""Customers who are called back: an agent sees those of the own queues, a supervisor takes promises back."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Protocol

from pydantic import AwareDatetime, BaseModel

from acd.still_waiting import Waiting
from agent_ui.trail import Trail, noted
from infra.web import Context, Route
from kernel.access import Principal, Role
from kernel.briefs import CustomerBrief, Words
from kernel.ids import AgentId, CallId, QueueId

LISTED_MAX = 100


class CallbackItem(BaseModel):
    """A customer who waits to be called back."""

    call_id: str
    """By which they are called next."""
    number_shown: str
    customer: CustomerBrief | None
    queue: str
    queue_name: Words
    position: int
    promised_at: AwareDatetime
    waited_s: float
    tries: int
    """Calls to them in vain."""
    not_before: AwareDatetime | None
    why: str


class CallbackList(BaseModel):
    """Who is called back, the oldest promise first."""

    items: list[CallbackItem]


class Kept(Protocol):
    """Routing as it is asked for the places it keeps."""

    def waiting(self) -> list[Waiting]:
        """All of them, the oldest promise first."""
        ...

    async def cancel(self, call: CallId) -> None:
        """Takes a promise back, for good once this returns."""
        ...


class Memberships(Protocol):
    """Who serves which queue."""

    def queues_of(self, agent: AgentId) -> tuple[QueueId, ...]:
        """The agent's queues."""
        ...


class Names(Protocol):
    """What ids and numbers stand for."""

    def queue_name(self, queue: QueueId) -> Words:
        """A queue's name."""
        ...

    async def customers_of(self, numbers: Collection[str]) -> Mapping[str, CustomerBrief]:
        """The customers with these numbers; strangers' numbers are left out."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackDesk:
    """Shows who is called back, and has supervisors take it back."""

    kept: Kept
    routing: Memberships
    names: Names
    trail: Trail

    async def listed(self, user: Principal) -> CallbackList:
        """Those of an agent's queues, all for a supervisor."""
        found = self.kept.waiting()
        if not user.has(Role.SUPERVISOR):
            own = self.routing.queues_of(AgentId(user.staff_id))
            found = [one for one in found if one.queue in own]
        customers = await self.names.customers_of({one.number for one in found[:LISTED_MAX]})
        return CallbackList(items=[self._item(one, customers) for one in found[:LISTED_MAX]])

    async def cancel(self, user: Principal, call: CallId) -> None:
        """Nobody calls this customer back any more; who said so is noted."""
        async with noted(self.trail, user.staff_id, "callback_cancelled", call):
            await self.kept.cancel(call)

    def _item(self, one: Waiting, customers: Mapping[str, CustomerBrief]) -> CallbackItem:
        assert one.callback is not None, f"{one.call} is no callback"
        return CallbackItem(
            call_id=one.call,
            number_shown=one.number,
            customer=customers.get(one.number),
            queue=one.queue,
            queue_name=self.names.queue_name(one.queue),
            position=one.position,
            promised_at=one.callback.made_at,
            waited_s=round(one.waited_s, 1),
            tries=one.callback.tries,
            not_before=one.callback.not_before,
            why=one.why.value,
        )


def callback_routes(desk: CallbackDesk) -> list[Route]:
    """Who is called back, and taking that back."""

    async def listed(context: Context[None, None]) -> CallbackList:
        return await desk.listed(context.user)

    async def cancel(context: Context[None, None]) -> None:
        await desk.cancel(context.user, CallId(context.path["call_id"]))

    return [
        Route(
            method="GET",
            path="/api/callbacks",
            handler=listed,
            summary="Who is to be called back: of an agent's queues, or all for supervisors",
            response=CallbackList,
        ),
        Route(
            method="POST",
            path="/api/callbacks/{call_id}/cancel",
            handler=cancel,
            summary="Take back that a customer is called",
            roles=frozenset({Role.SUPERVISOR}),
        ),
    ]
