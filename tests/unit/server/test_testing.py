"""`hotline test`: what its exit status says."""

from collections.abc import Sequence

import pytest

from server import testing


@pytest.fixture(params=[0, 1, testing.NO_TESTS_COLLECTED])
def pytest_ends_with(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    def run(_paths: Sequence[str], _wrapper: Sequence[str]) -> int:
        return int(request.param)

    monkeypatch.setattr(testing, "_pytest", run)
    return int(request.param)


def test_named_paths_without_a_test_are_no_success(pytest_ends_with: int) -> None:
    assert testing._run(["tests/unit/nowhere"], may_be_empty=False) == pytest_ends_with


def test_a_change_that_touches_no_test_is_fine(pytest_ends_with: int) -> None:
    assert testing._run(["tests/unit"], may_be_empty=True) == (1 if pytest_ends_with == 1 else 0)
