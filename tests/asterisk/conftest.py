"""One private Asterisk for the tests that leave it as they found it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.asterisk.private_asterisk import PrivateAsterisk, prepare

LONGEST = Path(__file__).with_name("test_simulated_call.py")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest stories begin first, so that no worker is left alone with them at the end."""
    items.sort(key=lambda item: item.path != LONGEST)


@pytest.fixture(scope="session")
def asterisk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrivateAsterisk]:
    instance = prepare(tmp_path_factory.mktemp("asterisk"))
    instance.start()
    yield instance
    instance.kill()
