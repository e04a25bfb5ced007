"""Whoever does not speak HTTP gets a short answer, and none of their own words back."""

import asyncio

import pytest
from structlog.testing import capture_logs

from agent_ui.listening import UNREADABLE, listening
from tests.unit.agent_ui.desk import web_desk

JUNK = b"\x16\x03\x01" + b"echo-me" * 9000
LONG_LINE = b"GET /" + b"echo-me" * 9000 + b" HTTP/1.1\r\nHost: x\r\n\r\n"


async def answer_to(request: bytes) -> bytes:
    async with listening(web_desk().app, "127.0.0.1", 0, stop_s=1) as listener:
        port = listener.sockets[0].getsockname()[1]  # type: ignore[attr-defined]
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(request)
        async with asyncio.timeout(5):
            answer = await reader.read()
        writer.close()
        return answer


@pytest.mark.parametrize("request_", [JUNK, LONG_LINE], ids=["junk", "a line that is too long"])
async def test_what_cannot_be_read_is_refused_shortly(request_: bytes) -> None:
    with capture_logs() as logs:
        answer = await answer_to(request_)
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith((b"HTTP/1.0 400 ", b"HTTP/1.1 400 "))
    assert body == UNREADABLE.encode()
    assert b"echo-me" not in answer
    assert [(line["event"], line["status"]) for line in logs] == [("request_unreadable", 400)]


async def test_a_request_is_served_as_ever() -> None:
    answer = await answer_to(b"GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 200 ")
