"""`hotline test`: what its exit status says."""

import subprocess
from collections.abc import Sequence

import pytest

from server import testing


@pytest.fixture(params=[0, 1, testing.NO_TESTS_COLLECTED])
def pytest_ends_with(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    def run(_paths: Sequence[str], _round: testing.Round) -> int:
        return int(request.param)

    monkeypatch.setattr(testing, "_pytest", run)
    return int(request.param)


def test_named_paths_without_a_test_are_no_success(pytest_ends_with: int) -> None:
    assert testing._run(["tests/unit/nowhere"], may_be_empty=False)[0] == pytest_ends_with


def test_a_change_that_touches_no_test_is_fine(pytest_ends_with: int) -> None:
    assert testing._run(["tests/unit"], may_be_empty=True)[0] == (1 if pytest_ends_with == 1 else 0)


def test_stages_run_side_by_side_browsers_alone_and_a_file_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[list[str]] = []

    def run(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        ran.append(command)
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(subprocess, "run", run)
    testing._run(["tests/e2e", "tests/unit", "tests/db", "tests/asterisk/test_menu.py"], may_be_empty=True)
    quick, live, browsers = ran
    assert quick[-4:] == ["-n", "2", "tests/unit", "tests/db"]
    assert "-n" not in live
    assert live[-1] == "tests/asterisk/test_menu.py"
    assert browsers[1:3] == ["-m", "rig.namespace"]
    assert "-n" not in browsers
