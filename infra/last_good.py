"""A file that people edit: what it said when it was last right counts until it is right again."""

import asyncio
import os
from collections.abc import Callable
from pathlib import Path
from typing import Generic, TypeVar

import structlog

from infra.tasks import to_the_end
from kernel.errors import HotlineError, InvalidInput

log = structlog.get_logger(__name__)

T = TypeVar("T")

BYTES_MAX = 1_000_000
"""No such file is written by hand."""


class UnreadableFile(InvalidInput):
    """The file is not there, or is no text of a size that can be meant."""

    code = "unreadable_file"


class LastGood(Generic[T]):
    """Reads such a file. A copy of what was last right is `kept`, for its owner's eyes alone."""

    def __init__(
        self, path: Path, *, kept: Path | None, parse: Callable[[str], T], bytes_max: int = BYTES_MAX
    ) -> None:
        """`parse` raises a `HotlineError` whose words say what is wrong, and where.

        Who only looks at the file gives no place for a copy.
        """
        self._path = path
        self._kept = kept
        self._parse = parse
        self._bytes_max = bytes_max
        self._stamp = _stamp_of(path)
        self.fault = ""
        """What was wrong with the file when it was last read."""

    def at_start(self) -> T:
        """What the file says, or said when it was last right; raises only when there is neither."""
        try:
            return self._read()
        except HotlineError as error:
            if self._kept is None or not self._kept.exists():
                raise
            log.error("site file is broken; the last good version stays", reason=str(error))  # noqa: TRY400 - its words say all
            return self._parse(_text_of(self._kept, self._bytes_max))

    def changed(self) -> T | None:
        """What the file says if it was changed since the last time; what is broken is told in the log."""
        stamp = _stamp_of(self._path)
        if stamp == self._stamp:
            return None
        self._stamp = stamp
        try:
            read = self._read()
        except HotlineError as error:
            log.error("site file is broken; the last good version stays", reason=str(error))  # noqa: TRY400 - its words say all
            return None
        log.info("site file was changed and counts from now on", file=self._path.name)
        return read

    def forget(self) -> None:
        """Takes the copy away: the file was meant to go."""
        if self._kept is not None:
            self._kept.unlink(missing_ok=True)

    def _read(self) -> T:
        try:
            text = _text_of(self._path, self._bytes_max)
            read = self._parse(text)
        except HotlineError as error:
            self.fault = str(error)
            raise
        self.fault = ""
        try:
            if self._kept is not None:
                _keep(self._kept, text)
        except OSError as error:  # a full disk must not cost the start
            log.warning("no copy kept of a good site file", file=self._path.name, error=str(error))
        return read


class FileCheck:
    """Says what is wrong with such a file as it is now, for who asks; reads it only once it has changed."""

    def __init__(self, path: Path, parse: Callable[[str], object], *, is_needed: bool = False) -> None:
        """Another than a needed file may be missing."""
        self._path = path
        self._parse = parse
        self._is_needed = is_needed
        self._stamp: tuple[int, int] | None = None
        self._fault = ""

    def fault(self) -> str:
        """What is wrong; "" when nothing is."""
        stamp = _stamp_of(self._path)
        if stamp is None and not self._is_needed:
            return ""
        if stamp is None or stamp != self._stamp:
            self._stamp = stamp
            self._fault = self._found()
        return self._fault

    def _found(self) -> str:
        try:
            self._parse(_text_of(self._path, BYTES_MAX))
        except HotlineError as error:
            return str(error)
        return ""


def _keep(kept: Path, text: str) -> None:
    kept.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    unfinished = kept.with_suffix(f".{os.getpid()}")
    unfinished.touch(mode=0o600)
    unfinished.write_text(text, encoding="utf-8")
    unfinished.replace(kept)


def _stamp_of(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size


def _text_of(path: Path, bytes_max: int) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(bytes_max + 1)
        if len(content) > bytes_max:
            raise UnreadableFile(f"{path} is larger than {bytes_max} bytes")
        return content.decode("utf-8")
    except OSError as error:
        raise UnreadableFile(f"{path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise UnreadableFile(f"{path} cannot be read: it is not UTF-8") from error


class Edited(Generic[T]):
    """What such a file says now; what is broken leaves what it said before."""

    def __init__(self, said: T, changed: Callable[[], T | None]) -> None:
        self._said = said
        self._changed = changed
        self._reading = asyncio.Lock()

    async def all(self) -> T:
        """All that it says."""
        async with self._reading:
            await to_the_end(self._read)
        return self._said

    def _read(self) -> None:
        # Here, and not where it is waited for: an edit is told once, and who asked may be gone by then.
        changed = self._changed()
        if changed is not None:
            self._said = changed
