"""A disk that is full, or nearly so, is told before it costs a recording."""

import asyncio
import shutil
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from server.disk import MB, Disk
from server.places import DataFolderUnusable
from server.readiness import NotReady


async def test_a_disk_with_room_is_fit(tmp_path: Path) -> None:
    await Disk((tmp_path,), free_min_mb=0).check()


async def test_too_little_room_is_told_with_figures_and_the_setting(tmp_path: Path) -> None:
    wanted_mb = shutil.disk_usage(tmp_path).total // MB + 1
    disk = Disk((tmp_path,), free_min_mb=wanted_mb)
    with pytest.raises(NotReady, match=rf"{tmp_path} has \d+ MB .* disk.free_min_mb = {wanted_mb}"):
        await disk.check()


async def test_every_folder_counts_for_it_may_be_on_a_disk_of_its_own(tmp_path: Path) -> None:
    disk = Disk((tmp_path, tmp_path / "unmounted"), free_min_mb=0)
    with pytest.raises(DataFolderUnusable, match="unmounted"):
        await disk.check()


async def test_a_disk_that_hangs_leaves_calls_their_threads_however_often_it_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loop, hangs, mended = asyncio.get_running_loop(), asyncio.Event(), threading.Event()
    usage = shutil.disk_usage(tmp_path)

    def hang(_folder: Path) -> object:
        loop.call_soon_threadsafe(hangs.set)
        mended.wait(10)
        return usage

    monkeypatch.setattr("server.disk.shutil.disk_usage", hang)
    loop.set_default_executor(ThreadPoolExecutor(2))
    folder = tmp_path / "data"
    folder.mkdir()
    disk = Disk((folder,), free_min_mb=0)
    try:
        for _ in range(3):
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0):
                    await disk.check()
        await hangs.wait()
        async with asyncio.timeout(5):
            assert await asyncio.to_thread(len, "call") == 4
    finally:
        mended.set()
    await disk.check()
    folder.rmdir()
    with pytest.raises(DataFolderUnusable):
        await disk.check()
