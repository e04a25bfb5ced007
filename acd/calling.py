"""Calls that agents make to customers."""

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass

from acd.engine.inputs import Input, PlaceCall
from acd.engine.promised import is_being_called
from acd.engine.world import World
from kernel.ids import AgentId
from telephony.model import Phase


@dataclass(frozen=True, slots=True)
class Calling:
    """Decided at once, or refused; what becomes of a call is told by events."""

    _ask: Callable[[Input], Awaitable[None]]
    _world: World

    async def place(self, order: PlaceCall) -> None:
        """Rings the agent, and then the customer; an order that was given before is the same call."""
        await self._ask(order)

    def shown_by_queues(self) -> Collection[str]:
        """The numbers that customers see who are called in the name of a queue, as the site wrote them."""
        return {rules.caller_id for rules in self._world.rules.values() if rules.caller_id}

    def is_another_with(self, numbers: Collection[str], agent: AgentId) -> bool:
        """Whether somebody with one of these numbers is on the line, or called, and not by this agent."""
        return any(
            call.number in numbers
            and call.phase is not Phase.SERVED
            and call.agent != agent
            and (not call.is_absent or is_being_called(self._world, call.id))
            for call in self._world.calls.values()
        )
