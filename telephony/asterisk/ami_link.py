"""Keeps one connection to the manager alive: logs in, pings, and comes back with growing pauses."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable

import structlog
from panoramisk.message import Message

from kernel.errors import HotlineError
from telephony.asterisk.ami import AmiConnection
from telephony.errors import SwitchUnavailable
from telephony.settings import TelephonySettings

EVENT_CLASSES = "call,user,system,dtmf"
"""`agi` and `dialplan` would halve what Asterisk can do; `system` carries registrations."""

_log = structlog.get_logger(__name__)


class Backoff:
    """Pauses that double up to a limit, and begin anew after a success."""

    def __init__(self, first_s: float, last_s: float) -> None:
        self._first_s = first_s
        self._last_s = last_s
        self._next_s = first_s

    def next_pause_s(self) -> float:
        """How long to wait before the next try."""
        pause_s, self._next_s = self._next_s, min(self._next_s * 2, self._last_s)
        return pause_s

    def reset(self) -> None:
        """A try succeeded."""
        self._next_s = self._first_s


class AmiLink:
    """Owns the connection; nothing is ever sent twice because of a reconnect."""

    def __init__(  # noqa: PLR0913 - what to do with each thing that a link can meet
        self,
        settings: TelephonySettings,
        secret: str,
        *,
        on_event: Callable[[Message], None],
        on_connected: Callable[[AmiConnection], Awaitable[None]],
        on_lost: Callable[[], None],
        counts: Counter[str],
    ) -> None:
        self._settings = settings
        self._secret = secret
        self._on_event = on_event
        self._on_connected = on_connected
        self._on_lost = on_lost
        self._counts = counts
        self._current: AmiConnection | None = None

    @property
    def connection(self) -> AmiConnection:
        """The connection in use; raises `SwitchUnavailable` while there is none."""
        if self._current is None:
            raise SwitchUnavailable("Asterisk cannot be reached at the moment")
        return self._current

    @property
    def is_connected(self) -> bool:
        """There is a connection."""
        return self._current is not None

    async def run(self) -> None:
        """Connects and reconnects until cancelled."""
        backoff = Backoff(self._settings.reconnect_first_s, self._settings.reconnect_last_s)
        while True:
            try:
                await self._connect_and_stay(backoff)
            except (OSError, HotlineError) as error:
                _log.warning("ami_unavailable", error=str(error))
            except Exception:  # noqa: BLE001 - whatever a strange answer breaks, calls need the link
                _log.exception("ami_answer_unreadable")
            await asyncio.sleep(backoff.next_pause_s())

    async def _connect_and_stay(self, backoff: Backoff) -> None:
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(self._settings.action_timeout_s):
            _, connection = await loop.create_connection(
                lambda: AmiConnection(self._on_event, self._settings.action_timeout_s, self._counts),
                self._settings.host,
                self._settings.ami_port,
            )
        try:
            await connection.act(
                "Login", {"Username": "hotline", "Secret": self._secret, "Events": EVENT_CLASSES}
            )
            self._current = connection
            self._counts["ami_connections"] += 1
            await self._on_connected(connection)
            backoff.reset()
            await self._ping_until_lost(connection)
        finally:
            connection.close()
            if self._current is not None:
                self._current = None
                self._on_lost()

    async def _ping_until_lost(self, connection: AmiConnection) -> None:
        while not connection.lost.done():
            await asyncio.wait([connection.lost], timeout=self._settings.ping_every_s)
            if not connection.lost.done():
                await connection.act("Ping")
