"""Whether the data folder takes what is written to it."""

import asyncio
import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path

from server.places import writing_in
from server.readiness import NotReady

MB = 1_000_000
PROBE_BYTES = 4096
"""A block of most file systems: a full one may still take an empty file."""


class Disk:
    """The folders whose writing calls depend on; each may be on a disk of its own."""

    def __init__(self, folders: Iterable[Path], *, free_min_mb: int) -> None:
        self._folders = tuple(folders)
        self._free_min_mb = free_min_mb
        self._under_way: asyncio.Future[None] | None = None

    async def check(self) -> None:
        """Raises unless every folder can be written and has room left."""
        # A disk that hangs keeps its thread for as long, whoever gives up asking. All who ask share one, so
        # that calls find the others free, of which there are few.
        if self._under_way is None or self._under_way.done():
            self._under_way = asyncio.ensure_future(asyncio.to_thread(self._check))
        await asyncio.shield(self._under_way)

    def _check(self) -> None:
        for folder in self._folders:
            with writing_in(folder), tempfile.TemporaryFile(dir=folder) as probe:
                probe.write(bytes(PROBE_BYTES))
            free_mb = shutil.disk_usage(folder).free // MB
            if free_mb < self._free_min_mb:
                raise NotReady(
                    f"{folder} has {free_mb} MB of free space left, less than"
                    f" disk.free_min_mb = {self._free_min_mb}: free some space"
                )
