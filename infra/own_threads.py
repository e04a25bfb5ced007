"""Threads of its own for work on what may hang, such as a folder whose disk is away; all else goes on."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

from kernel.errors import HotlineError

T = TypeVar("T")


class Hanging(HotlineError, TimeoutError):
    """The work took too long; nobody waits for it any more."""

    code = "hanging"


class OwnThreads:
    """A few threads. Once as many pieces of work hang in them, further ones are refused at once."""

    def __init__(self, name: str, *, threads: int, work_max_s: float) -> None:
        self._name = name
        self._threads = threads
        self._work_max_s = work_max_s
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix=name)
        self._hanging: set[Future[Any]] = set()

    async def run(self, work: Callable[[], T]) -> T:
        """What the work returns or raises; raises `Hanging` if it takes too long, which may still do it."""
        self._hanging = {future for future in self._hanging if not future.done()}
        if len(self._hanging) >= self._threads:
            raise Hanging(f"{self._name} does not answer")
        future = self._pool.submit(work)
        try:
            async with asyncio.timeout(self._work_max_s):
                return await asyncio.wrap_future(future)
        except TimeoutError as error:
            raise Hanging(f"{self._name} does not answer") from error
        finally:
            if not future.done():
                self._hanging.add(future)
