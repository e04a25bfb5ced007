"""The wire format of FastAGI, without any I/O.

Bytes that are not UTF-8 survive as surrogate escapes, so that a caller's name in GBK harms
nobody. What is sent passes one quoting function that refuses control characters.
"""

import re
from dataclasses import dataclass

from kernel.errors import HotlineError
from telephony.errors import UnsafeValue

COMMAND_BYTES_MAX = 2000
"""Asterisk reads a command into 2048 bytes and cuts the rest."""
LINE_BYTES_MAX = 16384
ENVIRONMENT_LINES_MAX = 200
USAGE_LINES_MAX = 100

_SUCCESS = re.compile(r"200 result=(?P<result>[^ ]*)(?: \((?P<value>.*)\))?(?: endpos=\d+)?", re.DOTALL)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


class AgiProtocolError(HotlineError):
    """The other side doesn't speak AGI, or breaks its limits."""

    code = "agi_protocol"


class CommandRefused(HotlineError):
    """Asterisk doesn't know the command, or not in this form (510, 520)."""

    code = "agi_refused"


class ChannelDead(HotlineError):
    """The command came after the caller was gone (511)."""

    code = "agi_channel_dead"


@dataclass(frozen=True, slots=True)
class Environment:
    """What Asterisk says about the call before the first command."""

    values: dict[str, str]


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer to one command."""

    result: str
    value: str | None = None


@dataclass(frozen=True, slots=True)
class HangupNotice:
    """The caller left this session: gone, or taken into a conversation."""


Refusal = CommandRefused | ChannelDead
Item = Environment | Reply | HangupNotice | Refusal


def quote(text: str) -> str:
    """One argument, so that Asterisk reads back exactly this text."""
    if _CONTROL.search(text):
        raise UnsafeValue("control characters never go into an AGI command")
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def encode_command(name: str, *arguments: str) -> bytes:
    """A command line; `name` is a constant of ours, every argument is quoted."""
    line = " ".join((name, *map(quote, arguments))).encode("utf-8", "surrogateescape") + b"\n"
    if len(line) > COMMAND_BYTES_MAX:
        raise UnsafeValue(f"an AGI command has at most {COMMAND_BYTES_MAX} bytes")
    return line


class AgiDecoder:
    """Turns what Asterisk sends, cut anywhere, into items."""

    def __init__(self) -> None:
        self._rest = b""
        self._environment: dict[str, str] | None = {}
        self._lines = 0
        self._usage: list[str] | None = None

    def feed(self, data: bytes) -> list[Item]:
        """All items completed by `data`; raises `AgiProtocolError` on what cannot be AGI."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        if any(len(line) > LINE_BYTES_MAX for line in (*lines, self._rest)):
            raise AgiProtocolError(f"a line of more than {LINE_BYTES_MAX} bytes")
        items = (self._read(line.decode("utf-8", "surrogateescape")) for line in lines)
        return [item for item in items if item is not None]

    def _read(self, line: str) -> Item | None:
        if self._environment is not None:
            return self._read_environment(line, self._environment)
        if line == "HANGUP":
            return HangupNotice()
        if self._usage is not None:
            return self._read_usage(line, self._usage)
        return self._read_reply(line)

    def _read_environment(self, line: str, values: dict[str, str]) -> Environment | None:
        if not line:
            self._environment = None
            return Environment(values)
        self._lines += 1
        key, colon, value = line.partition(":")
        if not colon or not key.startswith("agi_") or self._lines > ENVIRONMENT_LINES_MAX:
            raise AgiProtocolError("this is no AGI environment")
        # The first wins: a line smuggled in by a caller's name comes after the real ones.
        values.setdefault(key, value.removeprefix(" "))
        return None

    def _read_usage(self, line: str, usage: list[str]) -> Refusal | None:
        usage.append(line)
        if line.startswith("520 "):
            self._usage = None
            return CommandRefused("\n".join(usage))
        if len(usage) > USAGE_LINES_MAX:
            raise AgiProtocolError("an endless explanation of a command")
        return None

    def _read_reply(self, line: str) -> Item | None:
        if found := _SUCCESS.fullmatch(line):
            return Reply(found["result"], found["value"])
        code = line[:3]
        if code == "100":
            return None
        if line.startswith("520-"):
            self._usage = [line]
            return None
        if code in {"510", "520"}:
            return CommandRefused(line)
        if code == "511":
            return ChannelDead(line)
        raise AgiProtocolError("a reply that is none")
