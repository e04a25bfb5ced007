"""A TURN server, as a company puts up for agents whose network lets sound through in no other way."""

import asyncio
import contextlib
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

PORT = 3478
RELAY_PORTS = (46000, 46099)
UP_WITHIN_S = 10.0


@asynccontextmanager
async def turn_server(address: str, folder: Path) -> AsyncIterator[dict[str, str]]:
    """Runs one on the address; yields who signs in there with which secret."""
    sign_in = {"username": "desk", "credential": secrets.token_hex(8)}
    process = await asyncio.create_subprocess_exec(
        *("turnserver", "-n", "--listening-ip", address, "--listening-port", str(PORT)),
        *("--relay-ip", address, "--min-port", str(RELAY_PORTS[0]), "--max-port", str(RELAY_PORTS[1])),
        *("--lt-cred-mech", "--realm", "hotline", "--user", ":".join(sign_in.values())),
        *("--no-tls", "--no-dtls", "--no-cli", "--log-file", "stdout", "--simple-log"),
        *("--userdb", str(folder / "turn.db"), "--pidfile", str(folder / "turn.pid")),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        await _until_it_answers(address)
        yield sign_in
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


async def _until_it_answers(address: str) -> None:
    async with asyncio.timeout(UP_WITHIN_S):
        while True:
            with contextlib.suppress(OSError):
                _, writer = await asyncio.open_connection(address, PORT)
                writer.close()
                return
            await asyncio.sleep(0.05)
