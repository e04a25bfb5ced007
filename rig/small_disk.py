"""A disk of its own for a folder, small enough to be filled to its last block."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

BLOCK_BYTES = 4096


@contextmanager
def small_disk(folder: Path, *, size_mb: int) -> Iterator[None]:
    """Mounts it on the folder. Needs root, or the user namespace that `rig.namespace` makes for others."""
    folder.mkdir(parents=True)
    _run("mount", "-t", "tmpfs", "-o", f"size={size_mb}m,mode=700", "small-disk", str(folder))
    try:
        yield
    finally:
        # Lazily: what still holds a file there is about to end.
        _run("umount", "--lazy", str(folder))


@contextmanager
def filled(folder: Path) -> Iterator[None]:
    """Takes the last block of the folder's disk, and gives them all back in the end."""
    filler = folder / "filler"
    try:
        with suppress(OSError), filler.open("wb", buffering=0) as file:
            while file.write(bytes(BLOCK_BYTES)) == BLOCK_BYTES:
                pass
        yield
    finally:
        filler.unlink()


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True)  # noqa: S603 - our own words
