"""Callers who are sent on, as people see it: to whom they can be, and who said what about them."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Protocol

from pydantic import BaseModel, Field

from acd.model import ConsultStep, Overview
from agent_ui.errors import UnknownFlow
from agent_ui.views import SentOn
from agent_ui.wall import Colleague
from infra.web import Body, Context, PlainText, Reply, Route
from kernel.access import Role
from kernel.briefs import Words
from kernel.errors import InvalidInput
from kernel.ids import AgentId, CallId, QueueId
from telephony.destinations import FlowPlace, Outside
from telephony.ledger_rules import CallEntry, Sending

AGENTS = frozenset({Role.AGENT})
NOTE_MAX = 500


Expert = Annotated[PlainText, Field(max_length=80)]
"""The key of one in the site's list."""
Number = Annotated[PlainText, Field(max_length=40)]
"""As an agent types it."""


class FlowWish(Body):
    """A flow, and where in it callers are to begin; "": at its start."""

    flow: Annotated[PlainText, Field(max_length=40)]
    node: Annotated[PlainText, Field(max_length=40)] = ""


class TransferWish(Body):
    """Where a caller is to go, to one of these; without any back into their own queue."""

    to_agent: int | None = None
    to_expert: Expert | None = None
    to_number: Number | None = None
    to_queue: Annotated[PlainText, Field(max_length=80)] | None = None
    to_flow: FlowWish | None = None
    note: Annotated[PlainText, Field(max_length=NOTE_MAX)] = ""
    """For whoever answers."""


class ConsultWish(Body):
    """Whom to ask while the caller hears music: one of these."""

    to_agent: int | None = None
    to_expert: Expert | None = None
    to_number: Number | None = None
    note: Annotated[PlainText, Field(max_length=NOTE_MAX)] = ""
    """For the colleague."""


class StepWish(Body):
    """How it goes on: `take_back` the caller, `hand_over` to the colleague, `join_all` three, or `leave`."""

    step: ConsultStep


class ColleagueView(BaseModel):
    """A colleague, and whether they can be rung."""

    id: int
    name: str
    number: str
    state: str


class ColleagueList(BaseModel):
    """The other agents of the site."""

    items: list[ColleagueView]


class SendingView(BaseModel):
    """One way of a call from an agent to the next."""

    at: datetime
    by: str
    to_agent: str | None
    to_queue: Words | None
    to_flow: str
    """"": elsewhere."""
    note: str


class FlowView(BaseModel):
    """A flow to which callers can be sent."""

    name: str
    nodes: list[str]
    """Where in it they may begin."""


class FlowList(BaseModel):
    """The site's flows."""

    items: list[FlowView]


class FlowBook(Protocol):
    """The flows that callers go through now."""

    async def flows(self) -> Mapping[str, Sequence[str]]:
        """Their nodes by their names."""
        ...


class OutsideBook(Protocol):
    """Who outside may be rung. Whom the site lets nobody call is refused, with a sentence for the agent."""

    async def expert(self, key: str) -> Outside:
        """An expert."""
        ...

    async def number(self, typed: str) -> Outside:
        """Whoever answers this number."""
        ...

    def counted(self, agent: AgentId, outside: Outside) -> AbstractAsyncContextManager[None]:
        """Has them called for this agent, which counts among the agent's calls, or is refused."""
        ...


class SendingRouting(Protocol):
    """Routing as it is needed here."""

    async def transfer(
        self, call: CallId, by: AgentId, *, to: AgentId | QueueId | FlowPlace | Outside | None, note: str = ""
    ) -> None:
        """Sends a caller on."""
        ...

    async def consult(self, call: CallId, by: AgentId, *, to: AgentId | Outside, note: str = "") -> None:
        """Asks a colleague, or somebody outside, while the caller hears music."""
        ...

    async def go_on(self, call: CallId, by: AgentId, step: ConsultStep) -> None:
        """How it goes on once a colleague was asked."""
        ...

    def overview(self) -> Overview:
        """All queues and agents at this moment."""
        ...


class SendingNames(Protocol):
    """Who and what ids stand for."""

    async def colleagues(self) -> Mapping[AgentId, Colleague]:
        """Everybody by id."""
        ...

    def queue_name(self, queue: QueueId) -> Words:
        """A queue's name; its key when it is gone."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Sendings:
    """What agents do with callers that are not for them."""

    routing: SendingRouting
    names: SendingNames
    book: FlowBook
    outside: OutsideBook

    async def flows(self) -> FlowList:
        """Where in the voice menus a caller can be sent."""
        found = await self.book.flows()
        return FlowList(items=[FlowView(name=name, nodes=list(nodes)) for name, nodes in found.items()])

    async def colleagues(self, agent: AgentId) -> ColleagueList:
        """All other agents with their states; who can be rung comes first."""
        known = await self.names.colleagues()
        figures = (one for one in self.routing.overview().agents if one.agent != agent and one.agent in known)
        items = [
            ColleagueView(
                id=one.agent,
                name=known[one.agent].name,
                number=known[one.agent].number,
                state=one.state,
            )
            for one in figures
        ]
        return ColleagueList(items=sorted(items, key=lambda one: (one.state != "ready", one.name)))

    async def transfer(self, call: CallId, by: AgentId, wish: TransferWish) -> None:
        """Sends the agent's own caller on."""
        _require_one(wish.to_agent, wish.to_expert, wish.to_number, wish.to_queue, wish.to_flow)
        place = await self._place(wish)
        async with self._counted(by, place):
            await self.routing.transfer(call, by, to=place, note=wish.note)

    async def consult(self, call: CallId, by: AgentId, wish: ConsultWish) -> None:
        """Has somebody asked about the agent's own caller."""
        _require_one(wish.to_agent, wish.to_expert, wish.to_number)
        person = await self._person(wish)
        if person is None:
            raise InvalidInput("Somebody has to be named who is asked.")
        async with self._counted(by, person):
            await self.routing.consult(call, by, to=person, note=wish.note)

    def _counted(self, by: AgentId, place: object) -> AbstractAsyncContextManager[None]:
        return self.outside.counted(by, place) if isinstance(place, Outside) else nullcontext()

    async def _person(self, wish: TransferWish | ConsultWish) -> AgentId | Outside | None:
        if wish.to_expert is not None:
            return await self.outside.expert(wish.to_expert)
        if wish.to_number is not None:
            return await self.outside.number(wish.to_number)
        return AgentId(wish.to_agent) if wish.to_agent is not None else None

    async def _place(self, wish: TransferWish) -> AgentId | QueueId | FlowPlace | Outside | None:
        person = await self._person(wish)
        if person is not None:
            return person
        if wish.to_queue is not None:
            return QueueId(wish.to_queue)
        return await self._flow(wish.to_flow) if wish.to_flow is not None else None

    async def _flow(self, wish: FlowWish) -> FlowPlace:
        """Refuses what the menus do not have, for the caller would come out somewhere else."""
        nodes = (await self.book.flows()).get(wish.flow)
        if nodes is None or (wish.node and wish.node not in nodes):
            raise UnknownFlow("There is no such place in the menus.")
        return FlowPlace(wish.flow, wish.node)


def _require_one(*named: object) -> None:
    if sum(one is not None for one in named) > 1:
        raise InvalidInput("Name one place, or one person, only.")


def sending_views(
    entry: CallEntry, colleagues: Mapping[AgentId, Colleague], names: SendingNames
) -> list[SendingView]:
    """How a call went from one agent to the next, in order."""
    return [
        SendingView(
            at=sent.at,
            by=_name(colleagues, sent.agent),
            to_agent=sent.to_outside
            or (_name(colleagues, sent.to_agent) if sent.to_agent is not None else None),
            to_queue=names.queue_name(sent.to_queue) if sent.to_queue is not None else None,
            to_flow=sent.to_flow,
            note=sent.note,
        )
        for sent in entry.transfers
    ]


def last_sending(sent: tuple[Sending, ...], colleagues: Mapping[AgentId, Colleague]) -> SentOn | None:
    """Who sent the caller on last, and what they noted."""
    return SentOn(by=_name(colleagues, sent[-1].agent), note=sent[-1].note) if sent else None


def _name(colleagues: Mapping[AgentId, Colleague], agent: AgentId) -> str:
    known = colleagues.get(agent)
    return known.name if known else ""


def sending_routes(sendings: Sendings) -> list[Route]:
    """Sending a caller on, and to whom that is possible."""

    async def colleagues(context: Context[None, None]) -> Reply:
        return await sendings.colleagues(AgentId(context.user.staff_id))

    async def flows(_: Context[None, None]) -> Reply:
        return await sendings.flows()

    async def transfer(context: Context[TransferWish, None]) -> Reply:
        by = AgentId(context.user.staff_id)
        await sendings.transfer(CallId(context.path["call_id"]), by, context.body)
        return None

    return [
        Route(
            method="GET",
            path="/api/colleagues",
            handler=colleagues,
            summary="The other agents, those who can be rung first",
            roles=AGENTS,
            response=ColleagueList,
        ),
        Route(
            method="GET",
            path="/api/flows",
            handler=flows,
            summary="The flows to which callers can be sent",
            roles=AGENTS,
            response=FlowList,
        ),
        Route(
            method="POST",
            path="/api/calls/{call_id}/transfer",
            handler=transfer,
            summary="Send one's own caller on: to a colleague, an expert, a number, a queue or a flow",
            roles=AGENTS,
            body=TransferWish,
        ),
    ]


def consultation_routes(sendings: Sendings) -> list[Route]:
    """Asking a colleague, and going on."""

    async def consult(context: Context[ConsultWish, None]) -> Reply:
        call, by = CallId(context.path["call_id"]), AgentId(context.user.staff_id)
        await sendings.consult(call, by, context.body)
        return None

    async def go_on(context: Context[StepWish, None]) -> Reply:
        call, by = CallId(context.path["call_id"]), AgentId(context.user.staff_id)
        await sendings.routing.go_on(call, by, context.body.step)
        return None

    path = "/api/calls/{call_id}/consultation"
    return [
        Route(
            method="POST",
            path=path,
            handler=consult,
            summary="Ask a colleague, an expert or a number, while one's own caller hears music",
            roles=AGENTS,
            body=ConsultWish,
        ),
        Route(
            method="PUT",
            path=path,
            handler=go_on,
            summary="Go on once a colleague was asked",
            roles=AGENTS,
            body=StepWish,
        ),
    ]


def talk_routes(sendings: Sendings) -> list[Route]:
    """All that agents do with their callers beside talking."""
    return sending_routes(sendings) + consultation_routes(sendings)
