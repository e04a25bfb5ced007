"""A name that nobody has costs a guesser as much time as one that somebody has."""

from argon2 import extract_parameters

from staff.passwords import Passwords
from staff.settings import StaffSettings

SETTINGS = StaffSettings(hash_memory_kib=64, hash_rounds=2)


async def test_nobodys_password_is_judged_by_a_hash_of_the_same_cost() -> None:
    passwords = Passwords(SETTINGS)
    try:
        somebodys = await passwords.hash("correct horse")
        assert extract_parameters(passwords._hash_of_nobody) == extract_parameters(somebodys)
        assert not await passwords.matches(None, "")
        assert await passwords.matches(somebodys, "correct horse")
    finally:
        passwords.close()
