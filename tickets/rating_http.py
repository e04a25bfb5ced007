"""The HTTP routes of ratings."""

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from infra.web import Context, FileReply, Reply, Route
from kernel.access import Principal, Role
from kernel.errors import NotFound
from kernel.ids import AgentId, CallId, StaffId
from tickets.ports import CallLookup, StaffNames
from tickets.rating_model import SCORES, RatingFigures
from tickets.ratings import Ratings

DAYS_MAX = 92


class RatingQuery(BaseModel):
    """Which ratings: of callers who were asked on these days, in the site's time."""

    since: Annotated[date, Field(ge=date(1970, 1, 2), le=date(9999, 1, 1))]
    days: Annotated[int, Field(ge=1, le=DAYS_MAX)] = 1
    by: Literal["agent", "queue", "day"] = "agent"


class RatingLine(BaseModel):
    """The ratings of one agent, queue or day."""

    key: str
    """The agent's id, the queue's key, or the day."""
    name: str
    """Of an agent; else as the key."""
    asked: int
    rated: int
    mean: float | None
    """1 to 5, 5 being the best."""
    scores: list[int]
    """How many gave 1, 2, 3, 4 and 5."""


class RatingList(BaseModel):
    """Ratings in figures."""

    items: list[RatingLine]


class RatingHandlers:
    """Agents see their own figures, supervisors everybody's."""

    def __init__(self, ratings: Ratings, staff: StaffNames, calls: CallLookup) -> None:
        self._ratings = ratings
        self._staff = staff
        self._calls = calls

    async def figures(self, context: Context[None, RatingQuery]) -> Reply:
        """Ratings by agent, queue or day."""
        query, ratings, agent = context.query, self._ratings, _only(context.user)
        if query.by == "day":
            found = await ratings.by_day(query.since, query.days, agent=agent)
        else:
            since = ratings.settings.midnight(query.since)
            until = ratings.settings.midnight(query.since, later=query.days)
            found = await ratings.figures(since, until, query.by, agent=agent)
        names = await self._staff.names(StaffId(int(one.key)) for one in found if query.by == "agent")
        return RatingList(items=[_line(one, names) for one in found])

    async def comment(self, context: Context[None, None]) -> Reply:
        """What the caller said on their rating; who listens is noted."""
        call = CallId(context.path["call_id"])
        kept = (await self._ratings.of_calls([call])).get(call)
        is_there = kept is not None and kept.comment is not None and kept.comment.seconds
        if kept is None or kept.comment is None or not is_there:
            raise NotFound("there is no comment")
        if not await self._calls.may_see(context.user, call):
            raise NotFound("there is no comment, or it is not yours to hear")
        await self._staff.note(context.user.staff_id, "recording_played", f"{call} comment")
        path = self._ratings.recordings / kept.comment.path
        return FileReply(path=path, content_type="audio/wav", download_name=f"{call}-comment.wav")


def _only(user: Principal) -> AgentId | None:
    return None if user.has(Role.SUPERVISOR) else AgentId(user.staff_id)


def _line(one: RatingFigures, names: Any) -> RatingLine:
    return RatingLine(
        key=one.key,
        name=names.get(StaffId(int(one.key)), one.key) if one.key.isdecimal() else one.key,
        asked=one.asked,
        rated=one.rated,
        mean=round(one.mean, 2) if one.mean is not None else None,
        scores=[one.scores.get(score, 0) for score in SCORES],
    )


def rating_routes(ratings: Ratings, staff: StaffNames, calls: CallLookup) -> list[Route]:
    """The routes of ratings."""
    serve = RatingHandlers(ratings, staff, calls)
    return [
        Route(
            method="GET",
            path="/api/ratings",
            handler=serve.figures,
            summary="How callers rated: an agent's own ratings, or all for supervisors",
            query=RatingQuery,
            response=RatingList,
        ),
        Route(
            method="GET",
            path="/api/calls/{call_id}/comment",
            handler=serve.comment,
            summary="Play what a caller said on their rating",
        ),
    ]
