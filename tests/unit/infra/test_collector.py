import gc
from collections.abc import Iterator

import pytest

from infra.collector import YOUNG_MAX, spare_what_is_loaded


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    thresholds = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*thresholds)


class Knot:
    """Refers to itself, so that only the collector frees it."""

    freed = 0

    def __init__(self) -> None:
        self.end = self

    def __del__(self) -> None:
        Knot.freed += 1


def test_what_is_loaded_is_looked_through_no_more_but_what_comes_later_is_still_freed() -> None:
    gc.unfreeze()
    before = Knot.freed
    loaded = Knot()
    spare_what_is_loaded()
    del loaded
    gc.collect()
    assert Knot.freed == before
    for _ in range(2 * YOUNG_MAX):
        Knot()
    assert Knot.freed > before
