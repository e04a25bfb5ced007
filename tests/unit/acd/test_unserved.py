"""Why nobody had served a caller who left the queue."""

from acd.engine.inputs import Leave
from acd.events import CallLeftQueue
from acd.model import Exit, StickyRules
from acd.still_waiting import StillWaiting, Unserved
from kernel.ids import AgentId, CallId, SkillId
from telephony.events import SwitchDisconnected
from telephony.model import Boost, BoostSource, EndReason
from tests.unit.acd.floor import Floor, rules

ENGLISH = SkillId("english")


def left(floor: Floor, call: CallId) -> Unserved:
    told = [event for event in floor.told(CallLeftQueue) if event.call == call]
    assert len(told) == 1
    assert told[0].unserved is not None
    return told[0].unserved


def gave_up(floor: Floor, call: CallId) -> Unserved:
    floor.hang_up(call)
    return left(floor, call)


def busy_floor(**changes: object) -> Floor:
    floor = Floor(rules(**changes))
    floor.agent(1)
    floor.answer(floor.call("talks"))
    return floor


def test_everybody_was_busy_although_the_caller_went_before_others() -> None:
    floor = busy_floor()
    unserved = gave_up(floor, floor.call("a", level="vip"))
    assert unserved.why is StillWaiting.ALL_BUSY
    assert unserved.boosts == (Boost(BoostSource.LEVEL, 120.0),)


def test_nobody_had_the_skill() -> None:
    floor = busy_floor()
    floor.agent(2)
    unserved = gave_up(floor, floor.call("a", needs={ENGLISH: 2}))
    assert unserved.why is StillWaiting.NOBODY_HAS_THE_SKILLS
    assert unserved.needs == unserved.asked == ((ENGLISH, 2),)


def test_nobody_was_there() -> None:
    floor = Floor()
    assert gave_up(floor, floor.call("a")).why is StillWaiting.NOBODY_ON_DUTY
    floor.agent(1, ready=False)
    assert gave_up(floor, floor.call("b")).why is StillWaiting.NOBODY_ON_DUTY


def test_the_one_who_was_there_had_turned_the_call_down() -> None:
    floor = Floor()
    floor.agent(1)
    call = floor.call("a")
    floor.end_leg(call, EndReason.REFUSED)
    unserved = gave_up(floor, call)
    assert unserved.why is StillWaiting.NOBODY_READY
    assert [(one.agent, one.reason) for one in unserved.passed_over] == [(1, "refused")]


def test_an_agents_phone_rang_when_the_caller_hung_up() -> None:
    floor = Floor()
    agent = floor.agent(1)
    unserved = gave_up(floor, floor.call("a"))
    assert (unserved.why, unserved.offered_to) == (StillWaiting.RINGING, agent)


def test_an_agents_phone_rang_when_the_caller_pressed_a_key() -> None:
    floor = Floor()
    agent = floor.agent(1)
    call = floor.call("a")
    floor.do(Leave(call=call))
    unserved = left(floor, call)
    assert (unserved.why, unserved.offered_to) == (StillWaiting.RINGING, agent)


def test_the_caller_was_kept_for_the_agent_they_know() -> None:
    floor = busy_floor(sticky=StickyRules(hold_s=30, is_capped_by_service_level=False))
    unserved = gave_up(floor, floor.call("a", sticky_agent=AgentId(1)))
    assert (unserved.why, unserved.held_for) == (StillWaiting.HELD_FOR_OWN_AGENT, 1)


def test_the_caller_had_waited_as_long_as_one_may() -> None:
    floor = busy_floor(max_wait_s=60.0)
    call = floor.call("a")
    floor.wait(61)
    assert floor.told(CallLeftQueue)[-1].exit is Exit.TIMEOUT
    assert left(floor, call).why is StillWaiting.ALL_BUSY


def test_the_switch_was_away() -> None:
    floor = busy_floor()
    call = floor.call("a")
    floor.do(SwitchDisconnected(at=floor.at))
    assert gave_up(floor, call).why is StillWaiting.NO_SWITCH


def test_a_caller_who_had_an_agent_is_no_such_caller() -> None:
    floor = busy_floor()
    floor.hang_up(CallId("talks"))
    assert floor.told(CallLeftQueue) == []
