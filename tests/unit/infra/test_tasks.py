"""Background tasks have an owner."""

import asyncio
import threading

import pytest
from structlog.testing import capture_logs

from infra.tasks import Tasks, to_the_end


async def test_a_task_that_fails_is_logged_and_the_others_go_on() -> None:
    tasks = Tasks()
    go_on = asyncio.Event()

    async def fail() -> None:
        raise RuntimeError("盘满了")

    other = tasks.spawn(_wait(go_on), name="other")
    with capture_logs() as logs:
        await asyncio.wait([tasks.spawn(fail(), name="failing")])
        await asyncio.wait([other], timeout=0)
    assert [(each["event"], each["task"]) for each in logs] == [("background task failed", "failing")]
    assert not other.done()
    await tasks.close()


async def test_closing_ends_the_youngest_first_and_waits_for_each() -> None:
    tasks = Tasks()
    started = asyncio.Barrier(4)
    ended: list[str] = []

    async def work(name: str) -> None:
        try:
            await started.wait()
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            ended.append(name)

    for name in ("switch", "acd", "web"):
        tasks.spawn(work(name), name=name)
    await started.wait()
    await tasks.close()
    assert ended == ["web", "acd", "switch"]


async def test_nothing_starts_after_the_end() -> None:
    tasks = Tasks()
    await tasks.close()
    with pytest.raises(RuntimeError, match="late"):
        tasks.spawn(_wait(asyncio.Event()), name="late")


async def _wait(event: asyncio.Event) -> None:
    await event.wait()


async def test_work_in_a_thread_is_waited_for_at_the_end_but_not_when_it_hangs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("infra.tasks.LAST_WORK_MAX_S", 0.2)
    begun, disk_is_back, done = threading.Event(), threading.Event(), []

    def work() -> None:
        begun.set()
        disk_is_back.wait(10)
        done.append("written")

    async def read() -> None:
        await to_the_end(work)

    async def stopped() -> None:
        begun.clear()
        tasks = Tasks()
        tasks.spawn(read(), name="reading")
        await asyncio.to_thread(begun.wait, 5)
        async with asyncio.timeout(5):
            await tasks.close()

    try:
        await stopped()
        assert done == []
    finally:
        disk_is_back.set()
    await stopped()
    assert done
