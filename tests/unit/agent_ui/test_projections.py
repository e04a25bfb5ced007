"""The board follows routing: the agent's state and call, and who calls."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from acd.events import (
    CallsAdopted,
    OfferAdopted,
    OfferEnded,
)
from acd.model import (
    AgentState,
    OfferResult,
)
from agent_ui.board import EVERY_AGENT, only
from agent_ui.callers import CallerCard
from customers.events import CallerIdentified, CustomerChanged
from ivr.events import MenuAnswered
from kernel.ids import CallId, CustomerId, DeviceId, LegId, StaffId, TicketId
from telephony.events import CallArrived, CallEnded, CallTransferred, HoldChanged, SwitchConnected
from telephony.model import EndReason, LiveLeg, Snapshot
from tests.unit.agent_ui.floor import (
    ARRIVAL,
    BACK,
    CALL,
    COMPLAINTS,
    CONNECTED,
    FOUND,
    LEG,
    LI,
    LOOK_UPS_AT_ONCE,
    NOW,
    PARKED,
    SALES,
    SERVED,
    TICKET,
    ZHANG,
    Scene,
    look_up_done,
    offered,
    state,
)
from tickets.events import TicketChanged

CHOSEN = MenuAnswered(at=NOW, call=CALL, flow="main", node="menu", key="2", said=(COMPLAINTS,))


async def test_the_pop_shows_who_calls_and_why_while_the_phone_rings(scene: Scene) -> None:
    scene.floor.answers.set()
    await scene.happen(CallArrived(at=NOW, arrival=ARRIVAL))
    await look_up_done()
    call = await scene.happen(offered())
    assert call is not None
    assert (call["phase"], call["customer"]["name"], call["customer"]["level"]) == ("ringing", "张伟", "vip")
    assert call["queue_name"] == {"zh": "销售", "en": "Sales"}
    assert (call["why"]["code"], call["why"]["boost_s"], call["waited_s"]) == ("sticky", 60, 23.0)
    assert [last["call_id"] for last in call["last_calls"]] == ["hotline-0"]


async def test_an_agent_reads_what_comes_after_the_call_and_that_they_did_not_answer(scene: Scene) -> None:
    planned = replace(state(AgentState.TALKING), planned=AgentState.ON_BREAK, planned_reason="meal")
    await scene.happen(planned)
    mine = scene.board.get("me", only(StaffId(LI)))
    assert mine is not None
    assert (mine["planned"], mine["planned_reason"], mine["missed_at"]) == ("on_break", "meal", None)
    await scene.happen(replace(state(AgentState.NOT_RESPONDING), call=None, reason="missed", missed_at=NOW))
    mine = scene.board.get("me", only(StaffId(LI)))
    assert mine is not None
    assert (mine["reason"], datetime.fromisoformat(mine["missed_at"])) == ("missed", NOW)


async def test_what_was_chosen_in_the_menu_is_shown(scene: Scene) -> None:
    call = await scene.happen(CallArrived(at=NOW, arrival=ARRIVAL), CHOSEN, offered())
    assert call is not None
    assert call["said_in_menu"] == [{"zh": "投诉", "en": "Complaints"}]


async def test_a_slow_look_up_delays_no_pop_and_joins_it_later(scene: Scene) -> None:
    call = await scene.happen(CallArrived(at=NOW, arrival=ARRIVAL), offered())
    assert call is not None
    assert (call["number_shown"], call["customer"]) == ("+8613812345678", None)
    scene.floor.answers.set()
    await look_up_done()
    assert scene.call is not None
    assert scene.call["customer"]["name"] == "张伟"


async def test_of_many_callers_found_at_once_a_few_are_looked_up_at_a_time_and_in_the_end_all(
    scene: Scene,
) -> None:
    calls = [CallId(f"hotline-1700000000.{number}") for number in range(80)]
    for call in calls:
        await scene.happen(CallArrived(at=NOW, arrival=replace(ARRIVAL, call=call)))
    assert scene.floor.asked == LOOK_UPS_AT_ONCE
    scene.floor.answers.set()
    await look_up_done()
    assert scene.floor.asked == len(calls)


async def test_a_call_is_shown_through_all_its_phases_until_the_agent_is_free(scene: Scene) -> None:
    phases = []
    for event in (offered(), CONNECTED, PARKED, offered(is_return=True), CONNECTED, SERVED):
        call = await scene.happen(event)
        phases.append(call and (call["phase"], call["answers_itself"]))
    assert phases == [
        ("ringing", False),
        ("talking", False),
        ("parked", False),
        ("ringing", True),
        ("talking", True),
        ("wrap_up", True),
    ]
    until = NOW + timedelta(seconds=20)
    call = await scene.happen(state(AgentState.WRAP_UP, until=until))
    assert call is not None
    assert datetime.fromisoformat(call["until"]) == until
    assert await scene.happen(state(AgentState.READY)) is None


async def test_an_agent_whose_page_was_loaded_again_reads_why_they_got_the_call_and_talks_on(
    scene: Scene,
) -> None:
    await scene.happen(CallArrived(at=NOW, arrival=ARRIVAL), offered(), CONNECTED)
    rings = await scene.happen(PARKED, offered(is_return=True))
    assert rings is not None
    assert (rings["leg"], rings["why"]["code"]) == (BACK.leg, "sticky")
    talks = await scene.happen(BACK)
    assert talks is not None
    assert (talks["phase"], talks["why"]["code"]) == ("talking", "sticky")
    assert datetime.fromisoformat(talks["since"]) == NOW


async def test_an_agent_who_comes_back_after_a_restart_reads_why_they_had_got_the_call(scene: Scene) -> None:
    scene.floor.answers.set()
    rings = await scene.happen(FOUND, offered(is_return=True))
    await look_up_done()
    assert rings is not None
    assert scene.call is not None
    assert scene.call["why"]["code"] == "sticky"


async def test_a_caller_on_hold_is_shown_so_until_taken_back_or_the_talk_is_over(scene: Scene) -> None:
    held = HoldChanged(at=NOW, call=CALL, leg=LEG, agent=LI, is_held=True)
    shown = []
    for event in (CONNECTED, held, replace(held, is_held=False), held, PARKED):
        call = await scene.happen(event)
        shown.append(call and call["held_since"] is not None)
    assert shown == [False, True, False, True, False]


async def test_a_caller_who_was_on_hold_when_the_server_came_is_shown_so(scene: Scene) -> None:
    holding = LiveLeg(leg=LEG, call=CALL, agent=LI, device=DeviceId("d1"), is_answered=True, is_holding=True)
    call = await scene.happen(replace(FOUND, snapshot=replace(FOUND.snapshot, legs=(holding,))), CONNECTED)
    assert call is not None
    assert datetime.fromisoformat(call["held_since"]) == NOW


async def test_who_answers_a_caller_that_was_sent_on_reads_what_the_colleague_noted(scene: Scene) -> None:
    await scene.floor.named.wait()
    sent = CallTransferred(at=NOW, call=CALL, leg=LEG, agent=LI, to_agent=None, to_queue=SALES, note="想退货")
    after = await scene.happen(CallArrived(at=NOW, arrival=ARRIVAL), CONNECTED, sent)
    assert after is not None
    assert after["phase"] == "wrap_up"
    offered_again = await scene.happen(offered())
    assert offered_again is not None
    assert offered_again["sent_on"] == {"by": "李静", "note": "想退货"}


@pytest.mark.parametrize("result", [r for r in OfferResult if r is not OfferResult.ANSWERED])
async def test_an_offer_that_came_to_nothing_is_shown_no_more(scene: Scene, result: OfferResult) -> None:
    ended = OfferEnded(at=NOW, call=CALL, agent=LI, leg=LEG, result=result)
    assert await scene.happen(offered(), ended) is None


async def test_the_end_of_an_older_offer_does_not_hide_the_newer_call(scene: Scene) -> None:
    older = OfferEnded(
        at=NOW, call=CallId("other"), agent=LI, leg=LegId("leg-other-1"), result=OfferResult.WITHDRAWN
    )
    call = await scene.happen(offered(), older)
    assert call is not None


async def test_a_call_adopted_after_a_restart_is_shown_with_its_caller(scene: Scene) -> None:
    call = await scene.happen(FOUND, CONNECTED)
    assert call is not None
    assert (call["why"]["code"], call["said_in_menu"]) == ("adopted", [])
    scene.floor.answers.set()
    await look_up_done()
    assert scene.call is not None
    assert (scene.call["why"]["code"], scene.call["customer"]["id"]) == ("sticky", 7)
    assert scene.call["said_in_menu"] == [COMPLAINTS.model_dump()]


async def test_an_agent_who_is_still_in_wrap_up_after_a_restart_sees_the_call(scene: Scene) -> None:
    until = NOW + timedelta(seconds=20)
    assert await scene.happen(state(AgentState.WRAP_UP, until=until)) is None
    scene.floor.answers.set()
    await look_up_done()
    call = scene.call
    assert call is not None
    assert (call["phase"], call["call_id"], call["number_shown"]) == ("wrap_up", CALL, ARRIVAL.caller_number)
    assert datetime.fromisoformat(call["until"]) == until
    assert (call["customer"]["id"], call["why"]["code"]) == (7, "sticky")
    assert call["said_in_menu"] == [COMPLAINTS.model_dump()]
    assert await scene.happen(state(AgentState.READY)) is None


async def test_a_wrap_up_that_ends_before_its_call_is_looked_up_leaves_no_call(scene: Scene) -> None:
    await scene.happen(state(AgentState.WRAP_UP), state(AgentState.READY))
    scene.floor.answers.set()
    await look_up_done()
    assert scene.call is None


async def test_what_was_known_before_a_restart_may_be_read_before_the_call_is_found_talking(
    scene: Scene,
) -> None:
    scene.floor.answers.set()
    await scene.happen(FOUND)
    await look_up_done()
    call = await scene.happen(CONNECTED)
    assert call is not None
    assert (call["why"]["code"], call["said_in_menu"]) == ("sticky", [COMPLAINTS.model_dump()])


async def test_what_is_chosen_while_a_found_call_is_looked_up_is_shown_once(scene: Scene) -> None:
    await scene.happen(FOUND, CHOSEN)
    scene.floor.answers.set()
    await look_up_done()
    call = await scene.happen(CONNECTED)
    assert call is not None
    assert call["said_in_menu"] == [COMPLAINTS.model_dump()]


async def test_what_is_told_of_a_call_behind_its_end_is_not_kept(scene: Scene) -> None:
    ended = CallEnded(at=NOW, call=CALL, reason=EndReason.CALLER_HUNG_UP)
    call = await scene.happen(CallArrived(at=NOW, arrival=ARRIVAL), ended, CHOSEN, offered())
    assert call is not None
    assert call["said_in_menu"] == []


async def test_the_agents_own_state_is_on_the_board_at_once(scene: Scene) -> None:
    await scene.happen(state(AgentState.TALKING))
    mine = scene.board.get("me", only(StaffId(LI)))
    assert mine is not None
    assert (mine["state"], mine["call_id"]) == ("talking", CALL)


async def test_a_stranger_who_becomes_a_customer_has_a_name_on_the_screen(scene: Scene) -> None:
    scene.floor.known = CallerCard()
    scene.floor.answers.set()
    await scene.happen(CallArrived(at=NOW, arrival=ARRIVAL), offered(), CONNECTED)
    await look_up_done()
    scene.floor.known = ZHANG
    await scene.projections.on_change(TicketChanged(at=NOW, ticket=TicketId(1), customer=None))
    assert scene.call is not None
    assert scene.call["customer"] is None
    await scene.projections.on_change(CustomerChanged(at=NOW, customer=CustomerId(7)))
    assert (scene.call["customer"]["name"], scene.call["phase"]) == ("张伟", "talking")


async def test_a_ticket_written_after_the_call_is_on_the_screen_and_others_are_not(scene: Scene) -> None:
    scene.floor.answers.set()
    await scene.happen(CallArrived(at=NOW, arrival=ARRIVAL), offered(), CONNECTED)
    await look_up_done()
    ended = CallEnded(at=NOW, call=CALL, reason=EndReason.CALLER_HUNG_UP)
    await scene.happen(SERVED, ended)
    scene.floor.known = replace(ZHANG, open_tickets=(TICKET,))
    await scene.projections.on_change(TicketChanged(at=NOW, ticket=TicketId(1), customer=CustomerId(8)))
    assert scene.call is not None
    assert scene.call["open_tickets"] == []
    await scene.projections.on_change(TicketChanged(at=NOW, ticket=TicketId(1), customer=CustomerId(7)))
    assert [ticket["number"] for ticket in scene.call["open_tickets"]] == [TICKET.number]
    assert scene.call["phase"] == "wrap_up"


async def test_a_call_that_ended_is_forgotten(scene: Scene) -> None:
    scene.floor.answers.set()
    ended = CallEnded(at=NOW, call=CALL, reason=EndReason.CALLER_HUNG_UP)
    await scene.happen(CallArrived(at=NOW, arrival=ARRIVAL), ended)
    await look_up_done()
    call = await scene.happen(offered())
    assert call is not None
    assert (call["number_shown"], call["customer"]) == ("", None)


async def test_a_page_learns_that_a_call_is_over_only_once_all_that_is_alive_is_known(scene: Scene) -> None:
    snapshot = Snapshot(boot_id="b", calls=(), legs=(), registered=frozenset())
    await scene.happen(SwitchConnected(at=NOW, snapshot=snapshot))
    assert scene.board.get("routing", EVERY_AGENT) is None
    await scene.happen(CallsAdopted(at=NOW))
    assert scene.board.get("routing", EVERY_AGENT) == {"knows_calls": True}


async def test_a_phone_found_ringing_after_a_restart_keeps_its_call_on_the_screen(scene: Scene) -> None:
    adopted = OfferAdopted(at=NOW, call=CALL, queue=SALES, agent=LI, leg=LEG, waited_s=12)
    call = await scene.happen(adopted, CallsAdopted(at=NOW))
    assert call is not None
    assert (call["phase"], call["leg"], call["why"]["code"]) == ("ringing", LEG, "adopted")


async def test_who_says_on_the_line_who_they_are_is_shown_so(scene: Scene) -> None:
    scene.floor.answers.set()
    await scene.happen(CallArrived(at=NOW, arrival=ARRIVAL), offered())
    await look_up_done()
    scene.floor.known = replace(scene.floor.known, known_by="typed")
    await scene.happen(CallerIdentified(at=NOW, call=CALL, customer=CustomerId(7)))
    await look_up_done()
    assert scene.call["known_by"] == "typed"


async def test_who_has_hung_up_meanwhile_is_not_looked_up(scene: Scene) -> None:
    await scene.happen(CallerIdentified(at=NOW, call=CALL, customer=CustomerId(7)))
    await look_up_done()
    assert scene.floor.asked == 0
