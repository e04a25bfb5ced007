"""Breaks have reasons and limits; who did not answer is told so until they are back."""

import re
from datetime import timedelta
from pathlib import Path

import pytest

from acd.break_rules import OTHER_REASONS, BreakRules, Breaks
from acd.breaks_file import parse_breaks
from acd.engine.breaks import breaks_for
from acd.engine.effects import RememberAgent
from acd.engine.inputs import Refuse, Restore, SetBreaks, SetProfile, SetState, SignIn, SignOut
from acd.engine.state import Absence
from acd.errors import BreakFull, BreaksFileInvalid, UnknownBreak
from acd.events import AgentStateChanged
from acd.model import AgentProfile, AgentState
from kernel.ids import AgentId, QueueId
from telephony.events import DeviceRegistered
from telephony.model import EndReason
from tests.unit.acd.floor import SALES, Floor, device, rules

WEB = Path(__file__).parents[3] / "agent_ui" / "web"
SERVICE = QueueId("service")
REST = BreakRules(key="rest", name_zh="休息", name_en="Rest", limit_s=900.0, queue_at_once=1)
MEAL = BreakRules(key="meal", name_zh="用餐", name_en="Meal", branch_at_once=1)
MEETING = BreakRules(key="meeting", name_zh="会议", name_en="Meeting")


def breaks(*given: BreakRules) -> Breaks:
    return {one.key: one for one in given}


def floor() -> Floor:
    made = Floor(rules(), rules(SERVICE))
    made.do(SetBreaks(breaks=breaks(REST, MEAL, MEETING)))
    return made


def rest(on: Floor, agent: AgentId, reason: str = "rest") -> None:
    on.do(SetState(agent=agent, state=AgentState.ON_BREAK, reason=reason))


def last(on: Floor, agent: AgentId) -> AgentStateChanged:
    return [event for event in on.told(AgentStateChanged) if event.agent == agent][-1]


def left(on: Floor, agent: AgentId) -> dict[str, int | None]:
    return {rules.key: places for rules, places in breaks_for(on.engine.world, agent)}


def test_a_break_is_told_with_the_moment_when_it_ought_to_be_over() -> None:
    on = floor()
    agent = on.agent(1)
    on.wait(100)
    rest(on, agent)
    assert last(on, agent).until == on.at + timedelta(minutes=15)
    on.wait(3600)
    assert on.state(agent) is AgentState.ON_BREAK
    rest(on, agent, "meeting")
    assert last(on, agent).until is None


def test_a_limit_that_is_changed_holds_for_who_is_on_the_break() -> None:
    on = floor()
    agent = on.agent(1)
    rest(on, agent)
    began = on.at
    on.wait(60)
    on.do(SetBreaks(breaks=breaks(BreakRules(key="rest", name_zh="休息", name_en="Rest", limit_s=300.0))))
    assert last(on, agent).until == began + timedelta(minutes=5)


def test_a_break_that_the_site_does_not_have_is_refused() -> None:
    on = floor()
    agent = on.agent(1)
    for reason in ("", "sailing"):
        with pytest.raises(UnknownBreak):
            rest(on, agent, reason)
    assert on.state(agent) is AgentState.READY


def test_no_more_of_a_queue_are_on_a_break_than_may_be_at_once() -> None:
    on = floor()
    first, second, other = on.agent(1), on.agent(2, SALES, SERVICE), on.agent(3, SERVICE)
    rest(on, first)
    assert (left(on, second), left(on, other)) == (
        {"rest": 0, "meal": 1, "meeting": None},
        {"rest": 1, "meal": 1, "meeting": None},
    )
    with pytest.raises(BreakFull):
        rest(on, second)
    assert on.state(second) is AgentState.READY
    rest(on, other)

    on.do(SetState(agent=first, state=AgentState.READY))
    on.do(SetState(agent=other, state=AgentState.READY))
    rest(on, second)
    assert on.state(second) is AgentState.ON_BREAK


def test_no_more_of_a_branch_are_on_a_break_than_may_be_at_once() -> None:
    on = floor()
    first, second, elsewhere = (
        on.agent(1, region="gd"),
        on.agent(2, SERVICE, region="gd"),
        on.agent(3, region="bj"),
    )
    rest(on, first, "meal")
    with pytest.raises(BreakFull):
        rest(on, second, "meal")
    rest(on, elsewhere, "meal")


def test_a_break_asked_for_while_talking_is_told_and_its_place_kept_until_the_call_is_over() -> None:
    on = floor()
    agent = on.agent(1)
    call = on.call("a")
    on.answer(call)
    other = on.agent(2)
    rest(on, agent)
    told = last(on, agent)
    assert (told.state, told.planned, told.planned_reason) == (
        AgentState.TALKING,
        AgentState.ON_BREAK,
        "rest",
    )
    with pytest.raises(BreakFull):
        rest(on, other)

    on.wait(1000)
    on.end_leg(call, EndReason.AGENT_HUNG_UP, joined=True)
    assert (last(on, agent).state, last(on, agent).planned) == (AgentState.WRAP_UP, AgentState.ON_BREAK)
    on.wait(20)

    told = last(on, agent)
    assert (told.state, told.planned) == (AgentState.ON_BREAK, None)
    assert told.until == on.at + timedelta(minutes=15)


def test_a_planned_break_is_taken_back_by_ready() -> None:
    on = floor()
    agent = on.agent(1)
    on.answer(on.call("a"))
    rest(on, agent)
    on.do(SetState(agent=agent, state=AgentState.READY))
    assert last(on, agent).planned is None


def test_asking_once_more_for_the_break_one_is_on_is_no_second_place() -> None:
    on = floor()
    agent = on.agent(1)
    rest(on, agent)
    rest(on, agent)
    assert on.state(agent) is AgentState.ON_BREAK


def test_who_signs_out_gives_the_place_back() -> None:
    on = floor()
    first, second = on.agent(1), on.agent(2)
    rest(on, first)
    on.do(SignOut(agent=first))
    rest(on, second)


def test_a_place_is_kept_over_a_restart_for_whose_page_comes_back() -> None:
    on = floor()
    agent, other = on.agent(1), on.agent(2)
    rest(on, agent)
    kept = next(told.wish for told in reversed(on.told(RememberAgent)) if told.wish.agent == agent)

    anew = floor()
    anew.do(SetProfile(profile=AgentProfile(agent=agent, queues=(SALES,))))
    anew.do(Restore(wish=kept))
    anew.connect()
    anew.agent(2)
    with pytest.raises(BreakFull):
        rest(anew, other)
    anew.wait(60)  # nobody came
    rest(anew, other)
    assert anew.state(other) is AgentState.ON_BREAK


def missed() -> tuple[Floor, AgentId]:
    on = floor()
    agent = on.agent(1)
    call = on.call("a")
    on.wait(15)
    on.end_leg(call, EndReason.NO_ANSWER)
    return on, agent


def test_who_did_not_answer_is_told_when_until_they_say_that_they_are_back() -> None:
    on, agent = missed()
    at = on.at
    assert (last(on, agent).state, last(on, agent).missed_at) == (AgentState.NOT_RESPONDING, at)
    on.wait(5)
    on.do(SetState(agent=agent, state=AgentState.READY))
    told = [event.missed_at for event in on.told(AgentStateChanged) if event.agent == agent]
    assert told[-1] is None


def test_who_asked_for_a_break_while_the_call_rang_in_vain_is_told_so_too() -> None:
    on = floor()
    agent = on.agent(1)
    call = on.call("a")
    rest(on, agent)
    on.wait(15)
    on.end_leg(call, EndReason.NO_ANSWER)
    assert (last(on, agent).state, last(on, agent).missed_at) == (AgentState.ON_BREAK, on.at)
    rest(on, agent)
    assert last(on, agent).missed_at is None


def test_who_did_not_answer_is_given_no_calls_after_a_restart_either() -> None:
    on, agent = missed()
    kept = on.told(RememberAgent)[-1].wish
    assert kept.missed_at == on.at

    anew = floor()
    anew.do(Restore(wish=kept))
    anew.agent(1, ready=False)
    anew.do(SignIn(agent=agent, device=device(1)))
    anew.do(DeviceRegistered(at=anew.at, device=device(1)))
    anew.call("b")

    assert anew.rung == []
    told = last(anew, agent)
    assert (told.state, told.reason, told.since) == (AgentState.NOT_RESPONDING, "missed", kept.missed_at)
    anew.do(SetState(agent=agent, state=AgentState.READY))
    assert anew.rung == [("b", 1)]
    assert anew.told(RememberAgent)[-1].wish.missed_at is None


def test_who_was_heard_after_all_has_missed_nothing_now_or_after_a_restart() -> None:
    on = floor()
    agent, call = on.agent(1), on.call("a")
    on.wait(60)  # the switch says nothing, and the ringing is given up
    assert last(on, agent).missed_at is not None
    on.answer(call)
    on.end_leg(call, EndReason.AGENT_HUNG_UP, joined=True)
    on.wait(60)
    assert (last(on, agent).state, last(on, agent).missed_at) == (AgentState.READY, None)
    assert on.told(RememberAgent)[-1].wish.missed_at is None


def test_a_refused_call_is_a_break_of_its_own_that_needs_no_place() -> None:
    on = floor()
    agent = on.agent(1)
    call = on.call("a")
    on.do(Refuse(agent=agent, call=call))
    assert (on.state(agent), last(on, agent).until) == (AgentState.ON_BREAK, None)


GOOD = """\
breaks:
  rest:
    name: {zh: 休息, en: Rest}
    limit_min: 15
    at_once: {queue: 2, branch: 5}
  meeting:
    name: {zh: 会议, en: Meeting}
"""


def test_breaks_are_read_with_their_limits() -> None:
    read = parse_breaks(GOOD)
    assert list(read) == ["rest", "meeting"]
    assert read["rest"] == BreakRules(
        key="rest", name_zh="休息", name_en="Rest", limit_s=900, queue_at_once=2, branch_at_once=5
    )
    assert read["meeting"] == MEETING


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ("breaks: {}", 1, "at least one break"),
        ("- a", 1, "at least one break"),
        ("breaks:\n  rest: [", 2, "not YAML"),
        (GOOD.replace("limit_min: 15", "limit_min: 0"), 4, "rest: limit_min"),
        (GOOD.replace("queue: 2", "team: 2"), 5, "rest: at_once.team"),
        (GOOD.replace("  meeting:", "  Meeting 1:"), 6, "Meeting 1: the break"),
        (GOOD.replace(", en: Meeting", ""), 7, "meeting: name.en"),
        (GOOD.replace("  meeting:", "  missed:"), 6, "missed: the desk shows something else"),
    ],
)
def test_a_mistake_is_named_with_its_line(text: str, line: int, what: str) -> None:
    with pytest.raises(BreaksFileInvalid, match=rf"breaks\.yaml:\d+: .*{what}") as refused:
        parse_breaks(text)
    assert refused.value.line == line


def test_no_break_can_be_named_like_what_the_desk_shows_of_states() -> None:
    words = (WEB / "src" / "app" / "locales" / "en.ts").read_text(encoding="utf-8")
    shown = re.search(r"\n  reason: \{(.*?)\n  \}", words, re.DOTALL)
    assert shown is not None
    assert set(re.findall(r"^    (\w+):", shown[1], re.MULTILINE)) <= OTHER_REASONS
    assert {absence.value for absence in Absence} <= OTHER_REASONS
