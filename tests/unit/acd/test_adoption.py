"""After a restart the engine goes on from what is alive in the switch."""

from dataclasses import replace
from datetime import timedelta

import pytest

from acd.engine.effects import CancelLeg, MarkCall
from acd.engine.inputs import PageBack, PageLost, Restore, SetProfile, SetState, SignIn
from acd.errors import UnknownQueue
from acd.events import (
    AgentStateChanged,
    CallConnected,
    CallLeftQueue,
    CallsAdopted,
    CallServed,
    OfferAdopted,
)
from acd.model import AgentProfile, AgentState
from acd.wishes import Wish
from kernel.ids import AgentId, CallId, LegId, QueueId
from telephony.events import DeviceRegistered, SwitchDisconnected
from telephony.model import Arrival, CallMark, LiveCall, LiveLeg, Phase
from tests.unit.acd.floor import SALES, Floor, device


def live(
    floor: Floor,
    name: str,
    phase: Phase,
    *,
    age_s: float = 60,
    boost_s: float = 0,
    sequence: int = 1,
    agent: int | None = None,
    talks_with: str | None = None,
) -> LiveCall:
    at = floor.at - timedelta(seconds=age_s)
    mark = CallMark(
        phase=phase,
        queue=SALES,
        key_ms=int((at.timestamp() - boost_s) * 1000),
        sequence=sequence,
        agent=AgentId(agent) if agent else None,
    )
    arrival = Arrival(
        call=CallId(name), at=at, caller_number="+8613800138000", caller_name="", dialled="1", trunk="t"
    )
    with_leg = LegId(talks_with) if talks_with else None
    return LiveCall(arrival=arrival, mark=mark, talks_with=with_leg)


def leg(call: str, agent: int, *, answered: bool = False) -> LiveLeg:
    return LiveLeg(
        leg=LegId(f"leg-{call}-1"),
        call=CallId(call),
        agent=AgentId(agent),
        device=device(agent),
        is_answered=answered,
    )


def restored(floor: Floor, *numbers: int) -> None:
    for number in numbers:
        agent = AgentId(number)
        floor.do(SetProfile(profile=AgentProfile(agent=agent, queues=(SALES,))))
        floor.do(Restore(wish=Wish(agent=agent, state=AgentState.READY, reason="")))
        floor.do(SignIn(agent=agent, device=device(number)))


def test_waiting_calls_are_offered_in_the_order_of_their_true_keys() -> None:
    floor = Floor()
    restored(floor, 1, 2, 3)
    calls = [
        live(floor, "young", Phase.WAITING, age_s=10, sequence=3),
        live(floor, "vip", Phase.WAITING, age_s=20, boost_s=120, sequence=2),
        live(floor, "old", Phase.WAITING, age_s=90, sequence=1),
    ]

    floor.connect(calls, registered=[device(n) for n in (1, 2, 3)])

    assert [call for call, _ in floor.rung] == ["vip", "old", "young"]
    call = floor.engine.world.calls[CallId("vip")]
    assert (round(call.boost_s), round(floor.engine.world.waited_s(call))) == (120, 20)


def test_a_new_call_after_the_restart_comes_behind_the_old_ones() -> None:
    floor = Floor()
    floor.connect([live(floor, "old", Phase.WAITING, age_s=0, sequence=900)])
    floor.call("new")
    assert floor.engine.world.calls[CallId("new")].key.sequence == 901


def test_a_phone_that_rings_goes_on_ringing_for_its_call() -> None:
    floor = Floor()
    restored(floor, 1)

    floor.connect([live(floor, "a", Phase.WAITING)], [leg("a", 1)], [device(1)])

    assert floor.rung == []
    assert floor.state(AgentId(1)) is AgentState.RINGING
    assert floor.engine.world.calls[CallId("a")].offer is not None


def test_that_all_is_known_is_told_after_what_was_found() -> None:
    floor = Floor()
    restored(floor, 1)
    floor.effects.clear()
    floor.connect([live(floor, "a", Phase.WAITING)], [leg("a", 1)], [device(1)])
    found = [type(effect) for effect in floor.effects if isinstance(effect, OfferAdopted | CallsAdopted)]
    assert found == [OfferAdopted, CallsAdopted]


def test_a_phone_that_rings_for_nobody_is_silenced() -> None:
    floor = Floor()
    restored(floor, 1)
    floor.connect([], [leg("gone", 1)], [device(1)])
    assert floor.told(CancelLeg) == [CancelLeg(leg=LegId("leg-gone-1"))]


def test_pairs_that_talk_are_known_and_not_disturbed() -> None:
    floor = Floor()
    restored(floor, 1)

    floor.connect(
        [live(floor, "a", Phase.TALKING, agent=1, talks_with="leg-a-1")],
        [leg("a", 1, answered=True)],
        [device(1)],
    )
    floor.call("b")

    assert floor.state(AgentId(1)) is AgentState.TALKING
    assert floor.rung == []


def test_a_talk_found_after_a_restart_is_as_old_as_it_is() -> None:
    before = Floor()
    before.agent(1, ready=False)
    before.call("a")
    before.wait(23)
    before.do(SetState(agent=AgentId(1), state=AgentState.READY))
    before.answer(CallId("a"))
    began = before.at
    mark = before.told(MarkCall)[-1].mark
    before.wait(60)

    floor = Floor()
    floor.wait(83)
    floor.effects.clear()
    restored(floor, 1)
    found = live(floor, "a", Phase.TALKING, age_s=83, talks_with="leg-a-1")
    floor.connect([replace(found, mark=mark)], [leg("a", 1, answered=True)], [device(1)])

    (connected,) = floor.told(CallConnected)
    assert (connected.at, connected.waited_s) == (began, 23)
    assert floor.told(AgentStateChanged)[-1].since == began
    assert floor.told(MarkCall)[-1].mark == mark
    floor.hang_up(CallId("a"))
    assert [served.talked_s for served in floor.told(CallServed)] == [60]


def test_a_parked_call_still_gets_its_agent_back() -> None:
    floor = Floor()
    restored(floor, 1)
    floor.do(PageLost(agent=AgentId(1)))
    floor.connect([live(floor, "a", Phase.PARKED, agent=1)])
    floor.do(PageBack(agent=AgentId(1)))
    floor.do(DeviceRegistered(at=floor.at, device=device(1)))
    assert floor.rung == [("a", 1)]
    assert floor.rings[0].answers_itself


def test_a_talk_that_was_parked_over_a_restart_is_as_old_as_it_is() -> None:
    before = Floor()
    before.agent(1)
    before.answer(before.call("a"))
    began = before.at
    before.wait(30)
    before.do(PageLost(agent=AgentId(1)))
    mark = before.told(MarkCall)[-1].mark

    floor = Floor()
    floor.wait(40)
    restored(floor, 1)
    floor.connect([replace(live(floor, "a", Phase.PARKED, age_s=40), mark=mark)], registered=[device(1)])
    floor.answer(CallId("a"))

    (connected,) = floor.told(CallConnected)
    assert connected.talking_since == began < connected.at


def test_another_agent_who_takes_a_parked_call_begins_to_talk_anew() -> None:
    floor = Floor()
    floor.agent(1)
    call = floor.call("a")
    floor.answer(call)
    floor.do(PageLost(agent=AgentId(1)))
    floor.agent(2)
    floor.wait(15)
    floor.answer(call)
    taken = floor.told(CallConnected)[-1]
    assert (taken.agent, taken.talking_since) == (2, taken.at)


def test_a_leg_is_never_given_a_number_used_before_the_restart() -> None:
    floor = Floor()
    restored(floor, 1)
    floor.connect([live(floor, "a", Phase.WAITING, age_s=60)], registered=[device(1)])
    assert int(floor.rings[0].leg.rsplit("-", 1)[1]) > 60_000


def test_callers_in_a_menu_are_not_the_engines_business() -> None:
    floor = Floor()
    floor.connect([live(floor, "a", Phase.MENU), live(floor, "b", Phase.VOICEMAIL)])
    assert floor.engine.world.calls == {}


def test_nothing_is_offered_while_the_switch_is_away_and_all_of_it_when_it_is_back() -> None:
    floor = Floor()
    floor.agent(1)
    floor.do(SwitchDisconnected(at=floor.at))
    floor.call("a")
    assert floor.rung == []

    floor.connect([live(floor, "a", Phase.WAITING)], registered=[device(1)])

    assert floor.rung == [("a", 1)]


def test_a_restarted_switch_has_ended_all_calls() -> None:
    floor = Floor()
    agent = floor.agent(1)
    floor.call("talking")
    floor.answer(floor.call("talking"))
    floor.call("waiting")

    floor.connect(registered=[device(1)])

    assert [s.call for s in floor.told(CallServed)] == ["talking"]
    assert [s.call for s in floor.told(CallLeftQueue)] == ["waiting"]
    assert floor.state(agent) is AgentState.WRAP_UP


def test_an_offer_whose_leg_is_gone_after_a_reconnect_is_made_anew() -> None:
    floor = Floor()
    floor.agent(1)
    floor.call("a")
    floor.connect([live(floor, "a", Phase.WAITING)], registered=[device(1)])
    assert floor.rung == [("a", 1), ("a", 1)]


def test_a_leg_answered_but_not_yet_joined_keeps_its_call() -> None:
    floor = Floor()
    restored(floor, 1, 2)
    phones = [device(1), device(2)]
    floor.connect([live(floor, "a", Phase.WAITING)], [leg("a", 1, answered=True)], phones)
    assert floor.rung == []


def test_what_the_emergency_queue_rings_is_left_to_it() -> None:
    floor = Floor()
    restored(floor, 1)
    theirs = replace(leg("a", 1), leg=LegId("1795.7"))
    floor.connect([live(floor, "a", Phase.WAITING)], [theirs], [device(1)])
    assert floor.told(CancelLeg) == []
    assert floor.rung == [("a", 1)]


def test_a_caller_who_talks_with_someone_unknown_is_not_offered_to_anyone() -> None:
    floor = Floor()
    restored(floor, 1)
    floor.connect([live(floor, "a", Phase.WAITING, talks_with="1795.8")], [], [device(1)])
    assert floor.rung == []


@pytest.mark.parametrize("phase", [Phase.PARKED, Phase.TALKING])
def test_who_talked_in_a_queue_that_is_no_more_belongs_to_the_first(phase: Phase) -> None:
    floor = Floor()
    restored(floor, 1, 2)
    talks_with = "leg-a-1" if phase is Phase.TALKING else None
    legs = [leg("a", 1, answered=True)] if talks_with else []
    floor.connect([in_gone_queue(live(floor, "a", phase, agent=1, talks_with=talks_with))], legs)
    assert floor.engine.world.calls[CallId("a")].queue == SALES


def test_who_waited_in_a_queue_that_is_no_more_is_left_to_the_flow() -> None:
    floor = Floor()
    restored(floor, 1)
    floor.connect([in_gone_queue(live(floor, "a", Phase.WAITING))])
    assert CallId("a") not in floor.engine.world.calls
    with pytest.raises(UnknownQueue):
        floor.call("a", QueueId("closed-last-week"))


def in_gone_queue(call: LiveCall) -> LiveCall:
    assert call.mark is not None
    return replace(call, mark=replace(call.mark, queue=QueueId("closed-last-week")))
