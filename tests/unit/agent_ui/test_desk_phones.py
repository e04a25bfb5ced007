"""Desk phones of people's own: made, renewed, revoked, and known to every switch."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from agent_ui.board import only
from agent_ui.desk_phones import MakeDeskPhone
from agent_ui.errors import NoDeskPhone, NoEncryption
from agent_ui.phone_wishes import secret_of
from kernel.errors import NotFound
from kernel.ids import AgentId, DeviceId, StaffId
from telephony.events import DeviceRegistered, DeviceUnregistered
from tests.unit.agent_ui.phone_scene import LI, NOW, Scene, connected, playing, tasks_named

ADMIN = StaffId(9)


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    async with playing() as scene:
        yield scene


async def test_the_password_is_told_once_and_kept_nowhere(scene: Scene) -> None:
    phones = scene.desk_phones()
    made = await phones.make(LI, MakeDeskPhone(), by=ADMIN)
    await scene.switch.provided.get()
    kept = scene.drawer.phones[LI]
    assert kept.secret == secret_of(made.username, made.password)
    assert scene.switch.known == {DeviceId(made.username): kept.secret}
    seen = f"{phones.report(LI)} {scene.board.get('desk_phone', only(LI))} {kept} {scene.drawer.noted}"
    assert made.password not in seen
    assert scene.drawer.noted == [(ADMIN, "desk_phone_made", f"1 {made.username}")]
    assert kept.secret.ha1 not in f"{phones.report(LI)} {scene.board.get('desk_phone', only(LI))}"


async def test_a_renewed_phone_has_another_name_and_the_one_before_is_gone(scene: Scene) -> None:
    phones = scene.desk_phones()
    first = await phones.make(LI, MakeDeskPhone(), by=LI)
    await scene.switch.provided.get()
    await phones.on_event(DeviceRegistered(at=NOW, device=DeviceId(first.username)))
    second = await phones.make(LI, MakeDeskPhone(), by=LI)
    await scene.switch.provided.get()
    assert first.username != second.username
    assert list(scene.switch.known) == [DeviceId(second.username)]
    report = phones.report(LI).phone
    assert report is not None
    assert not report.is_registered
    assert [action for _, action, _ in scene.drawer.noted] == ["desk_phone_made", "desk_phone_renewed"]


async def test_a_revoked_phone_is_refused_and_shown_no_more(scene: Scene) -> None:
    phones = scene.desk_phones()
    await phones.make(LI, MakeDeskPhone(), by=LI)
    await scene.switch.provided.get()
    await phones.revoke(LI, by=ADMIN)
    assert (scene.switch.known, scene.drawer.phones) == ({}, {})
    assert scene.board.get("desk_phone", only(LI)) is None
    assert scene.drawer.noted[-1][:2] == (ADMIN, "desk_phone_revoked")
    with pytest.raises(NoDeskPhone):
        await phones.revoke(LI, by=ADMIN)


async def test_a_phone_revoked_while_the_switch_was_away_is_taken_from_it_later(scene: Scene) -> None:
    phones = scene.desk_phones()
    made = await phones.make(LI, MakeDeskPhone(), by=LI)
    await scene.switch.provided.get()
    scene.switch.is_away = True
    await phones.revoke(LI, by=LI)
    scene.switch.is_away = False
    assert list(scene.switch.known) == [DeviceId(made.username)]
    await phones.on_event(connected("boot-1", DeviceId(made.username), DeviceId("agent-1-aa")))
    assert scene.switch.known == {}


async def test_every_switch_and_every_server_knows_the_phones_without_anybody_signed_in(scene: Scene) -> None:
    before = scene.desk_phones()
    await before.make(LI, MakeDeskPhone(), by=LI)
    await scene.switch.provided.get()
    known = dict(scene.switch.known)
    scene.switch.known.clear()
    after = scene.desk_phones()
    await after.start()
    scene.switch.refusals = {AgentId(LI): 2}
    await after.on_event(connected("boot-2"))
    await scene.switch.provided.get()
    assert scene.switch.known == known


async def test_whether_it_is_registered_is_shown_as_it_changes(scene: Scene) -> None:
    phones = scene.desk_phones()
    made = await phones.make(LI, MakeDeskPhone(), by=LI)
    device = DeviceId(made.username)
    for event, is_there in (
        (DeviceRegistered(at=NOW, device=device), True),
        (DeviceUnregistered(at=NOW, device=device), False),
        (connected("boot-1", device), True),
        (connected("boot-2"), False),
    ):
        await phones.on_event(event)
        shown = scene.board.get("desk_phone", only(LI))
        assert shown is not None
        assert shown["is_registered"] is is_there


async def test_an_encrypted_phone_needs_a_port_for_it(scene: Scene) -> None:
    with pytest.raises(NoEncryption):
        await scene.desk_phones().make(LI, MakeDeskPhone(is_encrypted=True), by=LI)
    scene.tls_port = 5061
    phones = scene.desk_phones()
    await phones.make(LI, MakeDeskPhone(is_encrypted=True), by=LI)
    assert scene.drawer.phones[LI].device.is_encrypted
    assert phones.report(LI).tls_port == 5061


async def test_only_agents_are_made_desk_phones(scene: Scene) -> None:
    with pytest.raises(NotFound):
        await scene.desk_phones().make(StaffId(404), MakeDeskPhone(), by=ADMIN)


async def test_two_who_renew_at_once_leave_one_phone(scene: Scene) -> None:
    phones = scene.desk_phones()
    made = await asyncio.gather(*(phones.make(LI, MakeDeskPhone(), by=LI) for _ in range(5)))
    await asyncio.gather(*tasks_named("provide"))
    assert list(scene.switch.known) == [scene.drawer.phones[LI].device.id]
    assert scene.drawer.phones[LI].device.id in {one.username for one in made}
