"""Agents of other queues who help one that has passed its limit, and go back."""

import pytest

from acd.engine.inputs import AnswerHelp, RestoreHelp, SetQueues, Transfer
from acd.errors import NoHelpProposed, UnknownQueue
from acd.events import CallOffered, HelpChanged
from acd.model import QueueRules
from acd.reserves import Help, HelpStand, Reserve
from acd.settings import AcdSettings
from kernel.ids import AgentId, CallId, QueueId
from telephony.events import SwitchDisconnected
from tests.unit.acd.floor import SALES, Floor, rules

BACK_OFFICE = QueueId("back_office")
CHEN = AgentId(99)


def helped(**reserve: object) -> QueueRules:
    given = {"queues": (BACK_OFFICE,), "waiting": 3, "until_waiting": 1, "stays_s": 0.0, **reserve}
    return rules(reserve=Reserve(**given), wrap_up_s=0)  # type: ignore[arg-type]


def floor_of(sales: QueueRules, settings: AcdSettings | None = None) -> Floor:
    floor = Floor(sales, rules(BACK_OFFICE, wrap_up_s=0), settings=settings or AcdSettings())
    floor.agent(1, BACK_OFFICE)
    return floor


def stands(floor: Floor) -> list[Help | None]:
    return [event.stand.help if event.stand else None for event in floor.told(HelpChanged)]


def answer(floor: Floor, *, helps: bool) -> None:
    floor.do(AnswerHelp(queue=SALES, helps=helps, supervisor=CHEN))


def test_over_the_limit_the_reserve_takes_the_first_in_line_and_is_told_so() -> None:
    floor = floor_of(helped())
    floor.call("a")
    floor.call("b")
    assert (floor.rung, stands(floor)) == ([], [])
    floor.call("c")
    assert (floor.rung, stands(floor)) == ([("a", 1)], [Help.GIVEN])
    explained = floor.told(CallOffered)[-1].explanation
    assert (explained.is_help, explained.reached) == (True, (BACK_OFFICE,))


def test_who_is_freed_in_the_turn_that_brings_help_takes_the_first_of_both_queues() -> None:
    floor = floor_of(helped(waiting=2))
    floor.call("a")
    talking = floor.call("talks", BACK_OFFICE)
    floor.answer(talking)
    floor.call("b", BACK_OFFICE)
    floor.do(Transfer(call=talking, agent=AgentId(1), to_queue=SALES))
    assert stands(floor) == [Help.GIVEN]
    assert floor.rung[1:] == [("a", 1)]


def test_who_comes_while_the_reserve_helps_has_it_too_and_own_agents_are_no_help() -> None:
    floor = floor_of(helped())
    for name in ("a", "b", "c"):
        floor.call(name)
    floor.agent(2)
    floor.agent(3, BACK_OFFICE)
    floor.agent(4, BACK_OFFICE)
    floor.call("d")
    assert floor.rung == [("a", 1), ("b", 2), ("c", 3), ("d", 4)]
    assert [told.explanation.is_help for told in floor.told(CallOffered)] == [True, False, True, True]


def test_below_the_lower_limit_the_reserve_goes_back_and_finishes_its_talks() -> None:
    floor = floor_of(helped())
    for name in ("a", "b", "c"):
        floor.call(name)
    floor.answer(CallId("a"))
    assert stands(floor) == [Help.GIVEN]
    floor.hang_up(CallId("b"))
    assert stands(floor) == [Help.GIVEN, None]
    assert floor.engine.world.agents[AgentId(1)].call == "a"
    floor.hang_up(CallId("a"))
    assert floor.rung == [("a", 1)]


def test_nobody_is_held_for_one_of_the_reserve_who_has_gone_back() -> None:
    floor = floor_of(helped())
    for name in ("a", "b", "c"):
        floor.call(name)
    floor.answer(CallId("a"))
    floor.call("d", sticky_agent=AgentId(1))
    assert floor.engine.world.calls[CallId("d")].held_for == 1
    answer(floor, helps=False)
    assert floor.engine.world.calls[CallId("d")].held_for is None
    floor.agent(2)
    floor.agent(3)
    floor.agent(4)
    assert floor.rung[1:] == [("b", 2), ("c", 3), ("d", 4)]


def test_help_that_works_stays_for_a_while() -> None:
    floor = floor_of(helped(stays_s=60.0))
    for name in ("a", "b", "c"):
        floor.call(name)
    for name in ("b", "c"):
        floor.hang_up(CallId(name))
    floor.wait(59)
    assert stands(floor) == [Help.GIVEN]
    floor.wait(11)
    assert stands(floor) == [Help.GIVEN, None]
    assert floor.engine.world.timers.due_s(("reserve", SALES)) is None


def test_a_proposal_moves_nobody_until_a_supervisor_agrees() -> None:
    floor = floor_of(helped(is_proposed=True))
    for name in ("a", "b", "c"):
        floor.call(name)
    assert (floor.rung, stands(floor)) == ([], [Help.PROPOSED])
    answer(floor, helps=True)
    assert (floor.rung, stands(floor)) == ([("a", 1)], [Help.PROPOSED, Help.GIVEN])
    assert floor.told(HelpChanged)[-1].by == CHEN
    with pytest.raises(NoHelpProposed):
        answer(floor, helps=True)


@pytest.mark.parametrize("is_proposed", [True, False])
def test_who_is_sent_back_or_not_wanted_is_asked_again_only_after_the_next_relief(
    *, is_proposed: bool
) -> None:
    floor = floor_of(helped(is_proposed=is_proposed))
    for name in ("a", "b", "c"):
        floor.call(name)
    answer(floor, helps=False)
    floor.call("d")
    floor.agent(2, BACK_OFFICE)
    assert stands(floor)[-1] is Help.DECLINED
    assert ("b", 2) not in floor.rung
    with pytest.raises(NoHelpProposed):
        answer(floor, helps=True)
    for name in ("a", "b", "c"):
        floor.hang_up(CallId(name))
    assert stands(floor)[-1] is None
    for name in ("e", "f"):
        floor.call(name)
    assert stands(floor)[-1] is (Help.PROPOSED if is_proposed else Help.GIVEN)


def test_nothing_is_answered_where_nothing_is_asked() -> None:
    floor = floor_of(helped())
    with pytest.raises(NoHelpProposed):
        answer(floor, helps=True)
    with pytest.raises(UnknownQueue):
        floor.do(AnswerHelp(queue=QueueId("none"), helps=True, supervisor=CHEN))


def test_a_long_expected_wait_calls_the_reserve_without_anybody_coming() -> None:
    settings = AcdSettings(pace_counts_min=3, overflow_look_s=10)
    sales = helped(waiting=None, expected_wait_s=100.0, until_expected_wait_s=30.0)
    floor = Floor(sales, rules(BACK_OFFICE, wrap_up_s=0), settings=settings)
    floor.agent(2)
    floor.answer(floor.call("busy"))
    for name in ("a", "b", "c", "d", "e"):
        floor.call(name)
    for name in ("a", "b", "c"):
        floor.wait(60)
        floor.hang_up(CallId("busy" if name == "a" else chr(ord(name) - 1)))
        floor.answer(CallId(name))
    floor.wait(20)
    assert stands(floor) == [Help.GIVEN]
    floor.agent(1, BACK_OFFICE)
    assert floor.rung[-1] == ("d", 1)


def test_a_restart_forgets_neither_who_helps_nor_who_is_not_wanted() -> None:
    floor = floor_of(helped())
    stand = HelpStand(queue=SALES, help=Help.GIVEN, queues=(BACK_OFFICE,), since=floor.at, by=CHEN)
    floor.do(RestoreHelp(stand=stand))
    assert stands(floor) == [None]  # nobody waits any more

    floor = floor_of(helped())
    floor.do(SwitchDisconnected(at=floor.at))
    floor.do(RestoreHelp(stand=stand))
    assert floor.engine.world.help == {SALES: stand}


def test_help_by_a_rule_that_is_gone_is_over() -> None:
    floor = floor_of(helped())
    for name in ("a", "b", "c"):
        floor.call(name)
    floor.do(SetQueues(queues={SALES: rules(wrap_up_s=0), BACK_OFFICE: rules(BACK_OFFICE)}))
    floor.agent(2, BACK_OFFICE)
    assert stands(floor) == [Help.GIVEN, None]
    assert floor.rung == [("a", 1)]
    floor.do(
        RestoreHelp(stand=HelpStand(queue=SALES, help=Help.GIVEN, queues=(BACK_OFFICE,), since=floor.at))
    )
    assert floor.engine.world.help == {}
