"""An agent calls a customer: the engine's part."""

from dataclasses import replace

import pytest

from acd.engine.effects import CallCustomer, CancelLeg, MarkCall, RingAgent, StopCalling
from acd.engine.inputs import HangUp, NotCalled, PageLost, PlaceCall, RingFailed, RingFailure, SetState
from acd.errors import NotFreeToCall, UnknownQueue
from acd.events import CallBegun, CallConnected, CallDialled, CallNotReached, CallOffered, CallParked
from acd.figures import DayFigures
from acd.model import AgentState, Why
from kernel.ids import AgentId, CallId, DeviceId, LegId, QueueId
from telephony.events import CallEnded, Dialling, Joined, LegEnded
from telephony.model import CallMark, Direction, EndReason, LiveCall, LiveLeg, Phase
from tests.sim.invariants import check
from tests.unit.acd.floor import SALES, Floor

CALL = CallId("out-1795000000-0123456789abcdef")
LEG = LegId(f"leg-{CALL}-1")
TO = "+8613800138000"


def wants_to_call(agent: AgentId, call: CallId = CALL, queue: QueueId = SALES) -> PlaceCall:
    return PlaceCall(call=call, agent=agent, to=TO, queue=queue, shown="4008009000", ring_s=30)


@pytest.fixture
def floor() -> Floor:
    return Floor()


@pytest.fixture
def agent(floor: Floor) -> AgentId:
    return floor.agent(7)


def dialled(floor: Floor, agent: AgentId) -> None:
    """The agent is on the phone, and the customer's rings."""
    floor.do(wants_to_call(agent))
    [ring] = floor.rings
    floor.do(Dialling(at=floor.at, call=CALL, leg=ring.leg, agent=agent))


def joined(floor: Floor, agent: AgentId) -> None:
    dialled(floor, agent)
    floor.do(Joined(at=floor.at, call=CALL, leg=floor.rings[0].leg, agent=agent))


def reason(floor: Floor) -> EndReason:
    [told] = floor.told(CallNotReached)
    return told.reason


def test_an_agent_who_is_not_rung_for_want_of_a_line_reads_so_and_is_free(
    floor: Floor, agent: AgentId
) -> None:
    floor.do(wants_to_call(agent))
    floor.do(RingFailed(leg=LEG, failure=RingFailure.NO_LINE))
    assert reason(floor) is EndReason.NO_LINE
    assert floor.engine.world.agents[agent].state is AgentState.READY


def test_the_agents_own_phone_answers_by_itself_and_then_the_customer_is_called(
    floor: Floor, agent: AgentId
) -> None:
    dialled(floor, agent)
    [ring] = floor.rings
    [order] = [effect.order for effect in floor.told(CallCustomer)]
    assert (ring.dials, ring.answers_itself, ring.shown_number) == (True, True, "8613800138000")
    assert (order.call, order.leg, order.agent) == (CALL, ring.leg, agent)
    assert (order.to, order.shown, order.ring_s) == (TO, "4008009000", 30)
    assert (order.mark.phase, order.mark.agent, order.mark.queue) == (Phase.DIALLING, agent, SALES)
    assert [
        type(told) for told in floor.effects if isinstance(told, CallBegun | CallOffered | CallDialled)
    ] == [
        CallBegun,
        CallOffered,
        CallDialled,
    ]
    assert floor.told(CallOffered)[0].explanation.why is Why.OWN_CALL
    assert floor.engine.world.agents[agent].shown == (AgentState.TALKING, "dialling", CALL)


def test_two_presses_are_one_call(floor: Floor, agent: AgentId) -> None:
    floor.do(wants_to_call(agent))
    assert floor.do(wants_to_call(agent)) == []


def test_whoever_dials_is_offered_nobody(floor: Floor, agent: AgentId) -> None:
    dialled(floor, agent)
    floor.call("waits")
    assert [ring.call for ring in floor.rings] == [CALL]


def test_a_talk_is_followed_by_time_after_it_and_no_queue_is_praised_for_it(
    floor: Floor, agent: AgentId
) -> None:
    joined(floor, agent)
    assert floor.engine.world.agents[agent].shown == (AgentState.TALKING, "", CALL)
    assert [told.is_first for told in floor.told(CallConnected)] == [False]
    figures = DayFigures("UTC", lambda _: 20.0)
    for effect in floor.told(CallConnected):
        figures.note(effect)
    assert figures.of(SALES, floor.at).answered == 0
    floor.end_leg(CALL, EndReason.AGENT_HUNG_UP, joined=True)
    assert floor.state(agent) is AgentState.WRAP_UP


@pytest.mark.parametrize(
    "why", [EndReason.BUSY, EndReason.NO_ANSWER, EndReason.UNREACHABLE, EndReason.REFUSED]
)
def test_an_agent_whom_nobody_answered_is_free_at_once_and_reads_why(
    floor: Floor, agent: AgentId, why: EndReason
) -> None:
    dialled(floor, agent)
    waiting = floor.call("waits")
    floor.do(CallEnded(at=floor.at, call=CALL, reason=why))
    assert reason(floor) is why
    assert floor.told(CancelLeg)[-1].leg == LEG
    assert floor.rung[-1] == (waiting, agent)


@pytest.mark.parametrize("state", [AgentState.ON_BREAK, AgentState.READY])
def test_who_was_on_a_break_is_so_again(floor: Floor, agent: AgentId, state: AgentState) -> None:
    floor.do(SetState(agent=agent, state=state))
    dialled(floor, agent)
    floor.do(CallEnded(at=floor.at, call=CALL, reason=EndReason.BUSY))
    assert floor.state(agent) is state


def test_time_after_a_call_goes_on_when_nobody_answered(floor: Floor, agent: AgentId) -> None:
    call = floor.call("before")
    floor.answer(call)
    floor.end_leg(call, EndReason.AGENT_HUNG_UP, joined=True)
    floor.do(wants_to_call(agent))
    floor.do(Dialling(at=floor.at, call=CALL, leg=floor.leg_of(CALL), agent=agent))
    floor.do(CallEnded(at=floor.at, call=CALL, reason=EndReason.BUSY))
    assert floor.state(agent) is AgentState.WRAP_UP


def test_nobody_calls_who_talks_is_rung_or_is_not_there(floor: Floor, agent: AgentId) -> None:
    waiting = floor.call("waits")
    with pytest.raises(NotFreeToCall):
        floor.do(wants_to_call(agent))
    floor.answer(waiting)
    with pytest.raises(NotFreeToCall):
        floor.do(wants_to_call(agent))
    with pytest.raises(NotFreeToCall):
        floor.do(wants_to_call(floor.agent(8, ready=False)))
    with pytest.raises(UnknownQueue):
        floor.do(wants_to_call(floor.agent(9), queue=QueueId("none")))
    assert CALL not in floor.engine.world.calls


def test_hanging_up_while_the_own_phone_rings_is_the_end(floor: Floor, agent: AgentId) -> None:
    floor.do(wants_to_call(agent))
    floor.do(HangUp(call=CALL))
    assert [effect.leg for effect in floor.told(CancelLeg)] == [LEG]
    assert (floor.state(agent), reason(floor)) == (AgentState.READY, EndReason.AGENT_HUNG_UP)


def test_hanging_up_while_the_customers_phone_rings_is_told_as_the_agents_doing(
    floor: Floor, agent: AgentId
) -> None:
    dialled(floor, agent)
    floor.do(HangUp(call=CALL))
    floor.do(CallEnded(at=floor.at, call=CALL, reason=EndReason.HOTLINE_HUNG_UP))
    assert (floor.state(agent), reason(floor)) == (AgentState.READY, EndReason.AGENT_HUNG_UP)


def test_an_agent_whose_leg_is_gone_leaves_no_phone_ringing(floor: Floor, agent: AgentId) -> None:
    dialled(floor, agent)
    floor.end_leg(CALL, EndReason.AGENT_HUNG_UP)
    assert [effect.call for effect in floor.told(StopCalling)] == [CALL]
    assert floor.state(agent) is AgentState.READY


def test_a_page_that_is_lost_leaves_no_phone_ringing(floor: Floor, agent: AgentId) -> None:
    dialled(floor, agent)
    floor.do(PageLost(agent=agent))
    assert [effect.call for effect in floor.told(StopCalling)] == [CALL]
    assert CALL not in floor.engine.world.calls


@pytest.mark.parametrize("ended", [EndReason.NO_ANSWER, EndReason.REFUSED, EndReason.UNREACHABLE])
def test_an_own_phone_that_does_not_take_it_is_held_against_nobody(
    floor: Floor, agent: AgentId, ended: EndReason
) -> None:
    floor.do(wants_to_call(agent))
    floor.end_leg(CALL, ended)
    assert (floor.state(agent), reason(floor)) == (AgentState.READY, EndReason.OTHER)
    assert floor.told(CallCustomer) == []


def test_orders_that_the_switch_does_not_take_free_the_agent(floor: Floor, agent: AgentId) -> None:
    floor.do(wants_to_call(agent))
    floor.do(RingFailed(leg=LEG, failure=RingFailure.SWITCH_UNAVAILABLE))
    floor.wait(2)
    again = CallId("out-1795000001-0123456789abcdef")
    floor.do(wants_to_call(agent, again))
    floor.do(Dialling(at=floor.at, call=again, leg=floor.leg_of(again), agent=agent))
    floor.do(NotCalled(call=again))
    assert floor.state(agent) is AgentState.READY
    assert [told.call for told in floor.told(CallNotReached)] == [CALL, again]


def test_a_dialling_leg_of_nobodys_call_is_ended(floor: Floor, agent: AgentId) -> None:
    assert floor.do(Dialling(at=floor.at, call=CALL, leg=LEG, agent=agent)) == [CancelLeg(leg=LEG)]


def test_a_customer_who_lost_the_agent_comes_back_like_any_caller(floor: Floor, agent: AgentId) -> None:
    joined(floor, agent)
    floor.end_leg(CALL, EndReason.MEDIA_LOST, joined=True)
    ring = floor.rings[-1]
    assert (ring.call, ring.dials, ring.answers_itself) == (CALL, False, True)


def alive(floor: Floor, *, is_answered: bool, talks: bool = False) -> LiveCall:
    mark = CallMark(phase=Phase.DIALLING, queue=SALES, agent=AgentId(7), key_ms=1, language="zh")
    arrival = floor.arrival(CALL)
    return LiveCall(
        arrival=type(arrival)(
            call=CALL,
            at=floor.at,
            caller_number=TO,
            caller_name="",
            dialled="4008009000",
            trunk="t",
            direction=Direction.OUT,
        ),
        mark=mark,
        talks_with=LEG if talks else None,
        is_answered=is_answered,
    )


def waits(*, talks: bool = False) -> LiveLeg:
    return LiveLeg(
        leg=LEG,
        call=CALL,
        agent=AgentId(7),
        device=DeviceId("phone-7"),
        is_answered=True,
        is_with_caller=talks,
        dials=True,
    )


@pytest.mark.parametrize("has_answered", [False, True])
def test_whoever_is_rung_for_their_own_call_is_so_when_the_switch_is_looked_at(
    floor: Floor, agent: AgentId, *, has_answered: bool
) -> None:
    floor.do(wants_to_call(agent))
    device = DeviceId("phone-7")
    leg = LiveLeg(leg=LEG, call=CALL, agent=agent, device=device, is_answered=has_answered, dials=True)
    floor.connect(legs=[leg], registered=[device])
    assert floor.told(CallNotReached) == []
    assert [order.order.call for order in floor.told(CallCustomer)] == [CALL] * has_answered
    floor.do(Dialling(at=floor.at, call=CALL, leg=LEG, agent=agent))
    assert [order.order.call for order in floor.told(CallCustomer)] == [CALL]


def test_whose_phone_rings_no_longer_for_their_own_call_reads_so(floor: Floor, agent: AgentId) -> None:
    floor.do(wants_to_call(agent))
    floor.connect(registered=[DeviceId("phone-7")])
    assert reason(floor) is EndReason.SWITCH_LOST
    assert floor.engine.world.agents[agent].state is AgentState.READY


def test_after_a_restart_whoever_dialled_dials_on(floor: Floor, agent: AgentId) -> None:
    floor.connect([alive(floor, is_answered=False)], [waits()], [DeviceId("phone-7")])
    assert floor.engine.world.agents[agent].shown == (AgentState.TALKING, "dialling", CALL)
    assert (floor.told(CancelLeg), floor.told(CallCustomer)) == ([], [])
    floor.do(Joined(at=floor.at, call=CALL, leg=LEG, agent=agent))
    floor.do(
        LegEnded(
            at=floor.at, call=CALL, leg=LEG, agent=agent, reason=EndReason.AGENT_HUNG_UP, was_joined=True
        )
    )
    assert floor.state(agent) is AgentState.WRAP_UP


def test_after_a_restart_who_talks_goes_on_with_the_queue_of_the_call(floor: Floor, agent: AgentId) -> None:
    floor.connect([alive(floor, is_answered=True, talks=True)], [waits(talks=True)], [DeviceId("phone-7")])
    assert floor.engine.world.agents[agent].shown == (AgentState.TALKING, "", CALL)
    assert [(told.queue, told.is_first) for told in floor.told(CallConnected)] == [(SALES, False)]


def test_after_a_restart_a_phone_that_rings_for_nobody_is_stopped(floor: Floor) -> None:
    floor.connect([alive(floor, is_answered=False)])
    assert [effect.call for effect in floor.told(StopCalling)] == [CALL]


def test_after_a_restart_a_customer_who_answered_nobody_is_kept_for_the_agent(
    floor: Floor, agent: AgentId
) -> None:
    floor.connect([alive(floor, is_answered=True)], [], [DeviceId("phone-7")])
    assert [told.agent for told in floor.told(CallParked)] == [agent]
    assert floor.told(MarkCall)[-1].mark.phase is Phase.PARKED
    assert (floor.rings[-1].call, floor.rings[-1].dials) == (CALL, False)
    assert [effect.ring.agent for effect in floor.told(RingAgent)] == [agent]


@pytest.mark.parametrize("is_told_first", [True, False])
def test_after_a_restart_a_customer_who_answered_waits_for_no_agent_with_another_caller(
    floor: Floor, agent: AgentId, *, is_told_first: bool
) -> None:
    leg = replace(waits(talks=True), leg=LegId("fallback-1"), call=CallId("b"), dials=False)
    other = LiveCall(arrival=floor.arrival("b"), mark=None, talks_with=leg.leg)
    found = [other, alive(floor, is_answered=True)]
    floor.connect(found if is_told_first else reversed(found), [leg], [DeviceId("phone-7")])
    assert floor.engine.world.agents[agent].shown == (AgentState.TALKING, "", CallId("b"))
    assert floor.rings == []
    check(floor.engine.world, [])


def test_a_call_that_was_never_placed_ends_with_the_connection(floor: Floor, agent: AgentId) -> None:
    floor.do(wants_to_call(agent))
    floor.connect(registered=[DeviceId("phone-7")])
    assert (floor.state(agent), reason(floor)) == (AgentState.READY, EndReason.SWITCH_LOST)


@pytest.mark.parametrize("rings_already", [False, True])
def test_an_agent_who_talks_to_somebody_else_calls_nobody(
    floor: Floor, agent: AgentId, *, rings_already: bool
) -> None:
    if rings_already:
        dialled(floor, agent)
    else:
        floor.do(wants_to_call(agent))

    floor.do(Joined(at=floor.at, call=CallId("other"), leg=LegId("member-1"), agent=agent))

    assert CALL not in floor.engine.world.calls
    assert (StopCalling(call=CALL) in floor.effects) is rings_already
    assert reason(floor) is EndReason.OTHER
    assert floor.engine.world.agents[agent].shown == (AgentState.TALKING, "", CallId("other"))
