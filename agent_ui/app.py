"""Puts the web together: routes, middlewares, probes, the event socket."""

import functools
import time
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import uuid4

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler
from structlog.contextvars import bound_contextvars

from agent_ui.openapi import describe
from agent_ui.probes import Probes
from agent_ui.problems import problem, problem_response
from agent_ui.realtime import Realtime
from agent_ui.serving import Gate, dumps
from agent_ui.settings import WebSettings
from agent_ui.views import PUSHED
from infra.web import Route
from kernel.errors import HotlineError

log = structlog.get_logger(__name__)

QUIET_PATHS = frozenset({"/health", "/ready", "/metrics"})


@dataclass(frozen=True, slots=True, kw_only=True)
class WebParts:
    """What the application is made of."""

    settings: WebSettings
    gate: Gate
    routes: Sequence[Route]
    realtime: Realtime
    probes: Probes
    version: str


def build_app(parts: WebParts) -> web.Application:
    """The aiohttp application."""
    app = web.Application(
        client_max_size=parts.settings.request_bytes_max, middlewares=[_logged, _refusals, _uncached]
    )
    for route in parts.routes:
        app.router.add_route(route.method, route.path, parts.gate.serve(route))
    app.router.add_get("/api/events", parts.realtime.serve)
    app.router.add_get("/openapi.json", _openapi(parts))
    app.router.add_get("/health", parts.probes.health)
    app.router.add_get("/ready", parts.probes.ready)
    app.router.add_get("/metrics", parts.probes.metrics)
    app.on_shutdown.append(parts.realtime.close)
    return app


def _openapi(parts: WebParts) -> Handler:
    @functools.cache
    def document() -> str:
        """Written when it is first asked for: a server that starts has callers to serve."""
        described = describe(
            parts.routes, version=parts.version, cookie_name=parts.settings.cookie_name, pushed=PUSHED
        )
        return dumps(described)

    async def serve(_request: web.Request) -> web.StreamResponse:
        return web.Response(text=document(), content_type="application/json")

    return serve


@web.middleware
async def _logged(request: web.Request, handler: Handler) -> web.StreamResponse:
    """One line for each request, with an id that the lines in between carry too."""
    started = time.perf_counter()
    with bound_contextvars(request_id=f"r{uuid4().hex[:11]}"):
        response = await handler(request)
        if request.path not in QUIET_PATHS:
            log.info(
                "request",
                method=request.method,
                route=_route_name(request),
                status=response.status,
                took_ms=round((time.perf_counter() - started) * 1000, 1),
            )
        return response


def _route_name(request: web.Request) -> str:
    """The route's pattern: paths hold ids, and unknown paths hold anything."""
    resource = request.match_info.route.resource
    return resource.canonical if resource else "unknown"


@web.middleware
async def _refusals(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Every failure leaves as a problem document; what was not foreseen is logged with its trace."""
    try:
        return await handler(request)
    except HotlineError as error:
        return problem_response(error, request)
    except web.HTTPNotFound:
        return problem(request, 404, "no_such_page")
    except web.HTTPMethodNotAllowed:
        return problem(request, 405, "wrong_method")
    except web.HTTPException:
        raise
    except Exception:  # the last resort of a request; the trace goes to the log
        log.exception("request_failed", route=_route_name(request))
        return problem(request, 500, "internal")


@web.middleware
async def _uncached(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answers are kept nowhere. What else guards a browser is the edge's, for these as for the pages."""
    response = await handler(request)
    if not response.prepared:
        response.headers.setdefault("Cache-Control", "no-store")
    return response
