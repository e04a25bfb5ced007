"""The records over HTTP, for who has the token."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from datetime import date
from typing import Any

from aiohttp import web

from business_example.records import Records

Today = Callable[[], date]
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def build(records: Records, token: str, today: Today) -> web.Application:
    """The application; everything but its health is for who knows the token."""

    @web.middleware
    async def only_with_token(request: web.Request, handler: Handler) -> web.StreamResponse:
        given = request.headers.get("Authorization", "").encode()
        if request.path != "/health" and not secrets.compare_digest(given, f"Bearer {token}".encode()):
            return web.json_response({"error": "the token is wrong"}, status=401)
        return await handler(request)

    async def health(_request: web.Request) -> web.Response:
        return web.json_response({"status": "ok"})

    async def order(request: web.Request) -> web.Response:
        phone = request.query.get("phone", "")
        return await _reply(lambda: records.order(request.match_info["number"], phone))

    async def delivery(request: web.Request) -> web.Response:
        return await _reply(lambda: records.delivery(request.match_info["number"]))

    async def warranty(request: web.Request) -> web.Response:
        return await _reply(lambda: records.warranty(request.match_info["serial"], today()))

    app = web.Application(middlewares=[only_with_token])
    app.router.add_get("/health", health)
    app.router.add_get("/orders/{number}", order)
    app.router.add_get("/deliveries/{number}", delivery)
    app.router.add_get("/warranties/{serial}", warranty)
    return app


async def _reply(find: Callable[[], dict[str, Any] | None]) -> web.Response:
    found = await asyncio.to_thread(find)
    if found is None:
        return web.json_response({"error": "there is no such thing"}, status=404)
    return web.json_response(found)
