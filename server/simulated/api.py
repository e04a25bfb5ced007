"""The running system's HTTP API, as a simulated person uses it."""

import asyncio
import json
import ssl
import time
from pathlib import Path
from typing import Any, Self

import aiohttp

from kernel.errors import HotlineError, InvalidInput

REQUEST_TIMEOUT_S = 15.0
STARTING, NOT_SIGNED_IN = 503, 401
RESTART_PATIENCE_S = 30.0
RETRY_S = 0.5
_START = "start it with ./hotline run in another terminal, and try again once it says that it is ready"
_LOOK = "see what ./hotline run says in its terminal, and the logs that it names"
_NO_TRUST = "its certificate is not one that this machine trusts"


class ApiRefused(HotlineError):
    """The running system refused a request, or none runs."""

    code = "api_refused"


class SignInRefused(ApiRefused, InvalidInput):
    """Nobody has this name and password."""

    code = "sign_in_refused"


class Api:
    """One person's session. Use it as a context: it signs out at the end."""

    def __init__(self, address: str, authority: Path | None) -> None:
        self._address = address.rstrip("/")
        self._tls: ssl.SSLContext | bool = (
            ssl.create_default_context(cafile=str(authority)) if authority else True
        )
        self._session: aiohttp.ClientSession | None = None
        self._sockets: list[aiohttp.ClientWebSocketResponse] = []

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(
            headers={"X-Hotline": "1", "Origin": self._address, "Accept-Language": "en"},
            cookie_jar=aiohttp.CookieJar(unsafe=True),
            timeout=aiohttp.ClientTimeout(total=REQUEST_TIMEOUT_S),
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._session is not None
        # A session that closes leaves the connections of its sockets to the collector, which complains.
        for socket in self._sockets:
            await socket.close()
        await self._session.close()

    async def sign_in(self, name: str, password: str) -> dict[str, Any]:
        """Begins the session."""
        return await self.ask("POST", "/api/session", {"name": name, "password": password})

    async def ask(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        """One request; raises `ApiRefused` with the server's own words.

        While the server is being restarted the edge says so, and it is asked again.
        """
        give_up_at = time.monotonic() + RESTART_PATIENCE_S
        while True:
            status, answer = await self._ask_once(method, path, body)
            if status != STARTING or time.monotonic() >= give_up_at:
                break
            await asyncio.sleep(RETRY_S)
        if status == NOT_SIGNED_IN:
            raise SignInRefused(f"{self._address}: {answer.get('message', status)}")
        if status >= 400:
            raise ApiRefused(f"{method} {path}: {answer.get('message', status)}")
        return answer

    async def _ask_once(self, method: str, path: str, body: object) -> tuple[int, dict[str, Any]]:
        assert self._session is not None
        try:
            async with self._session.request(method, self._address + path, json=body, ssl=self._tls) as reply:
                # The edge sends long answers in pieces, without saying how long they are.
                answer: dict[str, Any] = json.loads(await reply.text() or "{}")
        except aiohttp.ClientConnectorCertificateError as error:
            raise ApiRefused(f"{self._address}: {_NO_TRUST} ({error.certificate_error})") from error
        except aiohttp.ClientConnectorError as error:
            raise ApiRefused(f"Hotline does not run at {self._address}: {_START}") from error
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise ApiRefused(f"{self._address} gives no answer: {_LOOK}") from error
        except ValueError as error:
            raise ApiRefused(f"{method} {path}: not the answer of a Hotline server") from error
        return reply.status, answer

    async def events(self, page: str) -> aiohttp.ClientWebSocketResponse:
        """The page's event socket."""
        assert self._session is not None
        url = self._address.replace("http", "ws", 1) + f"/api/events?page={page}"
        socket = await self._session.ws_connect(url, ssl=self._tls, heartbeat=5.0)
        self._sockets.append(socket)
        return socket
