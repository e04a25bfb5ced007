"""Customers who are called back at the places that are kept for them."""

import pytest

from acd.engine.effects import CancelLeg, DialCustomer, MarkCall, StopCalling
from acd.engine.inputs import (
    Enter,
    HangUp,
    NotCalled,
    Refuse,
    SignIn,
    Transfer,
)
from acd.engine.waiting import waiting_of
from acd.events import (
    CallbackEnded,
    CallbackTried,
    CallConnected,
    CallDialled,
    OfferEnded,
)
from acd.model import AgentState, OfferResult, QueueRequest
from acd.promises import PromiseEnd
from acd.still_waiting import StillWaiting
from kernel.ids import AgentId, CallId
from telephony.events import DeviceRegistered, DeviceUnregistered, Joined
from telephony.model import EndReason
from tests.unit.acd.called_back import (
    CALLING,
    NUMBER,
    SUPPORT,
    absent,
    accept,
    ended,
    not_reached,
    order_of,
    promised,
)
from tests.unit.acd.floor import SALES, Floor, device, rules


@pytest.fixture
def floor() -> Floor:
    return Floor(rules(callback=CALLING, calendar="office"), rules(SUPPORT, callback=CALLING))


def test_the_customer_is_called_once_the_agent_is_on_the_phone(floor: Floor) -> None:
    agent = floor.agent(1)
    back = promised(floor, floor.call("a"))
    assert floor.told(DialCustomer) == []

    accept(floor, back)
    accept(floor, back)

    (order,) = [dialled.order for dialled in floor.told(DialCustomer)]
    assert (order.call, order.to, order.ring_s, order.agent) == (back, NUMBER, 30, agent)
    assert [told.agent for told in floor.told(CallDialled)] == [agent]
    assert floor.state(agent) is AgentState.RINGING


def test_who_answers_is_a_call_like_any_other_that_has_waited_since_it_came(floor: Floor) -> None:
    floor.wait(40)
    back = promised(floor, floor.call("a"))
    floor.wait(50)
    agent = floor.agent(1)
    accept(floor, back)
    floor.wait(10)

    floor.answer(back)

    told = floor.told(CallConnected)[-1]
    assert told.waited_s == pytest.approx(60)
    assert told.is_first
    assert ended(floor) == [(PromiseEnd.KEPT, None)]
    assert floor.told(MarkCall)[-1].call == back
    assert floor.state(agent) is AgentState.TALKING
    floor.end_leg(back, EndReason.AGENT_HUNG_UP, joined=True)
    floor.hang_up(back)
    assert floor.state(agent) is AgentState.WRAP_UP
    assert floor.engine.world.calls == {}


def test_the_agent_of_a_customer_who_is_busy_is_free_at_once_and_serves_the_next(floor: Floor) -> None:
    agent = floor.agent(1)
    back = promised(floor, floor.call("a"))
    other = floor.call("b")
    key = floor.engine.world.calls[back].key
    accept(floor, back)

    not_reached(floor, back)

    assert CancelLeg(leg=floor.rings[0].leg) in floor.effects
    assert floor.rung[-1] == (other, agent)
    (again,) = absent(floor)
    assert again != back
    assert floor.engine.world.calls[again].key == key
    assert floor.told(CallbackTried)[-1].next_call == again
    assert order_of(floor) == [again, other]


def test_the_next_try_comes_after_the_pause_at_the_old_place(floor: Floor) -> None:
    agent = floor.agent(1)
    back = promised(floor, floor.call("a"))
    accept(floor, back)
    not_reached(floor, back)
    (again,) = absent(floor)

    floor.wait(299)
    assert floor.state(agent) is AgentState.READY
    shown = waiting_of(floor.engine.world, again, floor.now)
    assert shown is not None
    assert shown.why is StillWaiting.CALLED_LATER
    floor.wait(2)

    assert floor.rung[-1] == (again, agent)


def test_after_the_last_try_the_promise_ends(floor: Floor) -> None:
    floor.agent(1)
    back = promised(floor, floor.call("a"), tries=1)
    accept(floor, back)

    not_reached(floor, back, EndReason.NO_ANSWER)

    assert ended(floor) == [(PromiseEnd.NOT_REACHED, None)]
    assert floor.told(CallbackEnded)[-1].reason is EndReason.NO_ANSWER
    assert floor.engine.world.calls == {}


def test_an_agent_who_refuses_costs_the_customer_nothing(floor: Floor) -> None:
    back = promised(floor, floor.call("a"))
    first, second = floor.agent(1), floor.agent(2)

    floor.do(Refuse(agent=first, call=back))

    assert floor.rung == [(back, first), (back, second)]
    assert absent(floor) == [back]


def test_an_agent_who_hangs_up_while_it_rings_stops_the_call_and_the_next_agent_is_asked(
    floor: Floor,
) -> None:
    floor.agent(1)
    back = promised(floor, floor.call("a"))
    second = floor.agent(2)
    accept(floor, back)

    floor.end_leg(back, EndReason.AGENT_HUNG_UP)
    assert StopCalling(call=back) in floor.effects
    assert floor.state(second) is AgentState.READY
    not_reached(floor, back, EndReason.HOTLINE_HUNG_UP)
    floor.wait(2)

    (again,) = absent(floor)
    assert floor.rung[-1] == (again, second)
    assert floor.engine.world.calls[again].promise.tries == 0  # type: ignore[union-attr]


def test_an_agent_who_ends_the_ringing_by_the_page_is_free_of_it(floor: Floor) -> None:
    agent = floor.agent(1)
    back = promised(floor, floor.call("a"))
    accept(floor, back)

    floor.do(HangUp(call=back))

    assert floor.told(OfferEnded)[-1].result is OfferResult.REFUSED
    assert CancelLeg(leg=floor.leg_of(back)) in floor.effects
    assert floor.state(agent) is AgentState.ON_BREAK
    assert absent(floor) == [back]


def test_a_phone_that_answers_without_having_rung_is_not_taken_from_who_waits_for_the_customer(
    floor: Floor,
) -> None:
    agent = floor.agent(1)
    floor.do(SignIn(agent=agent, device=device(1), rings_at_once=True))
    back = promised(floor, floor.call("a"))
    accept(floor, back)

    floor.wait(CALLING.ring_s - 1)

    assert CancelLeg(leg=floor.leg_of(back)) not in floor.effects


def test_an_agent_who_waits_for_the_customer_is_there_without_registration_too(floor: Floor) -> None:
    agent = floor.agent(1)
    back = promised(floor, CallId("gone-by-now"))
    accept(floor, back)

    floor.do(DeviceUnregistered(at=floor.at, device=device(1)))

    assert floor.told(OfferEnded) == []
    assert CancelLeg(leg=floor.leg_of(back)) not in floor.effects

    floor.do(DeviceRegistered(at=floor.at, device=device(1)))
    floor.do(Joined(at=floor.at, call=back, leg=floor.leg_of(back), agent=agent))

    assert floor.state(agent) is AgentState.TALKING
    assert ended(floor) == [(PromiseEnd.KEPT, None)]


def test_a_phone_that_rings_for_a_callback_and_is_not_registered_any_more_is_let_go(floor: Floor) -> None:
    floor.agent(1)
    back = promised(floor, floor.call("a"))

    floor.do(DeviceUnregistered(at=floor.at, device=device(1)))

    assert floor.told(OfferEnded)[-1].result is OfferResult.UNREACHABLE
    assert absent(floor) == [back]


def test_a_customer_who_answers_when_the_agent_is_gone_is_first_in_line(floor: Floor) -> None:
    back = promised(floor, floor.call("a"))
    floor.agent(1)
    accept(floor, back)
    floor.end_leg(back, EndReason.MEDIA_LOST)
    assert StopCalling(call=back) not in floor.effects
    second = floor.agent(2)
    assert len(floor.rung) == 1

    came = QueueRequest(arrival=floor.arrival(back), queue=SALES)
    floor.do(Enter(request=came))

    assert floor.rung[-1] in {(back, 1), (back, second)}
    assert not floor.rings[-1].dials
    assert ended(floor) == [(PromiseEnd.KEPT, None)]


def test_a_call_that_nothing_is_heard_of_is_ended_from_here(floor: Floor) -> None:
    agent = floor.agent(1)
    back = promised(floor, floor.call("a"))
    accept(floor, back)

    floor.wait(36)

    assert StopCalling(call=back) in floor.effects
    assert floor.told(CallbackTried)[-1].tries == 1
    assert floor.state(agent) is AgentState.READY


def test_a_call_that_was_not_taken_is_tried_again_soon_and_counts_for_nothing(floor: Floor) -> None:
    agent = floor.agent(1)
    back = promised(floor, floor.call("a"))
    accept(floor, back)

    floor.do(NotCalled(call=back))
    assert floor.state(agent) is AgentState.READY
    floor.wait(31)

    (again,) = absent(floor)
    assert floor.rung[-1] == (again, agent)
    assert floor.engine.world.calls[again].promise.tries == 0  # type: ignore[union-attr]


def test_a_number_that_may_not_be_called_is_asked_for_no_more(floor: Floor) -> None:
    agent = floor.agent(1)
    back = promised(floor, floor.call("a"))
    accept(floor, back)

    floor.do(NotCalled(call=back, is_forbidden=True))

    assert ended(floor) == [(PromiseEnd.FORBIDDEN, None)]
    assert floor.state(agent) is AgentState.READY


def test_who_was_sent_to_a_queue_and_is_called_back_from_there_goes_back_to_no_sender(floor: Floor) -> None:
    floor.agent(1)
    call = floor.call("a")
    floor.answer(call)
    floor.do(Transfer(call=call, agent=AgentId(1), to_queue=SUPPORT))
    back = promised(floor, call)
    floor.agent(2, SUPPORT)
    accept(floor, back)

    assert floor.told(DialCustomer)[-1].order.mark.sent_by is None
