"""Why a call still waits."""

import pytest

from acd.engine.inputs import GiveBoost, SetState
from acd.engine.waiting import waiting_in, waiting_of
from acd.model import AgentState, Overflow, QueueRules, Relaxation, StickyRules
from acd.still_waiting import StillWaiting, Waiting
from kernel.ids import AgentId, CallId, QueueId, SkillId
from telephony.events import SwitchDisconnected
from telephony.model import Boost, BoostSource, EndReason
from tests.unit.acd.floor import SALES, Floor, rules

ENGLISH = SkillId("english")
BACKUP = QueueId("backup")


def why(floor: Floor, call: CallId) -> Waiting:
    found = waiting_of(floor.engine.world, call, floor.now)
    assert found is not None
    return found


def passed_over(waiting: Waiting) -> list[tuple[int, str]]:
    return [(entry.agent, entry.reason) for entry in waiting.passed_over]


def busy_floor(sales: QueueRules | None = None) -> Floor:
    """One agent talks."""
    floor = Floor(sales or rules(), rules(BACKUP))
    floor.agent(1)
    floor.answer(floor.call("talks"))
    return floor


def test_everybody_is_busy() -> None:
    floor = busy_floor()
    call = floor.call("a")
    floor.wait(12)
    waiting = why(floor, call)
    assert (waiting.why, waiting.waited_s, waiting.position) == (StillWaiting.ALL_BUSY, 12, 1)
    assert (waiting.agents, passed_over(waiting)) == ({"busy": 1}, [(1, "busy")])


def test_who_is_there_without_the_skill_is_named_before_who_is_not_there() -> None:
    floor = busy_floor()
    floor.agent(2, ready=False)
    idle = floor.agent(3)
    floor.do(SetState(agent=floor.agent(4), state=AgentState.ON_BREAK))
    call = floor.call("a", needs={ENGLISH: 2})
    waiting = why(floor, call)
    assert passed_over(waiting) == [(idle, "lacks_skill"), (1, "busy"), (4, "on_break"), (2, "offline")]
    assert waiting.why is StillWaiting.NOBODY_HAS_THE_SKILLS


def test_who_turned_the_call_down_is_named_first() -> None:
    floor = Floor()
    floor.agent(1)
    call = floor.call("a")
    floor.end_leg(call, EndReason.REFUSED)
    waiting = why(floor, call)
    assert passed_over(waiting) == [(1, "refused")]
    assert waiting.why is StillWaiting.NOBODY_READY


@pytest.mark.parametrize("is_member", [True, False])
def test_nobody_works(*, is_member: bool) -> None:
    floor = Floor(rules(), rules(BACKUP))
    floor.agent(1, SALES if is_member else BACKUP, ready=False)
    waiting = why(floor, floor.call("a"))
    assert waiting.why is StillWaiting.NOBODY_ON_DUTY
    assert waiting.agents == ({"offline": 1} if is_member else {})


def test_a_hold_tells_for_whom_and_how_long_still() -> None:
    sticky = StickyRules(hold_s=30, is_capped_by_service_level=False)
    floor = busy_floor(rules(sticky=sticky))
    call = floor.call("a", sticky_agent=AgentId(1))
    floor.wait(10)
    waiting = why(floor, call)
    assert (waiting.why, waiting.held_for, waiting.sticky_agent) == (StillWaiting.HELD_FOR_OWN_AGENT, 1, 1)
    assert (waiting.held_in_all_s, waiting.is_let_go_in_s) == (10, 20)
    floor.wait(20)
    later = why(floor, call)
    assert (later.why, later.held_for, later.held_in_all_s) == (StillWaiting.ALL_BUSY, None, 30)


def test_a_call_that_rings_tells_with_whom() -> None:
    floor = Floor()
    floor.agent(1)
    waiting = why(floor, floor.call("a"))
    assert (waiting.why, waiting.offered_to) == (StillWaiting.RINGING, 1)


def test_what_is_asked_for_now_and_when_it_will_be_less() -> None:
    step = Relaxation(after_s=30, at_most={ENGLISH: 1})
    floor = busy_floor(rules(relaxations=(step,)))
    call = floor.call("a", needs={ENGLISH: 2})
    floor.wait(10)
    before = why(floor, call)
    assert (before.asked, before.needs, before.asks_less_in_s) == (((ENGLISH, 2),), ((ENGLISH, 2),), 20)
    floor.wait(20)
    after = why(floor, call)
    assert (after.asked, after.needs, after.asks_less_in_s) == (((ENGLISH, 2),), ((ENGLISH, 1),), None)


def test_agents_of_queues_that_were_reached_are_counted_too() -> None:
    floor = busy_floor(rules(overflows=(Overflow(to=(BACKUP,), after_s=10),), max_wait_s=60))
    floor.agent(2, BACKUP, ready=False)
    call = floor.call("a")
    assert why(floor, call).agents == {"busy": 1}
    floor.wait(10)
    waiting = why(floor, call)
    assert (waiting.reached, waiting.agents) == ((BACKUP,), {"busy": 1, "offline": 1})
    assert waiting.leaves_in_s == 50


def test_boosts_are_told_with_their_sources() -> None:
    floor = busy_floor()
    call = floor.call("a", level="vip", matter="outage")
    floor.do(GiveBoost(call=call, seconds=60))
    waiting = why(floor, call)
    assert (waiting.level, waiting.matter, waiting.boost_s) == ("vip", "outage", 180)
    assert waiting.boosts == (Boost(BoostSource.LEVEL, 120), Boost(BoostSource.SUPERVISOR, 60))


def test_a_phone_system_that_is_away_is_the_first_reason() -> None:
    floor = Floor()
    floor.agent(1)
    floor.do(SwitchDisconnected(at=floor.at))
    assert why(floor, floor.call("a")).why is StillWaiting.NO_SWITCH


def test_a_claim_that_another_leg_had_is_a_reason_of_its_own() -> None:
    floor = Floor()
    floor.agent(1)
    call = floor.call("a")
    floor.end_leg(call, EndReason.CLAIMED)
    assert why(floor, call).why is StillWaiting.BEING_TAKEN


def test_calls_are_listed_in_the_order_in_which_they_will_be_served() -> None:
    floor = busy_floor()
    for name, level in (("a", ""), ("b", "vip"), ("c", "chairman")):
        floor.call(name, level=level)
    listed = list(waiting_in(floor.engine.world, SALES, floor.now, limit=2))
    assert [(one.call, one.position) for one in listed] == [("c", 1), ("b", 2)]


def test_a_call_that_talks_or_is_gone_does_not_wait() -> None:
    floor = busy_floor()
    assert waiting_of(floor.engine.world, CallId("talks"), floor.now) is None
    assert waiting_of(floor.engine.world, CallId("unheard of"), floor.now) is None


def test_an_agent_who_is_free_while_the_call_is_held_for_another_is_named_as_such() -> None:
    sticky = StickyRules(hold_s=30, is_capped_by_service_level=False)
    floor = busy_floor(rules(sticky=sticky))
    floor.agent(2)
    call = floor.call("a", sticky_agent=AgentId(1))
    assert passed_over(why(floor, call)) == [(2, "ready"), (1, "busy")]
