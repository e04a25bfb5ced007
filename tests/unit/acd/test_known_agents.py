"""The agent whom a caller knows: who that is, whether to wait for them, and how often they meet."""

from dataclasses import replace
from datetime import timedelta

import pytest

from acd.engine.acquaintance import known_agent
from acd.engine.talks import Talks
from acd.events import CallConnected, CallOffered
from acd.model import StickyRules
from acd.settings import AcdSettings
from kernel.ids import AgentId, CallId
from telephony.model import Acquaintance, EndReason, Talk
from tests.unit.acd.floor import START, Floor, rules

LI, WANG, CHEN = AgentId(1), AgentId(2), AgentId(3)


def talk(agent: AgentId, *, days: float = 1, talked_s: float = 60) -> Talk:
    return Talk(agent=agent, at=START - timedelta(days=days), talked_s=talked_s)


def chosen(
    known: Acquaintance, *, members: tuple[AgentId, ...] = (LI, WANG, CHEN), **rules_: object
) -> int | None:
    return known_agent(StickyRules(**rules_), known, START, lambda agent: agent in members)  # type: ignore[arg-type]


def test_who_talked_last_is_known_and_of_one_call_the_one_it_went_to() -> None:
    known = Acquaintance(calls=((talk(LI), talk(WANG)), (talk(CHEN, days=2),)))
    assert chosen(known) == WANG
    assert chosen(known, is_first_agent=True) == LI


@pytest.mark.parametrize(("days", "agent"), [(7, LI), (3, None), (0, None)])
def test_a_queue_looks_back_so_many_days(days: int, agent: AgentId | None) -> None:
    assert chosen(Acquaintance(calls=((talk(LI, days=5),),)), days=days) == agent


def test_a_short_talk_makes_nobody_known() -> None:
    known = Acquaintance(calls=((talk(LI, talked_s=90), talk(WANG, talked_s=5)), (talk(CHEN, days=2),)))
    assert chosen(known, min_talk_s=10) == LI
    assert chosen(known, min_talk_s=60) == LI
    assert chosen(Acquaintance(calls=((talk(LI, talked_s=5),), (talk(CHEN),))), min_talk_s=10) == CHEN


def test_whether_who_called_the_customer_is_known_too_is_the_queues_to_say() -> None:
    known = Acquaintance(calls=((replace(talk(LI), is_outgoing=True),), (talk(CHEN, days=2),)))
    assert chosen(known) == LI
    assert chosen(known, counts_outgoing=False) == CHEN


def test_who_holds_the_open_ticket_comes_first_however_long_ago() -> None:
    known = Acquaintance(calls=((talk(LI),),), ticket_agents=(WANG,))
    assert chosen(known) == WANG
    assert chosen(Acquaintance(ticket_agents=(WANG,)), days=1) == WANG
    assert chosen(known, days=0) is None


def test_who_left_the_queue_is_not_known_there_any_more() -> None:
    known = Acquaintance(calls=((talk(LI),), (talk(CHEN, days=2),)), ticket_agents=(WANG,))
    assert chosen(known, members=(LI, CHEN)) == LI
    assert chosen(known, members=(CHEN,)) == CHEN
    assert chosen(known, members=()) is None


def test_the_engine_takes_whom_the_queue_counts() -> None:
    floor = Floor()
    floor.agent(1)
    floor.agent(2)
    floor.call("a", known=Acquaintance(calls=((talk(WANG),),)))
    assert floor.rung == [("a", 2)]


# --- whether to wait for an agent who is busy


def test_the_chance_is_the_share_of_those_that_lasted_as_long() -> None:
    talks = Talks()
    for seconds in range(10, 110, 10):
        talks.note(seconds, kept=100)
    assert talks.chance_to_end(0, 50, counts_min=5) == 0.5
    assert talks.chance_to_end(50, 10, counts_min=5) == pytest.approx(0.2)
    assert talks.chance_to_end(50, 0, counts_min=5) == 0
    assert talks.chance_to_end(60, 10, counts_min=5) is None


def test_only_the_latest_talks_count() -> None:
    talks = Talks()
    for seconds in (500, 500, 10, 10, 20):
        talks.note(seconds, kept=3)
    assert talks.chance_to_end(0, 10, counts_min=3) == pytest.approx(2 / 3)


def experienced(
    talk_s: float, *, hold_s: float = 30, wrap_up_s: float = 0, least_chance: float = 0.5
) -> Floor:
    """Agent 1 has had talks of one length, and talks again; nobody else is there."""
    sticky = StickyRules(hold_s=hold_s, is_capped_by_service_level=False, least_chance=least_chance)
    settings = AcdSettings(talks_counted_min=3)
    floor = Floor(rules(sticky=sticky, wrap_up_s=wrap_up_s), settings=settings)
    floor.agent(1)
    for number in range(3):
        floor.serve(floor.call(f"early {number}"), talk_s=talk_s)
        floor.wait(wrap_up_s)
    floor.answer(floor.call("now"))
    return floor


def test_a_call_is_held_for_an_agent_who_will_soon_be_free() -> None:
    floor = experienced(talk_s=60)
    floor.wait(40)
    floor.agent(2)
    call = floor.call("a", sticky_agent=LI)
    assert floor.engine.world.calls[call].held_for == LI


def test_a_call_is_not_held_for_an_agent_who_has_just_begun() -> None:
    floor = experienced(talk_s=60)
    floor.wait(10)
    floor.agent(2)
    floor.call("a", sticky_agent=LI)
    assert floor.rung[-1] == ("a", 2)
    why = floor.told(CallOffered)[-1].explanation
    assert [(entry.agent, entry.reason) for entry in why.passed_over] == [(LI, "busy_for_long")]


def test_the_agents_time_after_the_call_counts_too() -> None:
    floor = experienced(talk_s=60, wrap_up_s=25)
    floor.wait(50)
    floor.agent(2)
    floor.call("a", sticky_agent=LI)
    assert floor.rung[-1] == ("a", 2)


@pytest.mark.parametrize(("wrap_up_s", "is_held"), [(25, True), (60, False)])
def test_of_an_agent_in_wrap_up_the_end_is_known(wrap_up_s: float, *, is_held: bool) -> None:
    floor = experienced(talk_s=60, wrap_up_s=wrap_up_s)
    floor.end_leg(CallId("now"), EndReason.AGENT_HUNG_UP, joined=True)
    call = floor.call("a", sticky_agent=LI)
    assert (floor.engine.world.calls[call].held_for == LI) is is_held


def test_where_nothing_is_known_of_talks_a_call_is_held_as_the_queue_says() -> None:
    floor = experienced(talk_s=60)
    floor.wait(61)  # longer than any talk so far
    floor.agent(2)
    call = floor.call("a", sticky_agent=LI)
    assert floor.engine.world.calls[call].held_for == LI


def test_a_queue_may_hold_without_weighing() -> None:
    floor = experienced(talk_s=600, least_chance=0)
    call = floor.call("a", sticky_agent=LI)
    assert floor.engine.world.calls[call].held_for == LI


# --- how often they meet


def test_who_answers_is_told_beside_whom_the_caller_knew() -> None:
    floor = Floor()
    floor.agent(1)
    floor.answer(floor.call("a", sticky_agent=WANG))
    (event,) = floor.told(CallConnected)
    assert (event.agent, event.sticky_agent) == (LI, WANG)
