"""Serves declared routes: who asks, from where, with what; then one handler; then the reply."""

import asyncio
import json
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote, urlsplit

from aiohttp import web
from aiohttp.typedefs import Handler
from pydantic import BaseModel, ValidationError

from agent_ui.errors import BodyTooLarge, CrossSite, FieldFault, Malformed, NotSignedIn
from agent_ui.ports import Sessions, SignedIn
from agent_ui.settings import WebSettings
from agent_ui.uploads import Uploads
from infra.web import NO_SIGN_IN, Context, FileReply, PageReply, Reply, Route, SessionReply
from kernel.access import Principal
from kernel.errors import Forbidden, NotFound
from kernel.ids import StaffId

CSRF_HEADER = "X-Hotline"
SAFE_METHODS = frozenset({"GET", "HEAD"})
NOBODY = Principal(staff_id=StaffId(0), name="", roles=frozenset())
FAULTS_SHOWN_MAX = 20
FOREIGN_POLICY = "sandbox; default-src 'none'; style-src 'unsafe-inline'"
"""For files from outside; the style is the browser's own, of the page in which it shows a picture."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionContext(Context[Any, Any]):
    """A request with what only the session's own routes need."""

    token: str
    address: str
    person: SignedIn | None


class Gate:
    """The one way from a request to a handler. Rights are judged here and nowhere in the page."""

    def __init__(self, sessions: Sessions, settings: WebSettings) -> None:
        self._sessions = sessions
        self._settings = settings
        self._uploads = Uploads(settings)

    def serve(self, route: Route) -> Handler:
        """The handler for aiohttp's router."""
        if route.is_page and route.roles != NO_SIGN_IN:
            raise ValueError(f"{route.path}: any site could send the form of who is signed in")

        async def handle(request: web.Request) -> web.StreamResponse:
            if route.method not in SAFE_METHODS and not route.is_page:
                self._refuse_other_sites(request)
            person = await self._person(request, route)
            context = SessionContext(
                user=person.principal if person else NOBODY,
                path=dict(request.match_info),
                body=await self._body(request, route),
                query=_query(request, route),
                form=await self._form(request) if route.is_page and route.method == "POST" else {},
                token=self.token(request),
                address=_address(request),
                person=person,
            )
            if not route.takes_file:
                return await self._respond(request, await route.handler(context))
            async with self._uploads.received(request) as upload:
                return await self._respond(request, await route.handler(replace(context, upload=upload)))

        return handle

    async def signed_in(self, request: web.Request) -> SignedIn:
        """The person of the request's session; raises `NotSignedIn`."""
        person = await self._sessions.find(self.token(request)) if self.token(request) else None
        if person is None:
            raise NotSignedIn("no session")
        return person

    def token(self, request: web.Request) -> str:
        """The session's token as the browser sent it."""
        return request.cookies.get(self._settings.cookie_name, "")

    def is_own_origin(self, request: web.Request) -> bool:
        """Whether the page that asks was served by us."""
        origin = request.headers.get("Origin", "")
        return urlsplit(origin).netloc == request.host or origin in self._settings.extra_origins

    def _refuse_other_sites(self, request: web.Request) -> None:
        if request.headers.get(CSRF_HEADER) != "1":
            raise CrossSite(f"a change needs the header {CSRF_HEADER}: 1")
        if "Origin" in request.headers and not self.is_own_origin(request):
            raise CrossSite("the page that asked is not one of ours")

    async def _person(self, request: web.Request, route: Route) -> SignedIn | None:
        if route.roles == NO_SIGN_IN:
            return None
        person = await self.signed_in(request)
        if not any(person.principal.has(role) for role in route.roles):
            raise Forbidden("the role for this is missing")
        return person

    async def _body(self, request: web.Request, route: Route) -> BaseModel | None:
        if route.body is None:
            return None
        if request.content_type != "application/json":
            raise Malformed("the body must be application/json")
        try:
            return route.body.model_validate_json(await request.read())
        except web.HTTPRequestEntityTooLarge as error:
            raise BodyTooLarge(f"at most {self._settings.request_bytes_max} bytes") from error
        except ValidationError as error:
            raise _malformed(error) from error

    async def _form(self, request: web.Request) -> dict[str, str]:
        try:
            fields = await request.post()
        except web.HTTPRequestEntityTooLarge as error:
            raise BodyTooLarge(f"at most {self._settings.request_bytes_max} bytes") from error
        except ValueError as error:
            raise Malformed("the form cannot be read") from error
        return {name: value for name, value in fields.items() if isinstance(value, str)}

    async def _respond(self, request: web.Request, reply: Reply) -> web.StreamResponse:
        match reply:
            case None:
                return web.Response(status=204)
            case FileReply():
                return await _file(reply)
            case PageReply():
                status = 200 if reply.is_found else 404
                return web.Response(text=reply.html, content_type="text/html", status=status)
            case SessionReply():
                response = _json(reply.body) if reply.body else web.Response(status=204)
                self._set_cookie(request, response, reply.token)
                return response
            case BaseModel():
                return _json(reply)

    def _set_cookie(self, request: web.Request, response: web.Response, token: str | None) -> None:
        name = self._settings.cookie_name
        if token is None:
            response.del_cookie(name, path="/")
            return
        # The server listens on the machine's own address only, so this header is the edge's.
        is_https = request.headers.get("X-Forwarded-Proto", request.scheme) == "https"
        response.set_cookie(name, token, path="/", httponly=True, samesite="Strict", secure=is_https)


def _address(request: web.Request) -> str:
    return request.headers.get("X-Real-IP") or request.remote or ""


def _query(request: web.Request, route: Route) -> BaseModel | None:
    if route.query is None:
        return None
    try:
        return route.query.model_validate(dict(request.query))
    except ValidationError as error:
        raise _malformed(error) from error


def _malformed(error: ValidationError) -> Malformed:
    faults = tuple(
        FieldFault(
            field=".".join(str(part) for part in fault["loc"]), code=fault["type"], message=fault["msg"]
        )
        for fault in error.errors(include_url=False, include_context=False, include_input=False)
    )
    return Malformed("the input does not fit", faults[:FAULTS_SHOWN_MAX])


def _json(body: BaseModel) -> web.Response:
    return web.Response(text=body.model_dump_json(), content_type="application/json")


async def _file(reply: FileReply) -> web.StreamResponse:
    if not await asyncio.to_thread(reply.path.is_file):
        raise NotFound("the file is gone")
    name, how = quote(reply.download_name, safe=""), "inline" if reply.is_shown else "attachment"
    headers = {
        "Content-Type": reply.content_type,
        "Content-Disposition": f"{how}; filename*=UTF-8''{name}",
        "Cache-Control": "no-store",
    }
    if reply.is_foreign:
        # The edge adds `nosniff`, and a policy of its own, which holds beside this one.
        headers["Content-Security-Policy"] = FOREIGN_POLICY
    return web.FileResponse(reply.path, headers=headers)


def dumps(value: object) -> str:
    """JSON as the event socket sends it: compact, Chinese readable."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
