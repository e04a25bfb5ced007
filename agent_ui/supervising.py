"""Supervisors who hear conversations: what they ask for, and what their board shows of it."""

from dataclasses import dataclass
from typing import Protocol

from acd.events import WatchChanged
from agent_ui.board import Board, only
from agent_ui.views import WatchView
from infra.web import Body, Context, Reply, Route
from kernel.access import Principal, Role
from kernel.ids import AgentId, CallId, StaffId
from telephony.model import WatchMode

SUPERVISORS = frozenset({Role.SUPERVISOR})


class WatchWish(Body):
    """How to take part: `listen` unheard, `whisper` to the agent alone, `barge` heard by both."""

    mode: WatchMode


class Watching(Protocol):
    """Routing as it is needed here."""

    async def watch(self, call: CallId, by: AgentId, mode: WatchMode) -> None:
        """Has a supervisor hear a conversation, or be heard in it by others than before."""
        ...

    async def stop(self, by: AgentId) -> None:
        """The supervisor has heard enough."""
        ...


class Trail(Protocol):
    """Who did what."""

    async def note(self, staff: StaffId, action: str, subject: str) -> None:
        """Adds to the trail."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Supervising:
    """Lets supervisors into conversations; who did it, and how, is noted."""

    routing: Watching
    board: Board
    trail: Trail

    async def watch(self, user: Principal, call: CallId, mode: WatchMode) -> None:
        """Begins to hear a conversation, or is heard by others than before."""
        await self.routing.watch(call, AgentId(user.staff_id), mode)
        await self.trail.note(user.staff_id, "call_watched", f"{call} {mode}")

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
