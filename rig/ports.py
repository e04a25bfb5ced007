"""Ports for programs that are started for a test or a measurement."""

import errno
import secrets
import socket

PORTS = range(10_000, 20_000)
"""Below those that the kernel gives to whoever asks for any: a server that starts anew finds its own free."""
LOOPBACK = "127.0.0.1"
_BLOCK = 100
_left: list[int] = []


def free_ports(count: int) -> list[int]:
    """Ports that nobody uses now, of both kinds, and that were not given before."""
    return [free_port() for _ in range(count)]


def free_port() -> int:
    """One of them; `OSError` where none is found."""
    while True:
        if not _left:
            _left.extend(_take_block())
        port = _left.pop()
        if all(map(_is_free, (port, port), (socket.SOCK_STREAM, socket.SOCK_DGRAM))):
            return port


def _take_block() -> list[int]:
    """Ports that no other process is given while this one lives, though nobody listens on them yet.

    A server that is down for a moment would else find its port given to another test. What says that a
    block is taken is an abstract socket: the kernel frees it with its process, and each network namespace
    has its own.
    """
    starts = list(PORTS[::_BLOCK])
    secrets.SystemRandom().shuffle(starts)
    for start in starts:
        taken = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        try:
            taken.bind(f"\0hotline-ports-{start}")
        except OSError:
            taken.close()
            continue
        taken.detach()  # bound until this process ends
        return list(range(start, start + _BLOCK))
    raise OSError(errno.EADDRINUSE, f"others use all ports from {PORTS.start} to {PORTS.stop - 1}")


def _is_free(port: int, kind: socket.SocketKind) -> bool:
    with socket.socket(socket.AF_INET, kind) as probe:
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
        return True
