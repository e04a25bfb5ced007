"""Callers ask a company's system on a real Asterisk: it answers, is down, slow or wrong; or we die."""

import asyncio
import shutil
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from typing_extensions import override

from ivr.ports import ErrandOrder
from ivr.service import LineService
from ivr.settings import IvrSettings
from ivr.turn import ErrandDone
from kernel.clock import SystemClock
from lookups.service import Lookups
from rig.tones import in_words, longest_silence_s
from server.errands import lookups_in
from server.settings import Settings
from telephony.events import CallEnded
from tests.asterisk.listening import hears_music
from tests.asterisk.private_asterisk import PrivateAsterisk, exchange
from tests.asterisk.test_menu import PATIENCE_S, LiveOffice
from tests.unit.ivr.scripted import EXAMPLE

FLOW = """\
start: ask
variables: {order: {type: digits}, state: {type: text}, arrives: {type: date}}
nodes:
  ask: {type: collect, text: {zh: 请输入订单号。, en: Order?}, into: order, max_digits: 8, next: find}
  find:
    type: lookup
    lookup: order
    text: {zh: 正在为您查询。, en: Let me see.}
    give: {number: order, phone: caller_number}
    into: {state: state, arrives: arrives}
    found: tell
    missing: ask
    failed: person
  tell: {type: menu, text: {zh: "您的订单{state}，{arrives}送达。", en: State}, options: {"1": person}}
  person: {type: queue, queue: sales}
"""
ORDER = '{"state": {"zh": "已发货", "en": "shipped"}, "delivery": {"arrives_on": "2026-11-25"}}'
ANSWER = "您的订单已发货，2026年11月25日送达。"
DEAD_AIR_MAX_S = 2.0


class Erp:
    """The company's system; what it answers, and whether it does, is the test's to say."""

    def __init__(self) -> None:
        self.body = ORDER
        self.hangs = False
        self.was_asked = asyncio.Event()
        self.asked: list[str] = []

    async def answer(self, request: web.Request) -> web.Response:
        self.asked.append(request.path_qs)
        self.was_asked.set()
        if self.hangs:
            await asyncio.Event().wait()
        return web.Response(body=self.body, content_type="application/json")


class AskingOffice(LiveOffice):
    """An office whose flow asks that system."""

    lookups: Lookups

    @override
    def service(self, site: Path = EXAMPLE, settings: IvrSettings | None = None) -> LineService:
        own = self.tmp_path / "site"
        if not own.exists():
            shutil.copytree(site, own)
            (own / "flows" / "main.yaml").write_text(FLOW, encoding="utf-8")
        return super().service(own, settings)

    @override
    async def do(self, order: ErrandOrder) -> ErrandDone:
        self.errands.append(order)
        found = await self.lookups.find(order.about, order.values)
        return ErrandDone(way="missing") if found is None else ErrandDone(way="found", fields=found)


@asynccontextmanager
async def working(
    office: AskingOffice, erp: Erp, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[TestServer]:
    app = web.Application()
    app.router.add_get("/orders/{number}", erp.answer)
    async with TestServer(app) as server:
        monkeypatch.setenv("HAILAN_ADDRESS", str(server.make_url("/")))
        monkeypatch.setenv("HAILAN_TOKEN", "t0ken")
        settings = Settings(data_dir=office.tmp_path / "var")
        office.lookups = lookups_in(EXAMPLE, settings, SystemClock(), kept=None)
        yield server
        await office.lookups.close()


@pytest.fixture
def office(tmp_path: Path) -> AskingOffice:
    return AskingOffice(tmp_path, awaited=ANSWER)


async def test_a_caller_types_an_order_and_hears_its_state(
    asterisk: PrivateAsterisk, office: AskingOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    erp = Erp()
    async with working(office, erp, monkeypatch), exchange(asterisk, office.handler()) as it:
        customer = await it.call(to="4008009000", number="013800138000", patience_s=8.0)
        await customer.first_sound()
        for key in "60010001":
            customer.press(key)
        async with asyncio.timeout(PATIENCE_S):
            await office.was_said.wait()
        customer.press("1")
        async with asyncio.timeout(PATIENCE_S):
            await office.entered.wait()
    assert erp.asked == ["/orders/60010001?phone=%2B8613800138000"]


@pytest.mark.parametrize("trouble", ["down", "wrong", "slow"])
async def test_whatever_is_wrong_with_the_system_the_caller_comes_to_a_person_without_dead_air(
    asterisk: PrivateAsterisk, office: AskingOffice, monkeypatch: pytest.MonkeyPatch, trouble: str
) -> None:
    erp = Erp()
    erp.body, erp.hangs = ("<html>" if trouble == "wrong" else ORDER), trouble == "slow"
    async with working(office, erp, monkeypatch) as system, exchange(asterisk, office.handler()) as it:
        if trouble == "down":
            await system.close()
        customer = await it.call(to="4008009000", number="013800138000", patience_s=9.0)
        await customer.first_sound()
        for key in "60010001":
            customer.press(key)
        typed_at_s = time.monotonic()
        if trouble == "slow":
            await erp.was_asked.wait()
            await hears_music(customer)
        async with asyncio.timeout(PATIENCE_S):
            await office.entered.wait()
        await hears_music(customer)
        heard = [window for window in customer.listen() if window.at_s > typed_at_s]
    assert longest_silence_s(heard) < DEAD_AIR_MAX_S, in_words(heard)
    (request,) = office.requests
    assert request.queue == "sales"


async def test_a_dead_server_asks_again_when_it_is_back(
    asterisk: PrivateAsterisk, office: AskingOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    erp = Erp()
    erp.hangs = True
    async with working(office, erp, monkeypatch), exchange(asterisk, office.handler()) as it:
        customer = await it.call(to="4008009000", number="013800138000", patience_s=12.0)
        await customer.first_sound()
        for key in "60010001":
            customer.press(key)
        async with asyncio.timeout(PATIENCE_S):
            await erp.was_asked.wait()
        await it.server_dies()
        erp.hangs = False
        await it.server_starts(office.handler())
        async with asyncio.timeout(PATIENCE_S):
            await office.was_said.wait()
        assert customer.is_on_the_phone
    first, second = office.errands
    assert (first.key, dict(first.values)) == (second.key, dict(second.values))


async def test_who_hangs_up_during_the_question_leaves_nothing_behind(
    asterisk: PrivateAsterisk, office: AskingOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    erp = Erp()
    erp.hangs = True
    async with working(office, erp, monkeypatch), exchange(asterisk, office.handler()) as it:
        customer = await it.call(to="4008009000", number="013800138000", patience_s=12.0)
        await customer.first_sound()
        for key in "60010001":
            customer.press(key)
        async with asyncio.timeout(PATIENCE_S):
            await erp.was_asked.wait()
        await customer.hang_up()
        await it.heard.until(CallEnded)
        left = await it.switch.snapshot()
    assert (office.sessions, left.calls, office.requests) == (0, (), [])
