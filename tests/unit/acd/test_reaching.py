"""Callers whose flow has somebody outside called for them."""

from dataclasses import replace

import pytest

from acd.engine.effects import CancelLeg, MarkCall
from acd.engine.flow_inputs import Reach
from acd.engine.inputs import Enter, RingFailed, RingFailure
from acd.errors import AgentNotFree, UnknownQueue
from acd.events import CallConnected, CallServed, NobodyReached
from acd.model import QueueRequest
from kernel.ids import CallId, QueueId, is_guest
from telephony.events import LegEnded, SwitchDisconnected
from telephony.model import EndReason, Phase
from tests.unit.acd.floor import SALES, Floor, rules
from tests.unit.acd.test_guests import CHEN, DRIVER, LI, found, killed, numbers


def wish(floor: Floor, name: str = "a", queue: QueueId = SALES) -> QueueRequest:
    return QueueRequest(arrival=floor.arrival(name), queue=queue, flow="main", node="duty", language="zh")


def reached(outside=CHEN) -> tuple[Floor, CallId]:  # type: ignore[no-untyped-def]  # noqa: ANN001
    """An expert's phone rings for a caller whom nobody of the house has talked with."""
    floor = Floor(rules())
    floor.agent(LI)
    request = wish(floor)
    floor.do(Reach(request=request, outside=outside))
    return floor, request.arrival.call


def test_the_first_number_is_rung_and_must_accept_and_nobody_else_is() -> None:
    floor, call = reached()
    ring = floor.rings[-1]
    assert (ring.outside, ring.must_accept, ring.call) == (CHEN, True, call)
    assert is_guest(ring.agent)
    mark = floor.told(MarkCall)[-1].mark
    assert (mark.phase, mark.flow, mark.node, mark.outside) == (Phase.PARKED, "main", "duty", CHEN)
    assert len(floor.rings) == 1


def test_who_accepts_has_the_caller_and_ends_the_call_by_hanging_up() -> None:
    floor, call = reached()
    floor.answer(call)
    guest = floor.rings[-1].agent
    assert floor.told(CallConnected)[-1].agent == guest
    floor.end_leg(call, EndReason.AGENT_HUNG_UP, joined=True)
    floor.hang_up(call)
    assert [served.agent for served in floor.told(CallServed)] == [guest]
    assert (floor.engine.world.calls, floor.engine.world.guests) == ({}, set())


@pytest.mark.parametrize(
    "end", [EndReason.NO_ANSWER, EndReason.BUSY, EndReason.UNREACHABLE, EndReason.REFUSED]
)
def test_numbers_are_rung_in_turn_and_then_the_flow_goes_on(end: EndReason) -> None:
    floor, call = reached()
    floor.end_leg(call, end)
    assert numbers(floor) == list(CHEN.numbers)
    assert floor.told(MarkCall)[-1].mark.outside == replace(CHEN, numbers=CHEN.numbers[1:])
    floor.end_leg(call, end)
    assert [told.call for told in floor.told(NobodyReached)] == [call]
    assert (floor.engine.world.calls, floor.engine.world.guests) == ({}, set())
    assert LI not in {ring.agent for ring in floor.rings}


def test_who_comes_from_nobody_waits_like_anybody() -> None:
    floor, call = reached(DRIVER)
    floor.end_leg(call, EndReason.NO_ANSWER)
    floor.do(Enter(request=wish(floor)))
    assert floor.rung[-1] == (call, LI)


def test_where_no_line_is_free_the_flow_goes_on() -> None:
    floor, call = reached(DRIVER)
    floor.do(RingFailed(leg=floor.rings[-1].leg, failure=RingFailure.NO_LINE))
    assert [told.call for told in floor.told(NobodyReached)] == [call]


def test_a_phone_that_rings_for_ever_is_given_up() -> None:
    floor, call = reached(DRIVER)
    floor.wait(120)
    floor.end_leg(call, EndReason.NO_ANSWER)
    floor.wait(120)
    assert [told.call for told in floor.told(NobodyReached)] == [call]


def test_who_hangs_up_meanwhile_leaves_nothing_behind() -> None:
    floor, call = reached()
    leg = floor.rings[-1].leg
    floor.hang_up(call)
    assert leg in [order.leg for order in floor.told(CancelLeg)]
    assert (floor.engine.world.calls, floor.engine.world.guests) == ({}, set())
    assert floor.told(NobodyReached) == []


def test_a_caller_is_sent_once_however_often_the_flow_says_so() -> None:
    floor, _ = reached()
    floor.do(Reach(request=wish(floor), outside=CHEN))
    assert len(floor.rings) == 1


@pytest.mark.parametrize("rings_still", [True, False])
def test_a_server_that_dies_goes_on_and_says_then_that_nobody_came(*, rings_still: bool) -> None:
    floor, call = reached()
    legs = [found(floor)] if rings_still else []
    after = killed(floor, call, *legs)
    after.wait(1)
    rung = [*((leg.leg, leg.agent) for leg in legs), *((ring.leg, ring.agent) for ring in after.rings)]
    ((leg, agent),) = rung
    ended = LegEnded(
        at=after.at, call=call, leg=leg, agent=agent, reason=EndReason.NO_ANSWER, was_joined=False
    )
    after.do(ended)
    assert after.rings[-1].outside == replace(CHEN, numbers=CHEN.numbers[1:])
    after.end_leg(call, EndReason.NO_ANSWER)
    assert [told.call for told in after.told(NobodyReached)] == [call]
    assert LI not in {ring.agent for ring in after.rings}


def test_nobody_is_rung_by_a_switch_that_is_not_there_or_for_a_queue_that_is_not() -> None:
    floor = Floor(rules())
    with pytest.raises(UnknownQueue):
        floor.do(Reach(request=wish(floor, queue=QueueId("gone")), outside=CHEN))
    floor.do(SwitchDisconnected(at=floor.at))
    with pytest.raises(AgentNotFree):
        floor.do(Reach(request=wish(floor), outside=CHEN))
    assert floor.engine.world.calls == {}
