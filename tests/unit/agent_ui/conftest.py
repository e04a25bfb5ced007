"""Clients for the web under test."""

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from aiohttp import CookieJar
from aiohttp.test_utils import TestClient, TestServer

from tests.unit.agent_ui.desk import CHANGE, WebDesk
from tests.unit.agent_ui.floor import Scene, playing

Open = Callable[..., Awaitable[TestClient]]


@pytest.fixture
async def browse() -> AsyncIterator[Open]:
    """Opens a browser-like client on a desk, signed in as `name` if given."""
    opened: list[TestClient] = []
    servers: dict[int, TestServer] = {}

    async def open_client(desk: WebDesk, name: str = "") -> TestClient:
        server = servers.get(id(desk))
        if server is None:
            server = servers[id(desk)] = TestServer(desk.app)
            await server.start_server()
        client = TestClient(server, cookie_jar=CookieJar(unsafe=True))
        opened.append(client)
        if name:
            answer = await client.post("/api/session", json={"name": name, "password": name}, headers=CHANGE)
            assert answer.status == 200, await answer.text()
        return client

    yield open_client
    for client in opened:
        await client.close()


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    async with playing() as scene:
        yield scene
