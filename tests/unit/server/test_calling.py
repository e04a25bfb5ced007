"""Who is called back from the list of those who reached nobody, and by how many agents at once."""

from dataclasses import dataclass
from typing import cast

import pytest

from acd.calling import Calling
from acd.engine.inputs import Input
from acd.model import QueueRules
from acd.service import Routing
from agent_ui.missed import Missed
from customers.service import Customers
from kernel.ids import AgentId, CallId, QueueId
from outbound.errors import AlreadyCalled
from outbound.ports import Whom
from server.calling import KnownPeople, RoutedCalls
from telephony.events import CallEnded, Dialling
from telephony.model import EndReason
from tests.unit.acd.floor import Floor
from tests.unit.acd.test_calling import CALL, LEG, TO, wants_to_call
from tests.unit.agent_ui.test_missed import LI, Office, gave_up
from tickets.service import Tickets

COLLEAGUE = AgentId(7)
A, MINE = CallId("a"), CallId("mine")


async def missed_caller() -> Whom:
    """The one person in the list of people to call back, with the number that the colleague calls."""
    office = Office()
    office.entries = [gave_up(A, TO, "sales")]
    missed = Missed(
        book=office, routing=office, names=office, trail=office, clock=office, days=7, kept_s=5, shown=2
    )
    people = KnownPeople(
        customers=cast("Customers", None), tickets=cast("Tickets", None), missed_callers=missed
    )
    return await people.missed(LI, A)


@dataclass
class Routed:
    """What calls of agents need of routing, on a floor."""

    floor: Floor

    @property
    def calling(self) -> Calling:
        return Calling(self._ask, self.floor.engine.world)

    def rules_of(self, queue: QueueId) -> QueueRules | None:
        return self.floor.engine.world.rules.get(queue)

    async def _ask(self, order: Input) -> None:
        self.floor.do(order)


async def call_back(floor: Floor, call: CallId = MINE) -> None:
    """The agent presses "call" beside the person in the list."""
    whom = await missed_caller()
    routed = RoutedCalls(routing=cast("Routing", Routed(floor)))
    await routed.place(call, AgentId(LI.staff_id), whom, floor.engine.world.default_queue, 30)


def floor_of_two() -> Floor:
    floor = Floor()
    floor.agent(LI.staff_id)
    floor.agent(COLLEAGUE)
    return floor


async def test_two_agents_who_press_at_once_do_not_both_call_the_same_person() -> None:
    floor = floor_of_two()
    floor.do(wants_to_call(COLLEAGUE))

    with pytest.raises(AlreadyCalled):
        await call_back(floor)
    assert MINE not in floor.engine.world.calls

    floor.do(Dialling(at=floor.at, call=CALL, leg=LEG, agent=COLLEAGUE))
    floor.do(CallEnded(at=floor.at, call=CALL, reason=EndReason.BUSY))
    await call_back(floor)
    assert floor.engine.world.calls[MINE].number == TO


async def test_an_agents_own_press_told_twice_is_no_other_agents() -> None:
    floor = floor_of_two()
    await call_back(floor)
    await call_back(floor)
    assert list(floor.engine.world.calls) == [MINE]


async def test_who_waits_by_themselves_now_is_called_by_nobody() -> None:
    floor = floor_of_two()
    floor.call("again")

    with pytest.raises(AlreadyCalled):
        await call_back(floor)
