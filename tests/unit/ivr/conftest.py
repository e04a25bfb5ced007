"""The surroundings of a caller's line."""

from pathlib import Path

import pytest

from tests.unit.ivr.scripted import Office


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)
