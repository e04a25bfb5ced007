"""The switch is looked at while a customer is about to be called, of whom it knows nothing yet."""

import pytest

from acd.engine.effects import CallCustomer, CancelLeg, DialCustomer
from acd.engine.inputs import PlaceCall
from acd.events import CallbackTried, CallNotReached
from kernel.ids import AgentId, CallId, LegId
from telephony.events import CallPlaced
from telephony.model import EndReason, LiveLeg
from tests.unit.acd.called_back import CALLING, absent, accept, promised
from tests.unit.acd.floor import SALES, Floor, device, rules

OWN = CallId("out-1795000000-0123456789abcdef")
LONGER_THAN_ANY_GRACE_S = 20


@pytest.fixture
def floor() -> Floor:
    return Floor(rules(callback=CALLING))


@pytest.fixture
def agent(floor: Floor) -> AgentId:
    return floor.agent(1)


def called_back(floor: Floor) -> CallId:
    """The agent is on the phone for the customer, and the order to call them is on its way."""
    back = promised(floor, floor.call("a"))
    accept(floor, back)
    return back


def called(floor: Floor, agent: AgentId) -> CallId:
    """The same, for a customer whom the agent wants to call."""
    floor.do(PlaceCall(call=OWN, agent=agent, to="+8613800138000", queue=SALES, shown="4001", ring_s=30))
    accept(floor, OWN)
    return OWN


def looked_at(floor: Floor, call: CallId) -> None:
    """Nothing but the agent's leg is found."""
    ring = next(ring for ring in floor.rings if ring.call == call)
    leg = LiveLeg(leg=ring.leg, call=call, agent=ring.agent, device=ring.device, is_answered=True, dials=True)
    floor.connect(legs=[leg], registered=[device(1)])


def placed(floor: Floor, call: CallId, agent: AgentId) -> None:
    told = CallPlaced(at=floor.at, arrival=floor.arrival(call), leg=floor.leg_of(call), agent=agent)
    floor.do(told)


def test_a_customer_who_is_about_to_be_called_back_is_called_once(floor: Floor, agent: AgentId) -> None:
    back = called_back(floor)

    looked_at(floor, back)
    floor.wait(LONGER_THAN_ANY_GRACE_S)
    placed(floor, back, agent)
    floor.answer(back)

    assert [dialled.order.call for dialled in floor.told(DialCustomer)] == [back]
    assert (floor.told(CallbackTried), absent(floor)) == ([], [])
    assert CancelLeg(leg=floor.leg_of(back)) not in floor.effects


def test_once_the_switch_has_the_order_a_customer_who_is_not_found_has_vanished(
    floor: Floor, agent: AgentId
) -> None:
    back = called_back(floor)
    placed(floor, back, agent)

    looked_at(floor, back)
    floor.wait(LONGER_THAN_ANY_GRACE_S)

    assert CancelLeg(leg=LegId(f"leg-{back}-1")) in floor.effects
    assert [told.reason for told in floor.told(CallbackTried)] == [EndReason.SWITCH_LOST]


def test_an_agent_whose_own_call_is_about_to_be_made_waits_for_it(floor: Floor, agent: AgentId) -> None:
    call = called(floor, agent)

    looked_at(floor, call)
    placed(floor, call, agent)
    floor.answer(call)

    assert [made.order.call for made in floor.told(CallCustomer)] == [call]
    assert (floor.told(CancelLeg), floor.told(CallNotReached)) == ([], [])
    assert floor.engine.world.agents[agent].call == call


def test_an_own_call_that_was_placed_and_is_not_found_is_over(floor: Floor, agent: AgentId) -> None:
    call = called(floor, agent)
    placed(floor, call, agent)

    looked_at(floor, call)

    assert [told.reason for told in floor.told(CallNotReached)] == [EndReason.SWITCH_LOST]


def test_an_agent_whose_leg_is_gone_waits_for_nobody(floor: Floor, agent: AgentId) -> None:
    called(floor, agent)

    floor.connect(registered=[device(1)])

    assert [told.reason for told in floor.told(CallNotReached)] == [EndReason.SWITCH_LOST]
