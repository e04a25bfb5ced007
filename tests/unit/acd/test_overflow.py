"""Calls that the agents of other queues may have too."""

from acd.engine.inputs import SetQueues
from acd.engine.pace import Pace
from acd.events import CallOffered
from acd.model import Overflow, QueueRules
from acd.settings import AcdSettings
from kernel.ids import CallId, QueueId, SkillId
from tests.unit.acd.floor import SALES, Floor, rules

BACKUP = QueueId("backup")
ENGLISH = SkillId("english")
SETTINGS = AcdSettings(pace_counts_min=3)


def after(seconds: float) -> QueueRules:
    return rules(overflows=(Overflow(to=(BACKUP,), after_s=seconds),))


def expecting(seconds: float) -> QueueRules:
    return rules(overflows=(Overflow(to=(BACKUP,), expected_wait_s=seconds),), wrap_up_s=0)


def test_an_idle_agent_of_another_queue_gets_the_call_once_it_has_waited_long() -> None:
    floor = Floor(after(60), rules(BACKUP))
    floor.agent(1, BACKUP)
    floor.call("a")

    floor.wait(59)
    assert floor.rung == []
    floor.wait(1)
    assert floor.rung == [("a", 1)]


def test_what_was_reached_is_told_with_the_offer() -> None:
    floor = Floor(after(60), rules(BACKUP))
    floor.agent(1, BACKUP)
    floor.call("a")
    floor.wait(60)
    assert floor.told(CallOffered)[0].explanation.reached == (BACKUP,)
    assert floor.told(CallOffered)[0].queue == SALES


def test_the_own_queue_goes_on_looking_for_an_agent() -> None:
    floor = Floor(after(10), rules(BACKUP))
    floor.call("a")
    floor.wait(20)
    floor.agent(1)
    assert floor.rung == [("a", 1)]


def test_a_freed_agent_takes_the_oldest_of_the_own_queue_and_those_that_reach_it() -> None:
    here = rules(overflows=(Overflow(to=(BACKUP,), after_s=30),), wrap_up_s=0)
    floor = Floor(here, rules(BACKUP, wrap_up_s=0))
    agent = floor.agent(1, BACKUP)
    busy = floor.call("busy", BACKUP)
    floor.answer(busy)
    floor.call("first", BACKUP)
    floor.wait(1)
    floor.call("second")
    floor.wait(1)
    floor.call("third", BACKUP)
    floor.wait(40)

    for name in ("busy", "first", "second"):
        floor.serve(CallId(name), talk_s=0)
    assert floor.rung == [("busy", agent), ("first", agent), ("second", agent), ("third", agent)]


def test_who_reaches_another_queue_still_needs_the_skills_asked_for() -> None:
    floor = Floor(after(10), rules(BACKUP))
    floor.agent(1, BACKUP)
    floor.agent(2, BACKUP, skills={ENGLISH: 1})
    floor.call("a", needs={ENGLISH: 1})
    floor.wait(10)
    assert floor.rung == [("a", 2)]


def test_an_agent_of_both_queues_is_asked_once() -> None:
    floor = Floor(after(10), rules(BACKUP))
    agent = floor.agent(1, SALES, BACKUP, ready=False)
    floor.call("a")
    floor.wait(10)
    (lane,) = [lane for lane in floor.engine.world.agents[agent].lanes if lane.reach]
    assert lane.queue == SALES


def test_steps_of_reaching_go_on_one_from_the_other() -> None:
    other = QueueId("other")
    steps = (Overflow(to=(BACKUP,), after_s=10), Overflow(to=(other,), after_s=20))
    floor = Floor(rules(overflows=steps), rules(BACKUP), rules(other))
    call = floor.call("a")
    floor.wait(10)
    assert floor.engine.world.calls[call].reach == (BACKUP,)
    floor.wait(10)
    assert floor.engine.world.calls[call].reach == (BACKUP, other)


def test_changed_rules_take_back_what_they_no_longer_allow() -> None:
    floor = Floor(after(10), rules(BACKUP))
    floor.call("a")
    floor.wait(20)
    floor.do(SetQueues(queues={SALES: rules(), BACKUP: rules(BACKUP)}))
    floor.agent(1, BACKUP)
    assert floor.rung == []


def test_a_restart_gives_back_what_the_wait_had_earned() -> None:
    floor = Floor(after(30), rules(BACKUP))
    floor.agent(1, BACKUP)
    earlier = Floor(after(30), rules(BACKUP))
    call = earlier.call("a")
    earlier.wait(25)
    mark = earlier.engine.world.calls[call].mark

    floor.wait(25)
    floor.call("a", mark=mark)
    floor.wait(5)

    assert floor.rung == [("a", 1)]


def busy_line(rules_here: QueueRules, *more: QueueRules) -> Floor:
    """One agent in sales who needs a minute for each call; a caller too many comes with each."""
    floor = Floor(rules_here, *more, settings=SETTINGS)
    floor.agent(1)
    for number in range(6):
        floor.call(f"early {number}")
    for _ in range(4):
        call = floor.rings[-1].call
        floor.answer(call)
        floor.wait(60)
        floor.hang_up(call)
    return floor


def test_a_long_expected_wait_reaches_at_once_where_nobody_waits() -> None:
    floor = busy_line(expecting(100), rules(BACKUP))
    call = floor.call("a")
    assert floor.engine.world.calls[call].reach == (BACKUP,)


def test_a_short_expected_wait_reaches_nobody() -> None:
    floor = busy_line(expecting(600), rules(BACKUP))
    call = floor.call("a")
    floor.wait(30)
    assert floor.engine.world.calls[call].reach == ()


def test_a_wait_that_grows_too_long_reaches_others_in_time() -> None:
    floor = busy_line(expecting(200), rules(BACKUP))
    call = floor.call("a")
    floor.wait(60)  # nobody answers: the line has not moved for a minute
    assert floor.engine.world.calls[call].reach == ()
    floor.wait(20)
    assert floor.engine.world.calls[call].reach == (BACKUP,)


def test_a_wait_that_would_be_longer_there_is_no_reason_to_go() -> None:
    floor = busy_line(expecting(100), rules(BACKUP))
    floor.call("their own", BACKUP)
    call = floor.call("a")
    assert floor.engine.world.calls[call].reach == ()


def test_a_wait_is_expected_only_once_enough_was_seen() -> None:
    floor = Floor(expecting(1), rules(BACKUP))
    floor.agent(2, BACKUP)
    floor.call("a")
    floor.wait(60)
    assert floor.rung == []


def test_the_pace_is_the_mean_time_between_calls_that_leave_others_behind() -> None:
    pace = Pace()
    for moment in (0, 60, 120, 180):
        pace.note(moment, SETTINGS, others_wait=True)
    assert pace.expected_s(0, 180, SETTINGS) == 60
    assert pace.expected_s(2, 190, SETTINGS) == 180


def test_time_in_which_nobody_waited_is_not_counted() -> None:
    pace = Pace()
    for begin in (0, 1000, 2000, 3000):
        pace.begin(begin)
        pace.note(begin + 30, SETTINGS, others_wait=False)
    assert pace.expected_s(0, 3030, SETTINGS) == 30


def test_a_line_that_does_not_move_is_slower_than_it_was() -> None:
    pace = Pace()
    for moment in (0, 60, 120, 180):
        pace.note(moment, SETTINGS, others_wait=True)
    assert pace.expected_s(1, 480, SETTINGS) == 600


def test_nothing_is_expected_from_what_was_long_ago() -> None:
    pace = Pace()
    for moment in (0, 60, 120, 180):
        pace.note(moment, SETTINGS, others_wait=True)
    assert pace.expected_s(0, 180 + SETTINGS.pace_valid_s + 1, SETTINGS) is None
