"""Callbacks while no line of ours is free: nobody was called, so nothing counts against the customer."""

from acd.events import CallbackTried
from telephony.model import EndReason
from tests.unit.acd.called_back import CALLING, absent, accept, ended, not_reached, promised
from tests.unit.acd.floor import Floor, rules


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
