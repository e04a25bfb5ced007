from collections.abc import AsyncIterator

import pytest

from tests.unit.acd.site import Site


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    site = Site()
    await site.start()
    yield site
    await site.tasks.close()
