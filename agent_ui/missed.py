"""Who called and reached nobody: a list of people to call back.

An agent sees those who wanted one of the agent's queues, a supervisor all of them.
"""

import asyncio
import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal, Protocol, cast

from pydantic import AwareDatetime, BaseModel

from agent_ui.trail import Trail, noted
from infra.web import Context, Route
from kernel.access import Principal, Role
from kernel.briefs import CustomerBrief, Words
from kernel.clock import Clock
from kernel.errors import NotFound
from kernel.ids import AgentId, CallId, QueueId, StaffId
from telephony.in_vain import MissedCaller, People, missed_callers
from telephony.ledger_rules import CallEntry

Reason = Literal["gave_up", "full", "closed", "timeout", "not_reached"]


class MissedView(BaseModel):
    """Somebody who reached nobody."""

    call_id: str
    """The last call."""
    number_shown: str
    customer: CustomerBrief | None
    queue: str
    queue_name: Words
    reason: Reason
    """Why the last call led to nobody: what the queue said, or they were called back in vain."""
    waited_s: float
    """In the last call."""
    times: int
    """How often they have tried."""
    first_at: AwareDatetime
    last_at: AwareDatetime


class MissedList(BaseModel):
    """People to call back, who tried last at the top."""

    items: list[MissedView]
    total: int
    """How many there are, also those who are not shown any more."""


class MissedBook(Protocol):
    """The ledger as it is asked for calls in vain."""

    async def in_vain(self, since: datetime) -> Sequence[CallEntry]:
        """Calls since then of people who reached nobody after them, the newest first."""
        ...

    async def last_heard(self, numbers: Collection[str], since: datetime) -> Mapping[str, datetime]:
        """When, since then, the last call came from each number that reached somebody or goes on."""
        ...

    async def see_to(self, numbers: Collection[str], until: datetime, staff: StaffId) -> None:
        """Somebody has seen to whoever called from these numbers in vain until then."""
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

    async def numbers_of_customers(self, numbers: Collection[str]) -> Mapping[str, tuple[str, ...]]:
        """By each of these numbers all of the customer whose it is; strangers' are left out."""
        ...

    async def customers_of(self, numbers: Collection[str]) -> Mapping[str, CustomerBrief]:
        """The customers with these numbers; strangers' numbers are left out."""
        ...


@dataclass(slots=True, kw_only=True)
class Missed:
    """Lists who reached nobody, until they do or somebody has seen to them.

    The desks of all agents ask again and again: the ledger is read for all of them at once.
    """

    book: MissedBook
    routing: Memberships
    names: Names
    trail: Trail
    clock: Clock
    days: int
    """How long people stay in the list."""
    kept_s: float
    """How old the list may be."""
    shown: int
    """How many people a page is shown at most."""
    _calls: Sequence[CallEntry] = ()
    _people: People = field(default_factory=People)
    _read_at: float = -math.inf
    _one_at_a_time: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def listed(self, user: Principal) -> MissedList:
        """Those whom this person may call back."""
        found = await self._found(user)
        shown = found[: self.shown]
        customers = await self.names.customers_of({one.last.arrival.caller_number for one in shown})
        return MissedList(items=[self._view(one, customers) for one in shown], total=len(found))

    async def one(self, user: Principal, call: CallId) -> MissedCaller:
        """Who reached nobody by this call, if they still wait to be called, and by this person."""
        found = next((one for one in await self._found(user) if one.last.arrival.call == call), None)
        if found is None:
            raise NotFound("nobody waits to be called back for this call, or they are not yours to call")
        return found

    async def see_to(self, user: Principal, call: CallId) -> None:
        """Takes the caller of a call out of the list; who did it is noted."""
        found = await self.one(user, call)
        arrival = found.last.arrival
        async with noted(self.trail, user.staff_id, "missed_caller_seen_to", call):
            await self.book.see_to(found.numbers, arrival.at, user.staff_id)
            self._read_at = -math.inf

    async def _found(self, user: Principal) -> list[MissedCaller]:
        async with self._one_at_a_time:
            if self.clock.monotonic() >= self._read_at + self.kept_s:
                await self._read()
        if user.has(Role.SUPERVISOR):
            return missed_callers(self._calls, self._people)
        own = self.routing.queues_of(AgentId(user.staff_id))
        wanted = (call for call in self._calls if call.wanted and call.wanted.queue in own)
        return missed_callers(wanted, self._people)

    async def _read(self) -> None:
        since = self.clock.now() - timedelta(days=self.days)
        calls = await self.book.in_vain(since)
        numbers = await self.names.numbers_of_customers({call.arrival.caller_number for call in calls})
        # What was heard from a number itself is left out of the calls in vain already.
        others = {number for own in numbers.values() if len(own) > 1 for number in own}
        heard = await self.book.last_heard(others, since) if others else {}
        self._calls, self._people = calls, People(numbers=numbers, heard=heard)
        self._read_at = self.clock.monotonic()

    def _view(self, missed: MissedCaller, customers: Mapping[str, CustomerBrief]) -> MissedView:
        arrival = missed.last.arrival
        return MissedView(
            call_id=arrival.call,
            number_shown=arrival.caller_number,
            customer=customers.get(arrival.caller_number),
            queue=missed.wanted.queue,
            queue_name=self.names.queue_name(missed.wanted.queue),
            reason=cast("Reason", missed.wanted.turned_away or "gave_up"),
            waited_s=round(missed.waited.total_seconds(), 1),
            times=missed.times,
            first_at=missed.first_at,
            last_at=arrival.at,
        )


def missed_routes(missed: Missed) -> list[Route]:
    """Who is to be called back, and taking them out of the list."""

    async def listed(context: Context[None, None]) -> MissedList:
        return await missed.listed(context.user)

    async def see_to(context: Context[None, None]) -> None:
        await missed.see_to(context.user, CallId(context.path["call_id"]))

    return [
        Route(
            method="GET",
            path="/api/missed-callers",
            handler=listed,
            summary="Who called and reached nobody: of an agent's queues, or all for supervisors",
            response=MissedList,
        ),
        Route(
            method="POST",
            path="/api/missed-callers/{call_id}/seen-to",
            handler=see_to,
            summary="The caller of this last call has been seen to, and leaves the list",
        ),
    ]
