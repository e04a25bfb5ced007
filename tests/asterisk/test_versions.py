"""Flows published while callers are on the line, on a real Asterisk: they stay in the one they heard."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from typing_extensions import override

from infra.database import Database
from infra.migrations import migrate
from ivr.model import digest_of, pin_of
from ivr.service import LineService
from ivr.settings import IvrSettings
from ivr.store import FlowStore
from tests.asterisk.private_asterisk import PrivateAsterisk, exchange
from tests.asterisk.test_menu import PATIENCE_S, LiveOffice
from tests.unit.ivr.scripted import EXAMPLE, MONDAY_MORNING

OLD = """\
start: hello
nodes:
  hello: {type: subflow, flow: desk, next: person}
  person: {type: queue, queue: sales}
"""
OLD_DESK = """\
start: menu
nodes:
  menu: {type: menu, text: {zh: 旧菜单。请按1。, en: Press 1.}, options: {"1": back}, timeout_s: 20}
  back: {type: return}
"""
NEW = """\
start: menu
nodes:
  menu: {type: menu, text: {zh: 新菜单。请按1。, en: Press 1.}, options: {"1": person}}
  person: {type: queue, queue: complaints}
"""


@dataclass
class PublishingOffice(LiveOffice):
    """An office whose flows are changed while callers are in them; what counted is kept in a database."""

    store: FlowStore | None = None
    heard: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def flows(self) -> Path:
        return self.tmp_path / "site" / "flows"

    async def publish_flows(self, texts: Mapping[str, str]) -> None:
        """As publishing does: the versions first, then the files."""
        assert self.store is not None
        for name, text in texts.items():
            await self.store.note_file(name, text, MONDAY_MORNING)
            (self.flows / f"{name}.yaml").write_text(text, encoding="utf-8")
        whole = {file.stem: file.read_text(encoding="utf-8") for file in self.flows.glob("*.yaml")}
        digests = {name: digest_of(text) for name, text in whole.items()}
        await self.store.keep_set(pin_of(digests), digests, MONDAY_MORNING)

    @override
    async def texts_of(self, pin: str) -> Mapping[str, str] | None:
        assert self.store is not None
        return await self.store.texts_of(pin)

    @override
    def service(self, site: Path = EXAMPLE, settings: IvrSettings | None = None) -> LineService:
        return super().service(self.tmp_path / "site", settings)


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[PublishingOffice]:
    shutil.copytree(EXAMPLE, tmp_path / "site", ignore=shutil.ignore_patterns("*.tests.yaml"))
    url = f"sqlite:///{tmp_path / 'hotline.db'}"
    await migrate(url)
    database = Database(url)
    office = PublishingOffice(
        tmp_path,
        prompt_s=1.0,
        awaited="旧菜单",
        store=FlowStore(database, versions_max=10, sets_max=10),
    )
    others = ("identify", "workshop")
    kept = {name: (office.flows / f"{name}.yaml").read_text(encoding="utf-8") for name in others}
    await office.publish_flows({**kept, "desk": OLD_DESK, "main": OLD})
    yield office
    await database.close()


@pytest.mark.parametrize("dies", [False, True])
async def test_who_is_in_a_menu_goes_on_in_it_when_another_is_published_also_past_a_dead_server(
    asterisk: PrivateAsterisk, office: PublishingOffice, *, dies: bool
) -> None:
    async with exchange(asterisk, office.handler()) as it:
        customer = await it.call(to="4008009000", number="013800138000", patience_s=12.0)
        await customer.first_sound()
        await office.publish_flows({"desk": OLD_DESK.replace("旧", "新"), "main": NEW})
        async with asyncio.timeout(PATIENCE_S):
            if dies:
                office.was_said.clear()
                await it.server_dies()
                await it.server_starts(office.handler())
                await office.was_said.wait()
            customer.press("1")
            await office.entered.wait()
        (request,) = office.requests
        assert (request.queue, request.node) == ("sales", "person")
        assert not any(text.startswith("新菜单") for text in office.said)
        office.entered.clear()
        office.awaited = "新菜单"
        office.was_said.clear()
        another = await it.call(to="4008009000", number="013800138001", patience_s=12.0)
        async with asyncio.timeout(PATIENCE_S):
            await office.was_said.wait()
            await another.first_sound()
            another.press("1")
            await office.entered.wait()
    assert office.requests[-1].queue == "complaints"
