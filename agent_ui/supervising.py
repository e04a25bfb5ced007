"""Supervisors who hear conversations: what they ask for, and what their board shows of it."""

from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Annotated, Protocol

from pydantic import Field

from acd.events import WatchChanged
from acd.http import StateWish
from acd.model import AgentState
from agent_ui.board import Board, only
from agent_ui.trail import Trail, noted
from agent_ui.views import WatchView
from infra.web import Body, Context, PlainText, Reply, Route
from kernel.access import Principal, Role
from kernel.ids import AgentId, CallId, QueueId, StaffId
from telephony.model import WatchMode

SUPERVISORS = frozenset({Role.SUPERVISOR})


class WatchWish(Body):
    """How to take part: `listen` unheard, `whisper` to the agent alone, `barge` heard by both."""

    mode: WatchMode


class MoveWish(Body):
    """Where a waiting caller is to wait."""

    queue: Annotated[PlainText, Field(max_length=80)]


class Supervision(Protocol):
    """Routing as it is needed here."""

    async def watch(self, call: CallId, by: AgentId, mode: WatchMode) -> None:
        """Has a supervisor hear a conversation, or be heard in it by others than before."""
        ...

    async def take_over(self, call: CallId, by: AgentId) -> None:
        """Gives a supervisor the caller with whom an agent talks."""
        ...

    async def move(self, call: CallId, queue: QueueId) -> None:
        """Has a waiting caller wait in another queue."""
        ...

    async def set_state(self, agent: AgentId, state: AgentState, reason: str) -> None:
        """Says what an agent is to be; during a call it takes effect afterwards."""
        ...

    async def stop(self, by: AgentId) -> None:
        """The supervisor has heard enough."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Supervising:
    """Lets supervisors steer what others do, never without a trace of who did it, and how."""

    routing: Supervision
    board: Board
    trail: Trail

    async def watch(self, user: Principal, call: CallId, mode: WatchMode) -> None:
        """Begins to hear a conversation, or is heard by others than before."""
        async with self._noted(user, "call_watched", f"{call} {mode}"):
            await self.routing.watch(call, AgentId(user.staff_id), mode)

    async def take_over(self, user: Principal, call: CallId) -> None:
        """Has the caller ring at the supervisor's own phone."""
        async with self._noted(user, "call_taken_over", call):
            await self.routing.take_over(call, AgentId(user.staff_id))

    async def move(self, user: Principal, call: CallId, queue: QueueId) -> None:
        """Has a waiting caller wait in another queue."""
        async with self._noted(user, "call_moved", f"{call} {queue}"):
            await self.routing.move(call, queue)

    async def set_state(self, user: Principal, agent: AgentId, wish: StateWish) -> None:
        """Says what an agent is to be."""
        async with self._noted(user, "agent_state_set", f"{agent} {wish.state} {wish.reason}".strip()):
            await self.routing.set_state(agent, AgentState(wish.state), wish.reason)

    def _noted(self, user: Principal, action: str, subject: str) -> AbstractAsyncContextManager[None]:
        return noted(self.trail, user.staff_id, action, subject)

    async def note_end(self, event: WatchChanged) -> None:
        """Notes that a supervisor hears a conversation no longer, whatever ended it."""
        if event.mode is None:
            subject = event.call if event.is_on else f"{event.call} never heard"
            await self.trail.note(StaffId(event.supervisor), "call_watch_ended", subject)

    async def show(self, event: WatchChanged) -> None:
        """Puts on the supervisor's board what they hear."""
        shown = event.mode and WatchView(
            call_id=event.call,
            agent=event.agent,
            leg=event.leg,
            phase="talking" if event.is_on else "ringing",
            mode=event.mode,
        )
        value = shown.model_dump(mode="json") if shown else None
        self.board.put("watch", value, only(StaffId(event.supervisor)))


def supervising_routes(supervising: Supervising) -> list[Route]:
    """All that supervisors do in the work of others."""
    return _watch_routes(supervising) + _steering_routes(supervising)


def _watch_routes(supervising: Supervising) -> list[Route]:
    """Hearing a conversation, and no longer."""

    async def watch(context: Context[WatchWish, None]) -> Reply:
        await supervising.watch(context.user, CallId(context.path["call_id"]), context.body.mode)
        return None

    async def stop(context: Context[None, None]) -> Reply:
        await supervising.routing.stop(AgentId(context.user.staff_id))
        return None

    return [
        Route(
            method="PUT",
            path="/api/calls/{call_id}/watch",
            handler=watch,
            summary="Hear an agent's conversation by phone: unheard, heard by the agent, or by both",
            roles=SUPERVISORS,
            body=WatchWish,
        ),
        Route(
            method="DELETE",
            path="/api/watch",
            handler=stop,
            summary="Stop hearing a conversation; it goes on",
            roles=SUPERVISORS,
        ),
    ]


def _steering_routes(supervising: Supervising) -> list[Route]:
    """Taking a caller over, moving one who waits, and saying what an agent is to be."""

    async def take_over(context: Context[None, None]) -> Reply:
        await supervising.take_over(context.user, CallId(context.path["call_id"]))
        return None

    async def move(context: Context[MoveWish, None]) -> Reply:
        call, queue = CallId(context.path["call_id"]), QueueId(context.body.queue)
        await supervising.move(context.user, call, queue)
        return None

    async def set_state(context: Context[StateWish, None]) -> Reply:
        agent = AgentId(context.id("staff_id"))
        await supervising.set_state(context.user, agent, context.body)
        return None

    return [
        Route(
            method="POST",
            path="/api/calls/{call_id}/take-over",
            handler=take_over,
            summary="Have the caller with whom an agent talks; the agent gets them back if one is not there",
            roles=SUPERVISORS,
        ),
        Route(
            method="PUT",
            path="/api/calls/{call_id}/queue",
            handler=move,
            summary="Have a waiting caller wait in another queue, at the place of when they came",
            roles=SUPERVISORS,
            body=MoveWish,
        ),
        Route(
            method="PUT",
            path="/api/agents/{staff_id}/state",
            handler=set_state,
            summary="Have an agent be ready, on break or offline; during a call it takes effect afterwards",
            roles=SUPERVISORS,
            body=StateWish,
        ),
    ]
