"""The wall around Asterisk's manager interface.

panoramisk's protocol and message are used; what it does loosely is done strictly here: lines
are read incrementally, replies are matched by our own ActionID with a deadline, nothing is ever
sent a second time after a reconnect, a missing header is an error, and one choke point refuses
texts that could add a header, an action or a variable.
"""

import asyncio
import re
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count

import structlog
from panoramisk.ami_protocol import AMIProtocol
from panoramisk.message import Message

from kernel.errors import HotlineError
from telephony.errors import CallGone, SwitchUnavailable, UnsafeValue

VALUE_BYTES_MAX = 1000
"""Asterisk cuts header lines of 1025 bytes and more."""
LINE_BYTES_MAX = 65536
MESSAGE_LINES_MAX = 1000
LIST_MESSAGES_MAX = 20000

_HEADER_NAME = re.compile(r"[A-Za-z]{1,40}")
_VARIABLE_NAME = re.compile(r"HL_[A-Z_]{1,30}")
_VARIABLE_VALUE = re.compile(r"[A-Za-z0-9+*#%_.~-]*")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_GONE = ("No such", "Channel not specified", "Channel does not exist", "ExtraChannel does not exist")

_log = structlog.get_logger(__name__)


class AmiRefused(HotlineError):
    """Asterisk understood an action and refused it."""

    code = "ami_refused"


class HeaderMissing(HotlineError):
    """A message lacks what it must have; our picture of Asterisk is wrong."""

    code = "ami_header_missing"


class PerhapsTaken(SwitchUnavailable):
    """The connection was lost before the reply: the next look at Asterisk shows whether there is a channel.

    After any other failure of an order there is none, and none will come.
    """

    code = "perhaps_taken"


@dataclass(frozen=True, slots=True)
class Answer:
    """The reply to an action, and the events that belong to it when it is a list."""

    response: Message
    events: tuple[Message, ...] = ()


@dataclass(slots=True)
class _Waiting:
    future: asyncio.Future[Answer]
    response: Message | None = None
    events: list[Message] = field(default_factory=list)


def required(message: Message, name: str) -> str:
    """The header's text; it must be there, once."""
    value = message.get(name)
    if not isinstance(value, str):
        raise HeaderMissing(f"{message.get('Event') or message.get('Response')} without {name}")
    return value


def variables_of(message: Message, header: str) -> dict[str, str]:
    """The channel variables that a message carries as `NAME=value`."""
    found = message.get(header, [])
    pairs = (text.partition("=") for text in ([found] if isinstance(found, str) else found))
    return {name: "" if value == "(null)" else value for name, _, value in pairs}


def checked_variable(name: str, value: str) -> tuple[str, str]:
    """A channel variable that may be sent: one of ours, with a value that means nothing to Asterisk."""
    if not _VARIABLE_NAME.fullmatch(name) or not _VARIABLE_VALUE.fullmatch(value):
        raise UnsafeValue(f"the channel variable {name!r} cannot be sent with this value")
    return name, value


def encode_action(
    name: str, action_id: str, headers: Mapping[str, str], variables: Mapping[str, str] | None = None
) -> bytes:
    """The bytes of one action: the only place from which anything is sent to the manager."""
    lines = [("Action", name), ("ActionID", action_id), *headers.items()]
    lines += [("Variable", "=".join(checked_variable(*pair))) for pair in (variables or {}).items()]
    for key, value in lines:
        if not _HEADER_NAME.fullmatch(key):
            raise UnsafeValue(f"{key!r} is no header of ours")
        if _CONTROL.search(value) or len(value.encode("utf-8", "surrogateescape")) >= VALUE_BYTES_MAX:
            raise UnsafeValue(f"the value of {key} has control characters or is too long")
    return "".join(f"{key}: {value}\r\n" for key, value in lines).encode("utf-8", "surrogateescape") + b"\r\n"


class AmiConnection(AMIProtocol):  # type: ignore[misc]  # panoramisk has no types
    """One connection to the manager. It is not reused: after a loss a new one is made."""

    def __init__(
        self,
        on_event: Callable[[Message], None],
        action_timeout_s: float,
        counts: Counter[str] | None = None,
    ) -> None:
        """`counts` gets what is said, for who watches."""
        self._counts = Counter() if counts is None else counts
        self._on_event = on_event
        self._action_timeout_s = action_timeout_s
        self._waiting: dict[str, _Waiting] = {}
        self._action_ids = count(1)
        self._rest = b""
        self._lines: list[str] = []
        self.lost: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def act(self, name: str, headers: Mapping[str, str] | None = None) -> Answer:
        """Sends an action once and returns its reply, with all events if it announces a list.

        Raises `SwitchUnavailable` without a reply in time, `CallGone` where the channel is
        unknown, `AmiRefused` on any other refusal.
        """
        return await self.send(name, headers)

    def send(
        self,
        name: str,
        headers: Mapping[str, str] | None = None,
    ) -> Awaitable[Answer]:
        """Like `act`; but the action has left when this returns, and only its reply is awaited."""
        action_id = f"hl-{next(self._action_ids)}"
        return self._reply(name, action_id, self._write(name, action_id, headers or {}))

    def originate(
        self, headers: Mapping[str, str], *, variables: Mapping[str, str], action_id: str
    ) -> Awaitable[None]:
        """Orders a channel. Like `send`; but a reply that is late is found out, for a phone may ring by it.

        Raises `PerhapsTaken` if the connection is lost before.
        """
        return self._outcome(action_id, self._write("Originate", action_id, headers, variables))

    def _write(
        self,
        name: str,
        action_id: str,
        headers: Mapping[str, str],
        variables: Mapping[str, str] | None = None,
    ) -> _Waiting:
        data = encode_action(name, action_id, headers, variables)
        if self.lost.done():
            raise SwitchUnavailable("the connection to Asterisk is lost")
        waiting = self._waiting[action_id] = _Waiting(asyncio.get_running_loop().create_future())
        self._counts["ami_actions"] += 1
        self.transport.write(data)
        return waiting

    async def _reply(self, name: str, action_id: str, waiting: _Waiting) -> Answer:
        try:
            async with asyncio.timeout(self._action_timeout_s):
                answer = await waiting.future
        except TimeoutError as late:
            self._counts["ami_timeouts"] += 1
            raise SwitchUnavailable(f"Asterisk did not reply to {name} in time") from late
        finally:
            del self._waiting[action_id]
        _raise_refusal(name, answer.response)
        return answer

    async def _outcome(self, action_id: str, waiting: _Waiting) -> None:
        try:
            while not (await asyncio.wait([waiting.future], timeout=self._action_timeout_s))[0]:
                self._counts["ami_timeouts"] += 1
                await self._ask_whether_taken(waiting)
            answer = await waiting.future
        except SwitchUnavailable as lost:
            raise PerhapsTaken("the connection to Asterisk was lost before its reply") from lost
        finally:
            # The next order about the same channel may have left already, under the same id.
            if self._waiting.get(action_id) is waiting:
                del self._waiting[action_id]
        _raise_refusal("Originate", answer.response)

    async def _ask_whether_taken(self, waiting: _Waiting) -> None:
        """Asterisk takes the actions of a connection in turn: a later one is answered later."""
        with suppress(
            SwitchUnavailable
        ):  # then this is not known yet, or the connection is about to be given up
            await self.act("Ping")
            if not waiting.future.done():
                raise AmiRefused("Originate: Asterisk has never taken it")

    def data_received(self, data: bytes) -> None:
        """Reads whole lines only, so that a character cut between two packets stays whole."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        if len(self._rest) > LINE_BYTES_MAX:
            self._give_up("line_too_long")
            return
        for raw in lines:
            line = raw.rstrip(b"\r").decode("utf-8", "surrogateescape")
            if line:
                self._lines.append(line)
            elif self._lines:
                self._finish_message()
            if len(self._lines) > MESSAGE_LINES_MAX:
                self._give_up("message_too_long")
                return

    def connection_lost(self, exc: Exception | None) -> None:
        """Tells everyone who waits; nothing is kept for a next connection."""
        del exc
        if not self.lost.done():
            self.lost.set_result(None)
        for waiting in self._waiting.values():
            if not waiting.future.done():
                waiting.future.set_exception(SwitchUnavailable("the connection to Asterisk was lost"))

    def close(self) -> None:
        """Ends the connection."""
        self.transport.close()

    def handle_message(self, message: Message) -> None:
        """A reply goes to who waits for it, everything else to the events' reader."""
        waiting = self._waiting.get(message.get("ActionID", ""))
        if waiting is None or waiting.future.done():
            if "Event" in message:
                self._on_event(message)
            return
        if waiting.response is None:
            waiting.response = message
            is_list = str(message.get("EventList", "")).lower() == "start"
        else:
            waiting.events.append(message)
            is_list = str(message.get("EventList", "")).lower() != "complete"
        if not is_list:
            waiting.future.set_result(Answer(waiting.response, tuple(waiting.events)))
        elif len(waiting.events) > LIST_MESSAGES_MAX:
            self._give_up("list_too_long")

    def _finish_message(self) -> None:
        headers: dict[str, str | list[str]] = {}
        for line in self._lines:
            name, colon, value = line.partition(":")
            if not colon:
                continue  # the greeting
            value = value.removeprefix(" ")
            known = headers.setdefault(name, value)
            if isinstance(known, list):
                known.append(value)
            elif known is not value:
                headers[name] = [known, value]
        self._lines = []
        if "Event" in headers or "Response" in headers:
            self.handle_message(Message(headers))

    def _give_up(self, why: str) -> None:
        _log.error("ami_stream_broken", why=why)
        self.transport.abort()


def _raise_refusal(name: str, response: Message) -> None:
    if response.get("Response") in {"Success", "Goodbye"}:
        return
    text = str(response.get("Message", ""))
    if text.startswith(_GONE):
        raise CallGone(f"{name}: {text}")
    raise AmiRefused(f"{name}: {text}")
