"""Routing, staff and customers that a test can tell what to say, and the board that follows them."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from acd.events import (
    AgentStateChanged,
    CallConnected,
    CallOffered,
    CallParked,
    CallServed,
)
from acd.model import (
    AgentFigures,
    AgentState,
    Explanation,
    Overview,
    QueueFigures,
    Why,
)
from acd.ports import OfferRecord
from agent_ui.board import Board, Value, only
from agent_ui.callers import CallerCard, CallSoFar
from agent_ui.projections import Projections
from agent_ui.settings import WebSettings
from agent_ui.wall import Colleague, Wall
from infra.bus import LocalBus
from infra.tasks import Tasks
from kernel.briefs import CallBrief, CustomerBrief, TicketBrief, Words
from kernel.errors import DatabaseUnavailable
from kernel.ids import AgentId, CallId, LegId, QueueId, StaffId
from telephony.events import SwitchConnected
from telephony.model import Arrival, LiveCall, Snapshot

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
LI = AgentId(1)
CALL = CallId("hotline-1")
LEG = LegId("leg-hotline-1-1")
BACK_LEG = LegId("leg-hotline-1-2")
SALES = QueueId("sales")
ZHANG = CallerCard(
    customer=CustomerBrief(id=7, name="张伟", level="vip"),
    last_calls=(CallBrief(call_id="hotline-0", at=NOW - timedelta(days=1), number_shown="+8613812345678"),),
)
TICKET = TicketBrief(
    id=1,
    number="CS202611220001",
    type="inquiry",
    priority="medium",
    state="processing",
    title="安装",
    created_at=NOW,
    updated_at=NOW,
)
ARRIVAL = Arrival(
    call=CALL, at=NOW, caller_number="+8613812345678", caller_name="", dialled="4001", trunk="loop"
)
EXPLANATION = Explanation(
    why=Why.STICKY,
    boost_s=60,
    overtook=2,
    held_for_sticky_s=3,
    sticky_agent=LI,
    idle_s=12,
    candidates=2,
)


@dataclass
class Floor:
    """Routing, staff and customers, as they are right now."""

    waiting: int = 1
    answers: asyncio.Event = field(default_factory=asyncio.Event)
    known: CallerCard = ZHANG
    """Who calls from ARRIVAL's number."""
    named: asyncio.Event = field(default_factory=asyncio.Event)
    """Set once names were read."""
    asked: int = 0
    database_failures: int = 0
    """How many reads of names fail from now on."""
    name: str = "李静"
    """Of all agents."""
    queues: tuple[QueueId, ...] = (SALES,)
    agents: tuple[AgentId, ...] = (LI,)
    rests_until: datetime | None = None
    """Until when all agents' breaks may last; None: they are ready."""
    no_line_until: datetime | None = None
    broken_voices: dict[str, str] = field(default_factory=dict)

    def overview(self) -> Overview:
        queue = QueueFigures(
            queue=SALES,
            name_zh="销售",
            name_en="Sales",
            waiting=self.waiting,
            longest_since=NOW,
            answered_today=3,
            abandoned_today=1,
            sent_away_today=0,
            knew_agent_today=0,
            met_agent_today=0,
            service_level_today=0.75,
            service_level_s=20,
            agents={AgentState.READY: 1},
        )
        agent = AgentFigures(
            agent=LI,
            state=AgentState.READY,
            reason="",
            since=NOW,
            until=None,
            call=None,
            queues=(SALES,),
        )
        if self.rests_until is not None:
            rest = {"state": AgentState.ON_BREAK, "reason": "meal", "until": self.rests_until}
            agent = replace(agent, **rest)  # type: ignore[arg-type]
        return Overview(
            queues=tuple(replace(queue, queue=name) for name in self.queues),
            agents=tuple(replace(agent, agent=one) for one in self.agents),
            no_line_until=self.no_line_until,
        )

    def faults(self) -> Mapping[str, str]:
        return self.broken_voices

    async def colleagues(self) -> Mapping[AgentId, Colleague]:
        if self.database_failures:
            self.database_failures -= 1
            raise DatabaseUnavailable("away")
        asyncio.get_running_loop().call_soon(self.named.set)
        return dict.fromkeys(self.agents, Colleague(name=self.name, number="1001"))

    async def look_up(self, call: CallId, number: str) -> CallerCard:  # noqa: ARG002 - the number says it
        self.asked += 1
        await self.answers.wait()
        return self.known if number else CallerCard()

    async def recall(self, call: CallId) -> CallSoFar:
        await self.answers.wait()
        said = (COMPLAINTS,) if call == CALL else ()
        offer = OfferRecord(
            leg=LEG,
            call=call,
            queue=SALES,
            agent=LI,
            offered_at=NOW,
            waited_s=23.04,
            is_return=False,
            explanation=EXPLANATION,
        )
        return CallSoFar(arrival=ARRIVAL, said_in_menu=said, offers={LI: offer})


@dataclass
class Scene:
    board: Board
    bus: LocalBus
    floor: Floor
    tasks: Tasks
    projections: Projections

    @property
    def call(self) -> Value:
        return self.board.get("call", only(StaffId(LI)))

    async def happen(self, *events: object) -> Value:
        for event in events:
            self.bus.publish(event)  # type: ignore[arg-type]
        await self.bus.settled()
        return self.call


@asynccontextmanager
async def playing() -> AsyncIterator[Scene]:
    tasks = Tasks()
    board, bus, floor = Board(backlog_keys_max=10), LocalBus(tasks), Floor()
    settings = WebSettings(
        wall_interval_s=0, wall_names_s=0.01, pop_lookup_s=60, pop_lookups_at_once=LOOK_UPS_AT_ONCE
    )
    wall = Wall(board=board, routing=floor, staff=floor, voices=floor, settings=settings)
    projections = Projections(board=board, wall=wall, callers=floor, tasks=tasks, settings=settings)
    projections.start(bus)
    try:
        yield Scene(board, bus, floor, tasks, projections)
    finally:
        await tasks.close()


def offered(*, is_return: bool = False) -> CallOffered:
    return CallOffered(
        at=NOW,
        call=CALL,
        queue=SALES,
        agent=LI,
        leg=BACK_LEG if is_return else LEG,
        waited_s=23.04,
        explanation=replace(EXPLANATION, why=Why.RETURN_TO_OWN_CALL) if is_return else EXPLANATION,
        is_return=is_return,
    )


def state(state: AgentState, *, until: datetime | None = None) -> AgentStateChanged:
    return AgentStateChanged(at=NOW, agent=LI, state=state, since=NOW, reason="", call=CALL, until=until)


CONNECTED = CallConnected(at=NOW, call=CALL, queue=SALES, agent=LI, leg=LEG, waited_s=23, talking_since=NOW)
BACK = replace(CONNECTED, at=NOW + timedelta(seconds=65), leg=BACK_LEG, is_first=False)
COMPLAINTS = Words(zh="投诉", en="Complaints")
LOOK_UPS_AT_ONCE = 3
FOUND = SwitchConnected(
    at=NOW,
    snapshot=Snapshot(
        boot_id="b",
        calls=(LiveCall(arrival=ARRIVAL, mark=None, talks_with=LEG),),
        legs=(),
        registered=frozenset(),
    ),
)
PARKED = CallParked(at=NOW, call=CALL, agent=LI, until=NOW + timedelta(seconds=15))
SERVED = CallServed(at=NOW, call=CALL, queue=SALES, agent=LI, talked_s=60)


async def look_up_done() -> None:
    await asyncio.gather(*(task for task in asyncio.all_tasks() if task.get_name().startswith("look up")))
