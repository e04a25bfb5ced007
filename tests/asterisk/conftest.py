"""One private Asterisk for the tests that leave it as they found it."""

from collections.abc import Iterator

import pytest

from tests.asterisk.private_asterisk import PrivateAsterisk, prepare


@pytest.fixture(scope="session")
def asterisk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrivateAsterisk]:
    instance = prepare(tmp_path_factory.mktemp("asterisk"))
    instance.start()
    yield instance
    instance.kill()
