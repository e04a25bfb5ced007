"""The recording of a call as pages play it, and its pauses, which agents make while secrets are said."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from pydantic import BaseModel

from agent_ui.board import Board, only
from agent_ui.calls import Calls
from agent_ui.views import RecordingState
from agent_ui.wall import Colleague
from infra.web import Body, Context, FileReply, Reply, Route
from kernel.access import Principal, Role
from kernel.bus import Bus
from kernel.errors import NotFound
from kernel.ids import AgentId, CallId, StaffId
from telephony.events import RecordingChanged
from telephony.ledger_rules import CallEntry
from telephony.recordings import Pause, Side
from transcripts.assembling import Talked, place_of

AGENTS = frozenset({Role.AGENT})
NEVER = datetime.max.replace(tzinfo=UTC)


class Pauses(Protocol):
    """Pauses of recordings."""

    async def pause(self, call: CallId, agent: AgentId) -> Pause:
        """Has nothing recorded from now on."""
        ...

    async def resume(self, call: CallId, agent: AgentId) -> None:
        """Goes on recording."""
        ...

    async def of_call(self, call: CallId) -> Sequence[Pause]:
        """All pauses of a call, in their order."""
        ...


class RecordingWish(Body):
    """What is to become of the recording of one's running call."""

    is_paused: bool


class PauseView(BaseModel):
    """A stretch of the recording in which both sides are silent."""

    since: datetime
    until: datetime | None
    """Nothing while it goes on."""
    start_s: float
    """Where in the recording."""
    end_s: float
    agent_name: str | None
    """Who paused it."""
    why: str | None
    """Why it went on: `agent` (somebody wanted it), `limit`, `leg` (who paused it was gone), `failed`."""


class RecordingView(BaseModel):
    """The recording of a call: two sides, as long as each other."""

    call_id: str
    sides: list[Side]
    """Those that can be played."""
    seconds: float
    pauses: list[PauseView]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """What is played is noted: who, when, which side."""

    calls: Calls
    pauses: Pauses
    board: Board

    def start(self, bus: Bus) -> None:
        """Begins to follow: agents see whether they are being recorded."""
        bus.subscribe(RecordingChanged, self._show)

    async def set_paused(self, user: Principal, call: CallId, *, is_paused: bool) -> None:
        """Pauses the recording of one's call, or has it go on."""
        agent = AgentId(user.staff_id)
        if is_paused:
            await self.pauses.pause(call, agent)
        else:
            await self.pauses.resume(call, agent)

    async def about(self, user: Principal, call: CallId) -> RecordingView:
        """What there is of a call, for whoever may hear it."""
        entry = await self.calls.conversation(user, call)
        recordings, arrival = self.calls.recordings, entry.arrival
        sides = [side for side in Side if await recordings.find(arrival, side)]
        if not sides:
            raise NotFound("there is no recording")
        names, seconds = await self.calls.names.colleagues(), await recordings.seconds(arrival)
        pauses = [_view(pause, entry, names, seconds) for pause in await self.pauses.of_call(call)]
        return RecordingView(call_id=call, sides=sides, seconds=round(seconds, 2), pauses=pauses)

    async def play(self, user: Principal, call: CallId, side: Side) -> Path:
        """The recording of one side; who listens is noted."""
        entry = await self.calls.conversation(user, call)
        path = await self.calls.recordings.find(entry.arrival, side)
        if path is None:
            raise NotFound("there is no recording")
        await self.calls.trail.note(user.staff_id, "recording_played", f"{call} {side}")
        await self.calls.recordings.complete(path)
        return path

    async def _show(self, event: RecordingChanged) -> None:
        state = RecordingState(
            call_id=event.call, paused_since=event.paused_since, paused_until=event.paused_until
        )
        for agent in event.agents:
            self.board.put("recording", state.model_dump(mode="json"), only(StaffId(agent)))


def _view(pause: Pause, entry: CallEntry, names: Mapping[AgentId, Colleague], seconds: float) -> PauseView:
    # One that a server did not live to see end may have a later end than its call.
    until = min(filter(None, (pause.until, entry.ended_at)), default=None)
    talks = [Talked(leg.joined_at, leg.ended_at or NEVER) for leg in entry.legs if leg.joined_at is not None]
    colleague, start_s = names.get(pause.agent), place_of(pause.since, talks)
    return PauseView(
        since=pause.since,
        until=until,
        start_s=round(start_s, 2),
        end_s=round(max(start_s, place_of(until, talks) if until else seconds), 2),
        agent_name=colleague.name if colleague else None,
        why=pause.why,
    )


def recording_routes(recorded: Recorded) -> list[Route]:
    """Pausing, what there is, playing."""

    async def about(context: Context[None, None]) -> Reply:
        return await recorded.about(context.user, CallId(context.path["call_id"]))

    async def change(context: Context[RecordingWish, None]) -> Reply:
        call, wish = CallId(context.path["call_id"]), context.body
        await recorded.set_paused(context.user, call, is_paused=wish.is_paused)
        return None

    async def play(context: Context[None, None]) -> Reply:
        call, side = CallId(context.path["call_id"]), context.path["side"]
        if side not in set(Side):
            raise NotFound("a recording has the sides customer and agent")
        path = await recorded.play(context.user, call, Side(side))
        return FileReply(path=path, content_type="audio/wav", download_name=f"{call}-{side}.wav")

    path = "/api/calls/{call_id}/recording"
    return [
        Route(
            method="GET",
            path=path,
            handler=about,
            summary="What was recorded of a call, and where it was paused",
            response=RecordingView,
        ),
        Route(
            method="PUT",
            path=path,
            handler=change,
            summary="Pause the recording of one's running call, or have it go on",
            roles=AGENTS,
            body=RecordingWish,
        ),
        Route(
            method="GET",
            path=f"{path}/{{side}}",
            handler=play,
            summary="What one side of a call said",
        ),
    ]
