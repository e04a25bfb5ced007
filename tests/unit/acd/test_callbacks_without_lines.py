"""Callbacks that failed through no doing of the customer: nothing counts against them."""

import pytest

from acd.events import CallbackTried
from telephony.events import CallClosed
from telephony.model import EndReason, Outcome
from tests.unit.acd.called_back import CALLING, absent, accept, ended, not_reached, order_of, promised
from tests.unit.acd.floor import Floor, rules

OTHER = "+8613900139001"


def test_a_callback_for_which_no_line_was_free_is_no_try_of_the_customers() -> None:
    floor = Floor(rules(callback=CALLING))
    floor.agent(1)
    back = promised(floor, floor.call("a"))
    for _ in range(CALLING.attempts + 1):
        accept(floor, back)
        not_reached(floor, back, EndReason.NO_LINE)
        (back,) = absent(floor)
        floor.wait(floor.engine.world.settings.dial_retry_s + 1)

    assert ended(floor) == []
    assert {told.tries for told in floor.told(CallbackTried)} == {0}
    pauses = {(told.not_before - told.at).total_seconds() for told in floor.told(CallbackTried)}
    assert pauses == {floor.engine.world.settings.dial_retry_s}


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
