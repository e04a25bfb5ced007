"""Whether the ports that Hotline needs are free, asked before anything is started."""

import errno
import socket
from collections.abc import Iterable
from dataclasses import dataclass

from kernel.errors import HotlineError


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


def refuse_taken(ports: Iterable[Port]) -> None:
    """Raises `PortTaken` for the first that is not free."""
    for port in ports:
        if (why := _why_not(port)) is not None:
            variable = "HOTLINE_" + port.setting.upper().replace(".", "__")
            raise PortTaken(
                f"Port {port.number} on {port.host} {why}: free it, or set {port.setting} in hotline.toml"
                f" ({variable}) to another."
            )


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
                return "is taken by another program"
            if error.errno == errno.EACCES:
                return "needs root (those below 1024 do)"
            return f"can't be used ({error.strerror})"
    return None
