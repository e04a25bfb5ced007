"""What calls are credited with: by level, matter, number, flow node and supervisor."""

from datetime import datetime, timedelta

import pytest

from acd.engine.inputs import GiveBoost
from acd.errors import NotWaiting
from acd.events import CallOffered, CallQueued
from acd.model import ORDINARY, STRICT, Key, StickyRules
from kernel.ids import CallId
from telephony.model import Boost, BoostSource, EndReason, LostWait
from tests.unit.acd.floor import START, Floor, rules

NUMBER, NODE = Boost(BoostSource.NUMBER, 60), Boost(BoostSource.NODE, 30)
STRICTLY = Boost(BoostSource.NUMBER, None)
RULES = rules(matters_s={"outage": 600, "fraud": None}, wrap_up_s=0)
START_MS = int(START.timestamp() * 1000)


def key_of(floor: Floor, call: CallId) -> Key:
    return floor.engine.world.calls[call].key


@pytest.mark.parametrize(
    ("wishes", "key"),
    [
        ({}, (ORDINARY, START_MS)),
        ({"level": "vip"}, (ORDINARY, START_MS - 120_000)),
        ({"matter": "outage"}, (ORDINARY, START_MS - 600_000)),
        ({"matter": "unheard of"}, (ORDINARY, START_MS)),
        ({"boosts": (NUMBER,)}, (ORDINARY, START_MS - 60_000)),
        ({"level": "vip", "matter": "outage", "boosts": (NUMBER, NODE)}, (ORDINARY, START_MS - 810_000)),
        ({"matter": "fraud"}, (STRICT, START_MS)),
        ({"level": "chairman"}, (STRICT, START_MS)),
        ({"level": "vip", "boosts": (STRICTLY,)}, (STRICT, START_MS - 120_000)),
    ],
)
def test_boosts_add_up_and_one_strict_one_goes_before_all(
    wishes: dict[str, object], key: tuple[int, int]
) -> None:
    floor = Floor(RULES)
    call = floor.call("a", **wishes)
    assert key_of(floor, call)[:2] == key


def test_the_offer_says_what_the_call_was_credited_with_and_for_what() -> None:
    floor = Floor(RULES)
    floor.agent(1)
    floor.call("a", level="vip", matter="outage", boosts=(NODE,))
    why = floor.told(CallOffered)[0].explanation
    assert why.boost_s == 750
    assert why.boosts == (Boost(BoostSource.LEVEL, 120), Boost(BoostSource.MATTER, 600), NODE)


def test_a_supervisor_pulls_a_call_forward_and_lets_it_fall_back() -> None:
    floor = Floor(RULES)
    first, second = floor.call("first"), floor.call("second")
    floor.wait(10)

    floor.do(GiveBoost(call=second, seconds=5))
    assert key_of(floor, second) < key_of(floor, first)
    assert floor.told(CallQueued)[-1].position == 1
    floor.do(GiveBoost(call=second, seconds=0))
    assert key_of(floor, second) > key_of(floor, first)

    floor.do(GiveBoost(call=second, seconds=None))
    floor.agent(1)
    assert floor.rung == [("second", 1)]
    assert floor.told(CallOffered)[0].explanation.boosts == (Boost(BoostSource.SUPERVISOR, None),)
    assert floor.told(CallOffered)[0].explanation.overtook == 1


def test_a_supervisor_changes_no_other_boost() -> None:
    floor = Floor(RULES)
    call = floor.call("a", level="vip", boosts=(NUMBER,))
    for seconds in (50, 70):
        floor.do(GiveBoost(call=call, seconds=seconds))
    assert key_of(floor, call).ms == START_MS - 250_000


def test_a_call_that_is_held_for_its_agent_is_pulled_forward_too() -> None:
    sticky = StickyRules(hold_s=60, is_capped_by_service_level=False)
    floor = Floor(rules(sticky=sticky, wrap_up_s=0))
    own = floor.agent(1)
    busy = floor.call("busy")
    floor.answer(busy)
    older = floor.call("older")
    floor.wait(1)
    held = floor.call("held", sticky_agent=own)
    floor.do(GiveBoost(call=held, seconds=30))
    floor.end_leg(busy, EndReason.AGENT_HUNG_UP, joined=True)
    assert floor.rung[-1] == (held, own)
    assert older in floor.engine.world.calls


def test_a_boost_outlives_a_restart_with_what_it_is_made_up_of() -> None:
    before, after = Floor(RULES), Floor(RULES)
    call = before.call("a", level="vip", boosts=(NODE,))
    before.do(GiveBoost(call=call, seconds=None))
    after.wait(30)

    after.call("a", mark=before.engine.world.calls[call].mark)

    assert key_of(after, call) == key_of(before, call)
    assert after.engine.world.calls[call].boosts == before.engine.world.calls[call].boosts
    after.do(GiveBoost(call=call, seconds=0))
    assert key_of(after, call)[:2] == (ORDINARY, START_MS - 150_000)


def test_only_a_call_that_waits_can_be_pulled_forward() -> None:
    floor = Floor(RULES)
    floor.agent(1)
    call = floor.call("a")
    floor.answer(call)
    for name in (call, CallId("unheard of")):
        with pytest.raises(NotWaiting):
            floor.do(GiveBoost(call=name, seconds=5))


def test_a_call_that_rings_keeps_ringing_when_it_is_pulled_forward() -> None:
    floor = Floor(RULES)
    floor.agent(1)
    call = floor.call("a")
    floor.do(GiveBoost(call=call, seconds=5))
    floor.end_leg(call, EndReason.NO_ANSWER)
    floor.agent(2)
    assert floor.rung == [("a", 1), ("a", 2)]
    assert key_of(floor, call).ms == START_MS - 5_000


@pytest.mark.parametrize(
    ("within_s", "waits", "credited_s"),
    [
        pytest.param(0, [(-300, -60)], 0, id="not in this queue"),
        pytest.param(600, [(-300, -60)], 240, id="once"),
        pytest.param(600, [(-300, -60), (-900, -800)], 340, id="twice"),
        pytest.param(600, [(-300, -60), (-2000, -1000)], 240, id="the time before was too long ago"),
        pytest.param(600, [(-2000, -1000)], 0, id="too long ago"),
        pytest.param(600, [(-300, -60), (-400, -100)], 340, id="two calls at once waited once"),
    ],
)
def test_who_calls_again_soon_is_credited_with_what_they_waited_in_vain(
    within_s: float, waits: list[tuple[float, float]], credited_s: float
) -> None:
    floor = Floor(rules(lost_wait_back_s=within_s))
    lost = [LostWait(since=at(floor, since), until=at(floor, until)) for since, until in waits]
    first = floor.call("first")
    again = floor.call("again", lost_waits=tuple(lost))
    assert key_of(floor, again).ms == START_MS - int(credited_s * 1000)
    assert (key_of(floor, again) < key_of(floor, first)) == (credited_s > 0)
    floor.agent(1)
    explained = {told.call: told.explanation for told in floor.told(CallOffered)}
    if credited_s:
        assert explained[again].boosts == (Boost(BoostSource.LOST_WAIT, credited_s),)


def at(floor: Floor, seconds: float) -> datetime:
    return floor.at + timedelta(seconds=seconds)
