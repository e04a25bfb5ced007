"""Agents call people: whom, whether they may, and once for each press."""

import asyncio
from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest

from infra.database import Database
from kernel.access import Principal, Role
from kernel.errors import NotFound
from kernel.ids import AgentId, CallId, CustomerId, QueueId, StaffId, TicketId
from outbound.errors import DoNotCall, KindRefused, NobodyToCall, NotOfQueue, TooManyCalls
from outbound.gate import CallingGate
from outbound.ports import Whom
from outbound.rules import CallingRules, Use
from outbound.rules_file import CallingBook
from outbound.service import CallingDesk
from outbound.store import OutboundStore
from telephony.placed import new_call

AGENT = Principal(staff_id=StaffId(7), name="li", roles=frozenset({Role.AGENT}))
NUMBER = Whom(number="+8613800138000")


class DrivenClock:
    """A clock that the test moves."""

    def __init__(self) -> None:
        self._now = datetime(2026, 11, 22, 12, tzinfo=UTC)

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return self._now.timestamp()

    def advance(self, by: timedelta) -> None:
        self._now += by


@dataclass
class Around:
    """Routing, people and the trail, as the desk asks them."""

    placed: list[tuple[CallId, AgentId, str, QueueId]] = field(default_factory=list)
    noted: list[tuple[str, str]] = field(default_factory=list)
    queues: tuple[QueueId, ...] = (QueueId("sales"), QueueId("service"))
    refusal: Exception | None = None
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    answering: asyncio.Event | None = None
    """Where set, routing answers only after this."""

    def queues_of(self, agent: AgentId) -> tuple[QueueId, ...]:
        assert agent == 7
        return self.queues

    async def place(self, call: CallId, agent: AgentId, whom: Whom, queue: QueueId, ring_s: float) -> None:
        assert ring_s == 45
        self.asked.set()
        if self.answering is not None:
            await self.answering.wait()
        if self.refusal is not None:
            raise self.refusal
        self.placed.append((call, agent, whom.number, queue))

    async def note(self, staff: StaffId, action: str, subject: str) -> None:
        assert staff == 7
        self.noted.append((action, subject))

    def spelled(self, number: str) -> str:
        return number.replace(" ", "")

    async def all(self) -> Collection[str]:
        return {"+864008009000"}

    async def customer(self, customer: CustomerId) -> Whom:
        raise AssertionError(customer)

    async def of_ticket(self, ticket: TicketId) -> Whom:
        raise AssertionError(ticket)

    async def missed(self, user: Principal, call: CallId) -> Whom:
        raise AssertionError((user, call))


@dataclass
class Scene:
    around: Around
    desk: CallingDesk
    clock: DrivenClock
    edits: list[CallingRules]

    async def call(
        self, whom: Whom = NUMBER, *, press: str = "press-one", queue: str | None = None
    ) -> CallId:
        return await self.desk.call(AGENT, whom, queue=QueueId(queue) if queue else None, press=press)


@pytest.fixture
async def scene(url: str) -> AsyncIterator[Scene]:
    database = Database(url)
    around, clock, edits, store = Around(), DrivenClock(), [], OutboundStore(database)
    desk = CallingDesk(
        people=around,
        placing=around,
        gate=CallingGate(
            book=CallingBook(CallingRules(), lambda: edits.pop() if edits else None),
            own_numbers=around,
            store=store,
        ),
        store=store,
        trail=around,
        clock=clock,
        new_call=new_call,
    )
    yield Scene(around, desk, clock, edits)
    await database.close()


async def test_a_call_is_placed_in_the_name_of_the_first_of_ones_queues(scene: Scene) -> None:
    call = await scene.call(Whom(number="+86 138 0013 8000"))
    assert scene.around.placed == [(call, 7, "+8613800138000", "sales")]
    assert scene.around.noted == [("customer_called", call)]


async def test_the_queue_that_was_wanted_goes_before_ones_own_and_the_one_that_is_said_before_both(
    scene: Scene,
) -> None:
    wanted = replace(NUMBER, queue=QueueId("complaints"))
    await scene.call(wanted, press="press-one")
    await scene.call(wanted, press="press-two", queue="service")
    assert [queue for *_, queue in scene.around.placed] == ["complaints", "service"]


async def test_two_presses_at_the_same_moment_are_refused_alike(scene: Scene) -> None:
    scene.around.refusal, scene.around.answering = NotFound("no such queue"), asyncio.Event()
    first = asyncio.create_task(scene.call())
    await scene.around.asked.wait()
    second = asyncio.create_task(scene.call())
    await asyncio.wait([second], timeout=0.05)
    assert not second.done()
    scene.around.answering.set()
    answers = await asyncio.gather(first, second, return_exceptions=True)
    assert [type(answer) for answer in answers] == [NotFound, NotFound]
    assert [action for action, _ in scene.around.noted] == ["customer_called", "customer_called"]


async def test_two_presses_at_the_same_moment_are_one_call(scene: Scene) -> None:
    first, second = await asyncio.gather(scene.call(), scene.call())
    assert [first, second] == [scene.around.placed[0][0]] * 2
    assert len(scene.around.placed) == 1


async def test_a_press_whose_telling_was_broken_off_leaves_nobody_waiting(scene: Scene) -> None:
    scene.around.answering = asyncio.Event()
    first = asyncio.create_task(scene.call())
    await scene.around.asked.wait()
    second = asyncio.create_task(scene.call())
    await asyncio.wait([second], timeout=0.05)
    first.cancel()
    async with asyncio.timeout(5):
        assert await second
    assert first.cancelled()


async def test_nobody_calls_in_the_name_of_a_queue_that_is_not_theirs(scene: Scene) -> None:
    with pytest.raises(NotOfQueue):
        await scene.call(queue="vip")
    assert (scene.around.placed, scene.around.noted) == ([], [])


async def test_a_call_is_noted_before_anybody_is_rung_and_that_it_failed_after(scene: Scene) -> None:
    scene.around.refusal = NotFound("no such queue")
    with pytest.raises(NotFound):
        await scene.call()
    assert [action for action, _ in scene.around.noted] == ["customer_called", "customer_called"]
    assert scene.around.noted[1][1].endswith(" failed: not_found")


@pytest.mark.parametrize("use", Use)
async def test_the_list_counts_for_all_but_named_experts_and_texts_that_callers_want(
    scene: Scene, use: Use
) -> None:
    await scene.desk.block(AGENT, NUMBER.number, "asked for it")
    if use in {Use.EXPERT, Use.ANSWER}:
        await scene.desk.gate.require(NUMBER.number, use)
        return
    with pytest.raises(DoNotCall):
        await scene.desk.gate.require(NUMBER.number, use)


async def test_two_presses_of_one_button_are_one_call(scene: Scene) -> None:
    first = await scene.call()
    assert (await scene.call(), len(scene.around.placed)) == (first, 1)
    assert await scene.call(press="press-two") != first


async def test_a_call_that_routing_refuses_may_be_tried_again(scene: Scene) -> None:
    scene.around.refusal = NotFound("no such queue")
    with pytest.raises(NotFound):
        await scene.call()
    scene.around.refusal = None
    await scene.call()
    assert len(scene.around.placed) == 1


async def test_who_does_not_want_to_be_called_is_not_but_emergency_numbers_are(scene: Scene) -> None:
    for number in ("+8613800138000", "110"):
        await scene.desk.block(AGENT, number, "asked for it")
    with pytest.raises(DoNotCall):
        await scene.call()
    await scene.call(Whom(number="110"))
    await scene.desk.unblock(AGENT, "+86 138 0013 8000")
    await scene.call(press="press-two")
    with pytest.raises(NotFound):
        await scene.desk.unblock(AGENT, "+8613800138000")
    assert [action for action, _ in scene.around.noted] == [
        "do_not_call_added",
        "do_not_call_added",
        "customer_called",
        "do_not_call_removed",
        "customer_called",
        "do_not_call_removed",
    ]


async def test_an_agent_calls_only_so_often_within_an_hour(scene: Scene) -> None:
    scene.edits.append(CallingRules(per_hour=2, per_day=3))
    await scene.call(press="press-one")
    await scene.call(press="press-two")
    with pytest.raises(TooManyCalls):
        await scene.call(press="press-three")
    await scene.call(Whom(number="120"), press="press-four")
    scene.clock.advance(timedelta(hours=1, seconds=1))
    with pytest.raises(TooManyCalls):
        await scene.call(press="press-three")
    scene.clock.advance(timedelta(days=1))
    await scene.call(press="press-three")


async def test_people_who_are_sent_a_caller_or_asked_count_among_the_agents_calls(scene: Scene) -> None:
    agent, driver = AgentId(AGENT.staff_id), ("+8613900001111", "+8613900002222")
    scene.edits.append(CallingRules(per_hour=2, per_day=3))
    with pytest.raises(NotFound):
        async with scene.desk.counted(agent, driver):
            raise NotFound("the caller hung up")
    async with scene.desk.counted(agent, driver):
        pass
    await scene.call()
    with pytest.raises(TooManyCalls):
        async with scene.desk.counted(agent, driver):
            pytest.fail("one too many was called")
    with pytest.raises(TooManyCalls):
        await scene.call(press="press-two")
    async with scene.desk.counted(agent, ["120"]):
        pass


async def test_nobody_is_called_without_a_number_or_against_the_rules(scene: Scene) -> None:
    with pytest.raises(NobodyToCall):
        await scene.call(Whom(number=""))
    scene.edits.append(CallingRules(refused=("+86138",)))
    with pytest.raises(KindRefused):
        await scene.call()
    scene.around.queues = ()
    with pytest.raises(NotFound):
        await scene.call(Whom(number="110"))
    assert scene.around.placed == []


async def test_the_list_is_searched_and_shown_in_pages(scene: Scene) -> None:
    numbers: Sequence[str] = ("+8613800138000", "+8613800138001", "+8613900138002")
    for number in numbers:
        await scene.desk.block(AGENT, number, "要求不再来电" if number.endswith("2") else "")
        scene.clock.advance(timedelta(seconds=1))
    found, total = await scene.desk.store.listed("", limit=2, offset=0)
    assert ([one.number for one in found], total) == (list(reversed(numbers))[:2], 3)
    found, total = await scene.desk.store.listed("不再", limit=2, offset=0)
    assert ([one.number for one in found], total) == ([numbers[2]], 1)
    found, total = await scene.desk.store.listed("%", limit=2, offset=0)
    assert (found, total) == ([], 0)
