"""Every test here runs on the fake switch and on a real Asterisk."""

from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager
from functools import partial

import pytest

from telephony.port import LineHandler
from tests.asterisk.private_asterisk import PrivateAsterisk, prepare
from tests.contract.stages import Stage, fake_stage, real_stage

Setting = Callable[[LineHandler], AbstractAsyncContextManager[Stage]]


@pytest.fixture(scope="session")
def asterisk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrivateAsterisk]:
    instance = prepare(tmp_path_factory.mktemp("asterisk"))
    instance.start()
    yield instance
    instance.kill()


@pytest.fixture(params=["fake", "asterisk"])
def setting(request: pytest.FixtureRequest) -> Setting:
    if request.param == "fake":
        return fake_stage
    return partial(real_stage, request.getfixturevalue("asterisk"))
