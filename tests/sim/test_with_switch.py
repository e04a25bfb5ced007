"""Routing and the fake switch together: what the caller's line and the agents' phones go through."""

from collections.abc import AsyncIterator

import pytest

from acd.errors import NoSuchOffer
from acd.events import CallConnected, CallOffered, CallParked
from acd.model import AgentState, ConsultStep
from kernel.ids import DeviceId, LegId
from telephony.errors import LineGone, SwitchUnavailable
from telephony.events import CallTransferred
from telephony.model import EndReason, Phase
from tests.sim.house import LI, WANG, House
from tests.unit.acd.floor import SALES, device, place_in


@pytest.fixture
async def house() -> AsyncIterator[House]:
    house = House()
    await house.start()
    house.switch_tasks.spawn(house.switch.run(house.line), name="switch")
    await house.until(lambda: house.switch.is_connected)
    yield house
    await house.switch_tasks.close()
    await house.tasks.close()


async def test_an_agent_who_hangs_up_ends_the_call_with_a_goodbye(house: House) -> None:
    await house.agent_comes(LI)
    call = await house.talk()
    house.switch.end(house.switch.calls[call].talks_with or LegId(""), EndReason.AGENT_HUNG_UP)
    await house.until(lambda: house.goodbyes == [call])
    await house.until(lambda: house.routing.phase_of(call) is None)
    assert house.routing.overview().agents[0].state is AgentState.READY


async def test_a_killed_tab_keeps_the_caller_and_the_new_page_gets_them_back(house: House) -> None:
    await house.agent_comes(LI)
    call = await house.talk()
    house.switch.unregister(device(LI))
    await house.routing.page_lost(LI)
    await house.until(lambda: bool(house.told(CallParked)))

    house.switch.register(device(LI))
    await house.routing.page_back(LI)
    back = await house.ring_of(call)
    assert house.switch.legs[back].ring.answers_itself
    house.switch.answer(back)

    await house.until(lambda: len(house.told(CallConnected)) == 2)
    assert house.goodbyes == []


async def test_a_caller_whose_agent_does_not_return_gets_another(house: House) -> None:
    await house.agent_comes(LI)
    call = await house.talk()
    await house.agent_comes(WANG)
    house.switch.unregister(device(LI))
    await house.routing.page_lost(LI)

    await house.until(lambda: any(leg.ring.agent == WANG for leg in house.switch.legs.values()))
    house.switch.answer(await house.ring_of(call))

    await house.until(lambda: house.routing.agent_of(call) == WANG)
    assert house.goodbyes == []


async def test_a_caller_who_is_sent_on_hears_music_until_the_colleague_has_them(house: House) -> None:
    await house.agent_comes(LI)
    call = await house.talk()
    await house.agent_comes(WANG)
    first = house.switch.calls[call].talks_with

    await house.routing.transfer(call, LI, to=WANG, note="想退货")
    second = await house.ring_of(call)

    await house.until(lambda: house.switch.calls[call].line is not None)
    assert first not in house.switch.legs
    house.switch.answer(second)
    await house.until(lambda: house.routing.phase_of(call) is Phase.TALKING)
    await house.until(lambda: bool(house.told(CallTransferred)))
    assert (house.routing.agent_of(call), house.goodbyes) == (WANG, [])
    assert [sent.note for sent in house.told(CallTransferred)] == ["想退货"]


@pytest.mark.parametrize("is_ringing", [True, False])
async def test_a_server_killed_in_a_transfer_loses_neither_the_caller_nor_the_way_back(
    house: House, *, is_ringing: bool
) -> None:
    await house.agent_comes(LI)
    call = await house.talk()
    await house.agent_comes(WANG)
    await house.routing.transfer(call, LI, to=WANG)
    ringing = await house.ring_of(call)
    mark = house.switch.calls[call].mark
    assert mark is not None
    assert mark.sent_by == LI
    if not is_ringing:
        house.switch.end(ringing, EndReason.NO_ANSWER)
        await house.until(lambda: any(leg.ring.agent == LI for leg in house.switch.legs.values()))
    await house.kill_server()
    await house.until(lambda: house.routing.phase_of(call) is Phase.PARKED)
    house.switch.answer(await house.ring_of(call))
    await house.until(lambda: house.routing.phase_of(call) is Phase.TALKING)
    assert (house.routing.agent_of(call), house.goodbyes) == (WANG if is_ringing else LI, [])


async def test_an_agent_whose_phone_rings_for_a_caller_who_is_sent_on_cannot_end_the_call(
    house: House,
) -> None:
    await house.agent_comes(LI)
    call = await house.talk()
    await house.agent_comes(WANG)
    await house.routing.transfer(call, LI, to=WANG)
    ringing = await house.ring_of(call)
    for agent in (WANG, LI):
        with pytest.raises(NoSuchOffer):
            await house.routing.hang_up(call, agent)
    house.switch.answer(ringing)
    await house.until(lambda: house.routing.phase_of(call) is Phase.TALKING)
    await house.routing.hang_up(call, WANG)
    await house.until(lambda: house.routing.phase_of(call) is None)


async def test_who_is_asked_about_a_caller_counts_as_talking_until_they_are_given_them(house: House) -> None:
    await house.agent_comes(LI)
    call = await house.talk()
    await house.agent_comes(WANG)
    await house.routing.consult(call, LI, to=WANG)
    leg = await house.leg_of(WANG)
    assert not house.routing.is_talking(WANG)
    house.switch.answer(leg)
    await house.until(lambda: house.routing.is_talking(WANG))
    await house.routing.go_on(call, LI, ConsultStep.HAND_OVER)
    assert house.routing.is_talking(WANG)
    await house.until(lambda: house.routing.agent_of(call) == WANG)
    assert (house.routing.is_talking(WANG), house.routing.is_talking(LI)) == (True, False)


async def test_a_phone_that_is_not_there_costs_the_caller_nothing(house: House) -> None:
    await house.agent_comes(LI)
    await house.agent_comes(WANG)
    house.switch.registered.discard(device(LI))  # the switch has not said so yet

    call = house.switch.call_in()

    await house.until(lambda: any(leg.ring.agent == WANG for leg in house.switch.legs.values()))
    await house.until(lambda: len(house.told(CallOffered)) == 2)
    offers = [event for event in house.told(CallOffered) if isinstance(event, CallOffered)]
    assert [offer.agent for offer in offers if offer.call == call] == [LI, WANG]


async def test_a_new_server_offers_the_waiting_calls_in_their_old_order(house: House) -> None:
    await house.agent_comes(LI)
    talking = await house.talk()
    waiting = []
    for _ in range(3):
        call = house.switch.call_in()
        await house.until(lambda call=call: house.switch.calls[call].mark is not None)
        waiting.append(call)

    await house.kill_server()
    await house.until(lambda: house.routing.phase_of(talking) is Phase.TALKING)
    assert [place_in(house.routing, call) for call in waiting] == [1, 2, 3]
    house.switch.end(house.switch.calls[talking].talks_with or LegId(""), EndReason.AGENT_HUNG_UP)

    for call in waiting:
        leg = await house.ring_of(call)
        house.switch.answer(leg)
        await house.until(lambda call=call: house.routing.phase_of(call) is Phase.TALKING)
        house.switch.end(leg, EndReason.AGENT_HUNG_UP)
    await house.until(lambda: house.goodbyes == [talking, *waiting])


async def test_the_emergency_queue_knows_the_agents_who_are_ready(house: House) -> None:
    await house.agent_comes(LI)
    await house.until(lambda: house.switch.fallback == {DeviceId("phone-1"): True})
    await house.routing.set_state(LI, AgentState.ON_BREAK)
    await house.until(lambda: house.switch.fallback == {DeviceId("phone-1"): False})
    await house.routing.has_no_device(LI)
    await house.until(lambda: house.switch.fallback == {})


async def test_hanging_up_by_the_page_ends_the_call_and_loses_nothing(house: House) -> None:
    await house.agent_comes(LI)
    call = await house.talk()
    await house.routing.hang_up(call, LI)
    await house.until(lambda: house.routing.phase_of(call) is None)
    assert house.told(CallParked) == []


async def test_a_line_that_was_held_leaves_with_its_caller(house: House) -> None:
    call = house.switch.call_in()
    await house.until(lambda: house.routing.phase_of(call) is Phase.WAITING)
    line = house.switch.calls[call].line
    assert line is not None
    house.switch.caller_hangs_up(call)
    await house.until(lambda: house.routing.phase_of(call) is None)
    with pytest.raises(LineGone):
        await line.hold()


@pytest.mark.parametrize("refused", ["move", "set_aside", "hand_over"])
async def test_an_order_that_the_switch_does_not_take_leaves_everybody_where_they_really_are(
    house: House, monkeypatch: pytest.MonkeyPatch, refused: str
) -> None:
    async def refuse(*_: object) -> None:
        raise SwitchUnavailable("not now")

    await house.agent_comes(LI)
    call = await house.talk()
    await house.agent_comes(WANG)
    routing = house.routing
    if refused == "hand_over":
        await routing.consult(call, LI, to=WANG)
        house.switch.answer(await house.leg_of(WANG))
        await house.until(lambda: routing.is_talking(WANG))
    monkeypatch.setattr(house.switch, refused, refuse)
    if refused == "move":
        await routing.transfer(call, LI, to=SALES)
    elif refused == "set_aside":
        await routing.consult(call, LI, to=WANG)
    else:
        await routing.go_on(call, LI, ConsultStep.HAND_OVER)
    is_asked, phase = (True, Phase.HELD) if refused == "hand_over" else (False, Phase.TALKING)
    await house.until(lambda: (routing.agent_of(call), routing.phase_of(call)) == (LI, phase))
    await house.until(lambda: (routing.is_talking(LI), routing.is_talking(WANG)) == (True, is_asked))
    await house.until(lambda: len(house.switch.legs) == 1 + is_asked)
    monkeypatch.undo()
    if is_asked:
        await routing.go_on(call, LI, ConsultStep.HAND_OVER)
        await house.until(lambda: (routing.agent_of(call), routing.phase_of(call)) == (WANG, Phase.TALKING))
        await house.until(lambda: not routing.is_talking(LI))
