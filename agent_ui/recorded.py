"""The recording of a call as pages play it, and its pauses, which agents make while secrets are said."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from pydantic import BaseModel, Field

from agent_ui.board import Board, only
from agent_ui.calls import Calls
from agent_ui.hearings import Hearings
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


class PeaksQuery(BaseModel):
    """Into how many equal parts."""

    parts: int = Field(default=800, ge=10, le=4000)


class PeaksView(BaseModel):
    """How loud each side is in each part, 0 to 100."""

    customer: list[int]
    agent: list[int]


class HeardPart(Body):
    """Which part was heard, in seconds of the recording."""

    start_s: float = Field(ge=0, le=1_000_000)
    end_s: float = Field(ge=0, le=1_000_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """What is played is noted: who, when, which call, which part."""

    calls: Calls
    hearings: Hearings
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
        """The recording of one side; who listens is noted, once for a playing."""
        entry = await self.calls.conversation(user, call)
        path = await self.calls.recordings.find(entry.arrival, side)
        if path is None:
            raise NotFound("there is no recording")
        await self.hearings.begin(user.staff_id, call)
        await self.calls.recordings.complete(path)
        return path

    async def peaks(self, user: Principal, call: CallId, parts: int) -> PeaksView:
        """A picture of the recording, which tells nothing of what was said."""
        entry = await self.calls.conversation(user, call)
        found = await self.calls.recordings.peaks(entry.arrival, parts)
        return PeaksView(customer=found[Side.CUSTOMER], agent=found[Side.AGENT])

    async def heard(self, user: Principal, call: CallId, part: HeardPart) -> None:
        """What somebody has heard whose playing is known."""
        await self.calls.conversation(user, call)
        if part.end_s > part.start_s:
            await self.hearings.heard(user.staff_id, call, part.start_s, part.end_s)

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


class RecordingHandlers:
    """Parses, calls, shows."""

    def __init__(self, recorded: Recorded) -> None:
        self._recorded = recorded

    async def about(self, context: Context[None, None]) -> Reply:
        """What there is."""
        return await self._recorded.about(context.user, CallId(context.path["call_id"]))

    async def change(self, context: Context[RecordingWish, None]) -> Reply:
        """Pausing, and going on."""
        call, wish = CallId(context.path["call_id"]), context.body
        await self._recorded.set_paused(context.user, call, is_paused=wish.is_paused)
        return None

    async def play(self, context: Context[None, None]) -> Reply:
        """One side's sound."""
        call, side = CallId(context.path["call_id"]), context.path["side"]
        if side not in set(Side):
            raise NotFound("a recording has the sides customer and agent")
        path = await self._recorded.play(context.user, call, Side(side))
        return FileReply(path=path, content_type="audio/wav", download_name=f"{call}-{side}.wav")

    async def peaks(self, context: Context[None, PeaksQuery]) -> Reply:
        """Its picture."""
        call = CallId(context.path["call_id"])
        return await self._recorded.peaks(context.user, call, context.query.parts)

    async def heard(self, context: Context[HeardPart, None]) -> Reply:
        """What was heard of it."""
        await self._recorded.heard(context.user, CallId(context.path["call_id"]), context.body)
        return None


def recording_routes(recorded: Recorded) -> list[Route]:
    """Pausing, what there is, playing."""
    serve = RecordingHandlers(recorded)
    path = "/api/calls/{call_id}/recording"
    return [
        Route(
            method="GET",
            path="/api/calls/{call_id}/peaks",
            handler=serve.peaks,
            summary="How loud both sides of a call are along its recording",
            query=PeaksQuery,
            response=PeaksView,
        ),
        Route(
            method="POST",
            path="/api/calls/{call_id}/heard",
            handler=serve.heard,
            summary="Which part of a recording one has just heard, for the trail",
            body=HeardPart,
        ),
        Route(
            method="GET",
            path=path,
            handler=serve.about,
            summary="What was recorded of a call, and where it was paused",
            response=RecordingView,
        ),
        Route(
            method="PUT",
            path=path,
            handler=serve.change,
            summary="Pause the recording of one's running call, or have it go on",
            roles=AGENTS,
            body=RecordingWish,
        ),
        Route(
            method="GET",
            path=f"{path}/{{side}}",
            handler=serve.play,
            summary="What one side of a call said",
        ),
    ]
