"""The FastAGI server on the event loops that it runs on: the product's uvloop, and asyncio's own."""

import asyncio
import socket
from collections.abc import Callable

import pytest
import uvloop

from telephony.asterisk.agi_server import AgiServer, AgiSession
from telephony.settings import TelephonySettings


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


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


@pytest.mark.parametrize("new_loop", [uvloop.new_event_loop, asyncio.new_event_loop])
def test_a_call_is_handled_on_every_event_loop(new_loop: Callable[[], asyncio.AbstractEventLoop]) -> None:
    settings = TelephonySettings(agi_port=free_port())
    with asyncio.Runner(loop_factory=new_loop) as runner:
        assert runner.run(converse(settings)) == ("hotline-1.1", b"ANSWER\n")
