"""Who is called back, as agents and supervisors see it."""

from collections.abc import Collection
from dataclasses import replace

import pytest

from acd.engine.waiting import waiting_of
from acd.errors import NotWaiting
from acd.still_waiting import Waiting
from agent_ui.callbacks import CallbackDesk
from kernel.access import Principal, Role
from kernel.briefs import CustomerBrief, Words
from kernel.ids import AgentId, CallId, CustomerId, QueueId, StaffId
from tests.unit.acd.called_back import NUMBER, promised
from tests.unit.acd.floor import SALES, Floor

SUPPORT = QueueId("support")
AGENT = Principal(staff_id=StaffId(1), name="li", roles=frozenset({Role.AGENT}))
SUPERVISOR = Principal(staff_id=StaffId(9), name="chen", roles=frozenset({Role.SUPERVISOR}))


class Around:
    def __init__(self, waiting: list[Waiting]) -> None:
        self.found = waiting
        self.cancelled: list[CallId] = []
        self.trail: list[tuple[StaffId | None, str, str]] = []

    def waiting(self) -> list[Waiting]:
        return self.found

    async def cancel(self, call: CallId) -> None:
        if call not in {one.call for one in self.found}:
            raise NotWaiting("gone")
        self.cancelled.append(call)

    def queues_of(self, agent: AgentId) -> tuple[QueueId, ...]:
        return (SALES,) if agent == 1 else ()

    def queue_name(self, queue: QueueId) -> Words:
        return Words(zh=f"队列{queue}", en=queue)

    async def customers_of(self, numbers: Collection[str]) -> dict[str, CustomerBrief]:
        return {number: CustomerBrief(id=CustomerId(5), name="张伟", level="vip") for number in numbers}

    async def note(self, staff: StaffId | None, action: str, subject: str) -> None:
        self.trail.append((staff, action, subject))

    def desk(self) -> CallbackDesk:
        return CallbackDesk(kept=self, routing=self, names=self, trail=self)


@pytest.fixture
def around() -> Around:
    floor = Floor()
    call = promised(floor, floor.call("a"))
    found = waiting_of(floor.engine.world, call, floor.now)
    assert found is not None
    return Around([found, replace(found, call=CallId("out-2"), queue=SUPPORT)])


async def test_an_agent_sees_who_is_called_back_by_their_queues(around: Around) -> None:
    (item,) = (await around.desk().listed(AGENT)).items

    assert (item.number_shown, item.position, item.tries) == (NUMBER, 1, 0)
    assert item.customer is not None
    assert item.customer.name == "张伟"


async def test_a_supervisor_sees_all_and_takes_back_what_was_promised(around: Around) -> None:
    desk = around.desk()
    assert len((await desk.listed(SUPERVISOR)).items) == 2

    await desk.cancel(SUPERVISOR, CallId("out-2"))

    assert around.cancelled == ["out-2"]
    assert around.trail == [(9, "callback_cancelled", "out-2")]


async def test_what_is_not_promised_any_more_cannot_be_taken_back(around: Around) -> None:
    with pytest.raises(NotWaiting):
        await around.desk().cancel(SUPERVISOR, CallId("gone"))
