"""Callbacks at closing, when customers call by themselves, and after restarts."""

from collections.abc import Iterable
from dataclasses import replace

import pytest

from acd.engine.effects import CancelLeg, DialCustomer, RememberPromise, StopCalling
from acd.engine.inputs import Enter, NotCalled, SetClosed
from acd.engine.promise_inputs import CancelPromise, TakePromise
from acd.events import (
    CallbackTried,
    OfferEnded,
)
from acd.model import AgentState, QueueRequest
from acd.promises import Promise, PromiseEnd
from kernel.ids import AgentId, CallId, DeviceId
from telephony.events import CallClosed, CallEnded, Dialling, LegEnded
from telephony.model import EndReason, LiveCall, LiveLeg, Outcome, Phase
from tests.unit.acd.called_back import (
    CALLING,
    NUMBER,
    SUPPORT,
    absent,
    accept,
    alive,
    ended,
    not_reached,
    order_of,
    promised,
)
from tests.unit.acd.floor import SALES, Floor, device, rules


@pytest.fixture
def floor() -> Floor:
    return Floor(rules(callback=CALLING, calendar="office"), rules(SUPPORT, callback=CALLING))


# --- opening hours


def close(floor: Floor, *, is_closed: bool = True) -> None:
    floor.do(SetClosed(calendars=frozenset({"office"}) if is_closed else frozenset()))


def test_nobody_is_called_by_a_closed_queue_and_the_first_is_when_it_opens(floor: Floor) -> None:
    agent = floor.agent(1)
    close(floor)
    back = promised(floor, CallId("gone-by-now"))
    later = promised(floor, CallId("gone-too"), 2)

    floor.wait(3600)
    assert floor.rung == []
    close(floor, is_closed=False)

    assert floor.rung == [(back, agent)]
    assert absent(floor) == [back, later]


def test_a_phone_that_rings_when_the_queue_closes_is_let_go(floor: Floor) -> None:
    agent = floor.agent(1)
    back = promised(floor, floor.call("a"))

    close(floor)

    assert floor.state(agent) is AgentState.READY
    assert absent(floor) == [back]
    assert order_of(floor) == [back]


def test_a_customer_whose_phone_rings_when_the_queue_closes_is_served(floor: Floor) -> None:
    agent = floor.agent(1)
    back = promised(floor, floor.call("a"))
    accept(floor, back)

    close(floor)
    floor.answer(back)

    assert floor.state(agent) is AgentState.TALKING


# --- who calls by themselves


def calls_in(floor: Floor, name: str = "again", **wishes: object) -> CallId:
    arrival = replace(floor.arrival(name), caller_number="+862100000000")
    wishes = {"numbers": ("+862100000000", NUMBER), "queue": SALES, **wishes}
    floor.do(Enter(request=QueueRequest(arrival=arrival, **wishes)))  # type: ignore[arg-type]
    return CallId(name)


def test_who_calls_in_has_the_place_by_any_of_their_numbers(floor: Floor) -> None:
    first = floor.call("a")
    back = promised(floor, first)
    key = floor.engine.world.calls[back].key
    second = floor.call("b")
    floor.wait(100)

    caller = calls_in(floor)

    assert order_of(floor) == [caller, second]
    assert floor.engine.world.calls[caller].key == key
    assert floor.engine.world.waited_s(floor.engine.world.calls[caller]) == pytest.approx(100)
    assert ended(floor) == [(PromiseEnd.CALLED_IN, caller)]
    assert absent(floor) == []


OFFICE, OTHER = "+862100000000", "+8613900139001"


def two_of_one_office(floor: Floor) -> tuple[CallId, CallId]:
    """Both called from the office, and each is to be called on a number of their own."""
    one = promised(floor, floor.call("a"), 1, number=OTHER, numbers=(OTHER, OFFICE))
    return one, promised(floor, floor.call("b"), 2, number=NUMBER, numbers=(NUMBER, OFFICE))


def test_of_two_in_one_office_who_calls_in_has_their_own_place(floor: Floor) -> None:
    other, _ = two_of_one_office(floor)

    caller = calls_in(floor)

    assert order_of(floor) == [other, caller]
    assert absent(floor) == [other]


def test_of_two_in_one_office_nobody_has_a_place_by_the_offices_number(floor: Floor) -> None:
    both = two_of_one_office(floor)

    caller = calls_in(floor, numbers=())

    assert absent(floor) == list(both)
    assert order_of(floor) == [*both, caller]
    assert ended(floor) == []


def test_who_calls_in_from_the_office_has_the_place_that_is_left(floor: Floor) -> None:
    other, back = two_of_one_office(floor)
    floor.do(CancelPromise(call=other))

    caller = calls_in(floor, numbers=())

    assert ended(floor)[-1] == (PromiseEnd.CALLED_IN, caller)
    assert back not in absent(floor)


def test_who_calls_in_while_they_are_called_wins_and_the_call_to_them_stops(floor: Floor) -> None:
    agent = floor.agent(1)
    back = promised(floor, floor.call("a"))
    accept(floor, back)

    caller = calls_in(floor)

    assert StopCalling(call=back) in floor.effects
    assert floor.rung[-1] == (caller, agent)
    floor.do(
        LegEnded(
            at=floor.at,
            call=back,
            leg=floor.rings[0].leg,
            agent=agent,
            reason=EndReason.OTHER,
            was_joined=False,
        )
    )
    not_reached(floor, back, EndReason.HOTLINE_HUNG_UP)
    assert absent(floor) == []
    assert floor.state(agent) in {AgentState.RESERVED, AgentState.RINGING}


def test_who_has_answered_and_calls_in_too_waits_like_anybody(floor: Floor) -> None:
    floor.agent(1)
    back = promised(floor, floor.call("a"))
    accept(floor, back)
    floor.answer(back)

    floor.wait(20)
    caller = calls_in(floor)

    assert ended(floor) == [(PromiseEnd.KEPT, None)]
    assert floor.engine.world.waited_s(floor.engine.world.calls[caller]) == 0


def test_a_closed_queue_leaves_the_promise_to_who_calls_in(floor: Floor) -> None:
    back = promised(floor, floor.call("a"))
    close(floor)

    with pytest.raises(Exception, match="closed"):
        calls_in(floor)

    assert absent(floor) == [back]


# --- restarts


def restarted(floor: Floor, promise: Promise, calls: Iterable[LiveCall], legs: Iterable[LiveLeg]) -> Floor:
    again = Floor(rules(callback=CALLING, calendar="office"), rules(SUPPORT, callback=CALLING))
    again.seconds = floor.seconds
    again.agent(1)
    again.engine.world.is_connected = False
    again.do(TakePromise(promise=promise))
    again.connect(calls=calls, legs=legs, registered=[device(1)])
    return again


def kept(floor: Floor) -> Promise:
    return floor.told(RememberPromise)[-1].promise


def test_after_a_restart_the_places_are_as_before(floor: Floor) -> None:
    first = floor.call("a")
    back = promised(floor, floor.call("b"))
    mark = floor.engine.world.calls[first].mark
    floor.wait(30)

    again = Floor(rules(callback=CALLING))
    again.seconds = floor.seconds
    again.do(TakePromise(promise=kept(floor)))
    again.connect(calls=[alive(floor, first, mark)])

    assert order_of(again) == [first, back]
    assert again.engine.world.waited_s(again.engine.world.calls[back]) == pytest.approx(30)


def _leg(floor: Floor, call: CallId, *, is_answered: bool) -> LiveLeg:
    ring = next(ring for ring in floor.rings if ring.call == call)
    return LiveLeg(
        leg=ring.leg, call=call, agent=ring.agent, device=ring.device, is_answered=is_answered, dials=True
    )


def test_a_phone_that_rings_for_a_callback_goes_on_after_a_restart(floor: Floor) -> None:
    floor.agent(1)
    back = promised(floor, floor.call("a"))

    again = restarted(floor, kept(floor), [], [_leg(floor, back, is_answered=False)])
    assert again.rung == []
    again.do(Dialling(at=again.at, call=back, leg=floor.rings[-1].leg, agent=AgentId(1)))

    assert [dialled.order.call for dialled in again.told(DialCustomer)] == [back]


def test_an_agent_who_accepted_just_before_the_server_died_has_the_customer_called(floor: Floor) -> None:
    floor.agent(1)
    back = promised(floor, floor.call("a"))

    again = restarted(floor, kept(floor), [], [_leg(floor, back, is_answered=True)])

    assert [dialled.order.call for dialled in again.told(DialCustomer)] == [back]


def test_a_customer_whose_phone_rings_is_not_called_twice_by_a_restart(floor: Floor) -> None:
    floor.agent(1)
    back = promised(floor, floor.call("a"))
    dialled = replace(kept(floor), is_dialled=True, dials=1)
    live = alive(floor, back, None, is_answered=False)

    again = restarted(floor, dialled, [live], [_leg(floor, back, is_answered=True)])
    assert again.told(DialCustomer) == []
    again.do(CallEnded(at=again.at, call=back, reason=EndReason.NO_ANSWER))

    assert again.told(CallbackTried)[-1].tries == 1
    assert again.state(AgentId(1)) is AgentState.READY


def test_a_call_of_which_nobody_knows_what_became_is_made_again_and_counts_for_nothing(
    floor: Floor,
) -> None:
    floor.agent(1)
    back = promised(floor, floor.call("a"))
    dialled = replace(kept(floor), is_dialled=True, dials=1)

    again = restarted(floor, dialled, [], [_leg(floor, back, is_answered=True)])

    assert again.told(DialCustomer) == []
    assert CancelLeg(leg=floor.rings[-1].leg) in again.effects
    again.wait(7)
    (following,) = absent(again)
    assert following != back
    assert again.rung == [(following, 1)]


def test_what_the_ledger_finds_out_of_a_call_counts(floor: Floor) -> None:
    floor.agent(1)
    back = promised(floor, floor.call("a"))
    dialled = replace(kept(floor), is_dialled=True, dials=1)

    served = restarted(floor, dialled, [], [])
    served.do(CallClosed(at=served.at, call=back, outcome=Outcome.SERVED))
    busy = restarted(floor, dialled, [], [])
    busy.do(CallClosed(at=busy.at, call=back, outcome=Outcome.BUSY))

    assert ended(served) == [(PromiseEnd.KEPT, None)]
    assert busy.told(CallbackTried)[-1].tries == 1


def test_what_became_of_a_second_try_is_waited_for_like_that_of_the_first(floor: Floor) -> None:
    floor.agent(1)
    back = promised(floor, floor.call("a"))
    dialled = replace(kept(floor), is_dialled=True, dials=2, tries=1, not_before=floor.at)
    floor.wait(1)

    again = restarted(floor, dialled, [], [])
    again.do(CallClosed(at=again.at, call=back, outcome=Outcome.SERVED))

    assert again.told(StopCalling) == []
    assert ended(again) == [(PromiseEnd.KEPT, None)]


def test_who_talks_after_a_restart_was_called_back(floor: Floor) -> None:
    floor.agent(1)
    back = promised(floor, floor.call("a"))
    dialled = replace(kept(floor), is_dialled=True, dials=1)
    leg = _leg(floor, back, is_answered=True)

    again = restarted(floor, dialled, [alive(floor, back, None, talks_with=leg.leg)], [leg])

    assert ended(again) == [(PromiseEnd.KEPT, None)]
    assert again.state(AgentId(1)) is AgentState.TALKING
    assert absent(again) == []


def test_who_was_not_told_of_the_promise_before_the_server_died_waits_on(floor: Floor) -> None:
    caller = floor.call("a")
    mark = floor.engine.world.calls[caller].mark
    promised(floor, caller)

    again = Floor(rules(callback=CALLING))
    again.seconds = floor.seconds
    again.do(TakePromise(promise=kept(floor)))
    again.connect(calls=[alive(floor, caller, mark)])

    assert order_of(again) == [caller]
    assert ended(again) == [(PromiseEnd.CALLED_IN, caller)]


def test_an_offer_that_was_made_for_a_callback_ends_like_any_other(floor: Floor) -> None:
    back = promised(floor, floor.call("a"))
    floor.agent(1)
    accept(floor, back)
    not_reached(floor, back)

    assert [told.call for told in floor.told(OfferEnded)] == [back]


def given_up(floor: Floor) -> tuple[CallId, LiveCall, LiveLeg]:
    """The order to call was thought lost, the place goes on under another name, and the phone rings."""
    agent = floor.agent(1)
    back = promised(floor, floor.call("a"))
    accept(floor, back)
    place = kept(floor).mark
    floor.do(NotCalled(call=back))
    mark = replace(place, phase=Phase.DIALLING, agent=agent)
    leg = _leg(floor, back, is_answered=True)
    return back, alive(floor, back, mark, is_answered=False), leg


def test_a_call_that_was_given_up_and_rings_all_the_same_is_stopped(floor: Floor) -> None:
    back, live, leg = given_up(floor)
    floor.effects.clear()

    floor.connect([live], [leg], [DeviceId("phone-1")])

    assert StopCalling(call=back) in floor.effects
    assert floor.state(AgentId(1)) is AgentState.READY
    (place,) = absent(floor)
    assert place != back


def test_who_answers_a_call_that_was_given_up_is_not_called_again(floor: Floor) -> None:
    back, live, _ = given_up(floor)

    floor.connect([replace(live, is_answered=True)], [], [DeviceId("phone-1")])

    assert ended(floor) == [(PromiseEnd.CALLED_IN, back)]
    assert absent(floor) == []
