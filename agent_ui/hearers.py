"""Who has heard, or read, what was said in a call: for supervisors, from the trail."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from pydantic import BaseModel

from agent_ui.calls import Calls
from infra.web import Context, Reply, Route
from kernel.access import Principal, Role
from kernel.ids import AgentId, CallId, StaffId

SUPERVISORS = frozenset({Role.SUPERVISOR})
HEARERS_MAX = 200
"""Of a call, the newest."""
COMMENT = "comment"
"""Stands behind the call where the spoken comment on a rating was played."""
_PART = re.compile(r"(\d+\.\d)-(\d+\.\d) s")


class Line(Protocol):
    """A line of the trail."""

    @property
    def at(self) -> datetime:
        """When."""
        ...

    @property
    def staff_id(self) -> StaffId | None:
        """Who; nobody where a rule did it."""
        ...

    @property
    def action(self) -> str:
        """What was done."""
        ...

    @property
    def subject(self) -> str:
        """With what."""
        ...


class Trails(Protocol):
    """The trail as it is read."""

    async def trail_of(self, subject: str, *, since: datetime, limit: int) -> Sequence[Line]:
        """What was done with one thing, newest first."""
        ...


class HearingView(BaseModel):
    """Somebody heard a call, or read it."""

    at: datetime
    name: str | None
    """Nothing where nobody knows any more who that was."""
    did: Literal["played", "heard", "read", "comment"]
    """`played`: asked for the sound; `heard`: this part of it, as their page told; `read`: its words;
    `comment`: played the spoken comment on the rating."""
    start_s: float | None = None
    end_s: float | None = None


class HearingList(BaseModel):
    """Who heard a call, newest first."""

    items: list[HearingView]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hearers:
    """Reads in the trail who heard a call."""

    calls: Calls
    trails: Trails

    async def of_call(self, user: Principal, call: CallId) -> HearingList:
        """Raises `NotFound` where there is no such call."""
        entry = await self.calls.conversation(user, call)
        lines = await self.trails.trail_of(call, since=entry.arrival.at, limit=HEARERS_MAX)
        names = await self.calls.names.colleagues()
        items = []
        for line in lines:
            colleague = names.get(AgentId(line.staff_id)) if line.staff_id is not None else None
            if view := hearing(line, call, colleague.name if colleague else None):
                items.append(view)
        return HearingList(items=items)


def hearing(line: Line, call: CallId, name: str | None) -> HearingView | None:
    """What a line of the trail says of hearing; None of whatever else was done with the call."""
    more = line.subject.removeprefix(call).strip()
    if line.action == "transcript_read":
        return HearingView(at=line.at, name=name, did="read")
    if line.action == "recording_played":
        return HearingView(at=line.at, name=name, did="comment" if more == COMMENT else "played")
    if line.action == "recording_heard" and (part := _PART.fullmatch(more)):
        start_s, end_s = map(float, part.groups())
        return HearingView(at=line.at, name=name, did="heard", start_s=start_s, end_s=end_s)
    return None


def hearer_routes(hearers: Hearers) -> list[Route]:
    """One route."""

    async def of_call(context: Context[None, None]) -> Reply:
        return await hearers.of_call(context.user, CallId(context.path["call_id"]))

    return [
        Route(
            method="GET",
            path="/api/calls/{call_id}/hearings",
            handler=of_call,
            summary="Who heard a call, or read what was said in it",
            roles=SUPERVISORS,
            response=HearingList,
        )
    ]
