"""A port that is taken is said before anything starts."""

import socket

import pytest

from server.ports import Port, PortTaken, refuse_taken


@pytest.mark.parametrize("kind", [socket.SOCK_STREAM, socket.SOCK_DGRAM])
def test_a_taken_port_is_named_with_its_setting(kind: socket.SocketKind) -> None:
    with socket.socket(socket.AF_INET, kind) as other:
        other.bind(("127.0.0.1", 0))
        if kind is socket.SOCK_STREAM:
            other.listen()
        number = other.getsockname()[1]
        with pytest.raises(PortTaken, match=f"Port {number} .*HOTLINE_EDGE__PORT"):
            refuse_taken([Port("edge.port", "127.0.0.1", number, kind)])
    refuse_taken([Port("edge.port", "127.0.0.1", number, kind)])


def test_an_address_that_is_not_ours_is_said() -> None:
    with pytest.raises(PortTaken, match=r"none of this machine's: set edge\.address"):
        refuse_taken([Port("edge.port", "192.0.2.1", 0, address_setting="edge.address")])
