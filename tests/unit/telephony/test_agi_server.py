"""The FastAGI server on the event loops that it runs on: the product's uvloop, and asyncio's own."""

import asyncio
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
import uvloop
from structlog.testing import capture_logs

from kernel.ids import CallId
from rig.ports import free_port
from telephony.asterisk.agi_server import AgiServer, AgiSession
from telephony.asterisk.audio_socket import AudioSocketServer
from telephony.asterisk.callers import Callers
from telephony.model import CallMark
from telephony.port import Line
from telephony.settings import TelephonySettings


async def converse(settings: TelephonySettings) -> tuple[str, bytes]:
    """What the handler learns of the call, and what Asterisk is told to do."""
    learnt: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    listening = asyncio.Event()

    async def handle(session: AgiSession) -> None:
        environment = await session.environment()
        await session.command("ANSWER", timeout_s=2)
        learnt.set_result(environment["agi_uniqueid"])

    server = asyncio.create_task(AgiServer(settings, handle).run(listening.set))
    await listening.wait()
    reader, writer = await asyncio.open_connection(settings.host, settings.agi_port)
    writer.write(b"agi_network: yes\nagi_uniqueid: hotline-1.1\n\n")
    command = await reader.readline()
    writer.write(b"200 result=0\n")
    call = await asyncio.wait_for(learnt, 2)
    writer.close()
    server.cancel()
    await asyncio.gather(server, return_exceptions=True)
    return call, command


async def test_a_session_that_says_nothing_of_a_call_is_closed_with_one_warning() -> None:
    settings, now = TelephonySettings(agi_port=free_port()), datetime(2026, 11, 22, tzinfo=UTC)
    served: list[Line] = []
    marks: list[CallMark] = []

    async def handle(line: Line) -> None:
        served.append(line)

    async def write_mark(_call: CallId, mark: CallMark) -> None:
        marks.append(mark)

    callers = Callers(
        settings,
        {},
        now=lambda: now,
        on_caller=lambda _: None,
        write_mark=write_mark,
        sounds=AudioSocketServer(settings),
    )
    listening = asyncio.Event()
    server = AgiServer(settings, lambda session: callers.serve(session, handle))
    with capture_logs() as logs:
        running = asyncio.create_task(server.run(listening.set))
        await listening.wait()
        reader, writer = await asyncio.open_connection(settings.host, settings.agi_port)
        writer.write(b"agi_network: yes\nagi_request: agi://x/arrived\n\n")
        async with asyncio.timeout(2):
            assert await reader.read() == b""
        writer.close()
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    assert served == []
    assert [(line["log_level"], line["event"]) for line in logs if line["log_level"] != "info"] == [
        ("warning", "agi_protocol_broken")
    ]


async def test_a_caller_who_comes_in_the_moment_of_the_servers_end_goes_on_in_the_dialplan() -> None:
    settings = TelephonySettings(agi_port=free_port())

    class EndsAtTheFirstCaller(Counter[str]):
        def __setitem__(self, kind: str, count: int) -> None:
            super().__setitem__(kind, count)
            running.cancel()

    async def handle(session: AgiSession) -> None:
        await session.wait_left()

    listening = asyncio.Event()
    running = asyncio.create_task(AgiServer(settings, handle, EndsAtTheFirstCaller()).run(listening.set))
    await listening.wait()
    reader, writer = await asyncio.open_connection(settings.host, settings.agi_port)
    async with asyncio.timeout(2):
        assert await reader.read() == b""
    writer.close()
    await asyncio.gather(running, return_exceptions=True)


@pytest.mark.parametrize("new_loop", [uvloop.new_event_loop, asyncio.new_event_loop])
def test_a_call_is_handled_on_every_event_loop(new_loop: Callable[[], asyncio.AbstractEventLoop]) -> None:
    settings = TelephonySettings(agi_port=free_port())
    with asyncio.Runner(loop_factory=new_loop) as runner:
        assert runner.run(converse(settings)) == ("hotline-1.1", b"ANSWER\n")
