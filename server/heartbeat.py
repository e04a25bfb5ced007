"""The server's side of the heartbeat: proof to the supervisor that the event loop still turns."""

import asyncio
import os
import signal

HEARTBEAT_FD_VARIABLE = "HOTLINE_HEARTBEAT_FD"
HEARTBEAT_INTERVAL_S = 0.5


async def beat(interval_s: float = HEARTBEAT_INTERVAL_S) -> None:
    """Write a byte into the supervisor's pipe again and again; without a supervisor, return at once.

    If nobody reads any more the supervisor is dead, and a server without one must not stay: the next
    supervisor starts its own.
    """
    if (named := os.environ.get(HEARTBEAT_FD_VARIABLE)) is None:
        return
    pipe = int(named)
    os.set_inheritable(pipe, False)
    os.set_blocking(pipe, False)
    while True:
        try:
            os.write(pipe, b".")
        except BlockingIOError:
            pass
        except BrokenPipeError:
            os.kill(os.getpid(), signal.SIGTERM)
            return
        await asyncio.sleep(interval_s)
