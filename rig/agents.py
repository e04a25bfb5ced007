"""Simulated agents: sign in over the API, and answer on a phone that speaks SIP over WebSocket."""

import asyncio
import contextlib
import secrets
import ssl
from dataclasses import dataclass
from functools import cache
from random import uniform

import aiohttp

from rig import sip
from rig.media import MediaClock, MediaEnd

REGISTER_EVERY_S = 25
RECONNECT_FIRST_S, RECONNECT_LAST_S = 0.3, 1.3
"""Between these each tries again by chance, so that not all agents do at once."""
SEND_WITHIN_S = 15.0
HEADERS = {"X-Hotline": "1"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Manners:
    """How an agent answers."""

    ring_s: float = 0.5
    """How long it rings before the agent picks up; None of patience is needed: the server's time-out acts."""
    talk_s: float = 5.0
    """After this time the agent hangs up."""
    talk_spread: float = 0.0
    """By which share a conversation may be shorter or longer, each as likely."""
    is_busy: bool = False
    """Whatever rings is told that the phone is busy."""
    forwards_to: str = ""
    """An address to which whatever rings is sent on."""
    may_answer: asyncio.Event | None = None
    """The ringing time begins only once this is set."""
    may_hang_up: asyncio.Event | None = None
    """The talking time begins only once this is set."""

    async def ring(self) -> None:
        """Returns when the agent picks up."""
        await self._pause(self.may_answer, self.ring_s)

    async def talk(self) -> None:
        """Returns when the agent hangs up."""
        share = uniform(1 - self.talk_spread, 1 + self.talk_spread)  # noqa: S311 - no secret
        await self._pause(self.may_hang_up, self.talk_s * share)

    async def _pause(self, begins: asyncio.Event | None, seconds: float) -> None:
        if begins is not None:
            await begins.wait()
        await asyncio.sleep(seconds)


class WebPhone:
    """A phone on the edge's SIP socket: registers, rings, answers, hangs up; plain RTP with its own tone."""

    def __init__(
        self, session: aiohttp.ClientSession, url: str, credentials: dict[str, str], clock: MediaClock
    ) -> None:
        self._session = session
        self._url = url
        self._credentials = credentials
        self._clock = clock
        self._tag = secrets.token_hex(4)
        self._instance = secrets.token_hex(8)
        self._uri = f"sip:{credentials['username']}@{credentials['realm']}"
        self._contact = f"sip:{secrets.token_hex(6)}@rig.invalid;transport=ws"
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._calls: dict[str, asyncio.Task[None]] = {}
        self._dialogs: dict[str, sip.Message] = {}
        self._requests = 0
        """Sent within conversations: each needs a higher number than the one before."""
        self._is_agreed = asyncio.Event()
        self._sequence = 1
        self._is_connected = asyncio.Event()
        self.is_registered = asyncio.Event()
        self.manners = Manners()
        self.tone_hz = 1000
        self.ends: list[MediaEnd] = []
        """Every conversation's sound, newest last."""
        self.invites: list[sip.Message] = []
        """What rang the phone, newest last."""
        self.host = "127.0.0.1"

    @property
    def device(self) -> str:
        """What the switch calls it."""
        return self._credentials["username"]

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

    async def _register(self, authorization: str) -> None:
        self._sequence += 1
        target = f"sip:{self._credentials['realm']}"
        headers = [
            ("Via", f"SIP/2.0/WS rig.invalid;branch=z9hG4bK{secrets.token_hex(8)}"),
            ("From", f"<{self._uri}>;tag={self._tag}"),
            ("To", f"<{self._uri}>"),
            ("Call-ID", self._instance),
            ("CSeq", f"{self._sequence} REGISTER"),
            ("Contact", f"<{self._contact}>;expires=60"),
            ("Max-Forwards", "70"),
        ]
        if authorization:
            headers.append(("Authorization", authorization))
        await self._send(sip.build(f"REGISTER {target} SIP/2.0", headers))

    async def _send(self, text: str) -> None:
        if self._socket is not None and not self._socket.closed:
            await self._socket.send_str(text)

    async def _send_surely(self, text: str) -> None:
        """Sends now, or over the next socket: what an agent does must not be lost with a connection."""
        async with asyncio.timeout(SEND_WITHIN_S):
            while True:
                await self._is_connected.wait()
                with contextlib.suppress(aiohttp.ClientError, OSError):
                    await self._send(text)
                    return
                await _before_reconnecting()

    async def hold(self, *, on: bool) -> None:
        """Puts the far end of the newest conversation on hold, as phones do, or takes it back."""
        invite = self.invites[-1]
        body = sip.description(self.host, self.ends[-1].port) + f"a={'sendonly' if on else 'sendrecv'}\r\n"
        self._is_agreed.clear()
        await self._send_surely(self._within(invite, "INVITE", body=body))
        async with asyncio.timeout(SEND_WITHIN_S):
            await self._is_agreed.wait()

    async def ask_for_transfer(self, target: str) -> None:
        """Asks the switch to connect the far end with `target`, as phones do (RFC 3515)."""
        await self._send_surely(self._within(self.invites[-1], "REFER", more=(("Refer-To", target),)))

    async def _received(self, message: sip.Message) -> None:
        if message.status:
            await self._response(message)
            return
        call = message.get("Call-ID")
        if message.method == "INVITE":
            if "tag=" not in message.get("To"):
                self.invites.append(message)
                self._calls[call] = asyncio.create_task(self._answer(message))
        elif message.method == "CANCEL":
            await self._send(sip.response_to(message, "200 OK", tag=self._tag))
            await self._stop(call, "487 Request Terminated")
        elif message.method == "BYE":
            await self._send(sip.response_to(message, "200 OK", tag=self._tag))
            await self._stop(call, "")
        elif message.method != "ACK":
            await self._send(sip.response_to(message, "200 OK", tag=self._tag))

    async def _response(self, message: sip.Message) -> None:
        number, _, method = message.get("CSeq").partition(" ")
        if method == "INVITE" and message.status >= 200:
            invite = self._dialogs[message.get("Call-ID")]
            await self._send(self._within(invite, "ACK", number=int(number)))
            self._is_agreed.set()
        if method != "REGISTER":
            return
        if message.status == 401:
            await self._register(
                sip.digest(
                    message.get("WWW-Authenticate"),
                    username=self._credentials["username"],
                    ha1=self._credentials["ha1"],
                    method="REGISTER",
                    uri=f"sip:{self._credentials['realm']}",
                )
            )
        elif message.status == 200:
            self.is_registered.set()

    async def _answer(self, invite: sip.Message) -> None:
        if self.manners.is_busy:
            await self._send(sip.response_to(invite, "486 Busy Here", tag=self._tag))
            return
        if target := self.manners.forwards_to:
            await self._send(sip.response_to(invite, "302 Moved Temporarily", tag=self._tag, contact=target))
            return
        self._dialogs[invite.get("Call-ID")] = invite
        await self._send(sip.response_to(invite, "180 Ringing", tag=self._tag, contact=self._contact))
        await self.manners.ring()
        end = await self._clock.open(self.host, self.tone_hz)
        self.ends.append(end)
        end.far = sip.media_address(invite.body)
        body = sip.description(self.host, end.port)
        answer = sip.response_to(invite, "200 OK", tag=self._tag, contact=self._contact, body=body)
        await self._send_surely(answer)
        try:
            await self.manners.talk()
            await self._send_surely(self._within(invite, "BYE"))
        finally:
            end.close()

    def _within(
        self,
        invite: sip.Message,
        method: str,
        *,
        number: int = 0,
        body: str = "",
        more: tuple[tuple[str, str], ...] = (),
    ) -> str:
        """A request of the conversation that an invitation began; `number` only for what answers another."""
        if not number:
            self._requests += 1
            number = self._requests
        target = invite.get("Contact").split("<")[-1].split(">")[0]
        headers = [
            ("Via", f"SIP/2.0/WS rig.invalid;branch=z9hG4bK{secrets.token_hex(8)}"),
            *(("Route", route) for route in invite.all("Record-Route")),
            ("From", f"{invite.get('To')};tag={self._tag}"),
            ("To", invite.get("From")),
            ("Call-ID", invite.get("Call-ID")),
            ("CSeq", f"{number} {method}"),
            ("Contact", f"<{self._contact}>"),
            ("Max-Forwards", "70"),
            *more,
        ]
        if body:
            headers.append(("Content-Type", "application/sdp"))
        return sip.build(f"{method} {target} SIP/2.0", headers, body)

    async def _stop(self, call: str, status: str) -> None:
        task = self._calls.pop(call, None)
        invite = self._dialogs.pop(call, None)
        if task is not None:
            task.cancel()
        if status and invite is not None:
            await self._send(sip.response_to(invite, status, tag=self._tag))


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

    def __init__(self, base_url: str, name: str, password: str) -> None:
        self.name = name
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

    async def call_api(self, method: str, path: str, body: object = None) -> dict[str, object]:
        """One request; raises `aiohttp.ClientResponseError` with the server's own words when refused."""
        async with self._session.request(method, self._base_url + path, json=body, ssl=_trusting()) as reply:
            text = await reply.text()
            if reply.status >= 400:
                raise aiohttp.ClientResponseError(reply.request_info, (), status=reply.status, message=text)
            return dict(await reply.json()) if text else {}

    async def start(self, clock: MediaClock, *, tone_hz: int, manners: Manners) -> None:
        """Signs in, registers a phone, and is ready for calls."""
        me = await self.call_api("POST", "/api/session", {"name": self.name, "password": self._password})
        self.staff_id = int(str(me["staff_id"]))
        self._tasks.append(asyncio.create_task(self._keep_page()))
        credentials = await self.call_api("POST", "/api/phone", {"page": self._page, "kind": "sip"})
        url = self._base_url.replace("http", "ws", 1) + str(credentials["socket"])
        self.phone = WebPhone(self._session, url, {k: str(v) for k, v in credentials.items()}, clock)
        self.phone.tone_hz, self.phone.manners = tone_hz, manners
        self._tasks.append(asyncio.create_task(self.phone.run()))
        await asyncio.wait_for(self.phone.is_registered.wait(), 20)
        await self.call_api("PUT", "/api/agent/state", {"state": "ready", "reason": ""})

    async def _keep_page(self) -> None:
        """The event socket of the agent's page, reconnecting as a browser does."""
        url = self._base_url.replace("http", "ws", 1) + f"/api/events?page={self._page}"
        while True:
            with contextlib.suppress(aiohttp.ClientError, OSError, TimeoutError):
                async with self._session.ws_connect(url, ssl=_trusting()) as socket:
                    while True:
                        with contextlib.suppress(TimeoutError):
                            frame = await socket.receive(timeout=5)
                            if frame.type in {
                                aiohttp.WSMsgType.CLOSED,
                                aiohttp.WSMsgType.CLOSING,
                                aiohttp.WSMsgType.CLOSE,
                            }:
                                break
                            continue
                        await socket.send_json({"type": "ping"})
            await _before_reconnecting()

    async def stop(self) -> None:
        """Goes home."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._session.close()
