"""Simulated agents: sign in over the API, and answer on a phone that speaks SIP over WebSocket."""

import asyncio
import contextlib
import json
import secrets
import ssl
from functools import cache
from http import HTTPStatus
from random import uniform
from typing import Any

import aiohttp
from typing_extensions import override

from rig import sip
from rig.media import MediaClock
from rig.sip_phone import Manners, SipPhone

__all__ = ["HEADERS", "Agent", "Manners", "WebPhone"]

REGISTER_EVERY_S = 25
RECONNECT_FIRST_S, RECONNECT_LAST_S = 0.3, 1.3
"""Between these each tries again by chance, so that not all agents do at once."""
SEND_WITHIN_S = 15.0
SIGN_IN_AGAIN_S = 1.0
HEADERS = {"X-Hotline": "1"}


class WebPhone(SipPhone):
    """A phone on the edge's SIP socket."""

    def __init__(
        self, session: aiohttp.ClientSession, url: str, credentials: dict[str, str], clock: MediaClock
    ) -> None:
        contact = f"sip:{secrets.token_hex(6)}@rig.invalid;transport=ws"
        super().__init__(credentials, clock, via="SIP/2.0/WS rig.invalid", contact=contact)
        self._session = session
        self._url = url
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._is_connected = asyncio.Event()

    async def run(self) -> None:
        """Keeps the phone registered until cancelled; calls in progress outlive a lost socket."""
        try:
            while True:
                with contextlib.suppress(aiohttp.ClientError, OSError, TimeoutError):
                    await self._one_connection()
                self.is_registered.clear()
                await _before_reconnecting()
        finally:
            for task in self._calls.values():
                task.cancel()

    async def _one_connection(self) -> None:
        tls: ssl.SSLContext | bool = _trusting() if self._url.startswith("wss") else False
        async with self._session.ws_connect(self._url, protocols=("sip",), ssl=tls) as socket:
            self._socket = socket
            self._is_connected.set()
            registering = asyncio.create_task(self._register_forever())
            try:
                async for frame in socket:
                    if frame.type is aiohttp.WSMsgType.TEXT and frame.data.strip():
                        await self._received(sip.parse(frame.data))
                    elif frame.type is aiohttp.WSMsgType.BINARY and frame.data.strip():
                        await self._received(sip.parse(frame.data.decode()))
            finally:
                self._is_connected.clear()
                registering.cancel()

    async def _register_forever(self) -> None:
        while True:
            await self._register("")
            await asyncio.sleep(REGISTER_EVERY_S)

    @override
    async def _send(self, text: str) -> None:
        if self._socket is not None and not self._socket.closed:
            await self._socket.send_str(text)

    @override
    async def _send_surely(self, text: str) -> None:
        """Sends now, or over the next socket: what an agent does must not be lost with a connection."""
        async with asyncio.timeout(SEND_WITHIN_S):
            while True:
                await self._is_connected.wait()
                with contextlib.suppress(aiohttp.ClientError, OSError):
                    await self._send(text)
                    return
                await _before_reconnecting()

    async def lose_connection(self) -> None:
        """The network is away for a moment, without a goodbye."""
        if self._socket is not None:
            await self._socket.close()


async def _before_reconnecting() -> None:
    await asyncio.sleep(uniform(RECONNECT_FIRST_S, RECONNECT_LAST_S))  # noqa: S311 - no secret


@cache
def _trusting() -> ssl.SSLContext:
    # The rig talks to instances that it started itself, with certificates made a moment ago. Made once,
    # because reading all the machine's authorities takes longer than a packet of sound lasts.
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


class Agent:
    """A person at work: signed in, with a phone, in a state."""

    def __init__(self, base_url: str, name: str, password: str, *, reads: bool = False) -> None:
        """`reads`: whether they look at their page, for which measurements have no time to spare."""
        self.name = name
        self._reads = reads
        self._base_url = base_url
        self._password = password
        self._session = aiohttp.ClientSession(
            headers={**HEADERS, "Origin": base_url}, cookie_jar=aiohttp.CookieJar(unsafe=True)
        )
        self._page = secrets.token_hex(8)
        self._tasks: list[asyncio.Task[None]] = []
        self.phone: WebPhone | None = None
        self.staff_id = 0
        """As the server knows them; 0 before the first sign-in."""
        self.board: dict[str, object] = {}
        """What the page shows to who reads it."""

    async def call_api(self, method: str, path: str, body: object = None) -> dict[str, object]:
        """One request; raises `aiohttp.ClientResponseError` with the server's own words when refused."""
        async with self._session.request(method, self._base_url + path, json=body, ssl=_trusting()) as reply:
            text = await reply.text()
            if reply.status >= 400:
                raise aiohttp.ClientResponseError(reply.request_info, (), status=reply.status, message=text)
            return dict(await reply.json()) if text else {}

    async def start(self, clock: MediaClock, *, tone_hz: int, manners: Manners) -> None:
        """Signs in, registers a phone, and is ready for calls."""
        await self._sign_in()
        await self.open_page(clock, tone_hz=tone_hz, manners=manners)
        await self.call_api("PUT", "/api/agent/state", {"state": "ready", "reason": ""})

    async def _sign_in(self) -> None:
        """Tries again as people do, for the edge lets only so many in at once from one address."""
        asked = {"name": self.name, "password": self._password}
        while True:
            try:
                me = await self.call_api("POST", "/api/session", asked)
            except aiohttp.ClientResponseError as error:
                if error.status != HTTPStatus.TOO_MANY_REQUESTS:
                    raise
                await asyncio.sleep(SIGN_IN_AGAIN_S)
            else:
                self.staff_id = int(str(me["staff_id"]))
                return

    async def open_page(self, clock: MediaClock, *, tone_hz: int, manners: Manners) -> None:
        """Opens a page with a phone in it, and returns when that is registered."""
        self._page = secrets.token_hex(8)
        self._tasks.append(asyncio.create_task(self._keep_page()))
        credentials = await self.call_api("POST", "/api/phone", {"page": self._page, "kind": "sip"})
        url = self._base_url.replace("http", "ws", 1) + str(credentials["socket"])
        self.phone = WebPhone(self._session, url, {k: str(v) for k, v in credentials.items()}, clock)
        self.phone.tone_hz, self.phone.manners = tone_hz, manners
        self._tasks.append(asyncio.create_task(self.phone.run()))
        await asyncio.wait_for(self.phone.is_registered.wait(), 20)

    async def lose_page(self) -> None:
        """The page is gone without a word, and with it the phone."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks.clear()
        self.board.clear()

    async def sign_out(self) -> None:
        """Signs out; the page is closed."""
        await self.call_api("DELETE", "/api/session")
        await self.lose_page()

    async def _keep_page(self) -> None:
        """The event socket of the agent's page, reconnecting as a browser does."""
        url = self._base_url.replace("http", "ws", 1) + f"/api/events?page={self._page}"
        while True:
            with contextlib.suppress(aiohttp.ClientError, OSError, TimeoutError):
                async with self._session.ws_connect(url, ssl=_trusting()) as socket:
                    await self._read_page(socket)
            await _before_reconnecting()

    async def _read_page(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        while True:
            try:
                frame = await socket.receive(timeout=5)
            except TimeoutError:
                await socket.send_json({"type": "ping"})
                continue
            if frame.type is not aiohttp.WSMsgType.TEXT:
                return
            if self._reads:
                self._read(json.loads(frame.data))

    def _read(self, news: dict[str, Any]) -> None:
        if news["type"] == "snapshot":
            self.board = news["state"]
        elif news["type"] == "delta":
            self.board.update(news["set"])
            for key in news["delete"]:
                self.board.pop(key, None)

    async def stop(self) -> None:
        """Goes home."""
        await self.lose_page()
        await self._session.close()
