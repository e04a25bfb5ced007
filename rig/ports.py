"""Ports for programs that are started for a test or a measurement."""

import errno
import secrets
import socket

PORTS = range(10_000, 20_000)
"""Below those that the kernel gives to whoever asks for any: a server that starts anew finds its own free."""
LOOPBACK = "127.0.0.1"
_TRIES_MAX = 100
_given: set[int] = set()


def free_ports(count: int) -> list[int]:
    """Ports that nobody uses now, of both kinds, and that were not given before."""
    return [free_port() for _ in range(count)]


def free_port() -> int:
    """One of them; `OSError` where none is found."""
    for _ in range(_TRIES_MAX):
        port = secrets.choice(PORTS)
        if port not in _given and all(map(_is_free, (port, port), (socket.SOCK_STREAM, socket.SOCK_DGRAM))):
            _given.add(port)
            return port
    raise OSError(errno.EADDRINUSE, f"no free port was found among {PORTS.start} to {PORTS.stop - 1}")


def _is_free(port: int, kind: socket.SocketKind) -> bool:
    with socket.socket(socket.AF_INET, kind) as probe:
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
        return True
