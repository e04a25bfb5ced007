"""Digits that callers type on a real Asterisk: all of them arrive, and a dead server takes none away."""

import asyncio
import shutil
from pathlib import Path

import pytest
from typing_extensions import override

from ivr.kept import read_kept
from ivr.service import LineService
from ivr.settings import IvrSettings
from tests.asterisk.private_asterisk import PrivateAsterisk, exchange
from tests.asterisk.test_menu import PATIENCE_S, LiveOffice
from tests.unit.ivr.scripted import EXAMPLE

MAIN = """\
start: ask
variables: {order: {type: digits}}
nodes:
  ask: {type: subflow, flow: order, next: menu}
  menu: {type: menu, text: {zh: "订单{order}。请按1。", en: "Press 1."}, options: {"1": person}}
  person: {type: queue, queue: sales}
"""
ORDER = """\
start: ask
variables: {order: {type: digits}}
nodes:
  ask: {type: collect, text: {zh: 请输入订单号。, en: Order?}, into: order, max_digits: 12, next: back}
  back: {type: return}
"""


class OrderOffice(LiveOffice):
    """An office that asks for an order number."""

    @override
    def service(self, site: Path = EXAMPLE, settings: IvrSettings | None = None) -> LineService:
        own = self.tmp_path / "site"
        shutil.copytree(site, own, dirs_exist_ok=True)
        (own / "flows" / "main.yaml").write_text(MAIN, encoding="utf-8")
        (own / "flows" / "order.yaml").write_text(ORDER, encoding="utf-8")
        return super().service(own, settings)


@pytest.fixture
def office(tmp_path: Path) -> OrderOffice:
    return OrderOffice(tmp_path, prompt_s=1.0, awaited="订单4 4 2 2。")


@pytest.mark.parametrize("dies", [False, True])
async def test_what_a_caller_typed_goes_with_them_also_past_a_dead_server(
    asterisk: PrivateAsterisk, office: OrderOffice, *, dies: bool
) -> None:
    async with exchange(asterisk, office.handler()) as it:
        customer = await it.call(to="4008009000", number="013800138000", patience_s=12.0)
        await customer.first_sound()
        for key in "4422#":
            customer.press(key)
        async with asyncio.timeout(PATIENCE_S):
            await office.was_said.wait()
            if dies:
                office.was_said.clear()
                await it.server_dies()
                await it.server_starts(office.handler())
                await office.was_said.wait()
            customer.press("1")
            await office.entered.wait()
    (request,) = office.requests
    assert (request.queue, request.node) == ("sales", "person")
    assert dict(read_kept(request.kept_by_flow).given) == {"order": "4422"}
