"""What Asterisk's own tests expect of a queue, asked of this engine.

Who is paused there is on a break here, or not responding; a penalty is a skill's level, a priority a boost,
and the timeout the queue's longest wait. Each test here names the one it answers to, and where this engine
means something else says what and why.

 1 queue_baseline: test_one_call_is_told_of_once_at_each_step
 2 position_priority_maxlen: test_positions_follow_priorities_and_the_last_finds_the_queue_full
 3 queue_all_paused_no_answer: test_nobody_is_rung_when_all_are_on_a_break_and_the_caller_leaves_in_time
 4 queue_one_paused_no_answer: test_only_who_is_not_on_a_break_is_rung
 5 queue_no_answer: test_a_caller_whom_nobody_answers_leaves_and_no_phone_rings_on,
   test_who_leaves_while_ringing_is_not_counted_twice
 6 queue_penalty_outside_range: test_who_is_outside_of_what_is_asked_for_is_not_rung
 7 set_penalty: test_a_skill_changed_in_any_state_counts_from_the_next_call_on_and_ends_nothing
 8 ringinuse_and_pause: test_who_talks_is_not_rung_and_not_taken_for_absent,
   test_who_does_not_answer_is_not_rung_again_in_any_queue; nobody is rung while they talk
 9 wrapup_time: test_the_time_after_a_call_keeps_an_agent_from_all_queues; there is no such time by queue
10 wrapup_time_per_member: test_agents_have_their_own_time_after_a_call
11 reason_pause_ami: test_the_reason_of_a_break_is_told_and_so_is_its_change
12 reload_queue_members: test_after_members_changed_exactly_those_are_rung
13 queue_member_forward: test_a_phone_whose_forwarding_leads_nowhere_costs_no_caller; a target that exists
   leads nowhere either (test_a_phone_that_sends_its_calls_elsewhere_is_no_way_out_and_the_next_one_rings):
   calls ring outside only where Hotline knows of it
   (test_whoever_answers_an_outside_number_and_presses_one_has_the_caller)
14 redirect (ASTERISK-28829): test_nothing_is_left_of_a_call_that_is_gone
15 transfer/caller_attended: callers transfer nobody, and lose nothing by trying
   (test_whose_phone_asks_to_be_connected_elsewhere_goes_on_talking); what an agent does instead is one
   transfer and one end (test_the_colleague_gets_the_caller_and_the_agent_time_after_the_call)
16 transfer/caller_blind: the same (test_the_colleague_who_answers_has_the_call_and_it_never_comes_back)
17 queue_transfer_callee: test_a_caller_who_hangs_up_leaves_the_agent_to_the_time_after_the_call
18 agent_request, accountcode: test_an_agents_states_go_round_in_their_order,
   test_what_a_call_is_about_is_kept_until_it_is_served; agent_acknowledge: the key is asked for by outside
   numbers alone (test_a_mailbox_or_another_key_never_gets_the_caller); gosub_test: agents have no dialplan
"""

import re
from collections import Counter
from pathlib import Path

import pytest

from acd.engine.effects import CancelLeg, MarkCall
from acd.engine.inputs import Input, SetProfile, SetQueues, SetState, SignOut
from acd.engine.waiting import waiting_of
from acd.errors import QueueFull
from acd.events import (
    AgentStateChanged,
    CallConnected,
    CallLeftQueue,
    CallOffered,
    CallQueued,
    CallServed,
    OfferEnded,
)
from acd.model import AgentProfile, AgentState, Exit, OfferResult
from acd.still_waiting import StillWaiting
from kernel.ids import AgentId, CallId, QueueId, SkillId
from telephony.events import CallEnded, LegRinging
from telephony.model import Boost, BoostSource, EndReason, Phase
from tests.unit.acd.floor import SALES, Floor, rules

SERVICE = QueueId("service")
ENGLISH = SkillId("english")
HOUR_S = 3600.0
TESTS = Path(__file__).resolve().parents[2]


def rings_out(floor: Floor, call: CallId) -> None:
    floor.end_leg(call, EndReason.NO_ANSWER)


def left(floor: Floor) -> list[tuple[CallId, float, Exit | None]]:
    return [(gone.call, gone.waited_s, gone.exit) for gone in floor.told(CallLeftQueue)]


def test_each_of_the_behaviours_is_answered_by_tests_that_there_are() -> None:
    table = __doc__ or ""
    there_are = {
        name
        for file in TESTS.rglob("test_*.py")
        for name in re.findall(r"^(?:async )?def (test_\w+)", file.read_text(encoding="utf-8"), re.MULTILINE)
    }
    assert [int(number) for number in re.findall(r"^ ?(\d+) ", table, re.MULTILINE)] == list(range(1, 19))
    assert set(re.findall(r"test_\w+", table)) <= there_are


def test_one_call_is_told_of_once_at_each_step() -> None:
    """queue_baseline. Nobody leaves the queue by talking: that event is for those who did not."""
    floor = Floor()
    floor.agent(1)

    floor.serve(floor.call("a"))

    steps = (CallQueued, CallOffered, OfferEnded, CallConnected, CallServed, CallLeftQueue)
    assert [len(floor.told(step)) for step in steps] == [1, 1, 1, 1, 1, 0]


def test_positions_follow_priorities_and_the_last_finds_the_queue_full() -> None:
    """position_priority_maxlen, with its priorities as hours of boost.

    Nobody can ask for a position here: that would push back who came first for no reason that could
    be told to them. So the six callers who ask for one there join here by their priority alone.
    """
    floor = Floor(rules(capacity=11))
    for number, priority in enumerate((0, 0, 1, 1, 2, 0, 0, 0, 8, 1, 1)):
        floor.call(f"call-{number}", boosts=(Boost(BoostSource.NODE, priority * HOUR_S),))
        floor.wait(1)
    with pytest.raises(QueueFull):
        floor.call("call-11", boosts=(Boost(BoostSource.NODE, 2 * HOUR_S),))

    assert [queued.position for queued in floor.told(CallQueued)] == [1, 2, 1, 2, 1, 6, 7, 8, 1, 5, 6]


def test_nobody_is_rung_when_all_are_on_a_break_and_the_caller_leaves_in_time() -> None:
    """queue_all_paused_no_answer."""
    floor = Floor(rules(max_wait_s=3))
    for number in (1, 2):
        floor.do(SetState(agent=floor.agent(number), state=AgentState.ON_BREAK))

    call = floor.call("a")
    floor.wait(10)

    assert floor.rung == []
    assert left(floor) == [(call, 3, Exit.TIMEOUT)]


def test_only_who_is_not_on_a_break_is_rung() -> None:
    """queue_one_paused_no_answer. Who did not answer is not rung again: they are not there."""
    floor = Floor(rules(max_wait_s=3, offer_timeout_s=2))
    floor.agent(1)
    floor.do(SetState(agent=floor.agent(2), state=AgentState.ON_BREAK))

    call = floor.call("a")
    floor.wait(2)
    rings_out(floor, call)
    floor.wait(10)

    assert floor.rung == [(call, 1)]
    assert left(floor) == [(call, 3, Exit.TIMEOUT)]


def test_a_caller_whom_nobody_answers_leaves_and_no_phone_rings_on() -> None:
    """queue_no_answer: two agents, who ring for 2 s each, and a longest wait of 3 s.

    Here the second is rung at once, without a pause for a retry, and a phone that rings is not silenced by
    the longest wait: it may be answered in a moment. So the caller leaves at 4 s.
    """
    floor = Floor(rules(max_wait_s=3, offer_timeout_s=2))
    floor.agent(1)
    floor.agent(2)

    call = floor.call("a")
    for _ in range(2):
        floor.wait(2)
        rings_out(floor, call)
    floor.wait(10)

    assert floor.rung == [(call, 1), (call, 2)]
    assert left(floor) == [(call, 4, Exit.TIMEOUT)]
    assert [offer.result for offer in floor.told(OfferEnded)] == [OfferResult.TIMED_OUT] * 2
    assert floor.engine.world.offers == {}


def test_who_is_outside_of_what_is_asked_for_is_not_rung() -> None:
    """queue_penalty_outside_range."""
    floor = Floor(rules(needs={ENGLISH: 2}))
    floor.agent(1, skills={ENGLISH: 1})

    call = floor.call("a")
    floor.wait(60)

    assert floor.rung == []
    waiting = waiting_of(floor.engine.world, call, floor.now)
    assert waiting is not None
    assert waiting.why is StillWaiting.NOBODY_HAS_THE_SKILLS


@pytest.mark.parametrize("state", ["ready", "ringing", "talking", "wrap_up"])
def test_a_skill_changed_in_any_state_counts_from_the_next_call_on_and_ends_nothing(state: str) -> None:
    """set_penalty. A skill counts in all queues here; what holds for one queue alone is membership."""
    floor = Floor(rules(needs={ENGLISH: 1}), rules(SERVICE))
    agent = floor.agent(1, SALES, SERVICE, skills={ENGLISH: 1})
    if state != "ready":
        call = floor.call("a")
        floor.do(LegRinging(at=floor.at, call=call, leg=floor.leg_of(call), agent=agent))
    if state in {"talking", "wrap_up"}:
        floor.answer(CallId("a"))
    if state == "wrap_up":
        floor.hang_up(CallId("a"))
    before = len(floor.told(AgentStateChanged))
    assert floor.state(agent).value == state

    floor.do(SetProfile(profile=AgentProfile(agent=agent, queues=(SALES, SERVICE))))

    assert len(floor.told(AgentStateChanged)) == before
    if state == "ringing":
        floor.answer(CallId("a"))
    if state in {"ringing", "talking"}:
        floor.hang_up(CallId("a"))
    floor.wait(20)
    floor.call("asks for english")
    floor.call("asks for nothing", SERVICE)
    assert [call for call, _ in floor.rung if call != "a"] == ["asks for nothing"]


def test_who_talks_is_not_rung_and_not_taken_for_absent() -> None:
    """ringinuse_and_pause, without ringing in use: an agent has one call at a time, of all queues."""
    floor = Floor(rules(wrap_up_s=0), rules(SERVICE))
    agent = floor.agent(1, SALES, SERVICE)
    floor.answer(floor.call("a"))

    for name in ("b", "c"):
        floor.call(name, SERVICE)
    floor.wait(60)
    assert floor.rung == [("a", agent)]
    assert floor.state(agent) is AgentState.TALKING
    floor.hang_up(CallId("a"))

    assert floor.rung == [("a", agent), ("b", agent)]


def test_who_does_not_answer_is_not_rung_again_in_any_queue() -> None:
    """ringinuse_and_pause, its pause. It holds for all queues here: who is away is away from all of them."""
    floor = Floor(rules(), rules(SERVICE))
    agent = floor.agent(1, SALES, SERVICE)

    rings_out(floor, floor.call("a"))
    floor.call("b", SERVICE)
    floor.wait(600)

    assert floor.rung == [("a", agent)]
    assert floor.told(AgentStateChanged)[-1].reason == "missed"


def test_the_time_after_a_call_keeps_an_agent_from_all_queues() -> None:
    """wrapup_time with shared_lastcall. There is no other way here: it is the agent's time, no queue's."""
    floor = Floor(rules(strategy="in_order"), rules(SERVICE, strategy="in_order"))
    for number in (1, 2):
        floor.agent(number, SALES, SERVICE)

    floor.serve(floor.call("first"), talk_s=1)
    floor.serve(floor.call("second", SERVICE), talk_s=1)
    third = floor.call("third")

    assert floor.rung == [("first", 1), ("second", 2)]
    floor.wait(19)
    assert floor.rung[2:] == [(third, 1)]


def test_agents_have_their_own_time_after_a_call() -> None:
    """wrapup_time_per_member: m1 has 20 s, m2 the queue's 10 s."""
    floor = Floor(rules(strategy="in_order", wrap_up_s=10))
    floor.agent(1, wrap_up_s=20)
    floor.agent(2)
    for names, seconds in ((("a", "b"), 10), (("c",), 10), (("d", "e", "f"), 0)):
        for name in names:
            call = floor.call(name)
            if name != "f":
                floor.serve(call, talk_s=0)
        floor.wait(seconds)

    assert floor.rung == [("a", 1), ("b", 2), ("c", 2), ("d", 1), ("e", 2)]


def test_the_reason_of_a_break_is_told_and_so_is_its_change() -> None:
    """reason_pause_ami."""
    floor = Floor()
    agent = floor.agent(1)

    for reason in ("午餐", "培训"):
        floor.do(SetState(agent=agent, state=AgentState.ON_BREAK, reason=reason))

    told = [(change.state, change.reason) for change in floor.told(AgentStateChanged)[-2:]]
    assert told == [(AgentState.ON_BREAK, "午餐"), (AgentState.ON_BREAK, "培训")]


def test_after_members_changed_exactly_those_are_rung() -> None:
    """reload_queue_members: queue1 {1, 2, 3} becomes {1, 4, 5, 6}, and queue2, empty so far, {7, 8}."""
    floor = Floor(rules(), rules(SERVICE))
    for number in range(1, 9):
        floor.agent(number, *([SALES] if number <= 3 else [QueueId("of nobody")]))

    for number in range(2, 9):
        queues = {2: (), 3: (), 7: (SERVICE,), 8: (SERVICE,)}.get(number, (SALES,))
        floor.do(SetProfile(profile=AgentProfile(agent=AgentId(number), queues=queues)))
    floor.do(SetQueues(queues=floor.engine.world.rules))
    for queue in (SALES, SERVICE):
        for number in range(6):
            floor.call(f"{queue}-{number}", queue)

    rung = {
        queue: {agent for call, agent in floor.rung if call.startswith(queue)} for queue in (SALES, SERVICE)
    }
    assert rung == {SALES: {1, 4, 5, 6}, SERVICE: {7, 8}}
    assert max(Counter(agent for _, agent in floor.rung).values()) == 1


def test_a_phone_whose_forwarding_leads_nowhere_costs_no_caller() -> None:
    """queue_member_forward, its invalid half: the leg is unreachable, and the next agent is rung at once."""
    floor = Floor()
    floor.agent(1)
    floor.agent(2)
    call = floor.call("a")

    floor.end_leg(call, EndReason.UNREACHABLE)
    floor.answer(call)

    assert floor.rung == [(call, 1), (call, 2)]
    assert [(talk.agent, talk.waited_s) for talk in floor.told(CallConnected)] == [(2, 0)]
    assert left(floor) == []


@pytest.mark.parametrize("phase", ["waiting", "held", "ringing", "talking", "parked"])
def test_nothing_is_left_of_a_call_that_is_gone(phase: str) -> None:
    """redirect (ASTERISK-28829): what watches over a call goes with it, wherever it stood."""
    floor = Floor(rules(max_wait_s=100, wrap_up_s=0))
    agent = floor.agent(1)
    first = floor.call("first")
    floor.answer(first)
    watched_before = len(floor.engine.world.timers)
    call = first
    if phase in {"waiting", "held"}:
        call = floor.call("a", sticky_agent=agent if phase == "held" else None)
    elif phase == "ringing":
        floor.agent(2)
        call = floor.call("a")
    elif phase == "parked":
        floor.end_leg(first, EndReason.MEDIA_LOST, joined=True)

    floor.do(CallEnded(at=floor.at, call=call, reason=EndReason.CALLER_HUNG_UP))

    world = floor.engine.world
    assert call not in world.calls
    assert world.offers == {}
    assert len(world.timers) == watched_before == 0
    assert all(call not in line.places for line in world.lines.values())
    assert all(call not in known.held for known in world.agents.values())


def test_a_caller_who_hangs_up_leaves_the_agent_to_the_time_after_the_call() -> None:
    """queue_transfer_callee. An agent's leg goes nowhere by itself here, and the agent to the next call."""
    floor = Floor()
    agent = floor.agent(1)
    call = floor.call("a")
    floor.answer(call)

    floor.hang_up(call)
    floor.end_leg(call, EndReason.CALLER_HUNG_UP, joined=True)

    assert [(served.call, served.agent) for served in floor.told(CallServed)] == [(call, agent)]
    assert floor.state(agent) is AgentState.WRAP_UP


def test_an_agents_states_go_round_in_their_order() -> None:
    """agent_request: not in use, in use, not in use."""
    floor = Floor()
    agent = floor.agent(1)
    call = floor.call("a")
    floor.do(LegRinging(at=floor.at, call=call, leg=floor.leg_of(call), agent=agent))
    floor.serve(call)
    floor.wait(20)

    # Before that: no phone yet, and then the wish to be ready.
    told = [change.state.value for change in floor.told(AgentStateChanged)]
    assert told[-6:] == ["ready", "reserved", "ringing", "talking", "wrap_up", "ready"]


def test_what_a_call_is_about_is_kept_until_it_is_served() -> None:
    """accountcode: what was known of the call when it joined is in its mark at every step."""
    floor = Floor()
    floor.agent(1)

    known = {"flow": "main", "node": "to_sales", "language": "zh-CN", "matter": "outage", "region": "浙江"}
    floor.serve(floor.call("a", **known))

    marks = [effect.mark for effect in floor.told(MarkCall)]
    assert [mark.phase for mark in marks] == [Phase.WAITING, Phase.TALKING, Phase.SERVED]
    assert {(mark.flow, mark.node, mark.language, mark.matter, mark.region) for mark in marks} == {
        tuple(known.values())
    }


@pytest.mark.parametrize("leaves", [SignOut, SetState], ids=["signs out", "goes offline"])
def test_who_leaves_while_ringing_is_not_counted_twice(leaves: type) -> None:
    """queue_no_answer, its legs: each offer has one end, however often its end is brought about."""
    floor = Floor()
    agent = floor.agent(1)
    call = floor.call("a")
    offline = SetState(agent=agent, state=AgentState.OFFLINE)
    leaving: Input = SignOut(agent=agent) if leaves is SignOut else offline

    floor.do(leaving)
    rings_out(floor, call)
    floor.wait(20)
    rings_out(floor, call)

    assert len(floor.told(OfferEnded)) == 1
    assert len(floor.told(CancelLeg)) == (1 if leaves is SignOut else 0)
    assert floor.engine.world.calls[call].offer is None
