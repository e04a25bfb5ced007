"""Files that a command is to write: judged before its work begins, not when that is done."""

import os
from pathlib import Path

from kernel.errors import InvalidInput


def refuse_unwritable(path: Path) -> None:
    """Raises `InvalidInput` if no such file can be written."""
    folder = path.absolute().parent
    try:
        is_there, has_folder, is_folder = path.exists(), folder.is_dir(), path.is_dir()
    except OSError as error:  # a folder on the way may not be entered, or the name is no name
        raise InvalidInput(f"{path} cannot be written: {error.strerror}") from error
    if not has_folder:
        raise InvalidInput(f"{path} cannot be written: there is no folder {folder}")
    if is_folder or not os.access(path if is_there else folder, os.W_OK):
        raise InvalidInput(f"{path} cannot be written")
