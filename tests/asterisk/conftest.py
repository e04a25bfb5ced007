"""One private Asterisk for the tests that leave it as they found it."""

from collections.abc import AsyncIterator, Iterator
from ipaddress import IPv4Network
from pathlib import Path

import pytest
import pytest_asyncio

from rig.instance import Instance
from rig.ports import free_port
from telephony.trunks import Trunk
from tests.asterisk.private_asterisk import PrivateAsterisk, prepare

NEXT_AT = "127.0.0.3"
LONGEST = {
    Path(__file__).with_name(name) for name in ("test_simulated_call.py", "test_simulated_call_in_vain.py")
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest stories begin first, so that no worker is left alone with them at the end."""
    items.sort(key=lambda item: item.path not in LONGEST)


@pytest.fixture(scope="session")
def asterisk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrivateAsterisk]:
    instance = prepare(tmp_path_factory.mktemp("asterisk"))
    instance.start()
    yield instance
    instance.kill()


@pytest.fixture(scope="module")
def two_lines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrivateAsterisk]:
    """The first line takes one call, the next two."""
    other = Trunk(
        name="second",
        host=NEXT_AT,
        port=free_port(),
        caller_id="02180009001",
        accept_from=(IPv4Network(f"{NEXT_AT}/32"),),
        codecs=("ulaw",),
        channels=2,
        order=200,
    )
    instance = prepare(tmp_path_factory.mktemp("asterisk"), trunk_channels=1, others=[other])
    instance.start()
    yield instance
    instance.kill()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def running(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Instance]:
    """A whole installation, as anyone starts it."""
    instance = Instance(tmp_path_factory.mktemp("instance"))
    await instance.start()
    yield instance
    await instance.stop()
