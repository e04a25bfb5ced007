"""Work that hangs in threads of its own holds up nobody else, and not for long who asked for it."""

import asyncio
import threading
from collections.abc import AsyncIterator

import pytest

from infra.own_threads import Hanging, OwnThreads


@pytest.fixture
async def disk_is_back() -> AsyncIterator[threading.Event]:
    event = threading.Event()
    yield event
    event.set()


async def test_work_is_done_and_its_troubles_are_told() -> None:
    threads = OwnThreads("spool", threads=1, work_max_s=5)
    assert await threads.run(lambda: "done") == "done"
    with pytest.raises(ZeroDivisionError):
        await threads.run(lambda: 1 // 0)


async def test_who_asks_for_work_that_hangs_is_told_in_time(disk_is_back: threading.Event) -> None:
    threads = OwnThreads("spool", threads=2, work_max_s=0.05)
    async with asyncio.timeout(5):
        with pytest.raises(Hanging):
            await threads.run(lambda: disk_is_back.wait(10))
        assert await threads.run(lambda: "done") == "done"


async def test_once_all_threads_hang_more_work_is_refused_and_is_done_when_they_are_back(
    disk_is_back: threading.Event,
) -> None:
    threads = OwnThreads("spool", threads=1, work_max_s=0.05)
    was_done = threading.Event()

    def hang() -> None:
        disk_is_back.wait(10)
        was_done.set()

    with pytest.raises(Hanging):
        await threads.run(hang)
    done: list[str] = []
    with pytest.raises(Hanging):
        await threads.run(lambda: done.append("refused"))
    disk_is_back.set()
    await asyncio.to_thread(was_done.wait, 5)
    async with asyncio.timeout(5):
        while not done:
            try:
                await threads.run(lambda: done.append("again"))
            except Hanging:
                await asyncio.sleep(0)
    assert done == ["again"]


async def test_work_that_waited_for_a_thread_in_vain_is_not_done_later(disk_is_back: threading.Event) -> None:
    threads = OwnThreads("spool", threads=1, work_max_s=0.05)
    done: list[str] = []
    refused = await asyncio.gather(
        threads.run(lambda: disk_is_back.wait(10)),
        threads.run(lambda: done.append("late")),
        return_exceptions=True,
    )
    assert [type(error) for error in refused] == [Hanging, Hanging]
    disk_is_back.set()
    async with asyncio.timeout(5):
        while not done:
            try:
                await threads.run(lambda: done.append("next"))
            except Hanging:
                await asyncio.sleep(0)
    assert done == ["next"]
