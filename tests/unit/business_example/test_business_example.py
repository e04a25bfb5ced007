"""The example company's business system: what it answers, and to whom."""

from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

import pytest
import pytest_asyncio
from aiohttp import ClientResponse, web
from aiohttp.test_utils import TestClient, TestServer

from business_example.api import build
from business_example.records import Records
from kernel.clock import SystemClock
from lookups.databases import Databases
from lookups.secrets_folder import secrets_in
from lookups.service import Lookups
from lookups.settings import LookupSettings
from lookups.sources_file import parse_lookups
from lookups.web import Web
from server.installation import EXAMPLE_SITE

Client = TestClient[web.Request, web.Application]
TODAY = date(2026, 11, 23)
PHONE = "+8613812345678"


@pytest_asyncio.fixture
async def client(tmp_path: Path) -> AsyncIterator[Client]:
    records = Records(tmp_path / "business.db")
    records.prepare(TODAY)
    records.prepare(date(2027, 1, 1))
    async with TestClient(TestServer(build(records, "t0ken", lambda: TODAY))) as client:
        yield client


async def ask(client: Client, path: str, token: str = "t0ken") -> ClientResponse:
    return await client.get(path, headers={"Authorization": f"Bearer {token}"})


async def test_an_order_is_told_to_who_ordered_it(client: Client) -> None:
    reply = await ask(client, "/orders/60010001?phone=%2B8613812345678")
    found = await reply.json()
    assert (found["goods"], found["price"], found["state"]["zh"]) == (
        "海蓝滚筒洗衣机",
        3299.0,
        "已发货，正在配送",
    )
    assert found["delivery"]["arrives_on"] == "2026-11-25"
    assert "phone" not in found


@pytest.mark.parametrize("path", ["60010001", "60010001?phone=13987654321", "1?phone=1"])
async def test_nobody_is_told_of_others_orders(client: Client, path: str) -> None:
    assert (await ask(client, f"/orders/{path}")).status == 404


@pytest.mark.parametrize(("serial", "covered"), [("88001234", True), ("88005678", False)])
async def test_a_warranty_is_told(client: Client, serial: str, *, covered: bool) -> None:
    assert (await (await ask(client, f"/warranties/{serial}")).json())["covered"] is covered


async def test_only_who_has_the_token_may_ask(client: Client) -> None:
    assert (await ask(client, "/warranties/88001234", "other")).status == 401
    assert (await client.get("/health")).status == 200


async def test_the_example_companys_look_ups_find_what_is_there(client: Client, tmp_path: Path) -> None:
    for name, secret in {"HAILAN_ADDRESS": str(client.make_url("/")), "HAILAN_TOKEN": "t0ken"}.items():
        (tmp_path / name).write_text(secret, encoding="utf-8")
    read = secrets_in(tmp_path)
    lookups = Lookups(
        sources=parse_lookups((EXAMPLE_SITE / "lookups.yaml").read_text(encoding="utf-8")),
        changed=lambda: None,
        web=Web(read, connections_max=5),
        databases=Databases(read, connections_max=1),
        clock=SystemClock(),
        settings=LookupSettings(),
    )
    order = await lookups.find("order", {"number": "60010001", "phone": PHONE})
    warranty = await lookups.find("warranty", {"serial": "88001234"})
    await lookups.close()
    assert order == {
        "goods": "海蓝滚筒洗衣机",
        "state": "已发货，正在配送",
        "state_en": "is on its way",
        "price": "3299.0",
        "arrives": "2026-11-25",
    }
    assert warranty is not None
    assert (warranty["model"], warranty["covered"]) == ("海蓝滚筒洗衣机", "true")
