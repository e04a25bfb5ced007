"""The board follows routing: the agent's state and call, who calls, and the wallboard."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest

from acd.events import (
    AgentStateChanged,
    CallConnected,
    CallOffered,
    CallParked,
    CallsAdopted,
    CallServed,
    OfferAdopted,
    OfferEnded,
)
from acd.model import (
    AgentFigures,
    AgentState,
    Explanation,
    OfferResult,
    Overview,
    QueueFigures,
    Why,
)
from agent_ui.board import EVERY_AGENT, SUPERVISORS, Board, Value, only
from agent_ui.projections import CallerCard, Colleague, Projections
from agent_ui.settings import WebSettings
from customers.events import CustomerChanged
from infra.bus import LocalBus
from infra.database import DatabaseUnavailable
from infra.tasks import Tasks
from ivr.events import MenuAnswered
from kernel.briefs import CallBrief, CustomerBrief, TicketBrief
from kernel.ids import AgentId, CallId, CustomerId, LegId, QueueId, StaffId, TicketId
from telephony.events import CallArrived, CallEnded, SwitchConnected
from telephony.model import Arrival, EndReason, LiveCall, Snapshot
from tests.unit.agent_ui.desk import CHEN, LI_JING
from tickets.events import TicketChanged

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
LI = AgentId(1)
CALL = CallId("hotline-1")
LEG = LegId("leg-hotline-1-1")
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
    asked: int = 0
    database_failures: int = 0
    """How many reads of names fail from now on."""
    queues: tuple[QueueId, ...] = (SALES,)
    agents: tuple[AgentId, ...] = (LI,)

    def overview(self) -> Overview:
        queue = QueueFigures(
            queue=SALES,
            name_zh="销售",
            name_en="Sales",
            waiting=self.waiting,
            longest_since=NOW,
            answered_today=3,
            abandoned_today=1,
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
        return Overview(
            queues=tuple(replace(queue, queue=name) for name in self.queues),
            agents=tuple(replace(agent, agent=one) for one in self.agents),
        )

    async def colleagues(self) -> Mapping[AgentId, Colleague]:
        if self.database_failures:
            self.database_failures -= 1
            raise DatabaseUnavailable("away")
        return dict.fromkeys(self.agents, Colleague(name="李静", number="1001"))

    async def look_up(self, number: str) -> CallerCard:
        self.asked += 1
        await self.answers.wait()
        return self.known if number else CallerCard()


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


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    tasks = Tasks()
    board, bus, floor = Board(backlog_keys_max=10), LocalBus(tasks), Floor()
    projections = Projections(
        board=board,
        routing=floor,
        callers=floor,
        staff=floor,
        tasks=tasks,
        settings=WebSettings(wall_interval_s=0, pop_lookup_s=60, pop_lookups_at_once=LOOK_UPS_AT_ONCE),
    )
    projections.start(bus)
    yield Scene(board, bus, floor, tasks, projections)
    await tasks.close()


def offered(*, is_return: bool = False) -> CallOffered:
    return CallOffered(
        at=NOW,
        call=CALL,
        queue=SALES,
        agent=LI,
        leg=LEG,
        waited_s=23.04,
        explanation=EXPLANATION,
        is_return=is_return,
    )


def state(state: AgentState, *, until: datetime | None = None) -> AgentStateChanged:
    return AgentStateChanged(at=NOW, agent=LI, state=state, since=NOW, reason="", call=CALL, until=until)


CONNECTED = CallConnected(at=NOW, call=CALL, queue=SALES, agent=LI, leg=LEG, waited_s=23)
LOOK_UPS_AT_ONCE = 3
PARKED = CallParked(at=NOW, call=CALL, agent=LI, until=NOW + timedelta(seconds=15))
SERVED = CallServed(at=NOW, call=CALL, queue=SALES, agent=LI, talked_s=60)


async def look_up_done() -> None:
    await asyncio.gather(*(task for task in asyncio.all_tasks() if task.get_name().startswith("look up")))


async def test_the_pop_shows_who_calls_and_why_while_the_phone_rings(scene: Scene) -> None:
    scene.floor.answers.set()
    await scene.happen(CallArrived(at=NOW, arrival=ARRIVAL))
    await look_up_done()
    call = await scene.happen(offered())
    assert call is not None
    assert (call["phase"], call["customer"]["name"], call["customer"]["level"]) == ("ringing", "张伟", "vip")
    assert call["queue_name"] == {"zh": "销售", "en": "Sales"}
    assert (call["why"]["code"], call["why"]["boost_s"], call["waited_s"]) == ("sticky", 60, 23.0)
    assert [last["call_id"] for last in call["last_calls"]] == ["hotline-0"]


async def test_what_was_chosen_in_the_menu_is_shown(scene: Scene) -> None:
    chosen = MenuAnswered(
        at=NOW, call=CALL, flow="main", node="menu", key="2", label_zh="投诉", label_en="Complaints"
    )
    call = await scene.happen(CallArrived(at=NOW, arrival=ARRIVAL), chosen, offered())
    assert call is not None
    assert call["said_in_menu"] == [{"zh": "投诉", "en": "Complaints"}]


async def test_a_slow_look_up_delays_no_pop_and_joins_it_later(scene: Scene) -> None:
    call = await scene.happen(CallArrived(at=NOW, arrival=ARRIVAL), offered())
    assert call is not None
    assert (call["number_shown"], call["customer"]) == ("+8613812345678", None)
    scene.floor.answers.set()
    await look_up_done()
    assert scene.call is not None
    assert scene.call["customer"]["name"] == "张伟"


async def test_of_many_callers_found_at_once_a_few_are_looked_up_at_a_time_and_in_the_end_all(
    scene: Scene,
) -> None:
    calls = [CallId(f"hotline-1700000000.{number}") for number in range(80)]
    for call in calls:
        await scene.happen(CallArrived(at=NOW, arrival=replace(ARRIVAL, call=call)))
    assert scene.floor.asked == LOOK_UPS_AT_ONCE
    scene.floor.answers.set()
    await look_up_done()
    assert scene.floor.asked == len(calls)


async def test_a_call_is_shown_through_all_its_phases_until_the_agent_is_free(scene: Scene) -> None:
    phases = []
    for event in (offered(), CONNECTED, PARKED, offered(is_return=True), CONNECTED, SERVED):
        call = await scene.happen(event)
        phases.append(call and (call["phase"], call["answers_itself"]))
    assert phases == [
        ("ringing", False),
        ("talking", False),
        ("parked", False),
        ("ringing", True),
        ("talking", True),
        ("wrap_up", True),
    ]
    until = NOW + timedelta(seconds=20)
    call = await scene.happen(state(AgentState.WRAP_UP, until=until))
    assert call is not None
    assert datetime.fromisoformat(call["until"]) == until
    assert await scene.happen(state(AgentState.READY)) is None


@pytest.mark.parametrize("result", [r for r in OfferResult if r is not OfferResult.ANSWERED])
async def test_an_offer_that_came_to_nothing_is_shown_no_more(scene: Scene, result: OfferResult) -> None:
    ended = OfferEnded(at=NOW, call=CALL, agent=LI, leg=LEG, result=result)
    assert await scene.happen(offered(), ended) is None


async def test_the_end_of_an_older_offer_does_not_hide_the_newer_call(scene: Scene) -> None:
    older = OfferEnded(
        at=NOW, call=CallId("other"), agent=LI, leg=LegId("leg-other-1"), result=OfferResult.WITHDRAWN
    )
    call = await scene.happen(offered(), older)
    assert call is not None


async def test_a_call_adopted_after_a_restart_is_shown_with_its_caller(scene: Scene) -> None:
    scene.floor.answers.set()
    live = LiveCall(arrival=ARRIVAL, mark=None, talks_with=LEG)
    snapshot = Snapshot(boot_id="b", calls=(live,), legs=(), registered=frozenset())
    await scene.happen(SwitchConnected(at=NOW, snapshot=snapshot), CONNECTED)
    await look_up_done()
    assert scene.call is not None
    assert (scene.call["why"]["code"], scene.call["customer"]["id"]) == ("adopted", 7)


async def test_the_agents_own_state_is_on_the_board_at_once(scene: Scene) -> None:
    await scene.happen(state(AgentState.TALKING))
    mine = scene.board.get("me", only(StaffId(LI)))
    assert mine is not None
    assert (mine["state"], mine["call_id"]) == ("talking", CALL)


async def test_the_wall_follows_routing(scene: Scene) -> None:
    scene.floor.waiting = 5
    view = scene.board.attach(CHEN.principal)
    await scene.happen(offered())
    while (row := scene.board.get("queue/sales", EVERY_AGENT)) is None or row["waiting"] != 5:
        await view.next()
    assert row["agents"] == {"ready": 1}
    card = scene.board.get("agent/1", SUPERVISORS)
    assert card is not None
    assert (card["name"], card["number"], card["state"]) == ("李静", "1001", "ready")


async def test_the_wall_outlives_a_database_that_is_away(scene: Scene) -> None:
    view = scene.board.attach(CHEN.principal)
    await view.next()
    scene.floor.database_failures = 2
    scene.floor.waiting = 5
    scene.floor.agents = (LI, AgentId(2))
    await scene.happen(offered())
    async with asyncio.timeout(5):
        while (row := scene.board.get("queue/sales", EVERY_AGENT)) is None or row["waiting"] != 5:
            await view.next()
        while (card := scene.board.get("agent/2", SUPERVISORS)) is None or card["name"] != "李静":
            await view.next()
    assert scene.floor.database_failures == 0


async def test_who_left_all_queues_and_queues_taken_away_leave_the_wall(scene: Scene) -> None:
    async with asyncio.timeout(5):
        view = scene.board.attach(CHEN.principal)
        while "agent/1" not in scene.board.visible_to(CHEN.principal):
            await view.next()
        scene.floor.queues = scene.floor.agents = ()
        await scene.happen(offered())
        while {"agent/1", "queue/sales"} & scene.board.visible_to(CHEN.principal).keys():
            await view.next()
    assert "queue/sales" not in scene.board.visible_to(LI_JING.principal)


async def test_a_stranger_who_becomes_a_customer_has_a_name_on_the_screen(scene: Scene) -> None:
    scene.floor.known = CallerCard()
    scene.floor.answers.set()
    await scene.happen(CallArrived(at=NOW, arrival=ARRIVAL), offered(), CONNECTED)
    await look_up_done()
    scene.floor.known = ZHANG
    await scene.projections.on_change(TicketChanged(at=NOW, ticket=TicketId(1), customer=None))
    assert scene.call is not None
    assert scene.call["customer"] is None
    await scene.projections.on_change(CustomerChanged(at=NOW, customer=CustomerId(7)))
    assert (scene.call["customer"]["name"], scene.call["phase"]) == ("张伟", "talking")


async def test_a_ticket_written_after_the_call_is_on_the_screen_and_others_are_not(scene: Scene) -> None:
    scene.floor.answers.set()
    await scene.happen(CallArrived(at=NOW, arrival=ARRIVAL), offered(), CONNECTED)
    await look_up_done()
    ended = CallEnded(at=NOW, call=CALL, reason=EndReason.CALLER_HUNG_UP)
    await scene.happen(SERVED, ended)
    scene.floor.known = replace(ZHANG, open_tickets=(TICKET,))
    await scene.projections.on_change(TicketChanged(at=NOW, ticket=TicketId(1), customer=CustomerId(8)))
    assert scene.call is not None
    assert scene.call["open_tickets"] == []
    await scene.projections.on_change(TicketChanged(at=NOW, ticket=TicketId(1), customer=CustomerId(7)))
    assert [ticket["number"] for ticket in scene.call["open_tickets"]] == [TICKET.number]
    assert scene.call["phase"] == "wrap_up"


async def test_a_call_that_ended_is_forgotten(scene: Scene) -> None:
    scene.floor.answers.set()
    ended = CallEnded(at=NOW, call=CALL, reason=EndReason.CALLER_HUNG_UP)
    await scene.happen(CallArrived(at=NOW, arrival=ARRIVAL), ended)
    await look_up_done()
    call = await scene.happen(offered())
    assert call is not None
    assert (call["number_shown"], call["customer"]) == ("", None)


async def test_a_page_learns_that_a_call_is_over_only_once_all_that_is_alive_is_known(scene: Scene) -> None:
    snapshot = Snapshot(boot_id="b", calls=(), legs=(), registered=frozenset())
    await scene.happen(SwitchConnected(at=NOW, snapshot=snapshot))
    assert scene.board.get("routing", EVERY_AGENT) is None
    await scene.happen(CallsAdopted(at=NOW))
    assert scene.board.get("routing", EVERY_AGENT) == {"knows_calls": True}


async def test_a_phone_found_ringing_after_a_restart_keeps_its_call_on_the_screen(scene: Scene) -> None:
    adopted = OfferAdopted(at=NOW, call=CALL, queue=SALES, agent=LI, leg=LEG, waited_s=12)
    call = await scene.happen(adopted, CallsAdopted(at=NOW))
    assert call is not None
    assert (call["phase"], call["leg"], call["why"]["code"]) == ("ringing", LEG, "adopted")
