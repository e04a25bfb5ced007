"""A simulated agent: signs in as a person does; the phone is one of the simulated network's."""

import asyncio
import secrets
from typing import Any

import aiohttp

from kernel.errors import HotlineError
from server.simulated.api import Api
from server.simulated.network import Desk

REGISTER_TIMEOUT_S = 20.0


class AgentNotReady(HotlineError):
    """The simulated agent's phone did not register in time."""

    code = "agent_not_ready"


class SimulatedAgent:
    """What an agent's page does, without a page: keeps the board, takes the phone, sets the state."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._page = secrets.token_hex(8)
        self._board: dict[str, Any] = {}
        self._changed = asyncio.Condition()
        self._following: asyncio.Task[None] | None = None
        self._calls_seen: list[dict[str, Any]] = []

    async def take_desk(self) -> Desk:
        """Opens the page and takes the phone; its credentials are for the network."""
        socket = await self._api.events(self._page)
        self._following = asyncio.create_task(self._follow(socket))
        given = await self._api.ask("POST", "/api/phone", {"page": self._page, "kind": "sip"})
        return Desk(username=given["username"], realm=given["realm"], ha1=given["ha1"])

    async def get_ready(self) -> None:
        """Waits for the phone, then takes calls."""
        try:
            async with asyncio.timeout(REGISTER_TIMEOUT_S), self._changed:
                await self._changed.wait_for(self._can_ring)
        except TimeoutError as error:
            raise AgentNotReady("the simulated agent's phone did not register") from error
        await self._api.ask("PUT", "/api/agent/state", {"state": "ready", "reason": ""})

    async def go_home(self) -> None:
        """Gives everything back."""
        try:
            await self._api.ask("PUT", "/api/agent/state", {"state": "offline", "reason": ""})
            await self._api.ask("DELETE", "/api/session")
        finally:
            if self._following:
                self._following.cancel()
                await asyncio.gather(self._following, return_exceptions=True)

    def saw(self, call_id: str) -> str | None:
        """The customer whom the board named while the call rang."""
        named = [
            call["customer"]["name"]
            for call in self._calls_seen
            if call["call_id"] == call_id and call["phase"] == "ringing" and call["customer"]
        ]
        return named[0] if named else None

    def _can_ring(self) -> bool:
        return bool((self._board.get("phone") or {}).get("is_registered"))

    async def _follow(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        async for frame in socket:
            if frame.type is not aiohttp.WSMsgType.TEXT:
                return
            message = frame.json()
            async with self._changed:
                self._apply(message)
                self._changed.notify_all()

    def _apply(self, message: dict[str, Any]) -> None:
        match message["type"]:
            case "snapshot":
                self._board = message["state"]
            case "delta":
                self._board.update(message["set"])
                for key in message["delete"]:
                    self._board.pop(key, None)
            case _:
                return
        if call := self._board.get("call"):
            self._calls_seen.append(call)
