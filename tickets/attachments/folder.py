"""Attachments on the disk.

A file is whole before anybody is told of it: it is written beside, forced to the disk, and then named.
Whatever is here and has no row in the database was left by a server that died, and is removed when it is old.
"""

import os
import secrets
import shutil
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tickets.attachments.sniffing import HEAD_BYTES, kind_of
from tickets.errors import NoRoomForAttachment

_MB = 1024 * 1024
_COPY_BYTES = 1024 * 1024
_SHELF_CHARACTERS = 2
"""Files are spread over so many folders that none gets slow."""
PARTIAL = ".part"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """A file that was taken in."""

    file: str
    kind: str
    size_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AttachmentFolder:
    """All of them. Every method blocks."""

    folder: Path
    free_mb_min: int

    def take(self, source: Path) -> Stored:
        """Copies a file here, to stay there over a power cut; raises `NoRoomForAttachment`."""
        file = secrets.token_hex(16)
        path = self.path(file)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        size = source.stat().st_size
        if shutil.disk_usage(path.parent).free - size < self.free_mb_min * _MB:
            raise NoRoomForAttachment("the disk of the server is nearly full")
        partial = path.with_suffix(PARTIAL)
        try:
            kind = _copy(source, partial)
            partial.rename(path)
        except BaseException:
            partial.unlink(missing_ok=True)
            raise
        _force(path.parent)
        return Stored(file=file, kind=kind, size_bytes=size)

    def path(self, file: str) -> Path:
        """Where a file is."""
        return self.folder / file[:_SHELF_CHARACTERS] / file

    def remove(self, file: str) -> None:
        """Takes it away, if it is still there."""
        self.path(file).unlink(missing_ok=True)

    def shelves(self) -> Sequence[Path]:
        """The folders of files."""
        with suppress(FileNotFoundError):
            return sorted(path for path in self.folder.iterdir() if path.is_dir())
        return []

    def older(self, shelf: Path, than: float) -> list[str]:
        """The files of a folder that were written before this time, in seconds of Unix; also halves."""
        return sorted(_written_before(shelf, than))


def _written_before(shelf: Path, moment: float) -> Iterator[str]:
    with os.scandir(shelf) as found:
        for one in found:
            with suppress(FileNotFoundError):
                if one.stat(follow_symlinks=False).st_mtime < moment:
                    yield one.name


def _copy(source: Path, target: Path) -> str:
    mine_alone = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with source.open("rb") as reading, os.fdopen(mine_alone, "wb") as writing:
        head = reading.read(HEAD_BYTES)
        writing.write(head)
        shutil.copyfileobj(reading, writing, _COPY_BYTES)
        writing.flush()
        os.fsync(writing.fileno())
    return kind_of(head)


def _force(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
