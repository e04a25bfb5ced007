"""The owner of background tasks: none is forgotten, none fails silently, all end in order."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

import structlog

log = structlog.get_logger(__name__)

T = TypeVar("T")

LAST_WORK_MAX_S = 2.0
"""How long a task that was cancelled waits for its thread."""


class Tasks:
    """Starts background tasks and ends them, the youngest first."""

    def __init__(self) -> None:
        self._running: dict[asyncio.Task[Any], None] = {}
        self._is_closed = False

    def spawn(self, work: Coroutine[Any, Any, None], *, name: str) -> asyncio.Task[None]:
        """Runs `work` beside everything else. If it fails, that is logged, and nothing else ends."""
        if self._is_closed:
            work.close()
            raise RuntimeError(f"task {name} was started after the end")
        task = asyncio.get_running_loop().create_task(work, name=name)
        self._running[task] = None
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._running.pop(task, None)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("background task failed", task=task.get_name(), exc_info=error)

    async def close(self) -> None:
        """Cancels what still runs, one after the other, and waits for each; nothing starts any more."""
        self._is_closed = True
        for task in reversed(list(self._running)):
            task.cancel()
            await asyncio.wait([task])


async def to_the_end(work: Callable[[], T]) -> T:
    """Works in a thread. Cancelling does not end one, so whoever waits for it goes only when it is done.

    Else the next would work beside it, and a server that has stopped would still write. But a disk that is
    away must not keep all that is to end after this from ending in order.
    """
    working = asyncio.ensure_future(asyncio.to_thread(work))
    try:
        return await asyncio.shield(working)
    except asyncio.CancelledError:
        _, hangs = await asyncio.wait([working], timeout=LAST_WORK_MAX_S)
        if hangs:
            log.warning("work hangs and is left behind", work=str(work), after_s=LAST_WORK_MAX_S)
        raise
