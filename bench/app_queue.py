"""Gives a private installation a number that Asterisk's own `app_queue` answers, with the same agents.

It is written beside the rendered configuration of that one installation; the product has no such number.
"""

import asyncio
from collections.abc import Iterable
from pathlib import Path

from infra.toolchain.asterisk import AsteriskTree

NUMBER = "7000"
EVENTS = ("MusicOnHoldStart", "DialBegin", "Hangup")
RELOADS = ("manager reload", "queue reload all", "dialplan reload")

EXTENSIONS = f"""
[from-trunk]
exten => {NUMBER},1,Answer()
 same => n,Queue(bench)
 same => n,Hangup()
"""

QUEUE = """
[bench]
musicclass = default
strategy = leastrecent
autofill = yes
ringinuse = no
retry = 1
wrapuptime = 0
timeout = 15
joinempty = yes
leavewhenempty = no
"""


def manager(secret: str) -> str:
    """A reader of the stamps; every event carries Asterisk's own time."""
    filters = "\n".join(f"eventfilter = Event: {event}" for event in EVENTS)
    return f"""
[general](+)
timestampevents = yes

[bench]
secret = {secret}
deny = 0.0.0.0/0.0.0.0
permit = 127.0.0.1/255.255.255.255
read = call
{filters}
"""


async def add_app_queue(etc: Path, tree: AsteriskTree, devices: Iterable[str], secret: str) -> None:
    """Adds the queue with these members, the number, and the reader of stamps."""
    members = "\n".join(f"member => PJSIP/{device}" for device in devices)
    for name, text in {
        "manager": manager(secret),
        "queues": f"{QUEUE}{members}\n",
        "extensions": EXTENSIONS,
    }.items():
        with (etc / f"{name}.conf").open("a", encoding="utf-8") as file:
            file.write(text)
    for command in RELOADS:
        await console(etc, tree, command)


async def console(etc: Path, tree: AsteriskTree, command: str) -> str:
    """What the running Asterisk answers to a command of its console."""
    process = await asyncio.create_subprocess_exec(
        *tree.asterisk("-C", str(etc / "asterisk.conf"), "-rx", command),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    return said.decode(errors="replace")
