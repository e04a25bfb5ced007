"""What supervisors do in conversations of others."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from acd.engine.inputs import AnswerHelp, Input, MoveToQueue, StartWatch, StopWatch, TakeOver
from acd.engine.world import World
from acd.errors import AgentNotThere, NotSignedIn
from acd.model import AgentState
from kernel.ids import AgentId, CallId, QueueId
from telephony.model import WatchMode


@dataclass(frozen=True, slots=True)
class Supervision:
    """Each is decided at once, or refused."""

    _ask: Callable[[Input], Awaitable[None]]
    _set_state: Callable[[AgentId, AgentState, str], Awaitable[None]]
    """As agents themselves say it."""
    _world: World

    async def watch(self, call: CallId, by: AgentId, mode: WatchMode) -> None:
        """Has a supervisor hear a conversation, or be heard in it by others than before."""
        await self._ask(StartWatch(call=call, agent=by, mode=mode))

    async def take_over(self, call: CallId, by: AgentId) -> None:
        """Gives a supervisor the caller with whom an agent talks."""
        await self._ask(TakeOver(call=call, agent=by))

    async def move(self, call: CallId, queue: QueueId) -> None:
        """Has a waiting caller wait in another queue."""
        await self._ask(MoveToQueue(call=call, queue=queue))

    async def set_state(self, agent: AgentId, state: AgentState, reason: str) -> None:
        """Says what an agent is to be; during a call it takes effect afterwards."""
        try:
            await self._set_state(agent, state, reason)
        except NotSignedIn as refused:
            raise AgentNotThere("This agent is not signed in.") from refused

    async def answer_help(self, queue: QueueId, by: AgentId, *, helps: bool) -> None:
        """Lets a queue's reserve help it, or sends it back."""
        await self._ask(AnswerHelp(queue=queue, helps=helps, supervisor=by))

    def listeners(self) -> list[AgentId]:
        """Who hears a conversation, or is about to."""
        return [agent.id for agent in self._world.agents.values() if agent.watch is not None]

    async def stop(self, by: AgentId) -> None:
        """The supervisor has heard enough."""
        await self._ask(StopWatch(agent=by))
