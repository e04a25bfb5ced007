"""An agent calls somebody: whom, whether that may be, and once for each press."""

import secrets
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from kernel.access import Principal
from kernel.clock import Clock
from kernel.errors import HotlineError, NotFound
from kernel.ids import AgentId, CallId, QueueId
from outbound.errors import NobodyToCall, NotOfQueue
from outbound.gate import CallingGate
from outbound.ports import People, Placing, Trail, Whom
from outbound.presses import Presses
from outbound.rules import CallingRules, Use, check_limits, is_emergency
from outbound.store import NotCalled, OutboundStore

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class CallingDesk:
    """Calls that agents make of their own accord."""

    people: People
    placing: Placing
    gate: CallingGate
    store: OutboundStore
    trail: Trail
    clock: Clock
    new_call: Callable[[datetime, int], CallId]
    presses: Presses = field(default_factory=Presses)

    async def call(self, user: Principal, whom: Whom, *, queue: QueueId | None, press: str) -> CallId:
        """Places a call for the person; a press that is told twice is one call, or one refusal."""
        agent = AgentId(user.staff_id)
        return await self.presses.once(agent, press, lambda: self._call(user, whom, queue, press))

    async def _call(self, user: Principal, whom: Whom, queue: QueueId | None, press: str) -> CallId:
        agent, now = AgentId(user.staff_id), self.clock.now()
        number = self.people.spelled(whom.number)
        if not number:
            raise NobodyToCall("There is no number to call.")
        rules = await self.gate.require(number, Use.CUSTOMER)
        own = self.placing.queues_of(agent)
        if queue is not None and queue not in own:
            raise NotOfQueue("You call in the name of your own queues only.")
        name = queue or whom.queue or next(iter(own), None)
        if name is None:
            raise NotFound("you serve no queue in whose name you could call")
        wanted = self.new_call(now, secrets.randbits(64))
        call = await self.store.begin(wanted, agent, press, now)
        if call != wanted:
            return call
        limits = None if is_emergency(number, rules) else rules
        async with self._within_limits(call, agent, now, limits), self._noted(user, call):
            await self.placing.place(call, agent, replace(whom, number=number), name, rules.ring_s)
        return call

    @asynccontextmanager
    async def _noted(self, user: Principal, call: CallId) -> AsyncIterator[None]:
        """Around a call: nobody is rung before it is written down who wanted it."""
        await self.trail.note(user.staff_id, "customer_called", call)
        try:
            yield
        except HotlineError as failure:
            with suppress(HotlineError):
                await self.trail.note(user.staff_id, "customer_called", f"{call} failed: {failure.code}")
            raise

    @asynccontextmanager
    async def counted(self, agent: AgentId, numbers: Collection[str]) -> AsyncIterator[None]:
        """Has somebody called whom the agent asks, or sends a caller to: it counts like a call of their own.

        Somebody with several numbers counts once.
        """
        now, press, rules = self.clock.now(), secrets.token_hex(8), await self.gate.book.read()
        call = await self.store.begin(self.new_call(now, secrets.randbits(64)), agent, press, now)
        limits = None if any(is_emergency(number, rules) for number in numbers) else rules
        async with self._within_limits(call, agent, now, limits):
            yield

    @asynccontextmanager
    async def _within_limits(
        self, call: CallId, agent: AgentId, now: datetime, limits: CallingRules | None
    ) -> AsyncIterator[None]:
        """Refuses a call too many, and forgets one that was refused. It is written down already."""
        try:
            if limits is not None:
                await self._require_room(agent, limits, now)
            yield
        except HotlineError:
            await self.store.take_back(call)
            raise

    async def _require_room(self, agent: AgentId, rules: CallingRules, now: datetime) -> None:
        in_hour, in_day = await self.store.count(agent, now - HOUR), await self.store.count(agent, now - DAY)
        check_limits(rules, in_hour=in_hour - 1, in_day=in_day - 1)

    async def block(self, user: Principal, number: str, reason: str) -> NotCalled:
        """Puts a person on the list of those who must not be called."""
        one = NotCalled(
            number=self.people.spelled(number),
            reason=reason,
            added_by=user.staff_id,
            added_at=self.clock.now(),
        )
        if not one.number:
            raise NobodyToCall("There is no number to put on the list.")
        await self.trail.note(user.staff_id, "do_not_call_added", one.number)
        await self.store.add(one)
        return one

    async def unblock(self, user: Principal, number: str) -> None:
        """Takes a person off that list."""
        spelled = self.people.spelled(number)
        await self.trail.note(user.staff_id, "do_not_call_removed", spelled)
        if not await self.store.remove(spelled):
            raise NotFound("this number is not on the list")
