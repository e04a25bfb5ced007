"""Who is called back from the list of those who reached nobody, and by how many agents at once."""

from typing import cast

import pytest

from acd.calling import Calling
from agent_ui.missed import Missed
from customers.service import Customers
from kernel.ids import AgentId, CallId
from outbound.errors import AlreadyCalled
from outbound.ports import Whom
from server.calling import KnownPeople
from telephony.events import CallEnded, Dialling
from telephony.model import EndReason
from tests.unit.acd.floor import Floor
from tests.unit.acd.test_calling import CALL, LEG, TO, wants_to_call
from tests.unit.agent_ui.test_missed import LI, Office, gave_up
from tickets.service import Tickets

COLLEAGUE = AgentId(7)
A = CallId("a")


def people(floor: Floor) -> KnownPeople:
    """Those whom agents see who wait to be called: one, by the number that the colleague calls."""

    async def nothing_is_written_now(_: object) -> None:
        raise AssertionError

    office = Office()
    office.entries = [gave_up(A, TO, "sales")]
    missed = Missed(
        book=office, routing=office, names=office, trail=office, clock=office, days=7, kept_s=5, shown=2
    )
    calling = Calling(nothing_is_written_now, floor.engine.world)
    return KnownPeople(
        customers=cast("Customers", None),
        tickets=cast("Tickets", None),
        missed_callers=missed,
        is_another_with=calling.is_another_with,
    )


async def test_two_agents_who_press_at_once_do_not_both_call_the_same_person() -> None:
    floor = Floor()
    floor.agent(COLLEAGUE)
    floor.do(wants_to_call(COLLEAGUE))

    with pytest.raises(AlreadyCalled):
        await people(floor).missed(LI, A)

    floor.do(Dialling(at=floor.at, call=CALL, leg=LEG, agent=COLLEAGUE))
    floor.do(CallEnded(at=floor.at, call=CALL, reason=EndReason.BUSY))
    assert await people(floor).missed(LI, A) == Whom(number=TO, queue=floor.engine.world.default_queue)


async def test_an_agents_own_press_told_twice_is_no_other_agents() -> None:
    floor = Floor()
    floor.agent(LI.staff_id)
    floor.do(wants_to_call(AgentId(LI.staff_id)))

    assert (await people(floor).missed(LI, A)).number == TO


async def test_who_waits_by_themselves_now_is_called_by_nobody() -> None:
    floor = Floor()
    floor.call("again")

    with pytest.raises(AlreadyCalled):
        await people(floor).missed(LI, A)
