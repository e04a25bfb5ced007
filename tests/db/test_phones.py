"""Phones outlive the server."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa

from agent_ui.desk_phones import DeskPhone
from agent_ui.phone_engine import Phone, PhoneKind, Plan
from agent_ui.store import DeskPhoneStore, PhoneStore, desk_phones
from infra.database import Database
from infra.sealed import Seal
from kernel.ids import AgentId, DeviceId, StaffId
from telephony.model import Device, DeviceSecret

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
LI_JING = Phone(
    staff=StaffId(1),
    page="tab-1",
    device=Device(id=DeviceId("agent-1-0a0b0c0d"), agent=AgentId(1), is_browser=True),
    secret=DeviceSecret(username="agent-1-0a0b0c0d", realm="hotline", ha1="0" * 32),
    taken_at=NOW,
    provided_boot="boot-1",
)
WANG_QIANG = replace(LI_JING, staff=StaffId(2), device=replace(LI_JING.device, agent=AgentId(2)))


async def test_a_phone_is_kept_as_it_was_last_given_out(database: Database) -> None:
    store = PhoneStore(database)
    await store.save(LI_JING)
    await store.save(WANG_QIANG)
    newer = replace(LI_JING, page="tab-2", provided_boot="boot-2")
    await store.save(newer)
    assert await store.all() == [newer, WANG_QIANG]


async def test_an_outside_number_is_kept_with_its_language(database: Database) -> None:
    store = PhoneStore(database)
    mobile = replace(LI_JING.device, is_browser=False, number="+8613900001234", language="en")
    await store.save(replace(LI_JING, device=mobile))
    assert [phone.device for phone in await store.all()] == [mobile]


async def test_a_phone_given_back_is_forgotten(database: Database) -> None:
    store = PhoneStore(database)
    await store.save(LI_JING)
    await store.delete(LI_JING.staff)
    await store.delete(LI_JING.staff)
    assert await store.all() == []


async def test_a_desk_phone_and_what_is_planned_in_a_call_are_kept(database: Database) -> None:
    store = PhoneStore(database)
    desk = Device(id=DeviceId("desk-abc"), agent=AgentId(1), is_browser=False, is_lasting=True)
    plan = Plan(kind=PhoneKind.OUTSIDE, page="tab-1", number="+8613900001234", language="en")
    kept = replace(LI_JING, device=desk, plan=plan)
    await store.save(kept)
    assert await store.all() == [kept]


async def test_the_secret_of_a_desk_phone_lies_sealed(database: Database, tmp_path: Path) -> None:
    key = tmp_path / "secrets" / "desk_phones.key"
    store = DeskPhoneStore(database, Seal(key))
    device = Device(
        id=DeviceId("desk-abc"), agent=AgentId(1), is_browser=False, is_lasting=True, is_encrypted=True
    )
    secret = DeviceSecret(username="desk-abc", realm="hotline", ha1="5" * 32)
    phone = DeskPhone(staff=StaffId(1), device=device, secret=secret, made_at=NOW, is_chosen=True)
    await store.save(phone)
    await store.save(replace(phone, is_chosen=False))
    assert await DeskPhoneStore(database, Seal(key)).all() == [replace(phone, is_chosen=False)]
    async with database.reading() as connection:
        rows = (await connection.execute(sa.select(desk_phones))).all()
    assert secret.ha1 not in f"{rows}"
    assert key.stat().st_mode & 0o777 == 0o600

    assert await DeskPhoneStore(database, Seal(tmp_path / "another.key")).all() == []
    await store.delete(StaffId(1))
    assert await store.all() == []
