"""The FastAGI server: one session for each caller whom Asterisk hands over."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import cast

import structlog
from typing_extensions import override

from telephony.asterisk.agi_codec import (
    AgiDecoder,
    AgiProtocolError,
    ChannelDead,
    CommandRefused,
    Environment,
    HangupNotice,
    Item,
    Reply,
    encode_command,
)
from telephony.errors import LineGone
from telephony.settings import TelephonySettings

_log = structlog.get_logger(__name__)


class AgiSession(asyncio.Protocol):
    """One connection from Asterisk. One command at a time; the end can be awaited."""

    def __init__(self, on_connection: Callable[["AgiSession"], None]) -> None:
        self._on_connection = on_connection
        self._decoder = AgiDecoder()
        self._transport: asyncio.WriteTransport | None = None
        self._environment: asyncio.Future[dict[str, str]] = asyncio.get_running_loop().create_future()
        self._pending: asyncio.Future[Reply] | None = None
        self._turn = asyncio.Lock()
        self._left = asyncio.Event()
        self._is_open = True

    async def environment(self) -> dict[str, str]:
        """What Asterisk says about the call; raises `LineGone` if it ends before."""
        # Who gives up waiting must not cancel the future: the rest may still arrive.
        return await asyncio.shield(self._environment)

    async def command(self, name: str, *arguments: str, timeout_s: float) -> Reply:
        """Has Asterisk do one thing. Raises `LineGone` once the caller has left the session."""
        line = encode_command(name, *arguments)
        async with self._turn:
            if self.has_left or self._transport is None:
                raise LineGone("the caller left the session")
            self._pending = asyncio.get_running_loop().create_future()
            self._transport.write(line)
            try:
                async with asyncio.timeout(timeout_s):
                    return await self._pending
            except ChannelDead as dead:
                raise LineGone("the caller left the session") from dead
            except (asyncio.CancelledError, TimeoutError):
                # The reply to an abandoned command would be taken for the next one's.
                self.close()
                raise
            finally:
                self._pending = None

    @property
    def has_left(self) -> bool:
        """The caller has: hung up, or an agent has them."""
        return self._left.is_set()

    async def wait_left(self) -> None:
        """Returns when the caller has left the session."""
        await self._left.wait()

    def close(self) -> None:
        """Ends the session; Asterisk goes on with the call in its dialplan."""
        if self._transport is not None:
            self._transport.close()

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Asterisk, or anybody on this machine, connected."""
        # Not asserted: uvloop's transports are none of asyncio's classes.
        self._transport = cast("asyncio.WriteTransport", transport)
        self._on_connection(self)

    @override
    def data_received(self, data: bytes) -> None:
        """Takes what came; whoever doesn't speak AGI is sent away."""
        try:
            for item in self._decoder.feed(data):
                self._take(item)
        except AgiProtocolError as error:
            _log.warning("agi_protocol_broken", error=str(error))
            self.close()

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        """Ends the session for everyone who waits on it."""
        del exc
        self._left.set()
        for waiting in (self._environment, self._pending):
            if waiting is not None and not waiting.done():
                waiting.set_exception(LineGone("the session ended"))
                waiting.exception()  # nobody may be waiting: then it is no news to asyncio

    def _take(self, item: Item) -> None:
        match item:
            case Environment(values):
                self._environment.set_result(values)
            case HangupNotice():
                self._left.set()
            case _ if self._pending is None or self._pending.done():
                raise AgiProtocolError("a reply without a command")
            case Reply():
                self._pending.set_result(item)
            case CommandRefused() | ChannelDead():
                self._pending.set_exception(item)


class AgiServer:
    """Accepts Asterisk's connections and runs a handler for each; whatever comes, it goes on."""

    def __init__(
        self,
        settings: TelephonySettings,
        handle: Callable[[AgiSession], Awaitable[None]],
        counts: Counter[str] | None = None,
    ) -> None:
        """`counts` gets what comes, for who watches."""
        self._counts = Counter() if counts is None else counts
        self._settings = settings
        self._handle = handle
        self._sessions: set[asyncio.Task[None]] = set()

    async def run(self, on_listening: Callable[[], None]) -> None:
        """Serves until cancelled; then every session is closed, and its call goes on in the dialplan."""
        loop = asyncio.get_running_loop()
        async with asyncio.TaskGroup() as tasks:
            server = await loop.create_server(
                lambda: AgiSession(lambda session: self._accept(tasks, session)),
                self._settings.host,
                self._settings.agi_port,
                backlog=1024,
            )
            on_listening()
            async with server:
                await server.serve_forever()

    def _accept(self, tasks: asyncio.TaskGroup, session: AgiSession) -> None:
        if len(self._sessions) >= self._settings.agi_sessions_max:
            self._counts["agi_sessions_refused"] += 1
            _log.error("agi_sessions_exhausted", limit=self._settings.agi_sessions_max)
            session.close()
            return
        self._counts["agi_sessions"] += 1
        serving = self._serve(session)
        try:
            task = tasks.create_task(serving)
        except RuntimeError:
            # It came while the server ends: the group takes no more, and the call goes on in the dialplan.
            serving.close()
            session.close()
            return
        self._sessions.add(task)
        task.add_done_callback(self._sessions.discard)
        # Here, for a task that is cancelled before its first step runs none of its own code.
        task.add_done_callback(lambda _: session.close())

    async def _serve(self, session: AgiSession) -> None:
        try:
            async with asyncio.timeout(self._settings.agi_environment_timeout_s):
                await session.environment()
            await self._handle(session)
        except TimeoutError:
            _log.warning("agi_session_too_slow")
        except AgiProtocolError as error:
            _log.warning("agi_protocol_broken", error=str(error))
        except LineGone:
            pass  # the usual end of a session
        except Exception:  # noqa: BLE001 - one caller's trouble must not reach the others
            self._counts["agi_sessions_failed"] += 1
            _log.exception("agi_session_failed")
