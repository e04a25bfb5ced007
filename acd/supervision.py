"""What supervisors do in conversations of others."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from acd.engine.inputs import Input, StartWatch, StopWatch
from kernel.ids import AgentId, CallId
from telephony.model import WatchMode


@dataclass(frozen=True, slots=True)
class Supervision:
    """Each is decided at once, or refused."""

    _ask: Callable[[Input], Awaitable[None]]

    async def watch(self, call: CallId, by: AgentId, mode: WatchMode) -> None:
        """Has a supervisor hear a conversation, or be heard in it by others than before."""
        await self._ask(StartWatch(call=call, agent=by, mode=mode))

    async def stop(self, by: AgentId) -> None:
        """The supervisor has heard enough."""
        await self._ask(StopWatch(agent=by))
