"""A change runs the tests that could notice it, and not all."""

import subprocess
from pathlib import Path

import pytest

from server.affected import affected_tests, changed_files


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for folder in ("tests/unit/acd", "tests/unit/tickets", "tests/sim", "tests/db", "tests/contract"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "tests/db/test_jobs.py").touch()
    return tmp_path


@pytest.mark.parametrize(
    ("changed", "tests"),
    [
        (["acd/engine.py"], ["tests/unit/acd", "tests/sim"]),
        (["tickets/store.py"], ["tests/unit/tickets", "tests/db"]),
        (["telephony/port.py"], ["tests/contract"]),
        (["tests/db/test_jobs.py"], ["tests/db/test_jobs.py"]),
        (["tests/db/test_jobs.py", "tickets/store.py"], ["tests/unit/tickets", "tests/db"]),
        (["tests/conftest.py"], ["tests/unit"]),
        (["README.md"], []),
    ],
)
def test_a_change_is_judged_by_its_own_tests(root: Path, changed: list[str], tests: list[str]) -> None:
    assert affected_tests(changed, root) == tests


def test_committed_uncommitted_and_new_files_are_changes(tmp_path: Path) -> None:
    def git(*arguments: str) -> None:
        identity = ("-c", "user.name=a", "-c", "user.email=a@example.test")
        subprocess.run(["git", *identity, *arguments], cwd=tmp_path, check=True, capture_output=True)

    git("init", "-b", "main")
    (tmp_path / "old.py").touch()
    git("add", ".")
    git("commit", "-m", "old")
    git("update-ref", "refs/remotes/origin/main", "HEAD")
    (tmp_path / "committed.py").touch()
    git("add", ".")
    git("commit", "-m", "new")
    (tmp_path / "old.py").write_text("changed", encoding="utf-8")
    (tmp_path / "new.py").touch()
    assert sorted(changed_files(tmp_path)) == ["committed.py", "new.py", "old.py"]
