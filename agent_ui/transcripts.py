"""What was said in calls, for those who may hear it: one call's, and searched for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from pydantic import BaseModel, Field

from agent_ui.calls import Calls
from agent_ui.trail import Trail
from infra.web import Context, Moment, Reply, Route
from kernel.access import Principal, Role
from kernel.briefs import CallBrief
from kernel.errors import Forbidden
from kernel.ids import AgentId, CallId
from telephony.recordings import Side
from transcripts.model import Found, Lack, Segment, Source, State, Transcript


class Spoken(Protocol):
    """The transcripts."""

    async def read(self, call: CallId) -> Transcript | None:
        """One call's."""
        ...

    async def search(
        self, text: str, since: datetime | None, until: datetime | None, *, agent: AgentId | None
    ) -> Sequence[Found]:
        """Calls in which it was said, the newest first; with `agent`, only those that they talked in."""
        ...


class WordView(BaseModel):
    """One word; times are seconds in the recording."""

    text: str
    start_s: float
    end_s: float
    confidence: float


class SegmentView(BaseModel):
    """What one side said without a long pause."""

    side: Side
    start_s: float
    """In the recording, as all times in seconds."""
    end_s: float
    said_at: datetime
    text: str
    confidence: float
    words: list[WordView]


class SideView(BaseModel):
    """How one side was heard."""

    side: Side
    language: str
    engine: str
    confidence: float


class GapView(BaseModel):
    """Where nothing was listened to."""

    start_s: float
    end_s: float
    reason: str


class TranscriptView(BaseModel):
    """What was said in a call, in the order in which it was said."""

    call_id: str
    state: State
    """`none` too where nobody talked, or transcripts are switched off."""
    lack: Lack | None
    """Why there is none."""
    source: Source | None
    seconds: float
    sides: list[SideView]
    gaps: list[GapView]
    segments: list[SegmentView]


class SearchQuery(BaseModel):
    """What was said, and when."""

    text: str = Field(min_length=1, max_length=100)
    since: Moment | None = None
    until: Moment | None = None


class FoundView(BaseModel):
    """A call, and where in it."""

    call: CallBrief
    segments: list[SegmentView]


class FoundList(BaseModel):
    """Calls in which it was said, the newest first."""

    items: list[FoundView]
    total: int
    """How many are in this list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TranscriptDesk:
    """Shows transcripts to those who may hear the recordings."""

    calls: Calls
    spoken: Spoken
    trail: Trail

    async def one(self, user: Principal, call: CallId) -> TranscriptView:
        """A call's transcript; who reads it is noted."""
        await self.calls.conversation(user, call)
        found = await self.spoken.read(call)
        if found is None:
            found = Transcript(call=call, state=State.NONE, language="")
        if found.segments:
            await self.trail.note(user.staff_id, "transcript_read", call)
        return transcript_view(found)

    async def search(self, user: Principal, query: SearchQuery) -> FoundList:
        """An agent finds what was said in their own calls, if they may hear them, a supervisor in all."""
        if not (self.calls.agents_hear_own or user.has(Role.SUPERVISOR)):
            raise Forbidden("agents hear and read no calls here")
        agent = None if user.has(Role.SUPERVISOR) else AgentId(user.staff_id)
        found = await self.spoken.search(query.text, query.since, query.until, agent=agent)
        briefs = {brief.call_id: brief for brief in await self.calls.calls([each.call for each in found])}
        if found:
            await self.trail.note(user.staff_id, "transcripts_searched", query.text)
        items = [
            FoundView(call=briefs[each.call], segments=[segment_view(said) for said in each.segments])
            for each in found
            if each.call in briefs
        ]
        return FoundList(items=items, total=len(items))


def transcript_view(found: Transcript) -> TranscriptView:
    """As pages are shown it."""
    return TranscriptView(
        call_id=found.call,
        state=found.state,
        lack=found.lack,
        source=found.source,
        seconds=round(found.seconds, 2),
        sides=[
            SideView(side=each.side, language=each.language, engine=each.engine, confidence=each.confidence)
            for each in found.sides
        ],
        gaps=[GapView(start_s=gap.start_s, end_s=gap.end_s, reason=gap.reason) for gap in found.gaps],
        segments=[segment_view(said) for said in found.segments],
    )


def segment_view(said: Segment) -> SegmentView:
    """As pages are shown it."""
    return SegmentView(
        side=said.side,
        start_s=round(said.start_s, 2),
        end_s=round(said.end_s, 2),
        said_at=said.said_at,
        text=said.text,
        confidence=round(said.confidence, 3),
        words=[
            WordView(text=word.text, start_s=word.start_s, end_s=word.end_s, confidence=word.confidence)
            for word in said.words
        ],
    )


def transcript_routes(desk: TranscriptDesk) -> list[Route]:
    """One call's, and the search."""

    async def one(context: Context[None, None]) -> Reply:
        return await desk.one(context.user, CallId(context.path["call_id"]))

    async def search(context: Context[None, SearchQuery]) -> Reply:
        return await desk.search(context.user, context.query)

    return [
        Route(
            method="GET",
            path="/api/calls/{call_id}/transcript",
            handler=one,
            summary="What was said in a call",
            response=TranscriptView,
        ),
        Route(
            method="GET",
            path="/api/transcripts",
            handler=search,
            summary="Calls in which something was said, the newest first",
            query=SearchQuery,
            response=FoundList,
        ),
    ]
