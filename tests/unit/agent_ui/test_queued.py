"""Callers who wait, as supervisors see and steer them."""

import pytest

from acd.engine.inputs import GiveBoost
from acd.engine.waiting import waiting_in, waiting_of
from acd.errors import UnknownQueue
from acd.model import StickyRules
from acd.still_waiting import Waiting
from agent_ui.queued import BoostWish, Queued
from agent_ui.wall import Colleague
from kernel.access import Principal, Role
from kernel.briefs import Words
from kernel.errors import NotFound
from kernel.ids import AgentId, CallId, QueueId, StaffId
from tests.unit.acd.floor import SALES, Floor, rules

LI = AgentId(1)
CHEN = Principal(staff_id=StaffId(9), name="chen", roles=frozenset({Role.SUPERVISOR}))


class Office:
    """A floor of callers, with names and a trail."""

    def __init__(self) -> None:
        sticky = StickyRules(hold_s=30, is_capped_by_service_level=False)
        self.floor = Floor(rules(sticky=sticky))
        self.floor.agent(LI)
        self.floor.answer(self.floor.call("talks"))
        self.trail: list[tuple[int, str, str]] = []

    def waiting(self, call: CallId) -> Waiting | None:
        return waiting_of(self.floor.engine.world, call, self.floor.now)

    def waiting_in(self, queue: QueueId, limit: int) -> list[Waiting]:
        return list(waiting_in(self.floor.engine.world, queue, self.floor.now, limit=limit))

    async def boost(self, call: CallId, seconds: float | None) -> None:
        self.floor.do(GiveBoost(call=call, seconds=seconds))

    async def colleagues(self) -> dict[AgentId, Colleague]:
        return {LI: Colleague(name="李静", number="8001")}

    def queue_name(self, queue: QueueId) -> Words:
        return Words(zh="销售", en=queue)

    async def note(self, staff: StaffId, action: str, subject: str) -> None:
        self.trail.append((staff, action, subject))


@pytest.fixture
def office() -> Office:
    return Office()


@pytest.fixture
def queued(office: Office) -> Queued:
    return Queued(routing=office, names=office, trail=office)


async def test_a_call_that_is_held_is_shown_with_its_agents_name(office: Office, queued: Queued) -> None:
    call = office.floor.call("a", level="vip", sticky_agent=LI)
    office.floor.wait(12.34)
    shown = await queued.one(call)
    assert shown.held_for is not None
    assert (shown.held_for.name, shown.is_let_go_in_s, shown.held_in_all_s) == ("李静", 17.7, 12.3)
    assert (shown.why, shown.queue_name.zh, shown.position) == ("held_for_own_agent", "销售", 1)
    assert [(boost.source, boost.seconds) for boost in shown.boosts] == [("level", 120)]
    assert [(one.agent.name, one.reason) for one in shown.passed_over] == [("李静", "busy")]


async def test_a_call_that_does_not_wait_is_not_found(queued: Queued) -> None:
    with pytest.raises(NotFound):
        await queued.one(CallId("talks"))


async def test_a_queue_that_nobody_knows_is_not_found_and_not_made(office: Office, queued: Queued) -> None:
    for _ in range(2):
        with pytest.raises(UnknownQueue):
            await queued.listed(QueueId("😀"), 50)
    assert list(office.floor.engine.world.lines) == [SALES]


async def test_pulling_a_call_forward_changes_the_order_and_is_noted(office: Office, queued: Queued) -> None:
    for name in ("a", "b", "c"):
        office.floor.call(name)
        office.floor.wait(1)
    await queued.boost(CHEN, CallId("c"), BoostWish(seconds=60))
    await queued.boost(CHEN, CallId("b"), BoostWish(strict=True))
    listed = await queued.listed(SALES, 2)
    assert [(one.call_id, one.position) for one in listed.items] == [("b", 1), ("c", 2)]
    assert office.trail == [(9, "call_boosted", "c 60 s"), (9, "call_boosted", "b strict")]
