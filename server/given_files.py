"""Files that a command is to write: judged before its work begins, not when that is done."""

import os
from pathlib import Path

from kernel.errors import InvalidInput


def refuse_unwritable(path: Path) -> None:
    """Raises `InvalidInput` if no such file can be written."""
    folder = path.absolute().parent
    if not folder.is_dir():
        raise InvalidInput(f"{path} cannot be written: there is no folder {folder}")
    if path.is_dir() or not os.access(path if path.exists() else folder, os.W_OK):
        raise InvalidInput(f"{path} cannot be written")
