"""Routing's part of the HTTP API."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from acd.model import AgentState, QueueFigures
from acd.service import Routing
from infra.web import Body, Context, PlainText, Route
from kernel.access import Role
from kernel.ids import AgentId, CallId

AGENTS = frozenset({Role.AGENT})


class QueueName(BaseModel):
    """A queue's name in both languages."""

    zh: str
    en: str


class QueueView(BaseModel):
    """A queue at this moment and since midnight."""

    id: str
    name: QueueName
    waiting: int
    longest_since: datetime | None
    answered_today: int
    abandoned_today: int
    sent_away_today: int
    knew_agent_today: int
    """Answered callers who knew an agent."""
    met_agent_today: int
    """Those of them whom that agent answered."""
    service_level_today: float | None
    agents: dict[str, int]


class QueueList(BaseModel):
    """All queues of the site."""

    items: list[QueueView]


class BreakView(BaseModel):
    """A break that agents may take."""

    key: str
    name: QueueName
    limit_min: float | None
    """How long it may last; nothing: no limit."""
    left: int | None
    """How many of those who share a queue or the branch with who asks may take it too; nothing: no limit."""


class BreakList(BaseModel):
    """All breaks of the site."""

    items: list[BreakView]


class StateWish(Body):
    """What an agent wants to be."""

    state: Literal["ready", "on_break", "offline"]
    reason: Annotated[PlainText, Field(max_length=80)] = ""
    """Of a break: its key."""


class AcdApi:
    """Handlers: one call of the service each."""

    def __init__(self, routing: Routing) -> None:
        self._routing = routing

    def routes(self) -> list[Route]:
        """What this slice serves."""
        return [
            Route(
                method="GET",
                path="/api/queues",
                handler=self.list_queues,
                summary="Queues at this moment and since midnight",
                response=QueueList,
            ),
            Route(
                method="GET",
                path="/api/breaks",
                handler=self.list_breaks,
                summary="The breaks of the site, and the places that are left for who asks",
                response=BreakList,
            ),
            Route(
                method="PUT",
                path="/api/agent/state",
                handler=self.set_state,
                summary="Ready, on break or offline; during a call it takes effect afterwards",
                roles=AGENTS,
                body=StateWish,
            ),
            Route(
                method="POST",
                path="/api/agent/wrap-up/end",
                handler=self.end_wrap_up,
                summary="The time after the call is over",
                roles=AGENTS,
            ),
            Route(
                method="POST",
                path="/api/agent/wrap-up/extend",
                handler=self.extend_wrap_up,
                summary="More time after the call; once",
                roles=AGENTS,
            ),
            Route(
                method="POST",
                path="/api/calls/{call_id}/refuse",
                handler=self.refuse,
                summary="Do not take the call that rings",
                roles=AGENTS,
            ),
        ]

    async def list_queues(self, _: Context[None, None]) -> QueueList:
        """All queues."""
        return QueueList(items=[_view(queue) for queue in self._routing.overview().queues])

    async def list_breaks(self, request: Context[None, None]) -> BreakList:
        """All breaks."""
        found = self._routing.breaks_for(_agent(request))
        return BreakList(
            items=[
                BreakView(
                    key=rules.key,
                    name=QueueName(zh=rules.name_zh, en=rules.name_en),
                    limit_min=None if rules.limit_s is None else rules.limit_s / 60,
                    left=left,
                )
                for rules, left in found
            ]
        )

    async def set_state(self, request: Context[StateWish, None]) -> None:
        """The agent's own state."""
        wish = request.body
        await self._routing.set_state(_agent(request), AgentState(wish.state), wish.reason)

    async def end_wrap_up(self, request: Context[None, None]) -> None:
        """The agent's own wrap-up."""
        await self._routing.end_wrap_up(_agent(request))

    async def extend_wrap_up(self, request: Context[None, None]) -> None:
        """The agent's own wrap-up."""
        await self._routing.extend_wrap_up(_agent(request))

    async def refuse(self, request: Context[None, None]) -> None:
        """The call that rings at the agent's own phone."""
        await self._routing.refuse(CallId(request.path["call_id"]), _agent(request))


def _agent(request: Context[StateWish, None] | Context[None, None]) -> AgentId:
    return AgentId(request.user.staff_id)


def _view(queue: QueueFigures) -> QueueView:
    return QueueView(
        id=queue.queue,
        name=QueueName(zh=queue.name_zh, en=queue.name_en),
        waiting=queue.waiting,
        longest_since=queue.longest_since,
        answered_today=queue.answered_today,
        abandoned_today=queue.abandoned_today,
        sent_away_today=queue.sent_away_today,
        knew_agent_today=queue.knew_agent_today,
        met_agent_today=queue.met_agent_today,
        service_level_today=queue.service_level_today,
        agents={state.value: count for state, count in queue.agents.items()},
    )
