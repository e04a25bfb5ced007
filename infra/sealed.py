"""Secrets that lie in the database can be read only together with a key that lies in a file."""

import os
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken

from kernel.errors import HotlineError


class SealBroken(HotlineError):
    """A kept secret cannot be read: its key is another, or it was changed."""

    code = "seal_broken"


class Seal:
    """Encrypts short texts with the installation's own key, which its owner alone may read."""

    def __init__(self, key: Path) -> None:
        """Makes the key on first use."""
        if not key.exists():
            _write_new(key, Fernet.generate_key())
        self._cipher = Fernet(key.read_bytes())

    def close(self, text: str) -> str:
        """The text, unreadable without the key."""
        return self._cipher.encrypt(text.encode()).decode()

    def open(self, sealed: str) -> str:
        """The text again; raises `SealBroken`."""
        try:
            return self._cipher.decrypt(sealed.encode()).decode()
        except InvalidToken as error:
            raise SealBroken("the secret was sealed with another key") from error


def _write_new(path: Path, content: bytes) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
    draft.replace(path)
