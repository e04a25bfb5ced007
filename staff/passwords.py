"""Passwords as argon2id hashes, made beside the event loop and never many at once."""

import asyncio
import secrets
from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError

from staff.settings import StaffSettings


class Passwords:
    """Hashes passwords and checks them."""

    def __init__(self, settings: StaffSettings) -> None:
        self._hasher = PasswordHasher(
            time_cost=settings.hash_rounds, memory_cost=settings.hash_memory_kib, parallelism=1
        )
        self._threads = ThreadPoolExecutor(settings.hashes_at_once, thread_name_prefix="argon2")
        self._hash_of_nobody = _hash_that_no_password_has(settings)

    async def hash(self, password: str) -> str:
        """What is kept in place of the password."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._hasher.hash, password)

    async def matches(self, hashed: str | None, password: str) -> bool:
        """Whether it is the password; takes as long when there is no account to compare with."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._verify, hashed, password)

    def is_outdated(self, hashed: str) -> bool:
        """Whether the hash was made with other settings than today's."""
        return self._hasher.check_needs_rehash(hashed)

    def close(self) -> None:
        """Ends the threads."""
        self._threads.shutdown(cancel_futures=True)

    def _verify(self, hashed: str | None, password: str) -> bool:
        try:
            return self._hasher.verify(hashed or self._hash_of_nobody, password) and hashed is not None
        except VerificationError:
            return False


def _hash_that_no_password_has(settings: StaffSettings) -> str:
    """A hash in form: to compare with it takes as long as with another, and it takes no time to make."""
    salt, digest = (b64encode(secrets.token_bytes(size)).decode().rstrip("=") for size in (16, 32))
    cost = f"m={settings.hash_memory_kib},t={settings.hash_rounds},p=1"
    return f"$argon2id$v=19${cost}${salt}${digest}"
