"""The running system's API, as a simulated person reads its answers."""

from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from kernel.errors import InvalidInput
from server.simulated.api import Api, ApiRefused

CALLS = {"items": [{"name": "海蓝电器"}] * 100}


async def _long(_: web.Request) -> web.StreamResponse:
    """As the edge sends what is long: packed, in pieces, and without its length."""
    reply = web.json_response(CALLS)
    reply.enable_chunked_encoding()
    reply.enable_compression()
    return reply


async def _empty(_: web.Request) -> web.StreamResponse:
    return web.Response(status=204)


async def _no_json(_: web.Request) -> web.StreamResponse:
    return web.Response(text="<html>")


async def _wrong_password(_: web.Request) -> web.StreamResponse:
    return web.json_response({"message": "The name or the password is wrong."}, status=401)


@pytest.fixture
async def address() -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_get("/long", _long)
    app.router.add_get("/empty", _empty)
    app.router.add_get("/page", _no_json)
    app.router.add_post("/api/session", _wrong_password)
    async with TestServer(app) as server:
        yield str(server.make_url(""))


async def test_an_answer_sent_in_pieces_is_read_whole(address: str) -> None:
    async with Api(address, None) as api:
        assert await api.ask("GET", "/long") == CALLS


async def test_an_answer_without_words_is_empty(address: str) -> None:
    async with Api(address, None) as api:
        assert await api.ask("GET", "/empty") == {}


async def test_an_answer_of_something_else_is_refused(address: str) -> None:
    async with Api(address, None) as api:
        with pytest.raises(ApiRefused, match="not the answer of a Hotline server"):
            await api.ask("GET", "/page")


async def test_a_wrong_password_is_bad_input(address: str) -> None:
    async with Api(address, None) as api:
        with pytest.raises(InvalidInput, match="the password is wrong"):
            await api.sign_in("chen", "nonsense")


async def test_where_nothing_runs_one_sentence_says_what_to_do() -> None:
    async with Api("http://127.0.0.1:9", None) as api:
        with pytest.raises(ApiRefused) as refused:
            await api.sign_in("simulator", "secret")
    assert str(refused.value) == (
        "Hotline does not run at http://127.0.0.1:9: start it with ./hotline run in another terminal,"
        " and try again once it says that it is ready"
    )
