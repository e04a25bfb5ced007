"""One installation for all stories, in a network namespace where browsers can do WebRTC."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from rig import namespace
from rig.instance import Instance
from rig.media import MediaClock
from tests.e2e.floor import SETTINGS, Floor, prepare_site

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(HERE) and isinstance(item, pytest.Function):
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def whole_floor(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Floor]:
    assert namespace.is_inside(), "run ./hotline test tests/e2e: it makes the network that browsers need"
    folder = tmp_path_factory.mktemp("instance")
    instance = Instance(folder, SETTINGS)
    prepare_site(instance.data)
    clock = MediaClock()
    ticking = asyncio.create_task(clock.run())
    try:
        await instance.start()
        yield Floor(instance, clock)
    finally:
        await instance.stop()
        ticking.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await ticking


@pytest_asyncio.fixture(loop_scope="session")
async def floor(whole_floor: Floor) -> AsyncIterator[Floor]:
    yield whole_floor
    await whole_floor.clear()
