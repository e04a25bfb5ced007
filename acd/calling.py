"""Calls that agents make to customers."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from acd.engine.inputs import Input, PlaceCall


@dataclass(frozen=True, slots=True)
class Calling:
    """Decided at once, or refused; what becomes of a call is told by events."""

    _ask: Callable[[Input], Awaitable[None]]

    async def place(self, order: PlaceCall) -> None:
        """Rings the agent, and then the customer; an order that was given before is the same call."""
        await self._ask(order)
