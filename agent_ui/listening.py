"""Takes browsers' connections. What cannot be read as a request is refused without repeating any of it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog
from aiohttp import web
from aiohttp.web_protocol import RequestHandler
from typing_extensions import override

log = structlog.get_logger(__name__)

UNREADABLE = "This is no request that can be read.\n"


class _Connection(RequestHandler):
    @override
    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """The library's own page shows the visitor what it could not read, and the log too."""
        if status >= web.HTTPInternalServerError.status_code or request.writer.output_size > 0:
            return super().handle_error(request, status, exc, message)
        log.info("request_unreadable", status=status, error=type(exc).__name__)
        response = web.Response(status=status, text=UNREADABLE)
        response.force_close()
        return response


def _connection(manager: web.Server, loop: asyncio.AbstractEventLoop) -> _Connection:
    # The application logs its requests itself. None is allowed, whatever the type says.
    return _Connection(manager, loop=loop, access_log=None)  # type: ignore[arg-type]


@asynccontextmanager
async def listening(
    app: web.Application, host: str, port: int, *, stop_s: float
) -> AsyncIterator[asyncio.AbstractServer]:
    """Serves the application there; at the end, requests under way have some seconds to be answered."""
    loop = asyncio.get_running_loop()
    runner = web.AppRunner(app, shutdown_timeout=stop_s, handle_signals=False)
    await runner.setup()
    assert runner.server is not None, "set up above"
    manager = runner.server
    try:
        listener = await loop.create_server(lambda: _connection(manager, loop), host, port)
        try:
            yield listener
        finally:
            listener.close()
    finally:
        await runner.cleanup()
