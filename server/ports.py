"""Whether the ports that Hotline needs are free, asked before anything is started."""

import errno
import socket
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations

from kernel.errors import HotlineError

EVERY_ADDRESS = frozenset({"0.0.0.0", "::"})  # noqa: S104 - compared, not bound


class PortTaken(HotlineError):
    """Another program listens where Hotline is told to."""

    code = "port_taken"


@dataclass(frozen=True, slots=True)
class Port:
    """One that a part is about to listen on."""

    setting: str
    """As in `hotline.toml`: `edge.port`."""
    host: str
    number: int
    kind: socket.SocketKind = socket.SOCK_STREAM
    address_setting: str = ""
    """That of `host`: `edge.address`."""


def clashes(ports: Sequence[Port]) -> list[str]:
    """A sentence for each two that cannot be had together."""
    return [
        f"{one.setting} and {other.setting} are both {one.number}: give one of them another port."
        for one, other in combinations(ports, 2)
        if one.number == other.number != 0 and one.kind == other.kind and _share(one.host, other.host)
    ]


def _share(one: str, other: str) -> bool:
    return one == other or bool({one, other} & EVERY_ADDRESS) or {one, other} == {"localhost", "127.0.0.1"}


def refuse_taken(ports: Iterable[Port]) -> None:
    """Raises `PortTaken` for the first that is not free."""
    for port in ports:
        if (why := _why_not(port)) is not None:
            raise PortTaken(f"Port {port.number} on {port.host} {why}")


def _why_not(port: Port) -> str | None:
    family = socket.AF_INET6 if ":" in port.host else socket.AF_INET
    with socket.socket(family, port.kind) as probe:
        if port.kind is socket.SOCK_STREAM:
            # Connections that ended a moment ago don't make a port taken.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((port.host, port.number))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return f"is taken by another program: free it, or set {_setting(port.setting)} to another."
            if error.errno == errno.EACCES:
                return f"needs root (those below 1024 do): set {_setting(port.setting)} to another."
            if error.errno == errno.EADDRNOTAVAIL and port.address_setting:
                other = _setting(port.address_setting)
                return f"can't be had, as that address is none of this machine's: set {other} to another."
            return f"can't be used ({error.strerror}): set {_setting(port.setting)} to another."
    return None


def _setting(name: str) -> str:
    return f"{name} in hotline.toml (HOTLINE_{name.upper().replace('.', '__')})"
