"""Phones outlive the server."""

from dataclasses import replace
from datetime import UTC, datetime

from agent_ui.phone_engine import Phone
from agent_ui.store import PhoneStore
from infra.database import Database
from kernel.ids import AgentId, DeviceId, StaffId
from telephony.model import Device, DeviceSecret

LI_JING = Phone(
    staff=StaffId(1),
    page="tab-1",
    device=Device(id=DeviceId("agent-1-0a0b0c0d"), agent=AgentId(1), is_browser=True),
    secret=DeviceSecret(username="agent-1-0a0b0c0d", realm="hotline", ha1="0" * 32),
    taken_at=datetime(2026, 11, 22, 9, tzinfo=UTC),
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
