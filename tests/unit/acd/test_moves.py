"""A caller is moved: by a supervisor into another queue, by an agent into a flow."""

import pytest

from acd.engine.effects import CancelLeg, MarkCall, MoveCall
from acd.engine.inputs import MoveToQueue, Transfer
from acd.errors import NotWaiting, UnknownQueue
from acd.events import CallQueued
from kernel.ids import AgentId, CallId, QueueId
from telephony.destinations import FlowPlace
from telephony.model import HomeBy
from tests.sim.invariants import check
from tests.unit.acd.floor import SALES, Floor, rules

SERVICE = QueueId("service")
CALL = CallId("a")


def floor_of_two() -> Floor:
    return Floor(rules(), rules(SERVICE))


def move(floor: Floor, call: CallId = CALL, queue: QueueId = SERVICE) -> None:
    floor.do(MoveToQueue(call=call, queue=queue))


def test_a_caller_has_the_place_there_that_they_would_have_had_from_the_first() -> None:
    floor = floor_of_two()
    floor.call("a")
    floor.wait(30)
    floor.call("b", SERVICE)
    move(floor)
    assert floor.told(CallQueued)[-1].position == 1
    assert floor.told(MarkCall)[-1].mark.queue == SERVICE
    floor.agent(1)
    assert floor.rung == []
    floor.agent(2, SERVICE)
    assert floor.rung == [("a", 2)]
    check(floor.engine.world, [])


def test_an_agent_who_waits_there_is_rung_at_once_and_the_phone_that_rang_here_is_let_go() -> None:
    floor = floor_of_two()
    floor.agent(1)
    floor.agent(2, SERVICE)
    floor.call("a")
    rang = floor.leg_of(CALL)
    move(floor)
    assert [order.leg for order in floor.told(CancelLeg)] == [rang]
    assert floor.rung == [("a", 1), ("a", 2)]
    check(floor.engine.world, [])


def test_who_does_not_wait_or_would_come_nowhere_is_left_alone() -> None:
    floor = floor_of_two()
    floor.call("a")
    with pytest.raises(UnknownQueue):
        move(floor, queue=QueueId("gone"))
    with pytest.raises(NotWaiting):
        move(floor, CallId("gone"))
    told = len(floor.told(CallQueued))
    move(floor, queue=SALES)
    assert len(floor.told(CallQueued)) == told
    floor.agent(1)
    floor.answer(CALL)
    with pytest.raises(NotWaiting):
        move(floor)
    assert floor.engine.world.calls[CALL].agent == AgentId(1)


def test_what_is_known_of_a_caller_goes_with_them_to_the_flow_where_an_agent_sends_them() -> None:
    floor = floor_of_two()
    agent = floor.agent(1)
    call = floor.call("a", region="east", matter="outage")
    floor.answer(call)
    floor.do(Transfer(call=call, agent=agent, to_flow=FlowPlace("survey", "")))
    sent = floor.told(MoveCall)[-1].mark
    assert (sent.region, sent.region_by, sent.matter) == ("east", HomeBy.NUMBER, "outage")
