"""Places that are kept for customers who are called back."""

import pytest

from acd.engine.effects import CancelLeg, MarkCall, RememberPromise
from acd.engine.inputs import (
    GiveBoost,
    Leave,
    MoveToQueue,
)
from acd.engine.promise_inputs import CancelPromise, RelyOnPromise
from acd.engine.waiting import waiting_of
from acd.errors import NotWaiting
from acd.events import (
    CallLeftQueue,
    CallOffered,
)
from acd.model import AgentState, Exit
from acd.promises import PromiseEnd
from acd.waits import wait_ended
from kernel.ids import AgentId
from tests.unit.acd.called_back import (
    CALLING,
    NUMBER,
    SUPPORT,
    absent,
    ended,
    order_of,
    promised,
)
from tests.unit.acd.floor import Floor, rules


@pytest.fixture
def floor() -> Floor:
    return Floor(rules(callback=CALLING, calendar="office"), rules(SUPPORT, callback=CALLING))


def test_a_promise_keeps_the_place_of_who_waits_among_those_before_and_after(floor: Floor) -> None:
    first, second, third = floor.call("a"), floor.call("b"), floor.call("c")
    key = floor.engine.world.calls[second].key

    back = promised(floor, second)

    assert order_of(floor) == [first, back, third]
    assert floor.engine.world.calls[back].key == key
    assert floor.told(CallLeftQueue)[-1].exit is Exit.CALLBACK
    assert second not in floor.engine.world.calls


def test_nothing_is_written_to_a_line_that_is_not_there_but_the_promise_is_kept(floor: Floor) -> None:
    back = promised(floor, floor.call("a"))

    assert back not in {mark.call for mark in floor.told(MarkCall)}
    assert floor.told(RememberPromise)[-1].promise.mark.key_ms == floor.engine.world.calls[back].key.ms


def test_a_promise_waits_and_is_waited_behind(floor: Floor) -> None:
    back = promised(floor, floor.call("a"))
    behind = floor.call("b")
    floor.wait(60)

    shown = waiting_of(floor.engine.world, back, floor.now)
    after = waiting_of(floor.engine.world, behind, floor.now)

    assert shown is not None
    assert after is not None
    assert shown.waited_s == pytest.approx(60)
    assert shown.callback is not None
    assert after.position == 2


def test_it_is_not_sent_away_by_the_longest_wait(floor: Floor) -> None:
    floor = Floor(rules(callback=CALLING, max_wait_s=30))
    back = promised(floor, floor.call("a"))

    floor.wait(100)

    assert absent(floor) == [back]


def test_who_has_an_agent_by_now_is_promised_nothing(floor: Floor) -> None:
    agent = floor.agent(1)
    talking = floor.call("a")
    floor.answer(talking)

    with pytest.raises(NotWaiting):
        promised(floor, talking)

    assert floor.state(agent) is AgentState.TALKING
    assert absent(floor) == []


def test_an_agent_who_is_rung_for_the_caller_is_rung_for_the_callback_instead(floor: Floor) -> None:
    agent = floor.agent(1)
    ringing = floor.call("a")
    before = floor.leg_of(ringing)

    back = promised(floor, ringing)

    assert CancelLeg(leg=before) in floor.effects
    assert floor.rung[-1] == (back, agent)
    assert floor.rings[-1].dials


def test_who_has_a_place_already_leaves_the_line_and_the_phone_that_rings_for_them(floor: Floor) -> None:
    back = promised(floor, floor.call("a"))
    again = floor.call("b", SUPPORT)
    agent = floor.agent(1, SUPPORT)
    ringing = floor.leg_of(again)

    floor.do(RelyOnPromise(call=again))

    assert CancelLeg(leg=ringing) in floor.effects
    assert floor.told(CallLeftQueue)[-1].exit is Exit.CALLBACK
    assert again not in floor.engine.world.calls
    assert floor.state(agent) is AgentState.READY
    assert absent(floor) == [back]


def test_the_freed_agent_serves_who_was_first_whether_on_the_line_or_not(floor: Floor) -> None:
    back = promised(floor, floor.call("a"))
    floor.call("b")

    floor.agent(1)

    assert floor.rung == [(back, 1)]
    brief = floor.told(CallOffered)[-1].callback
    assert brief is not None
    assert brief.number == NUMBER


def test_a_supervisor_moves_and_favours_it_like_a_call(floor: Floor) -> None:
    first = floor.call("a")
    back = promised(floor, floor.call("b"))

    floor.do(GiveBoost(call=back, seconds=60))
    assert order_of(floor) == [back, first]

    floor.do(MoveToQueue(call=back, queue=SUPPORT))
    assert order_of(floor, SUPPORT) == [back]
    assert floor.told(RememberPromise)[-1].promise.mark.queue == SUPPORT


def test_nobody_leaves_it_by_a_key(floor: Floor) -> None:
    back = promised(floor, floor.call("a"))

    with pytest.raises(NotWaiting):
        floor.do(Leave(call=back))


def test_a_supervisor_cancels_it(floor: Floor) -> None:
    floor.agent(1)
    back = promised(floor, floor.call("a"))

    floor.do(CancelPromise(call=back))

    assert ended(floor) == [(PromiseEnd.CANCELLED, None)]
    assert floor.state(AgentId(1)) is AgentState.READY
    assert order_of(floor) == []


def test_the_wait_goes_on_though_the_line_is_gone(floor: Floor) -> None:
    promised(floor, floor.call("a"))

    assert [wait_ended(told) for told in floor.told(CallLeftQueue)] == [None]
