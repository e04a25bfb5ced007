"""Callbacks that failed through no doing of the customer: nothing counts against them."""

import pytest

from acd.engine.effects import CancelLeg
from acd.engine.inputs import RingFailed, RingFailure
from acd.events import CallbackTried, NoLineFree
from acd.figures import DayFigures
from acd.model import AgentState
from acd.overview import overview_of
from telephony.events import CallClosed, CallEnded
from telephony.model import EndReason, Outcome
from tests.unit.acd.called_back import CALLING, absent, accept, ended, not_reached, order_of, promised
from tests.unit.acd.floor import Floor, rules

OTHER = "+8613900139001"
THIRD = "+8613900139002"


def test_a_callback_for_which_no_line_was_free_is_no_try_of_the_customers() -> None:
    floor = Floor(rules(callback=CALLING))
    floor.agent(1)
    back = promised(floor, floor.call("a"))
    for _ in range(CALLING.attempts + 1):
        accept(floor, back)
        not_reached(floor, back, EndReason.NO_LINE)
        (back,) = absent(floor)
        floor.wait(floor.engine.world.settings.dial_retry_max_s + 1)

    assert ended(floor) == []
    assert {told.tries for told in floor.told(CallbackTried)} == {0}


def pauses_of(floor: Floor) -> list[float]:
    return [(told.until - told.at).total_seconds() for told in floor.told(NoLineFree)]


def test_while_no_line_is_free_agents_are_rung_for_callers_alone_and_ever_more_seldom_for_callbacks() -> None:
    floor = Floor(rules(callback=CALLING))
    limits = floor.engine.world.settings
    agent = floor.agent(1)
    back = promised(floor, floor.call("a"))
    for _ in range(6):
        accept(floor, back)
        not_reached(floor, back, EndReason.NO_LINE)
        rung = len(floor.rings)
        pause_s = pauses_of(floor)[-1]
        floor.wait(pause_s - 1)
        assert len(floor.rings) == rung
        (back,) = absent(floor)
        floor.wait(2)
        assert floor.rung[-1] == (back, agent)

    assert pauses_of(floor) == [30.0, 60.0, 120.0, 240.0, limits.dial_retry_max_s, limits.dial_retry_max_s]


def test_the_overview_says_until_when_no_line_can_be_had() -> None:
    floor = Floor(rules(callback=CALLING))
    floor.agent(1)
    figures = DayFigures("UTC", lambda _: 20.0)
    back = promised(floor, floor.call("a"))
    accept(floor, back)
    not_reached(floor, back, EndReason.NO_LINE)
    (told,) = floor.told(NoLineFree)
    assert overview_of(floor.engine.world, figures, floor.at).no_line_until == told.until
    assert overview_of(floor.engine.world, figures, told.until).no_line_until is None


def test_nobody_is_rung_for_the_others_either_who_could_not_be_called() -> None:
    floor = Floor(rules(callback=CALLING))
    agents = [floor.agent(1), floor.agent(2)]
    first = promised(floor, floor.call("a"))
    second = promised(floor, floor.call("b"), 2, number=OTHER, numbers=(OTHER,))
    third = promised(floor, floor.call("c"), 3, number=THIRD, numbers=(THIRD,))
    assert {agent for _, agent in floor.rung} == set(agents)
    accept(floor, first)

    not_reached(floor, first, EndReason.NO_LINE)

    ringing = next(ring.leg for ring in floor.rings if ring.call == second)
    assert ringing in [cancelled.leg for cancelled in floor.told(CancelLeg)]
    assert third not in [call for call, _ in floor.rung]
    caller = floor.call("d")
    assert floor.rung[-1][0] == caller, "a caller who is on the line needs no outside line"
    floor.wait(31)
    assert second in [call for call, _ in floor.rung[3:]]


def test_an_agent_who_was_not_rung_for_want_of_a_line_stays_free_and_the_place_is_kept() -> None:
    floor = Floor(rules(callback=CALLING))
    agent = floor.agent(1)
    back = promised(floor, floor.call("a"))

    floor.do(RingFailed(leg=floor.leg_of(back), failure=RingFailure.NO_LINE))

    assert (absent(floor), floor.engine.world.agents[agent].state) == ([back], AgentState.READY)
    assert floor.told(CallbackTried) == [], "nobody was called"
    floor.wait(29)
    assert floor.rung.count((back, agent)) == 1
    floor.wait(2)
    assert floor.rung.count((back, agent)) == 2


def test_a_customer_whose_phone_is_reached_shows_that_there_is_a_line_again() -> None:
    floor = Floor(rules(callback=CALLING))
    floor.agent(1)
    back = promised(floor, floor.call("a"))
    accept(floor, back)
    not_reached(floor, back, EndReason.NO_LINE)
    floor.wait(31)
    (back,) = absent(floor)
    accept(floor, back)
    not_reached(floor, back, EndReason.BUSY)
    (back,) = absent(floor)
    floor.wait(CALLING.retry_after_s + 1)
    accept(floor, back)

    floor.do(CallEnded(at=floor.at, call=back, reason=EndReason.NO_LINE))

    assert pauses_of(floor) == [30.0, 30.0]


@pytest.mark.parametrize("outcome", [Outcome.FAILED, Outcome.STOPPED])
def test_who_was_not_reached_through_nobodys_fault_is_served_before_those_behind(outcome: Outcome) -> None:
    floor = Floor(rules(callback=CALLING))
    agent = floor.agent(1)
    first = promised(floor, floor.call("a"))
    promised(floor, floor.call("b"), 2, number=OTHER, numbers=(OTHER,))
    accept(floor, first)

    floor.do(CallClosed(at=floor.at, call=first, outcome=outcome))

    again, _ = order_of(floor)
    assert floor.rung[-1] == (again, agent)
    assert floor.told(CallbackTried)[-1].next_call == again
