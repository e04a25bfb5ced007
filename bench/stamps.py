"""Reads the switch's own time stamps: the end of an agent's leg, and the next INVITE to that agent."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from panoramisk.message import Message

from bench.measuring import Floor
from telephony.asterisk.ami import AmiConnection

ACTION_TIMEOUT_S = 5.0
OUR_LEGS = "leg-"
"""With this begin the ids of the legs that Hotline orders: leg-<caller>-<number>."""
TRUNK = "trunk-"
"""With this begin the names of callers' channels; agents' carry the name of their device."""


def read(message: Message, floor: Floor) -> None:
    """Tells the floor what an event means."""
    kind = message.get("Event")
    side = "Dest" if kind == "DialBegin" else ""
    # PJSIP/<endpoint>-<serial>
    endpoint = message.get(f"{side}Channel", "").removeprefix("PJSIP/").rpartition("-")[0]
    channel = message.get(f"{side}Uniqueid", "")
    if endpoint.startswith(TRUNK):
        if kind == "MusicOnHoldStart":  # the first thing that a caller hears in either queue
            floor.queued(channel)
        elif kind == "Hangup":
            floor.left(channel)
    elif endpoint in floor.agents:
        at_s = float(message["Timestamp"])
        if kind == "DialBegin":
            floor.invited(endpoint, channel, _caller(message, channel), at_s)
        elif kind == "Hangup":
            floor.hung_up(endpoint, channel, at_s)


def _caller(message: Message, leg: str) -> str:
    """`app_queue` dials from the caller's channel; a leg of Hotline's has the caller's id in its own."""
    return message.get("Uniqueid", "") or leg.removeprefix(OUR_LEGS).rpartition("-")[0]


@asynccontextmanager
async def stamps(port: int, secret: str, floor: Floor) -> AsyncIterator[None]:
    """Keeps the floor true to the switch's events as long as the block lasts."""
    _, connection = await asyncio.get_running_loop().create_connection(
        lambda: AmiConnection(lambda message: read(message, floor), ACTION_TIMEOUT_S), "127.0.0.1", port
    )
    try:
        await connection.act("Login", {"Username": "bench", "Secret": secret, "Events": "call"})
        yield
    finally:
        connection.close()
