"""Callers who wait, as supervisors see and steer them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Protocol

from pydantic import AwareDatetime, BaseModel, Field

from acd.model import PassedOver
from acd.still_waiting import Waiting
from agent_ui.trail import Trail, noted
from agent_ui.views import CallbackView, callback_view
from agent_ui.wall import Colleague
from infra.web import Body, Context, Route
from kernel.access import Principal, Role
from kernel.briefs import Words
from kernel.errors import NotFound
from kernel.ids import AgentId, CallId, QueueId
from telephony.model import Boost, HomeBy

SUPERVISORS = frozenset({Role.SUPERVISOR})
LIST_MAX = 200


class BoostWish(Body):
    """Where a supervisor wants a waiting call."""

    seconds: Annotated[float, Field(ge=0, le=86_400)] = 0.0
    """Of waiting that it is credited with; 0: no longer."""
    strict: bool = False
    """Before all ordinary calls, however long those have waited."""


class WaitingQuery(BaseModel):
    """How many to list."""

    limit: Annotated[int, Field(ge=1, le=LIST_MAX)] = 50


class BoostView(BaseModel):
    """A part of what a call is credited with."""

    source: str
    seconds: float | None
    """Nothing: before all ordinary calls."""


class AgentView(BaseModel):
    """An agent by name."""

    id: int
    name: str


class PassedOverView(BaseModel):
    """An agent who does not have the call, and why."""

    agent: AgentView
    reason: str


class WaitingView(BaseModel):
    """Why a call still waits."""

    call_id: str
    queue: str
    queue_name: Words
    number_shown: str
    level: str
    matter: str
    position: int
    since: AwareDatetime
    waited_s: float
    expected_s: float | None
    """How much longer; nothing when that cannot be told."""
    why: str
    boost_s: float
    boosts: list[BoostView]
    asked: dict[str, int]
    needs: dict[str, int]
    asks_less_in_s: float | None
    reached: list[str]
    region: str
    region_by: HomeBy | None
    own_agent: AgentView | None
    held_for: AgentView | None
    held_in_all_s: float
    is_let_go_in_s: float | None
    offered_to: AgentView | None
    leaves_in_s: float | None
    agents: dict[str, int]
    passed_over: list[PassedOverView]
    callback: CallbackView | None = None
    """Of a customer who is not on the line, and is called back."""


class WaitingList(BaseModel):
    """The callers of a queue, who is to be served first at the top."""

    items: list[WaitingView]


class QueuedCalls(Protocol):
    """Routing as it is asked about those who wait."""

    def waiting(self, call: CallId) -> Waiting | None:
        """Why a call still waits; None when it does not."""
        ...

    def waiting_in(self, queue: QueueId, limit: int) -> list[Waiting]:
        """The calls that wait in a queue."""
        ...

    async def boost(self, call: CallId, seconds: float | None) -> None:
        """Pulls a waiting call forward; None: before all ordinary ones."""
        ...


class Names(Protocol):
    """What ids stand for."""

    async def colleagues(self) -> Mapping[AgentId, Colleague]:
        """Everybody by id."""
        ...

    def queue_name(self, queue: QueueId) -> Words:
        """A queue's name."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Queued:
    """Shows who waits and why, and pulls them forward."""

    routing: QueuedCalls
    names: Names
    trail: Trail

    async def one(self, call: CallId) -> WaitingView:
        """Why this call still waits."""
        found = self.routing.waiting(call)
        if found is None:
            raise NotFound("this call does not wait for an agent")
        return self._view(found, await self.names.colleagues())

    async def listed(self, queue: QueueId, limit: int) -> WaitingList:
        """All of a queue, up to a limit."""
        found, colleagues = self.routing.waiting_in(queue, limit), await self.names.colleagues()
        return WaitingList(items=[self._view(one, colleagues) for one in found])

    async def boost(self, user: Principal, call: CallId, wish: BoostWish) -> None:
        """Pulls a waiting call forward, or lets it fall back; who did it is noted."""
        what = "strict" if wish.strict else f"{wish.seconds:g} s"
        async with noted(self.trail, user.staff_id, "call_boosted", f"{call} {what}"):
            await self.routing.boost(call, None if wish.strict else wish.seconds)

    def _view(self, waiting: Waiting, colleagues: Mapping[AgentId, Colleague]) -> WaitingView:
        def agent(of: AgentId | None) -> AgentView | None:
            return None if of is None else agent_view(of, colleagues)

        return WaitingView(
            call_id=waiting.call,
            queue=waiting.queue,
            queue_name=self.names.queue_name(waiting.queue),
            number_shown=waiting.number,
            level=waiting.level,
            matter=waiting.matter,
            position=waiting.position,
            since=waiting.since,
            waited_s=round(waiting.waited_s, 1),
            expected_s=_seconds(waiting.expected_s),
            why=waiting.why.value,
            boost_s=waiting.boost_s,
            boosts=boost_views(waiting.boosts),
            asked=dict(waiting.asked),
            needs=dict(waiting.needs),
            asks_less_in_s=_seconds(waiting.asks_less_in_s),
            reached=list(waiting.reached),
            region=waiting.home.region,
            region_by=waiting.home.by,
            own_agent=agent(waiting.sticky_agent),
            held_for=agent(waiting.held_for),
            held_in_all_s=round(waiting.held_in_all_s, 1),
            is_let_go_in_s=_seconds(waiting.is_let_go_in_s),
            offered_to=agent(waiting.offered_to),
            leaves_in_s=_seconds(waiting.leaves_in_s),
            agents=dict(waiting.agents),
            passed_over=passed_over_views(waiting.passed_over, colleagues),
            callback=callback_view(waiting.callback),
        )


def agent_view(agent: AgentId, colleagues: Mapping[AgentId, Colleague]) -> AgentView:
    """A colleague, by name where there still is one."""
    known = colleagues.get(agent)
    return AgentView(id=agent, name=known.name if known else "")


def boost_views(boosts: Iterable[Boost]) -> list[BoostView]:
    """What a call is credited with, part by part."""
    return [BoostView(source=boost.source, seconds=boost.seconds) for boost in boosts]


def passed_over_views(
    passed_over: Iterable[PassedOver], colleagues: Mapping[AgentId, Colleague]
) -> list[PassedOverView]:
    """Who did not get a call, and why."""
    return [PassedOverView(agent=agent_view(one.agent, colleagues), reason=one.reason) for one in passed_over]


def _seconds(exact: float | None) -> float | None:
    return None if exact is None else round(exact, 1)


def queued_routes(queued: Queued) -> list[Route]:
    """Who waits in a queue, why one call still waits, and pulling it forward."""

    async def listed(context: Context[None, WaitingQuery]) -> WaitingList:
        return await queued.listed(QueueId(context.path["queue_id"]), context.query.limit)

    async def one(context: Context[None, None]) -> WaitingView:
        return await queued.one(CallId(context.path["call_id"]))

    async def boost(context: Context[BoostWish, None]) -> None:
        await queued.boost(context.user, CallId(context.path["call_id"]), context.body)

    return [
        Route(
            method="GET",
            path="/api/queues/{queue_id}/waiting",
            handler=listed,
            summary="Who waits in a queue and why, who is to be served first at the top",
            roles=SUPERVISORS,
            query=WaitingQuery,
            response=WaitingList,
        ),
        Route(
            method="GET",
            path="/api/calls/{call_id}/waiting",
            handler=one,
            summary="Why a call still waits: where it stands, what it is kept for, who cannot have it",
            roles=SUPERVISORS,
            response=WaitingView,
        ),
        Route(
            method="POST",
            path="/api/calls/{call_id}/boost",
            handler=boost,
            summary="Pull a waiting call forward, or let it fall back; other boosts stay",
            roles=SUPERVISORS,
            body=BoostWish,
        ),
    ]
