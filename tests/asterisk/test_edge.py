"""The edge, a real nginx, in front of a stand-in server and a stand-in SIP socket."""

import asyncio
import io
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from yarl import URL

from infra.toolchain import asterisk
from rig.ports import free_port
from server import edge, tls

pytestmark = pytest.mark.asterisk
READY_WITHIN_S = 20


async def echo(request: web.Request) -> web.WebSocketResponse:
    ws = web.WebSocketResponse(protocols=("sip",))
    await ws.prepare(request)
    async for message in ws:
        await ws.send_str(f"{request.path}: {message.data}")
    return ws


async def mirror(request: web.Request) -> web.Response:
    return web.json_response({"path": request.path, "from": request.headers["X-Real-IP"]})


@asynccontextmanager
async def listening(port: int, routes: list[web.RouteDef]) -> AsyncIterator[None]:
    app = web.Application()
    app.add_routes(routes)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    try:
        yield
    finally:
        await runner.cleanup()


@dataclass
class Served:
    edge: edge.Edge
    http: aiohttp.ClientSession

    def url(self, path: str) -> str:
        return self.edge.address.rstrip("/") + path


def server_routes() -> list[web.RouteDef]:
    return [web.get("/api/events", echo), web.route("*", "/{any:.*}", mirror)]


@pytest.fixture
def edge_at(tmp_path: Path) -> edge.Edge:
    site = tmp_path / "web"
    (site / "assets").mkdir(parents=True)
    (site / "index.html").write_text("<p>热线", encoding="utf-8")
    (site / "assets" / "app-1a2b.js").write_text("1", encoding="utf-8")
    return edge.Edge(
        host="127.0.0.1",
        port=free_port(),
        web=site,
        folder=tmp_path / "edge",
        server_port=free_port(),
        sip_port=free_port(),
    )


@asynccontextmanager
async def running(at: edge.Edge, context: ssl.SSLContext | None = None) -> AsyncIterator[Served]:
    process = await asyncio.create_subprocess_exec(*edge.command(asterisk.ensure(), at))
    try:
        connector = aiohttp.TCPConnector(ssl=context if context is not None else True)
        async with aiohttp.ClientSession(connector=connector) as http, asyncio.timeout(READY_WITHIN_S):
            await until_listening(at.port)
            yield Served(at, http)
    finally:
        process.terminate()
        await process.wait()


async def until_listening(port: int) -> None:
    while True:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except ConnectionRefusedError:
            await asyncio.sleep(0.02)
        else:
            writer.close()
            return


async def test_pages_come_with_guards_and_only_hashed_files_are_kept(edge_at: edge.Edge) -> None:
    async with running(edge_at) as served:
        async with served.http.get(served.url("/tickets/7")) as page:
            assert await page.text() == "<p>热线"
            assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]
            assert page.headers["X-Content-Type-Options"] == "nosniff"
            assert page.headers["Cache-Control"] == "no-cache"
            assert "Strict-Transport-Security" not in page.headers
        async with served.http.get(served.url("/assets/app-1a2b.js")) as asset:
            assert asset.headers["Cache-Control"] == "max-age=31536000"
            assert "Content-Security-Policy" in asset.headers
        async with served.http.get(served.url("/assets/gone.js")) as gone:
            assert gone.status == 404


async def test_the_server_is_told_who_asks(edge_at: edge.Edge) -> None:
    async with listening(edge_at.server_port, server_routes()), running(edge_at) as served:
        for path in ("/api/calls", "/health", "/ready", "/openapi.json", "/metrics"):
            async with served.http.get(served.url(path), headers={"X-Real-IP": "203.0.113.9"}) as answer:
                assert await answer.json() == {"path": path, "from": "127.0.0.1"}
                assert answer.headers.getall("X-Content-Type-Options") == ["nosniff"]


async def test_both_sockets_pass_and_phones_stay_when_the_server_dies(edge_at: edge.Edge) -> None:
    async with listening(edge_at.sip_port, [web.get("/ws", echo)]), running(edge_at) as served:
        origin = {"Origin": f"http://localhost:{edge_at.port}"}
        async with served.http.ws_connect(served.url("/sip"), headers=origin, protocols=["sip"]) as phone:
            async with (
                listening(edge_at.server_port, server_routes()),
                served.http.ws_connect(served.url("/api/events"), headers=origin) as events,
            ):
                await events.send_str("嗨")
                assert await events.receive_str() == "/api/events: 嗨"
            async with served.http.get(served.url("/api/calls")) as answer:
                assert (answer.status, answer.headers["Retry-After"]) == (503, "1")
                assert (await answer.json())["code"] == "starting"
            await phone.send_str("REGISTER")
            assert await phone.receive_str() == "/ws: REGISTER"


async def test_no_other_site_opens_a_phone_socket(edge_at: edge.Edge) -> None:
    async with listening(edge_at.sip_port, [web.get("/ws", echo)]), running(edge_at) as served:
        for foreign in ("http://evil.test", f"http://localhost:{edge_at.port}.evil.test", "null"):
            with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
                await served.http.ws_connect(served.url("/sip"), headers={"Origin": foreign})
            assert refused.value.status == 403


async def test_a_site_that_the_settings_name_may_open_a_phone_socket(edge_at: edge.Edge) -> None:
    trusting = replace(edge_at, extra_origins=("https://desk.example", "http://[::1]:8080"))
    async with listening(edge_at.sip_port, [web.get("/ws", echo)]), running(trusting) as served:
        for origin in trusting.extra_origins:
            async with served.http.ws_connect(served.url("/sip"), headers={"Origin": origin}) as phone:
                await phone.send_str("REGISTER")
                assert await phone.receive_str() == "/ws: REGISTER"
        for foreign in ("https://desk.example.evil.test", "https://deskxexample", "http://desk.example"):
            with pytest.raises(aiohttp.WSServerHandshakeError):
                await served.http.ws_connect(served.url("/sip"), headers={"Origin": foreign})


async def test_guessing_passwords_is_slowed_down_and_nothing_else(edge_at: edge.Edge) -> None:
    limits = replace(edge_at.limits, sign_ins_per_s=1, sign_ins_burst=3)
    async with (
        listening(edge_at.server_port, server_routes()),
        running(replace(edge_at, limits=limits)) as served,
    ):
        chinese = {"Accept-Language": "zh-CN"}
        guesses = [await served.http.post(served.url("/api/session"), headers=chinese) for _ in range(8)]
        refused = [guess for guess in guesses if guess.status == 429]
        assert len(refused) >= 3
        assert {guess.headers["Retry-After"] for guess in refused} == {"1"}
        problem = await refused[0].json(content_type="application/problem+json")
        assert problem == {"code": "try_later", "message": "请求过于频繁，请稍后再试。"}
        reads = [await served.http.get(served.url("/api/session")) for _ in range(8)]
        assert {read.status for read in reads} == {200}


@pytest.mark.parametrize(
    ("path", "header", "body", "refusal"),
    [
        ("/api/tickets", "", b"x" * (edge.EdgeLimits().body_max_bytes + 1), (413, "body_too_large")),
        ("/api/%00", "", b"", (400, "malformed")),
        ("/api/tickets", "x" * 40_000, b"", (400, "malformed")),
        ("/api/" + "x" * 40_000, "", b"", (414, "address_too_long")),
        ("/api/tickets", "", b"", (503, "starting")),
        ("/elsewhere", "", b"", (405, "wrong_method")),
    ],
    ids=["body", "nul", "header", "address", "server-away", "method"],
)
async def test_what_the_edge_itself_refuses_is_a_problem_as_the_servers(
    path: str, header: str, body: bytes, refusal: tuple[int, str], edge_at: edge.Edge
) -> None:
    async with running(edge_at) as served:
        answer = await served.http.post(
            URL(served.url(path), encoded=True), data=io.BytesIO(body), headers={"X-Long": header}
        )
        problem = await answer.json(content_type="application/problem+json")
        assert (answer.status, problem["code"]) == refusal
        assert problem["message"].endswith(".")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


async def test_the_edge_refuses_in_the_readers_language(edge_at: edge.Edge) -> None:
    async with running(edge_at) as served:
        for language, said in (("zh-CN", "系统正在启动，将自动重试。"), ("en", "Hotline is starting;")):
            asked = {"Accept-Language": language}
            async with served.http.get(served.url("/api/calls"), headers=asked) as answer:
                problem = await answer.json(content_type="application/problem+json")
                assert problem["message"].startswith(said)


async def test_what_the_server_refuses_passes_as_it_is(edge_at: edge.Edge) -> None:
    async def refuse(_: web.Request) -> web.Response:
        return web.json_response({"code": "own"}, status=413)

    async with (
        listening(edge_at.server_port, [web.get("/api/calls", refuse)]),
        running(edge_at) as served,
        served.http.get(served.url("/api/calls")) as answer,
    ):
        assert (answer.status, await answer.json()) == (413, {"code": "own"})


async def test_https_by_our_own_authority(edge_at: edge.Edge, tmp_path: Path) -> None:
    certificate = tls.ensure(tmp_path / "tls", ["localhost", "127.0.0.1"], datetime.now(UTC))
    trusting = ssl.create_default_context(cafile=tls.authority_path(tmp_path / "tls"))
    secured = replace(edge_at, certificate=certificate)
    async with running(secured, trusting) as served:
        async with served.http.get(served.url("/")) as page:
            assert page.headers["Strict-Transport-Security"] == "max-age=31536000"
        plain = f"http://localhost:{secured.port}/"
        async with served.http.get(plain, allow_redirects=False) as redirect:
            assert (redirect.status, redirect.headers["Location"]) == (301, served.url("/"))
