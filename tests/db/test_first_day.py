"""A first start that is killed, at whatever point, is made up for by the next: all once, nothing twice."""

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from acd.settings import AcdSettings
from acd.store import AcdStore
from customers.service import Customers
from customers.settings import CustomerSettings
from customers.store import CustomerStore
from infra.database import Database
from infra.jobs import Jobs
from infra.outbox import Outbox
from kernel.clock import SystemClock
from server.first_day import SIMULATOR, FirstDay, load_company, read_secret, write_secret
from server.places import Places
from staff.model import Profile
from staff.settings import StaffSettings
from staff.wiring import build_staff

STARTS_MAX = 50


class Killed(BaseException):
    """The process is gone."""


class MortalDatabase:
    """Kills whoever writes to it after so many commits."""

    def __init__(self, real: Database) -> None:
        self._real = real
        self.reading = real.reading
        self.commits_left: int | None = None

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncConnection]:
        if self.commits_left == 0:
            raise Killed
        async with self._real.transaction() as connection:
            yield connection
        if self.commits_left is not None:
            self.commits_left -= 1


class Site:
    def __init__(self, database: Database, folder: Path) -> None:
        self.database = MortalDatabase(database)
        clock = SystemClock()
        self.staff = build_staff(self.database, clock, StaffSettings(hash_memory_kib=8, hash_rounds=1))
        self.journal = AcdStore(self.database, AcdSettings())
        self.customers = Customers(
            store=CustomerStore(self.database, Outbox(Jobs(self.database, clock))),
            clock=clock,
            settings=CustomerSettings(),
        )
        self.places = Places(folder)
        self.places.make()
        self.day = FirstDay(
            places=self.places,
            accounts=self.staff.accounts,
            customers=self.customers,
            journal=self.journal,
        )

    async def start(self, *, commits: int | None) -> bool:
        """A start that dies after so many commits; whether it lived."""
        self.database.commits_left = commits
        try:
            await self.day.prepare()
        except Killed:
            return False
        finally:
            self.database.commits_left = None
        return True


@pytest.fixture
async def site(database: Database, tmp_path: Path) -> AsyncIterator[Site]:
    site = Site(database, tmp_path)
    yield site
    site.staff.passwords.close()


async def judge(site: Site) -> None:
    """The company is whole, and each of it is there once."""
    company = load_company()
    accounts = await site.staff.accounts.all()
    assert sorted(account.profile.name for account in accounts) == sorted(one.name for one in company.staff)
    passwords = read_secret(site.places.first_sign_ins) | read_secret(site.places.simulator_sign_in)
    assert all([await site.staff.accounts.has_password(name, word) for name, word in passwords.items()])
    assert passwords.keys() == {person.name for person in company.staff}
    names = {account.id: account.profile.name for account in accounts}
    served = {names[each.agent]: each.queues for each in await site.journal.profiles()}
    assert served == {person.name: person.queues for person in company.staff if person.queues}
    _, number_of_customers = await site.customers.search("", limit=1, offset=0)
    assert number_of_customers == len(company.customers)
    assert not site.places.first_day_unfinished.exists()


async def test_starts_that_are_killed_ever_later_end_in_the_whole_company(site: Site) -> None:
    lived = [await site.start(commits=0)]
    while not lived[-1] and len(lived) < STARTS_MAX:
        lived.append(await site.start(commits=len(lived)))
    assert Counter(lived)[False] > len(load_company().staff), "it was killed in the middle of the people"
    await judge(site)
    assert await site.start(commits=0), "a later start writes nothing"


async def test_a_kill_between_the_two_files_of_passwords_costs_none(site: Site) -> None:
    write_secret(site.places.simulator_sign_in, {SIMULATOR: "made-before"})
    site.places.first_day_unfinished.touch()
    assert await site.start(commits=None)
    await judge(site)


async def test_a_company_of_ones_own_is_left_alone_whatever_was_unfinished(site: Site) -> None:
    site.places.first_day_unfinished.touch()
    own = Profile(
        name="anna", display_name="Anna", number="1", language="en", timezone="UTC", roles=frozenset()
    )
    await site.staff.accounts.create(own, "password-of-anna", by=None)
    assert await site.start(commits=0)
    assert [account.profile.name for account in await site.staff.accounts.all()] == ["anna"]
