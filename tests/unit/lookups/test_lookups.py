"""Look-ups against a real HTTP server and a real database: what they find, and how each failure ends."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestServer

from kernel.clock import SystemClock
from lookups.databases import Databases
from lookups.errors import LookupFailed
from lookups.secrets_folder import secrets_in
from lookups.service import Lookups
from lookups.settings import LookupSettings
from lookups.sources_file import parse_lookups
from lookups.web import Web

TEXT = """\
lookups:
  order:
    kind: http
    address_from: ERP_ADDRESS
    token_from: ERP_TOKEN
    url: /orders/{number}?phone={phone}
    params: {number: text, phone: phone}
    timeout_s: 0.5
    bytes_max: 1000
    fields:
      state: {type: text, at: state.zh}
      price: {type: money}
      arrives: {type: date}
  warranty:
    kind: sql
    database_from: ERP_DATABASE
    query: SELECT model, ends_on FROM warranty WHERE serial = :serial ORDER BY ends_on DESC
    params: {serial: digits}
    timeout_s: 0.5
    fields: {model: text, ends_on: date}
  endless:
    kind: sql
    database_from: ERP_DATABASE
    query: WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) AS i FROM n
    timeout_s: 0.2
    fields: {i: number}
  writing:
    kind: sql
    database_from: ERP_DATABASE
    query: SELECT load_extension('x') AS i
    fields: {i: number}
"""
ORDER = '{"state": {"zh": "已发货"}, "price": 19.90, "arrives": "2026-11-25", "more": null}'
SERIAL, PHONE = "8800123", "+8613812345678"


@dataclass
class Erp:
    """A company's system that answers what the test says."""

    lookups: Lookups
    body: str = ORDER
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    hangs: bool = False
    asked: list[web.Request] = field(default_factory=list)
    news: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def order(self, number: str = "4422") -> Mapping[str, str] | None:
        return await self.lookups.find("order", {"number": number, "phone": PHONE})

    async def until_asked(self, times: int) -> None:
        async with asyncio.timeout(5), self.news:
            await self.news.wait_for(lambda: len(self.asked) >= times)

    async def answer(self, request: web.Request) -> web.Response:
        async with self.news:
            self.asked.append(request)
            self.news.notify_all()
        if self.hangs:
            await asyncio.Event().wait()
        return web.Response(
            body=self.body, status=self.status, headers=self.headers, content_type="application/json"
        )


@pytest_asyncio.fixture
async def erp(tmp_path: Path) -> AsyncIterator[Erp]:
    database = sqlite3.connect(tmp_path / "erp 100%.db")
    database.execute("CREATE TABLE warranty (serial TEXT, model TEXT, ends_on TEXT)")
    database.execute("INSERT INTO warranty VALUES (?, '海蓝滚筒', '2027-05-01')", (SERIAL,))
    database.commit()
    database.close()
    secrets = tmp_path / "secrets"
    secrets.mkdir()
    read = secrets_in(secrets)
    lookups = Lookups(
        sources=parse_lookups(TEXT),
        changed=lambda: None,
        web=Web(read, connections_max=5),
        databases=Databases(read, connections_max=2),
        clock=SystemClock(),
        settings=LookupSettings(failures_max=3, at_once_max=2),
    )
    system = Erp(lookups)
    app = web.Application()
    app.router.add_route("*", "/{rest:.*}", system.answer)
    async with TestServer(app) as server:
        for name, secret in {
            "ERP_ADDRESS": str(server.make_url("")),
            "ERP_TOKEN": "t0ken\n",
            "ERP_DATABASE": f"sqlite:///{tmp_path / 'erp 100%.db'}",
        }.items():
            (secrets / name).write_text(secret, encoding="utf-8")
        yield system
        await lookups.close()


async def test_an_order_is_found_by_http_with_its_token(erp: Erp) -> None:
    assert await erp.order() == {"state": "已发货", "price": "19.90", "arrives": "2026-11-25"}
    (request,) = erp.asked
    assert request.path_qs == "/orders/4422?phone=%2B8613812345678"
    assert request.headers["Authorization"] == "Bearer t0ken"


async def test_what_a_caller_typed_never_leaves_its_place_in_the_address(erp: Erp) -> None:
    await erp.order("../admin?x=1#/中")
    (request,) = erp.asked
    assert request.raw_path == "/orders/..%2Fadmin%3Fx%3D1%23%2F%E4%B8%AD?phone=%2B8613812345678"
    with pytest.raises(LookupFailed):
        await erp.order("..")


@pytest.mark.parametrize(("body", "status"), [("", 404), ("", 204), ("null", 200), ("[]", 200), ("{}", 200)])
async def test_what_is_not_there_is_missing(erp: Erp, body: str, status: int) -> None:
    erp.body, erp.status = body, status
    assert await erp.order() is None


async def test_of_what_nobody_knows_the_system_is_not_asked(erp: Erp) -> None:
    assert await erp.lookups.find("order", {"number": "4422"}) is None
    assert erp.asked == []


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (ORDER, 500),
        (ORDER, 401),
        (ORDER, 302),
        ("<html>", 200),
        ('"shipped"', 200),
        ("[1]", 200),
        ("[" * 900, 200),
        (f'{{"state": "{"x" * 1000}"}}', 200),
        ('{"arrives": "soon"}', 200),
        ('{"price": 1e999999}', 200),
    ],
)
async def test_what_cannot_be_used_has_failed(erp: Erp, body: str, status: int) -> None:
    erp.body, erp.status = body, status
    with pytest.raises(LookupFailed):
        await erp.order()


async def test_nobody_is_led_elsewhere(erp: Erp) -> None:
    erp.status, erp.headers = 307, {"Location": "/secret"}
    with pytest.raises(LookupFailed, match="status 307"):
        await erp.order()
    assert [request.path for request in erp.asked] == ["/orders/4422"]


async def test_a_slow_system_is_given_up_and_then_let_rest(erp: Erp) -> None:
    erp.hangs = True
    for _ in range(3):
        with pytest.raises(LookupFailed, match="not answered within"):
            await erp.order()
    with pytest.raises(LookupFailed, match="rests"):
        await erp.order()
    assert len(erp.asked) == 3


async def test_a_system_that_answers_again_is_asked_again(erp: Erp) -> None:
    erp.status = 500
    for _ in range(2):
        with pytest.raises(LookupFailed):
            await erp.order()
    erp.status = 200
    assert await erp.order()
    erp.status = 500
    with pytest.raises(LookupFailed, match="status 500"):
        await erp.order()


async def test_too_many_at_once_are_refused_and_not_piled_up(erp: Erp) -> None:
    erp.hangs = True
    two = [asyncio.ensure_future(erp.order()) for _ in range(2)]
    await erp.until_asked(2)
    with pytest.raises(LookupFailed, match="too many"):
        await erp.order()
    await asyncio.gather(*two, return_exceptions=True)


async def test_callers_who_hang_up_do_not_let_a_system_rest(erp: Erp) -> None:
    erp.hangs = True
    for number in range(5):
        asking = asyncio.ensure_future(erp.order())
        await erp.until_asked(number + 1)
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
    erp.hangs = False
    assert await erp.order()


async def test_a_missing_secret_is_a_failure_that_names_it(erp: Erp, tmp_path: Path) -> None:
    (tmp_path / "secrets" / "ERP_TOKEN").unlink()
    with pytest.raises(LookupFailed, match="no secret ERP_TOKEN"):
        await erp.order()


async def test_a_warranty_is_found_in_a_database(erp: Erp) -> None:
    found = await erp.lookups.find("warranty", {"serial": SERIAL})
    assert found == {"model": "海蓝滚筒", "ends_on": "2027-05-01"}
    assert await erp.lookups.find("warranty", {"serial": "1"}) is None


async def test_no_sql_comes_out_of_a_parameter(erp: Erp) -> None:
    assert await erp.lookups.find("warranty", {"serial": "' OR '1'='1"}) is None


async def test_an_endless_query_is_given_up_and_its_connection_is_free_again(erp: Erp) -> None:
    for _ in range(2):
        with pytest.raises(LookupFailed, match="not answered within"):
            await erp.lookups.find("endless", {})
    async with asyncio.timeout(5):
        assert await erp.lookups.find("warranty", {"serial": SERIAL})


async def test_a_database_that_is_away_has_failed_and_is_not_made(erp: Erp, tmp_path: Path) -> None:
    (tmp_path / "secrets" / "ERP_DATABASE").write_text(f"sqlite:///{tmp_path / 'no.db'}", encoding="utf-8")
    with pytest.raises(LookupFailed):
        await erp.lookups.find("warranty", {"serial": SERIAL})
    assert not (tmp_path / "no.db").exists()


async def test_a_database_cannot_be_written_to_by_a_look_up(erp: Erp) -> None:
    engine = erp.lookups.databases
    source = parse_lookups(TEXT)["writing"].model_copy(
        update={"query": "INSERT INTO warranty VALUES ('1', 'x', 'y') RETURNING serial AS i"}
    )
    with pytest.raises(LookupFailed):
        await engine.ask(source, {})  # type: ignore[arg-type]
    assert await erp.lookups.find("warranty", {"serial": "1"}) is None
