"""What is fetched or built is there whole or not at all, and once."""

import threading
from pathlib import Path

import pytest

from infra.toolchain import cache
from infra.toolchain.errors import SetupFailed


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOTLINE_CACHE", str(tmp_path))
    return tmp_path


def test_what_is_there_is_not_built_again() -> None:
    built: list[Path] = []
    first = cache.ensure("tree", 1, built.append)
    assert cache.ensure("tree", 1, built.append) == first
    assert len(built) == 1


def test_a_build_that_fails_leaves_nothing_and_the_next_one_succeeds(folder: Path) -> None:
    def fail(unfinished: Path) -> None:
        (unfinished / "half").touch()
        raise SetupFailed("no network")

    with pytest.raises(SetupFailed):
        cache.ensure("tree", 1, fail)
    assert [path.name for path in folder.iterdir() if path.is_dir()] == []
    assert (
        cache.ensure("tree", 1, lambda unfinished: (unfinished / "whole").touch()).joinpath("whole").exists()
    )


def test_of_two_that_need_it_at_once_one_builds() -> None:
    both_started = threading.Barrier(2)
    built: list[Path] = []

    def need() -> None:
        both_started.wait(timeout=10)
        cache.ensure("tree", 1, built.append)

    threads = [threading.Thread(target=need) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=10)
    assert len(built) == 1


def test_too_little_room_is_said_before_anything_is_fetched(folder: Path) -> None:
    with pytest.raises(SetupFailed, match=f"{folder} has .* make room"):
        cache.ensure("tree", 10**12, lambda _: pytest.fail("must not start"))
