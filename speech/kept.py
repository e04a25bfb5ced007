"""Spoken texts that are kept: a file for each voice and its words."""

import hashlib
import itertools
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_FORMAT = "2"
"""Part of every key: raised when the same text shall sound different than before."""


class KeptTexts:
    """The folder."""

    def __init__(self, folder: Path, *, files_max: int) -> None:
        self._folder = folder.absolute()
        self._work = self._folder / ".work"
        self._files_max = files_max
        self._numbers = itertools.count()

    def prepare(self) -> None:
        """Makes the folder, and forgets what was unused for longest."""
        self._folder.mkdir(parents=True, exist_ok=True)
        self._clear_work()
        kept = sorted(self._folder.glob("*.wav"), key=lambda path: path.stat().st_mtime, reverse=True)
        unfinished = self._folder.glob("*.wav.*")
        for path in (*kept[self._files_max :], *unfinished):
            path.unlink(missing_ok=True)

    def _clear_work(self) -> None:
        """Removes what a process left that was killed; others, such as commands, may be at work just now."""
        for place in self._work.glob("*"):
            if not Path("/proc", place.name.partition("-")[0]).exists():
                shutil.rmtree(place, ignore_errors=True)

    def path(self, *parts: str) -> Path:
        """Where what these parts describe is kept."""
        key = hashlib.sha256("\0".join((_FORMAT, *parts)).encode()).hexdigest()[:32]
        return self._folder / f"{key}.wav"

    @contextmanager
    def place_to_work(self) -> Iterator[Path]:
        """A file name in a folder of its own, which is gone afterwards."""
        # Of this process alone: a command may speak beside the server.
        place = self._work / f"{os.getpid()}-{next(self._numbers)}"
        place.mkdir(parents=True)
        try:
            yield place / "spoken.wav"
        finally:
            shutil.rmtree(place, ignore_errors=True)


def is_kept(path: Path) -> bool:
    """Whether the text was spoken before; marks it as used."""
    try:
        os.utime(path)
    except OSError:
        return False
    return True
