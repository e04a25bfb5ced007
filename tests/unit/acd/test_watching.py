"""Supervisors who hear conversations: no call is theirs meanwhile, and nobody's call depends on them."""

from collections.abc import Callable

import pytest

from acd.engine.effects import CancelLeg, ChangeWatch, MarkCall, MoveCall, WatchTalk
from acd.engine.inputs import (
    Consult,
    PageLost,
    RingFailed,
    RingFailure,
    SignOut,
    StartWatch,
    StopWatch,
    TakeOver,
)
from acd.errors import NothingToHear, NothingToTakeOver, PhoneInUse
from acd.events import CallOffered, CallServed, WatchChanged
from acd.model import AgentState, Why
from kernel.ids import AgentId, CallId, LegId
from telephony.events import CallTransferred, Joined, WatchEnded, Watching
from telephony.model import EndReason, LiveCall, LiveLeg, LiveWatch, WatchMode
from tests.sim.invariants import check
from tests.unit.acd.floor import Floor, device, rules

LI, CHEN = AgentId(1), AgentId(9)
CALL, LIS, CHENS = CallId("a"), LegId("leg-a-1"), LegId("leg-a-2")
LISTEN, WHISPER, BARGE = WatchMode.LISTEN, WatchMode.WHISPER, WatchMode.BARGE


def talking() -> Floor:
    floor = Floor(rules())
    floor.agent(LI)
    floor.call("a")
    floor.answer(CALL)
    floor.agent(CHEN)
    return floor


def watch(floor: Floor, mode: WatchMode = LISTEN) -> None:
    floor.do(StartWatch(call=CALL, agent=CHEN, mode=mode))


def hears(floor: Floor, mode: WatchMode = LISTEN) -> None:
    floor.do(Watching(at=floor.at, call=CALL, leg=CHENS, agent=CHEN, mode=mode))


def listening() -> Floor:
    floor = talking()
    watch(floor)
    hears(floor)
    return floor


def told(floor: Floor) -> list[tuple[WatchMode | None, bool]]:
    return [(change.mode, change.is_on) for change in floor.told(WatchChanged)]


def test_a_supervisor_is_rung_and_hears_the_conversation_of_another_agent() -> None:
    floor = listening()
    ordered = floor.told(WatchTalk)[0].watch
    assert (ordered.leg, ordered.watched, ordered.agent, ordered.mode) == (CHENS, LIS, CHEN, LISTEN)
    assert told(floor) == [(LISTEN, False), (LISTEN, True)]
    assert {change.agent for change in floor.told(WatchChanged)} == {LI}


def test_no_call_is_a_supervisors_who_listens_until_they_have_heard_enough() -> None:
    floor = listening()
    floor.call("b")
    assert floor.state(CHEN) is AgentState.TALKING
    assert floor.rung == [("a", LI)]
    floor.do(StopWatch(agent=CHEN))
    assert floor.told(CancelLeg)[-1].leg == CHENS
    assert floor.rung[-1] == ("b", CHEN)
    assert told(floor)[-1] == (None, True)


def test_a_supervisor_who_listens_is_heard_without_being_rung_again() -> None:
    floor = listening()
    watch(floor, WHISPER)
    watch(floor, BARGE)
    assert [(change.leg, change.mode) for change in floor.told(ChangeWatch)] == [
        (CHENS, WHISPER),
        (CHENS, BARGE),
    ]
    assert len(floor.told(WatchTalk)) == 1
    hears(floor, BARGE)
    assert told(floor)[-1] == (BARGE, True)


def test_a_conversation_ends_as_if_nobody_had_heard_it() -> None:
    floor = listening()
    floor.do(WatchEnded(at=floor.at, call=CALL, leg=CHENS, agent=CHEN))
    floor.hang_up(CALL)
    assert [served.agent for served in floor.told(CallServed)] == [LI]
    assert floor.state(CHEN) is AgentState.READY


@pytest.mark.parametrize("how", ["page lost", "signs out", "not rung"])
def test_a_supervisor_who_is_gone_leaves_the_two_talking(how: str) -> None:
    floor = talking()
    watch(floor)
    match how:
        case "page lost":
            floor.do(PageLost(agent=CHEN))
        case "signs out":
            floor.do(SignOut(agent=CHEN))
        case _:
            floor.do(RingFailed(leg=CHENS, failure=RingFailure.SWITCH_UNAVAILABLE))
    assert told(floor)[-1] == (None, False)
    assert floor.state(LI) is AgentState.TALKING
    # A phone that is answered all the same hears nothing.
    hears(floor)
    assert floor.told(CancelLeg)[-1].leg == CHENS


def test_there_is_nothing_to_hear_where_no_other_agent_talks() -> None:
    floor = talking()
    floor.call("b")
    for call, agent in ((CALL, LI), (CallId("b"), CHEN), (CallId("gone"), CHEN)):
        with pytest.raises(NothingToHear):
            floor.do(StartWatch(call=call, agent=agent, mode=LISTEN))


def test_a_phone_that_is_in_use_or_away_is_not_rung() -> None:
    floor = talking()
    floor.agent(2)
    watch(floor)
    with pytest.raises(PhoneInUse):
        watch(floor, BARGE)  # it rings still
    with pytest.raises(PhoneInUse):
        floor.do(StartWatch(call=CALL, agent=AgentId(77), mode=LISTEN))
    floor.call("b")
    floor.answer(CallId("b"))
    with pytest.raises(PhoneInUse):
        floor.do(StartWatch(call=CALL, agent=AgentId(2), mode=LISTEN))


def test_a_supervisor_who_has_a_caller_after_all_hears_nobody_else() -> None:
    floor = listening()
    floor.call("b")
    floor.do(Joined(at=floor.at, call=CallId("b"), leg=LegId("leg-b-7"), agent=CHEN))
    assert [order.leg for order in floor.told(CancelLeg)] == [CHENS]
    assert told(floor)[-1] == (None, True)
    assert floor.engine.world.calls[CallId("b")].agent == CHEN
    check(floor.engine.world, [])


def taken_over(floor: Floor) -> Floor:
    floor.do(TakeOver(call=CALL, agent=CHEN))
    return floor


@pytest.mark.parametrize("begin", [talking, listening])
def test_a_supervisor_takes_a_caller_over_from_the_agent(begin: Callable[[], Floor]) -> None:
    floor = taken_over(begin())
    ring = floor.rings[-1]
    assert (ring.call, ring.agent, ring.answers_itself) == (CALL, CHEN, True)
    assert floor.told(CallOffered)[-1].explanation.why is Why.TAKEN_OVER
    assert [moved.mark.sent_by for moved in floor.told(MoveCall)] == [LI]
    assert [(sent.agent, sent.to_agent) for sent in floor.told(CallTransferred)] == [(LI, CHEN)]
    assert floor.state(LI) is AgentState.WRAP_UP
    floor.answer(CALL)
    floor.hang_up(CALL)
    assert [served.agent for served in floor.told(CallServed)] == [CHEN]
    check(floor.engine.world, [])


def test_a_caller_whom_the_supervisor_does_not_take_after_all_is_the_agents_again() -> None:
    floor = taken_over(listening())
    floor.wait(2)
    floor.end_leg(CALL, EndReason.UNREACHABLE)
    ring = floor.rings[-1]
    assert (ring.agent, ring.answers_itself) == (LI, False)
    assert floor.told(CallOffered)[-1].explanation.why is Why.TRANSFER_RETURNED
    check(floor.engine.world, [])


def test_a_phone_that_is_still_busy_with_what_was_heard_is_rung_once_more_for_the_caller() -> None:
    floor = taken_over(listening())
    floor.end_leg(CALL, EndReason.BUSY)
    check(floor.engine.world, [])
    floor.wait(floor.engine.world.settings.switch_retry_s)
    assert floor.rung[-2:] == [("a", CHEN), ("a", CHEN)]
    assert floor.rings[-1].answers_itself
    floor.answer(CALL)
    assert floor.engine.world.calls[CALL].agent == CHEN
    check(floor.engine.world, [])


def test_a_supervisor_takes_over_nobody_who_is_not_in_anothers_conversation_or_with_a_phone_in_use() -> None:
    floor = talking()
    with pytest.raises(NothingToTakeOver):
        floor.do(TakeOver(call=CALL, agent=LI))
    floor.call("b")
    with pytest.raises(NothingToTakeOver):
        floor.do(TakeOver(call=CallId("b"), agent=CHEN))
    floor.answer(CallId("b"))
    with pytest.raises(PhoneInUse):
        taken_over(floor)
    assert floor.told(CallTransferred) == []
    check(floor.engine.world, [])


def test_nobody_is_taken_over_while_a_colleague_is_asked() -> None:
    floor = listening()
    floor.do(Consult(call=CALL, agent=LI, to_agent=floor.agent(2)))
    with pytest.raises(NothingToTakeOver):
        taken_over(floor)
    assert floor.engine.world.agents[CHEN].watch is not None
    check(floor.engine.world, [])


def killed(floor: Floor, *watches: LiveWatch) -> Floor:
    """A new server, which knows only what is alive, and who is at work."""
    mark = floor.told(MarkCall)[-1].mark
    legs = [LiveLeg(leg=LIS, call=CALL, agent=LI, device=device(LI), is_answered=True, is_with_caller=True)]
    after = Floor(rules())
    after.seconds = floor.seconds + 2
    for agent in (LI, CHEN):
        after.agent(agent)
    after.effects.clear()
    live = LiveCall(arrival=floor.arrival("a"), mark=mark, talks_with=LIS)
    after.connect([live], legs, [device(LI), device(CHEN)], watches)
    return after


def seen(mode: WatchMode | None) -> LiveWatch:
    return LiveWatch(leg=CHENS, watched=LIS, call=CALL, agent=CHEN, mode=mode)


def test_a_server_that_dies_finds_who_hears_whom_and_how() -> None:
    after = killed(listening(), seen(WHISPER))
    assert told(after) == [(WHISPER, True)]
    assert (after.state(CHEN), after.told(CancelLeg)) == (AgentState.TALKING, [])
    watch(after, BARGE)
    assert [(change.leg, change.mode) for change in after.told(ChangeWatch)] == [(CHENS, BARGE)]
    assert after.state(LI) is AgentState.TALKING


def test_a_phone_that_rang_for_a_supervisor_when_the_server_died_is_let_go() -> None:
    after = killed(talking(), seen(None))
    assert [order.leg for order in after.told(CancelLeg)] == [CHENS]
    assert after.state(CHEN) is AgentState.READY


def test_a_supervisor_whose_leg_was_lost_with_the_switch_is_free_again() -> None:
    floor = listening()
    floor.connect(registered=[device(LI), device(CHEN)])
    assert told(floor)[-1] == (None, True)
    assert floor.state(CHEN) is AgentState.READY
