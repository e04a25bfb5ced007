"""One installation for nearly all stories, in a network namespace where browsers can do WebRTC."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Generator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import pytest_asyncio

from rig import namespace
from rig.browser import Browsers, all_browsers
from rig.instance import Instance
from rig.media import MediaClock
from tests.e2e.floor import SETTINGS, Floor, prepare_site
from tests.e2e.sleeper import Sleeper, asleep

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(HERE) and isinstance(item, pytest.Function):
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A story that failed may not fail again: what was heard and said goes into its report."""
    report = yield
    floor = item.funcargs.get("floor") if isinstance(item, pytest.Function) else None
    if report.when == "call" and report.failed and isinstance(floor, Floor):
        report.sections.append(("what customers heard, and the server's log", floor.story()))
    return report


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def clock() -> AsyncIterator[MediaClock]:
    clock = MediaClock()
    ticking = asyncio.create_task(clock.run())
    yield clock
    ticking.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await ticking


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browsers() -> AsyncIterator[Browsers]:
    async with all_browsers() as browsers:
        yield browsers


@asynccontextmanager
async def _open(folder: Path, clock: MediaClock) -> AsyncIterator[Floor]:
    assert namespace.is_inside(), "run ./hotline test tests/e2e: it makes the network that browsers need"
    instance = Instance(folder, SETTINGS)
    prepare_site(instance.data)
    try:
        await instance.start()
        yield Floor(instance, clock)
    finally:
        await instance.stop()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def whole_floor(clock: MediaClock, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Floor]:
    async with _open(tmp_path_factory.mktemp("instance"), clock) as floor:
        yield floor


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def sleeper(clock: MediaClock, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Sleeper]:
    """At an installation of their own, so that nothing but the one call of their story wakes them."""
    async with _open(tmp_path_factory.mktemp("sleeper"), clock) as floor, asleep(floor) as sleeper:
        yield sleeper
        await floor.clear()


@pytest.fixture(scope="session", autouse=True)
def _falls_asleep_early(request: pytest.FixtureRequest) -> None:
    """More than a minute of sleep is needed, and passes during the stories that are told before."""
    if any(
        isinstance(item, pytest.Function) and "sleeper" in item.fixturenames for item in request.session.items
    ):
        request.getfixturevalue("sleeper")


@pytest_asyncio.fixture(loop_scope="session")
async def floor(whole_floor: Floor) -> AsyncIterator[Floor]:
    yield whole_floor
    await whole_floor.clear()
