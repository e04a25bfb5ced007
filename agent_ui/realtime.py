"""The event WebSocket: one per page; sends the board, and knows which pages are there."""

import asyncio
import json
from collections import Counter
from contextlib import suppress
from typing import Protocol

import structlog
from aiohttp import WSCloseCode, WSMsgType, web

from agent_ui.board import Board, View
from agent_ui.errors import CrossSite, NotSignedIn
from agent_ui.problems import language_of, sentence
from agent_ui.serving import Gate, dumps
from agent_ui.settings import WebSettings
from kernel.access import Principal
from kernel.errors import DatabaseUnavailable, InvalidInput
from kernel.ids import StaffId

log = structlog.get_logger(__name__)

PAGE_ID_LENGTH_MAX = 64
SESSION_OVER = 4401
"""Our close code: sign in again; do not just reconnect."""
RIGHTS_CHANGED = 4403
"""Our close code: reconnect, and see what the roles of now may see."""
TOO_MANY_SOCKETS = 4429
"""Our close code: this sign-in has as many open as it may; the reason says so to a person."""


class PageWatch(Protocol):
    """Who wants to know which pages are there."""

    async def page_came(self, staff: StaffId, page: str) -> None:
        """A page's socket is open."""
        ...

    async def page_dismissed(self, staff: StaffId, page: str) -> None:
        """A page's session is over; its socket is about to be closed."""
        ...

    async def page_went(self, staff: StaffId, page: str) -> None:
        """A page's last socket is closed."""
        ...


class Realtime:
    """Serves `GET /api/events?page=<id of the tab>`."""

    def __init__(self, *, gate: Gate, board: Board, watch: PageWatch, settings: WebSettings) -> None:
        self._gate = gate
        self._board = board
        self._watch = watch
        self._settings = settings
        self._sockets: set[web.WebSocketResponse] = set()
        self._open: Counter[str] = Counter()
        """Sockets of each session."""
        self._pages: dict[tuple[StaffId, str], int] = {}

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Runs one socket until it closes."""
        person = await self._gate.signed_in(request)
        if not self._gate.is_own_origin(request):
            raise CrossSite("the page that asked is not one of ours")
        page = request.query.get("page", "")
        if not 0 < len(page) <= PAGE_ID_LENGTH_MAX or not page.isprintable():
            raise InvalidInput("the query needs page, an id of the tab")
        socket = web.WebSocketResponse(
            heartbeat=self._settings.socket_heartbeat_s,
            max_msg_size=self._settings.socket_message_bytes_max,
            compress=False,
        )
        await socket.prepare(request)
        session = self._gate.token(request)
        if self._open[session] >= self._settings.sockets_per_session_max:
            await self._refuse(request, socket)
            return socket
        self._open[session] += 1
        try:
            await self._serve(request, socket, person.principal, page)
        finally:
            self._open -= Counter((session,))  # one that has none left is forgotten
        return socket

    async def close(self, _app: web.Application) -> None:
        """Closes every socket; the pages come back to the next server."""
        for socket in list(self._sockets):
            await socket.close(code=WSCloseCode.GOING_AWAY)

    async def _refuse(self, request: web.Request, socket: web.WebSocketResponse) -> None:
        language = language_of(request.headers.get("Accept-Language", ""))
        said = sentence("too_many_pages", language, "")
        await socket.close(code=TOO_MANY_SOCKETS, message=said.encode())

    async def _serve(
        self, request: web.Request, socket: web.WebSocketResponse, viewer: Principal, page: str
    ) -> None:
        view = self._board.attach(viewer)
        try:
            self._sockets.add(socket)
            await self._came(viewer.staff_id, page)
            await self._run(request, socket, view, page)
        finally:
            self._sockets.discard(socket)
            self._board.detach(view)
            await self._went(viewer.staff_id, page)

    async def _run(self, request: web.Request, socket: web.WebSocketResponse, view: View, page: str) -> None:
        beside = [
            asyncio.create_task(self._write(socket, view)),
            asyncio.create_task(self._recheck(request, socket, view, page)),
        ]
        try:
            await self._read(socket, view)
        finally:
            for task in beside:
                task.cancel()
            for task in beside:
                with suppress(asyncio.CancelledError, ConnectionError):
                    await task

    async def _write(self, socket: web.WebSocketResponse, view: View) -> None:
        while not socket.closed:
            message = await view.next()
            await socket.send_str(dumps(message))
            # A burst (a queue of hundreds) becomes one message; the first is never delayed.
            await asyncio.sleep(self._settings.delta_interval_s)

    async def _read(self, socket: web.WebSocketResponse, view: View) -> None:
        async for message in socket:
            if message.type is not WSMsgType.TEXT:
                break
            await self._reply(socket, view, message.data)

    async def _recheck(
        self, request: web.Request, socket: web.WebSocketResponse, view: View, page: str
    ) -> None:
        """Closes the socket once its session is over or its rights are others, whatever the page says."""
        code = None
        while code is None:
            await asyncio.sleep(self._settings.session_check_s)
            code = await self._reason_to_close(request, view)
        if code == SESSION_OVER:
            await self._watch.page_dismissed(view.viewer.staff_id, page)
        await socket.close(code=code)

    async def _reply(self, socket: web.WebSocketResponse, view: View, text: str) -> None:
        try:
            asked = json.loads(text)
        except ValueError:
            asked = None
        match asked:
            case {"type": "ping"}:
                await socket.send_str(dumps({"type": "pong"}))
            case {"type": "resync"}:
                view.start_over()
            case _:
                await socket.close(code=WSCloseCode.UNSUPPORTED_DATA)

    async def _reason_to_close(self, request: web.Request, view: View) -> int | None:
        try:
            person = await self._gate.signed_in(request)
        except NotSignedIn:
            return SESSION_OVER
        except DatabaseUnavailable:
            # A database that is away must not cost anybody the page, and so the call.
            return None
        except Exception:
            log.exception("session not checked, asking again later")
            return None
        return None if person.principal.roles == view.viewer.roles else RIGHTS_CHANGED

    async def _came(self, staff: StaffId, page: str) -> None:
        self._pages[staff, page] = self._pages.get((staff, page), 0) + 1
        await self._watch.page_came(staff, page)

    async def _went(self, staff: StaffId, page: str) -> None:
        left = self._pages.pop((staff, page)) - 1
        if left:
            self._pages[staff, page] = left
        else:
            await self._watch.page_went(staff, page)
