"""The folder of all that is fetched or built, and how a part of it comes into being: whole or not at all."""

import errno
import fcntl
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from infra.toolchain.errors import SetupFailed

MIB = 1024 * 1024


def cache_dir() -> Path:
    """`HOTLINE_CACHE`, else `hotline` in the user's cache folder: the same rule as in the launcher."""
    if own := os.environ.get("HOTLINE_CACHE"):
        return Path(own)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "hotline"


def say(text: str) -> None:
    """A line of progress. On standard error, because standard output belongs to the command's answer."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def ensure(name: str, needed_mib: int, build: Callable[[Path], None]) -> Path:
    """The folder `name` of the cache, made by `build` if it is not there.

    It is built beside its place and renamed, so that whoever finds it finds it whole, even after a power cut;
    of two commands that need it at once, one builds and the other waits.
    """
    place = cache_dir() / name
    if place.is_dir():
        return place
    with building(place, needed_mib):
        if not place.is_dir():
            _build_beside(place, build)
    return place


@contextmanager
def building(place: Path, needed_mib: int) -> Iterator[None]:
    """Alone in building `place`, with room on the disk; what the disk refuses ends in plain words."""
    with _plain_words_for_disk_errors(place.parent):
        place.parent.mkdir(parents=True, exist_ok=True)
        with _lock(place.parent / f".{place.name}.lock"):
            if not place.exists():
                _refuse_full_disk(place.parent, needed_mib)
            yield


def _build_beside(place: Path, build: Callable[[Path], None]) -> None:
    unfinished = Path(tempfile.mkdtemp(prefix=f".{place.name}-", dir=place.parent))
    try:
        build(unfinished)
        unfinished.chmod(0o755)
        unfinished.rename(place)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def _refuse_full_disk(folder: Path, needed_mib: int) -> None:
    free_mib = shutil.disk_usage(folder).free // MIB
    if free_mib < needed_mib:
        raise SetupFailed(
            f"{folder} has {free_mib} MiB free and {needed_mib} MiB are needed:"
            " make room, or set HOTLINE_CACHE to a folder on another disk."
        )


@contextmanager
def _lock(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextmanager
def _plain_words_for_disk_errors(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise SetupFailed(
                f"The disk is full: make room in {folder}, or set HOTLINE_CACHE to a folder on another disk."
            ) from error
        if isinstance(error, PermissionError):
            raise SetupFailed(
                f"{error.filename or folder} cannot be written: give it to this user,"
                " or set HOTLINE_CACHE to a folder of your own."
            ) from error
        raise
