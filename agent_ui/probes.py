"""For machines that watch this one: alive, ready, figures."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

from agent_ui.serving import dumps

Check = Callable[[], Awaitable[None]]
"""Returns when the part is fit for work; raises otherwise."""
Notice = Callable[[], Awaitable[str]]
"""What is amiss though calls are taken; "" when nothing is."""

CHECK_TIMEOUT_S = 2.0


class Probes:
    """`/health`, `/ready` and `/metrics`."""

    def __init__(
        self, *, checks: Mapping[str, Check], notices: Mapping[str, Notice], registry: CollectorRegistry
    ) -> None:
        self._checks = checks
        self._notices = notices
        self._registry = registry

    async def health(self, _request: web.Request) -> web.StreamResponse:
        """This process answers; nothing else is asked."""
        return web.Response(text=dumps({"status": "alive"}), content_type="application/json")

    async def ready(self, _request: web.Request) -> web.StreamResponse:
        """Each part that calls need, by name: 200 when all are fit, else 503; and what is amiss beside."""
        answers = await asyncio.gather(*(_answer(check) for check in self._checks.values()))
        parts = dict(zip(self._checks, answers, strict=True))
        is_ready = all(answer == "ok" for answer in answers)
        told = await asyncio.gather(*(_told(notice) for notice in self._notices.values()))
        degraded = {name: said for name, said in zip(self._notices, told, strict=True) if said}
        state = {"status": "ready" if is_ready else "not_ready", "parts": parts}
        body = dumps(state | {"degraded": degraded} if degraded else state)
        return web.Response(status=200 if is_ready else 503, text=body, content_type="application/json")

    async def metrics(self, _request: web.Request) -> web.StreamResponse:
        """All figures in Prometheus' own format."""
        return web.Response(
            body=generate_latest(self._registry), headers={"Content-Type": CONTENT_TYPE_LATEST}
        )


async def _told(notice: Notice) -> str:
    try:
        async with asyncio.timeout(CHECK_TIMEOUT_S):
            return await notice()
    except Exception as error:  # noqa: BLE001 - what cannot be looked at is amiss itself
        return str(error) or type(error).__name__


async def _answer(check: Check) -> str:
    try:
        async with asyncio.timeout(CHECK_TIMEOUT_S):
            await check()
    except Exception as error:  # noqa: BLE001 - whatever a part fails with, it is not ready
        return str(error) or type(error).__name__
    return "ok"
