"""Addresses and passwords of business systems: from the environment, else from files of their own."""

import os
from collections.abc import Callable
from pathlib import Path

from lookups.errors import LookupFailed

ReadSecret = Callable[[str], str]
BYTES_MAX = 4096


def secrets_in(folder: Path) -> ReadSecret:
    """Reads a secret by its name, each time anew; raises `LookupFailed` for one that is not there."""

    def read(name: str) -> str:
        given = os.environ.get(name)
        if given:
            return given.strip()
        try:
            with (folder / name).open(encoding="utf-8") as file:
                secret = file.read(BYTES_MAX).strip()
        except (OSError, UnicodeDecodeError) as error:
            raise LookupFailed(f"there is no secret {name}: set it, or write {folder / name}") from error
        if not secret:
            raise LookupFailed(f"the secret {name} is empty")
        return secret

    return read
