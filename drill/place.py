"""Where drills are played: an installation of their own, and a rig that is not disturbed by it."""

import asyncio
import contextlib
import os
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

from rig.browser import PRIORITY
from rig.instance import Instance
from rig.media import MediaClock


@contextlib.contextmanager
def folder_of(keep: Path | None, prefix: str) -> Iterator[Path]:
    """A new folder that stays, or one that goes with the drill."""
    if keep is not None:
        keep.mkdir(parents=True)
        yield keep
        return
    with tempfile.TemporaryDirectory(prefix=prefix) as name:
        yield Path(name)


@contextlib.contextmanager
def precedence() -> Iterator[None]:
    """Customers and agents have ears of their own: the installation's work must not make them deaf."""
    try:
        os.sched_setscheduler(0, os.SCHED_RR | os.SCHED_RESET_ON_FORK, os.sched_param(PRIORITY))
    except PermissionError:
        yield  # then the report tells how long the rig stood still
        return
    try:
        yield
    finally:
        os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))


@asynccontextmanager
async def running(instance: Instance) -> AsyncIterator[None]:
    """An installation, from its start to its end."""
    try:
        await instance.start()
        yield
    finally:
        await instance.stop()


@asynccontextmanager
async def ticking() -> AsyncIterator[MediaClock]:
    """What everybody says leaves on time."""
    clock = MediaClock()
    ticking = asyncio.create_task(clock.run())
    try:
        yield clock
    finally:
        ticking.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await ticking
