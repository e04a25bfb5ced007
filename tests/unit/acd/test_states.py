"""What an agent is, wants to be, and does."""

from datetime import timedelta

import pytest

from acd.engine.effects import MirrorAgent, RememberAgent
from acd.engine.inputs import (
    EndWrapUp,
    ExtendWrapUp,
    PageBack,
    PageLost,
    Restore,
    SetProfile,
    SetState,
    SignIn,
    SignOut,
)
from acd.errors import NotSignedIn, NoWrapUp
from acd.events import AgentStateChanged, CallServed
from acd.model import AgentProfile, AgentState
from acd.wishes import Wish
from kernel.ids import AgentId, QueueId
from telephony.events import DeviceRegistered, DeviceUnregistered
from telephony.model import EndReason
from tests.unit.acd.floor import SALES, Floor, device, rules


def talked(floor: Floor) -> None:
    call = floor.call("a")
    floor.answer(call)
    floor.wait(30)
    floor.end_leg(call, EndReason.AGENT_HUNG_UP, joined=True)


def test_after_a_call_comes_wrap_up_and_then_ready() -> None:
    floor = Floor()
    agent = floor.agent(1)
    talked(floor)
    assert floor.state(agent) is AgentState.WRAP_UP
    assert [(s.agent, s.talked_s) for s in floor.told(CallServed)] == [(1, 30)]
    assert floor.told(AgentStateChanged)[-1].until is not None

    floor.wait(20)

    assert floor.state(agent) is AgentState.READY


def test_wrap_up_can_be_ended_early_and_a_waiting_call_comes_at_once() -> None:
    floor = Floor()
    agent = floor.agent(1)
    talked(floor)
    floor.call("b")

    floor.do(EndWrapUp(agent=agent))

    assert floor.rung[-1] == ("b", 1)


def test_wrap_up_can_be_extended_once() -> None:
    floor = Floor()
    agent = floor.agent(1)
    talked(floor)
    assert not floor.told(AgentStateChanged)[-1].is_extended
    floor.do(ExtendWrapUp(agent=agent))
    assert floor.told(AgentStateChanged)[-1].is_extended, "so that no page offers it again"
    with pytest.raises(NoWrapUp):
        floor.do(ExtendWrapUp(agent=agent))
    floor.wait(79)
    assert floor.state(agent) is AgentState.WRAP_UP
    floor.wait(1)
    assert floor.state(agent) is AgentState.READY


def test_there_is_no_wrap_up_to_end_without_a_call() -> None:
    floor = Floor()
    agent = floor.agent(1)
    with pytest.raises(NoWrapUp):
        floor.do(EndWrapUp(agent=agent))


def test_a_break_asked_for_while_talking_begins_after_the_wrap_up() -> None:
    floor = Floor()
    agent = floor.agent(1)
    call = floor.call("a")
    floor.answer(call)
    floor.do(SetState(agent=agent, state=AgentState.ON_BREAK, reason="lunch"))
    assert floor.state(agent) is AgentState.TALKING

    floor.end_leg(call, EndReason.AGENT_HUNG_UP, joined=True)
    assert floor.state(agent) is AgentState.WRAP_UP
    floor.wait(20)

    assert floor.told(AgentStateChanged)[-1].state is AgentState.ON_BREAK
    assert floor.told(AgentStateChanged)[-1].reason == "lunch"


def test_ready_needs_a_phone() -> None:
    floor = Floor()
    with pytest.raises(NotSignedIn):
        floor.do(SetState(agent=AgentId(9), state=AgentState.READY))


def test_an_agent_whose_phone_is_not_registered_gets_nothing_until_it_is() -> None:
    floor = Floor()
    agent = floor.agent(1)
    floor.do(DeviceUnregistered(at=floor.at, device=device(1)))
    assert floor.state(agent) is AgentState.NOT_RESPONDING
    floor.call("a")
    assert floor.rung == []

    floor.do(DeviceRegistered(at=floor.at, device=device(1)))

    assert floor.rung == [("a", 1)]


def test_who_stays_away_is_offline_after_a_minute_and_comes_back_by_own_wish() -> None:
    floor = Floor()
    agent = floor.agent(1)
    floor.do(PageLost(agent=agent))
    floor.wait(59)
    assert floor.state(agent) is AgentState.NOT_RESPONDING
    floor.wait(1)
    assert floor.state(agent) is AgentState.OFFLINE

    floor.do(PageBack(agent=agent))
    assert floor.state(agent) is AgentState.OFFLINE


def test_a_page_that_comes_back_soon_is_ready_as_before() -> None:
    floor = Floor()
    agent = floor.agent(1)
    floor.do(PageLost(agent=agent))
    floor.wait(30)
    floor.do(PageBack(agent=agent))
    floor.wait(120)
    assert floor.state(agent) is AgentState.READY


def test_signing_out_while_talking_leaves_the_conversation_alone() -> None:
    floor = Floor()
    agent = floor.agent(1)
    call = floor.call("a")
    floor.answer(call)

    floor.do(SignOut(agent=agent))

    assert floor.state(agent) is AgentState.TALKING
    floor.end_leg(call, EndReason.AGENT_HUNG_UP, joined=True)
    floor.wait(20)
    assert floor.state(agent) is AgentState.OFFLINE


def test_signing_out_while_ringing_hands_the_caller_to_the_next() -> None:
    floor = Floor()
    agent = floor.agent(1)
    floor.call("a")
    floor.agent(2)
    floor.do(SignOut(agent=agent))
    assert floor.rung == [("a", 1), ("a", 2)]


def test_a_new_queue_brings_its_waiting_calls_at_once() -> None:
    floor = Floor()
    agent = floor.agent(1, QueueId("other"))
    floor.call("a")
    floor.do(SetProfile(profile=AgentProfile(agent=agent, queues=(QueueId("sales"),))))
    assert floor.rung == [("a", 1)]


def test_the_emergency_queue_knows_who_could_help_but_not_every_ring() -> None:
    floor = Floor()
    agent = floor.agent(1)
    talked(floor)
    floor.wait(20)
    assert [m.is_ready for m in floor.told(MirrorAgent)] == [True]

    floor.do(SetState(agent=agent, state=AgentState.ON_BREAK))
    floor.do(SignOut(agent=agent))

    assert [m.is_ready for m in floor.told(MirrorAgent)] == [True, False, None]


def test_what_an_agent_wants_to_be_is_kept_for_a_restart() -> None:
    floor = Floor()
    agent = floor.agent(1)
    kept = floor.told(RememberAgent)[-1].wish
    assert (kept.agent, kept.state) == (agent, AgentState.READY)
    floor.do(SignOut(agent=agent))
    assert floor.told(RememberAgent)[-1].wish.state is AgentState.OFFLINE


def test_a_second_phone_replaces_the_first() -> None:
    floor = Floor()
    agent = floor.agent(1)
    floor.do(SignIn(agent=agent, device=device(77)))
    assert MirrorAgent(device=device(1), is_ready=None) in floor.told(MirrorAgent)
    assert floor.state(agent) is AgentState.NOT_RESPONDING


def since(floor: Floor, agent: AgentId) -> float:
    """Seconds since the agent's state began, as pages are told."""
    told = [event for event in floor.told(AgentStateChanged) if event.agent == agent]
    return (floor.at - told[-1].since).total_seconds()


def test_a_page_that_was_lost_for_a_while_costs_neither_time_nor_place() -> None:
    floor = Floor()
    first = floor.agent(1)
    floor.wait(10)
    second = floor.agent(2)
    floor.do(DeviceUnregistered(at=floor.at, device=device(1)))
    floor.do(PageLost(agent=first))
    floor.wait(5)
    assert (floor.state(first), since(floor, first)) == (AgentState.NOT_RESPONDING, 5)
    floor.do(DeviceRegistered(at=floor.at, device=device(1)))
    floor.do(PageBack(agent=first))
    assert (since(floor, first), since(floor, second)) == (15, 5)
    floor.call("a")
    assert floor.rung == [("a", first)]


def test_after_a_restart_agents_are_as_long_in_their_states_as_before() -> None:
    floor = Floor()
    for number, rested_s in ((1, 60), (2, 600)):
        agent = AgentId(number)
        began = floor.at - timedelta(seconds=rested_s)
        floor.do(SetProfile(profile=AgentProfile(agent=agent, queues=(SALES,))))
        floor.do(Restore(wish=Wish(agent=agent, state=AgentState.READY, reason="", since=began)))
        floor.do(SignIn(agent=agent, device=device(number)))
        floor.do(DeviceRegistered(at=floor.at, device=device(number)))
    assert [since(floor, AgentId(number)) for number in (1, 2)] == [60, 600]
    floor.call("a")
    assert floor.rung == [("a", 2)], "who has been idle for longest"


def restarted_in_wrap_up(after_s: float, *, extended: bool = False) -> Floor:
    """A floor whose server was killed ten seconds into the agent's 20 s of wrap-up."""
    before = Floor()
    agent = before.agent(1)
    before.serve(before.call("a"))
    before.wait(10)
    if extended:
        before.do(ExtendWrapUp(agent=agent))
    kept = before.told(RememberAgent)[-1].wish
    floor = Floor()
    floor.wait(20 + after_s)
    floor.effects.clear()
    floor.do(SetProfile(profile=AgentProfile(agent=agent, queues=(SALES,))))
    floor.do(Restore(wish=kept))
    floor.do(SignIn(agent=agent, device=device(1)))
    floor.connect(registered=[device(1)])
    return floor


def test_a_restart_ends_no_wrap_up() -> None:
    floor = restarted_in_wrap_up(1)
    agent = AgentId(1)
    told = floor.told(AgentStateChanged)[-1]
    assert (told.state, told.call, since(floor, agent)) == (AgentState.WRAP_UP, "a", 11)
    assert told.until == floor.at + timedelta(seconds=9)
    floor.call("b")
    floor.wait(8.9)
    assert floor.rung == []
    floor.wait(0.1)
    assert floor.rung == [("b", agent)]


def test_a_wrap_up_is_extended_once_also_over_a_restart() -> None:
    floor = restarted_in_wrap_up(1, extended=True)
    with pytest.raises(NoWrapUp):
        floor.do(ExtendWrapUp(agent=AgentId(1)))
    assert floor.told(AgentStateChanged)[-1].is_extended
    floor.do(EndWrapUp(agent=AgentId(1)))
    assert floor.state(AgentId(1)) is AgentState.READY
    assert not floor.told(AgentStateChanged)[-1].is_extended


def test_a_wrap_up_that_ended_while_there_was_no_server_is_over() -> None:
    floor = restarted_in_wrap_up(15)
    assert (floor.state(AgentId(1)), since(floor, AgentId(1))) == (AgentState.READY, 5)
    assert floor.told(RememberAgent)[-1].wish.wrap_up is None


@pytest.mark.parametrize("state", [AgentState.READY, AgentState.ON_BREAK])
def test_a_wrap_up_that_was_ended_by_hand_does_not_come_back(state: AgentState) -> None:
    floor = Floor()
    agent = floor.agent(1)
    floor.serve(floor.call("a"))
    floor.do(SetState(agent=agent, state=state))
    kept = floor.told(RememberAgent)[-1].wish
    assert (kept.state, kept.wrap_up) == (state, None)


@pytest.mark.parametrize("wrap_up_s", [0.0, 20.0])
def test_work_ends_the_rest_also_when_the_break_was_asked_for_during_the_call(wrap_up_s: float) -> None:
    floor = Floor(rules(wrap_up_s=wrap_up_s))
    agent = floor.agent(1)
    call = floor.call("a")
    floor.answer(call)
    floor.do(SetState(agent=agent, state=AgentState.ON_BREAK))
    floor.wait(30)
    floor.end_leg(call, EndReason.AGENT_HUNG_UP, joined=True)
    floor.wait(wrap_up_s)
    assert (floor.state(agent), since(floor, agent)) == (AgentState.ON_BREAK, 0)
    assert floor.told(RememberAgent)[-1].wish.since == floor.at
