"""Phones: fresh secrets, one owning page, and what routing hears when a page vanishes."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from acd.model import AgentState
from agent_ui.board import only
from agent_ui.desk_phones import MakeDeskPhone
from agent_ui.errors import NoDeskPhone, RingsElsewhere
from kernel.ids import AgentId, DeviceId, StaffId
from telephony.events import DeviceRegistered, DeviceUnregistered
from tests.unit.agent_ui.phone_scene import (
    LI,
    NOW,
    Scene,
    choice,
    connected,
    playing,
    state,
    tasks_named,
    wish,
)


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    async with playing() as scene:
        yield scene


async def test_a_secret_is_minted_at_each_taking_and_the_device_stays(scene: Scene) -> None:
    desk = scene.desk()
    first, second = await desk.take(LI, wish()), await desk.take(LI, wish())
    assert first.ha1 != second.ha1
    assert first.device == second.device
    assert scene.switch.known == {DeviceId(second.device): scene.book.phones[LI].secret}
    assert len(second.ha1) == 32
    assert [server.model_dump() for server in second.ice_servers] == [
        {"urls": "turn:turn.example", "username": "desk", "credential": "geheim"}
    ]


async def test_the_board_tells_which_page_owns_the_phone_and_whether_it_can_ring(scene: Scene) -> None:
    desk = scene.desk()
    credentials = await desk.take(LI, wish("tab-2"))
    await desk.on_event(scene.registered())
    assert scene.board.get("phone", only(LI)) == {
        "owner_page": "tab-2",
        "device": credentials.device,
        "is_registered": True,
        "kind": "browser",
        "number": "",
        "planned": None,
    }
    await desk.on_event(DeviceUnregistered(at=NOW, device=DeviceId(credentials.device)))
    shown = scene.board.get("phone", only(LI))
    assert shown is not None
    assert shown["is_registered"] is False


async def test_a_page_that_stays_away_is_lost_and_back_when_it_can_ring_again(scene: Scene) -> None:
    desk = scene.desk(page_grace_s=0.01)
    await desk.take(LI, wish())
    await desk.page_came(LI, "tab-1")
    await desk.on_event(scene.registered())
    scene.heard.changed.clear()
    await desk.page_went(LI, "tab-1")
    await scene.heard.changed.wait()
    assert scene.heard.words[-1] == ("lost", 1)
    await desk.page_came(LI, "tab-1")
    assert scene.heard.words[-1] == ("back", 1)


async def test_a_page_back_within_its_grace_was_never_lost(scene: Scene) -> None:
    desk = scene.desk()
    await desk.take(LI, wish())
    await desk.page_came(LI, "tab-1")
    await desk.page_went(LI, "tab-1")
    await desk.page_came(LI, "tab-1")
    assert scene.heard.words == [("device", 1)]


async def test_pages_that_all_go_at_once_are_given_the_time_that_an_edge_needs_to_be_back(
    scene: Scene,
) -> None:
    desk = scene.desk(page_grace_s=0.01, page_return_s=0.3)
    await desk.take(LI, wish())
    await desk.page_came(LI, "tab-1")
    await desk.page_came(StaffId(2), "another")
    await desk.page_went(LI, "tab-1")
    await desk.page_went(StaffId(2), "another")
    scene.heard.changed.clear()
    began_s = asyncio.get_running_loop().time()
    await scene.heard.changed.wait()
    assert scene.heard.words[-1] == ("lost", 1)
    assert asyncio.get_running_loop().time() - began_s >= 0.25


async def test_a_page_that_goes_while_others_stay_is_lost_soon(scene: Scene) -> None:
    desk = scene.desk(page_grace_s=0.01)
    await desk.take(LI, wish())
    await desk.page_came(LI, "tab-1")
    await desk.page_came(StaffId(2), "another")
    scene.heard.changed.clear()
    await desk.page_went(LI, "tab-1")
    await scene.heard.changed.wait()
    assert scene.heard.words[-1] == ("lost", 1)


async def test_a_reloaded_page_lost_its_sound_and_is_back_once_it_registered(scene: Scene) -> None:
    desk = scene.desk()
    await desk.take(LI, wish("before"))
    await desk.page_came(LI, "before")
    await desk.on_event(scene.registered())
    await desk.page_went(LI, "before")
    await desk.page_came(LI, "after")
    await desk.take(LI, wish("after"))
    assert scene.heard.words == [("device", 1), ("lost", 1), ("device", 1)]
    await desk.on_event(scene.registered())
    assert scene.heard.words[-1] == ("back", 1)


async def test_a_second_tab_takes_the_phone_without_ending_what_the_first_talks(scene: Scene) -> None:
    desk = scene.desk()
    await desk.take(LI, wish("first"))
    await desk.page_came(LI, "first")
    await desk.take(LI, wish("second"))
    assert ("lost", 1) not in scene.heard.words


async def test_a_desk_phone_needs_no_page(scene: Scene) -> None:
    desk = scene.desk(page_grace_s=0.01)
    await desk.take(LI, wish(kind="sip"))
    await desk.page_came(LI, "tab-1")
    await desk.page_went(LI, "tab-1")
    assert "phone of 1" not in {task.get_name() for task in asyncio.all_tasks()}


async def test_calls_go_out_to_a_number_without_a_page_also_after_a_restart(scene: Scene) -> None:
    desk = scene.desk(page_grace_s=0.01)
    await desk.on_event(connected("boot-1"))
    await desk.page_came(LI, "tab-1")
    browser = (await desk.take(LI, wish())).device
    await desk.choose(LI, choice("outside", "13900001234"))
    await desk.on_event(scene.registered())
    (known,) = scene.switch.known
    assert known != browser
    kept = scene.book.phones[LI].device
    assert (kept.id, kept.number, kept.language, kept.is_browser) == (known, "+8613900001234", "en", False)
    shown = scene.board.get("phone", only(LI))
    assert shown is not None
    assert (shown["number"], shown["is_registered"]) == ("+8613900001234", True)
    await desk.page_went(LI, "tab-1")
    assert "phone of 1" not in {task.get_name() for task in asyncio.all_tasks()}

    desk = scene.desk()
    await desk.start()

    assert [word for word, _ in scene.heard.words][-2:] == ["number", "number"]
    with pytest.raises(RingsElsewhere):
        await desk.take(LI, wish("another tab"))
    await desk.choose(LI, choice("browser"))
    assert (await desk.take(LI, wish())).device not in {known, browser}


async def test_another_number_is_another_phone(scene: Scene) -> None:
    desk = scene.desk()
    for number in ("13900001234", "13900005678"):
        await desk.choose(LI, choice("outside", number))
    assert list(scene.switch.known) == [scene.book.phones[LI].device.id]


async def test_a_restarted_switch_is_told_every_phone_again_also_after_it_refused_one(scene: Scene) -> None:
    desk = scene.desk()
    await desk.on_event(connected("boot-1"))
    for staff in (1, 2, 3):
        await desk.take(StaffId(staff), wish())
        assert await scene.switch.provided.get() == staff
    before = dict(scene.switch.known)
    scene.switch.known.clear()
    scene.switch.refusals = {AgentId(1): 3}
    await desk.on_event(connected("boot-1"))
    await desk.on_event(connected("boot-2"))
    assert [await scene.switch.provided.get() for _ in range(3)] == [2, 3, 1]
    assert scene.switch.known == before


async def test_phones_outlive_a_restart_of_the_server(scene: Scene) -> None:
    before = scene.desk()
    await before.on_event(connected("boot-1"))
    device = DeviceId((await before.take(LI, wish())).device)
    scene.switch.known.clear()
    after = scene.desk(page_return_s=0.01)
    scene.heard.changed.clear()
    await after.start()
    await after.on_event(connected("boot-1", device))
    assert scene.switch.known == {}
    assert scene.board.get("phone", only(LI)) == {
        "owner_page": "tab-1",
        "device": device,
        "is_registered": True,
        "kind": "browser",
        "number": "",
        "planned": None,
    }
    while ("lost", 1) not in scene.heard.words:
        scene.heard.changed.clear()
        await scene.heard.changed.wait()


async def test_a_page_that_takes_its_phone_once_more_is_not_lost_by_what_was_before(scene: Scene) -> None:
    desk = scene.desk(page_grace_s=0.02)
    await desk.take(LI, wish())
    await desk.page_came(LI, "tab-1")
    await desk.on_event(scene.registered())
    await desk.page_went(LI, "tab-1")
    await desk.take(LI, wish())
    await desk.page_came(LI, "tab-1")
    assert "phone of 1" not in {task.get_name() for task in asyncio.all_tasks() if not task.cancelling()}
    shown = scene.board.get("phone", only(LI))
    assert shown is not None
    assert shown["is_registered"] is True


async def test_a_phone_that_cannot_be_kept_is_given_out_all_the_same(scene: Scene) -> None:
    scene.book.is_away = True
    desk = scene.desk()
    await desk.take(LI, wish())
    assert scene.heard.words == [("device", 1)]
    await desk.signed_out(LI)
    assert scene.heard.words[-1] == ("no device", 1)


async def test_signing_out_takes_the_phone_away_even_when_the_switch_is_away(scene: Scene) -> None:
    desk = scene.desk()
    await desk.take(LI, wish())
    scene.switch.is_away = True
    await desk.signed_out(LI)
    await desk.signed_out(LI)
    assert scene.heard.words == [("device", 1), ("lost", 1), ("no device", 1)]
    assert scene.book.phones == {}
    assert scene.board.get("phone", only(LI)) is None


async def test_a_page_whose_session_is_over_is_lost_at_once(scene: Scene) -> None:
    desk = scene.desk()
    await desk.take(LI, wish())
    await desk.page_came(LI, "tab-1")
    await desk.on_event(scene.registered())
    await desk.page_dismissed(LI, "another tab")
    assert scene.heard.words[-1] == ("device", 1)
    await desk.page_dismissed(LI, "tab-1")
    await desk.page_went(LI, "tab-1")
    assert scene.heard.words == [("device", 1), ("lost", 1)]
    await desk.take(LI, wish())
    await desk.page_came(LI, "tab-1")
    assert scene.heard.words[-1] == ("back", 1)


async def test_calls_ring_at_the_desk_phone_whatever_becomes_of_the_page_and_the_server(scene: Scene) -> None:
    lasting = scene.desk_phones()
    desk = scene.desk(page_grace_s=0.01, desk_phones=lasting)
    with pytest.raises(NoDeskPhone):
        await desk.choose(LI, choice("desk"))
    made = await lasting.make(LI, MakeDeskPhone(), by=LI)
    assert await scene.switch.provided.get() == LI
    await lasting.on_event(DeviceRegistered(at=NOW, device=DeviceId(made.username)))
    await desk.take(LI, wish())
    await desk.page_came(LI, "tab-1")
    await desk.choose(LI, choice("desk"))
    assert scene.heard.words[-1] == ("desk phone", 1)
    shown = scene.board.get("phone", only(LI))
    assert shown is not None
    assert (shown["kind"], shown["is_registered"]) == ("desk", True)
    assert list(scene.switch.known) == [DeviceId(made.username)], "the page's phone is gone"
    assert scene.book.phones[LI].secret.ha1 == "", "kept with the account alone"
    await desk.page_went(LI, "tab-1")
    assert [task for task in tasks_named("phone of 1") if not task.cancelling()] == []

    again = scene.desk()
    await again.start()
    assert scene.heard.words[-1] == ("desk phone", 1)


async def test_signing_out_silences_the_desk_phone_until_its_agent_is_back(scene: Scene) -> None:
    lasting = scene.desk_phones()
    desk = scene.desk(desk_phones=lasting)
    made = await lasting.make(LI, MakeDeskPhone(), by=LI)
    await scene.switch.provided.get()
    await desk.choose(LI, choice("desk"))
    await desk.signed_out(LI)
    assert scene.heard.words[-1] == ("no device", 1)
    assert DeviceId(made.username) in scene.switch.known, "it stays registered"

    with pytest.raises(RingsElsewhere):
        await desk.take(LI, wish("tomorrow"))
    assert scene.heard.words[-1] == ("desk phone", 1)
    await desk.choose(LI, choice("browser", page="tomorrow"))
    await desk.signed_out(LI)
    assert (await desk.take(LI, wish())).device.startswith("agent-1-")


@pytest.mark.parametrize("kind", ["desk", "outside", "browser"])
async def test_a_phone_chosen_in_a_call_takes_over_once_the_call_is_over(scene: Scene, kind: str) -> None:
    lasting = scene.desk_phones()
    desk = scene.desk(desk_phones=lasting)
    await lasting.make(LI, MakeDeskPhone(), by=LI)
    await desk.take(LI, wish())
    if kind == "browser":
        await desk.choose(LI, choice("outside", "13900001234"))
    before = scene.book.phones[LI].device
    await desk.on_event(state(LI, AgentState.RESERVED))
    await desk.on_event(state(LI, AgentState.TALKING))
    await desk.choose(LI, choice(kind, "13900005678" if kind == "outside" else ""))
    assert scene.book.phones[LI].device == before
    shown = scene.board.get("phone", only(LI))
    assert shown is not None
    number = "+8613900005678" if kind == "outside" else ""
    assert shown["planned"] == {"kind": kind, "number": number}

    restarted = scene.desk(desk_phones=lasting)
    await restarted.start()
    await restarted.on_event(state(LI, AgentState.TALKING))
    await restarted.on_event(state(LI, AgentState.WRAP_UP))
    await asyncio.gather(*tasks_named("planned"))
    shown = scene.board.get("phone", only(LI))
    assert shown is not None
    assert (shown["kind"], shown["number"], shown["planned"]) == (kind, number, None)


async def test_what_was_planned_is_taken_back_by_choosing_the_phone_in_hand(scene: Scene) -> None:
    desk = scene.desk()
    await desk.take(LI, wish())
    await desk.on_event(state(LI, AgentState.TALKING))
    await desk.choose(LI, choice("outside", "13900001234"))
    await desk.take(LI, wish("reloaded"))
    assert scene.book.phones[LI].plan is not None, "a reloaded page forgets nothing"
    await desk.choose(LI, choice("browser"))
    assert scene.book.phones[LI].plan is None


async def test_calls_follow_a_desk_phone_that_is_renewed_and_leave_one_that_is_revoked(scene: Scene) -> None:
    lasting = scene.desk_phones()
    desk = scene.desk(desk_phones=lasting)
    await lasting.make(LI, MakeDeskPhone(), by=LI)
    await scene.switch.provided.get()
    await desk.choose(LI, choice("desk"))
    renewed = await lasting.make(LI, MakeDeskPhone(), by=LI)
    await desk.desk_phone_changed(LI)
    assert scene.book.phones[LI].device.id == renewed.username
    await lasting.revoke(LI, by=LI)
    await desk.desk_phone_changed(LI)
    assert scene.book.phones[LI].device.is_browser
