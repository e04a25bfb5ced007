"""A first day's data: the example company's people and customers, added once to an empty database."""

import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict
from ruamel.yaml import YAML

from acd.model import AgentProfile
from acd.ports import Journal
from customers.errors import MemberNumberTaken, NumberTaken
from customers.model import Level, Record
from customers.service import Customers
from kernel.access import Role
from kernel.errors import HotlineError
from kernel.ids import AgentId, QueueId
from server.places import Places, marked
from staff.model import Account, Profile
from staff.service import Accounts

PEOPLE = Path(__file__).parent / "example" / "people.yaml"
SIMULATOR = "simulator"
"""The account by which `hotline call` signs in."""
PASSWORD_BYTES = 9


class NotSetUp(HotlineError):
    """Hotline has not run here yet, or not as this version: there is nothing to work with."""

    code = "not_set_up"


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ExamplePerson(_Strict):
    """Someone who works at the example company."""

    name: str
    display_name: str
    number: str
    roles: frozenset[Role]
    queues: tuple[str, ...] = ()


class ExampleCustomer(_Strict):
    """Someone who calls it."""

    name: str
    level: Level
    numbers: tuple[str, ...]
    language: Literal["zh", "en"]
    note: str
    member_number: str = ""


class ExampleCompany(_Strict):
    """All of it."""

    staff: tuple[ExamplePerson, ...]
    customers: tuple[ExampleCustomer, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstDay:
    """Adds the example company, and keeps the list of its generated sign-ins true."""

    places: Places
    accounts: Accounts
    customers: Customers
    journal: Journal

    async def prepare(self) -> None:
        """Adds the company to an empty database, or the rest of it. Call it before routing starts."""
        present = {account.profile.name: account for account in await self.accounts.all()}
        unfinished = self.places.first_day_unfinished
        if present and not unfinished.exists():
            return
        company = load_company()
        if not present.keys() <= {person.name for person in company.staff}:
            return  # another database since then: it has a company of its own
        with marked(unfinished):
            # Written first: a start that breaks off after an account was made must not lose its password.
            passwords = self._passwords(company)
            await self._add_customers(company)
            await self._add_staff(company, present, passwords)

    def _passwords(self, company: ExampleCompany) -> dict[str, str]:
        known = read_secret(self.places.first_sign_ins) | read_secret(self.places.simulator_sign_in)
        made = {
            person.name: known.get(person.name) or secrets.token_urlsafe(PASSWORD_BYTES)
            for person in company.staff
        }
        write_secret(self.places.simulator_sign_in, {SIMULATOR: made[SIMULATOR]})
        write_secret(self.places.first_sign_ins, {name: made[name] for name in made if name != SIMULATOR})
        return made

    async def _add_staff(
        self, company: ExampleCompany, present: Mapping[str, Account], passwords: Mapping[str, str]
    ) -> None:
        for person in company.staff:
            profile = Profile(
                name=person.name,
                display_name=person.display_name,
                number=person.number,
                language="zh",
                timezone="Asia/Shanghai",
                roles=person.roles,
            )
            account = present.get(person.name) or await self.accounts.create(
                profile, passwords[person.name], by=None
            )
            queues = tuple(QueueId(queue) for queue in person.queues)
            if queues:
                await self.journal.save_profile(AgentProfile(agent=AgentId(account.id), queues=queues))

    async def _add_customers(self, company: ExampleCompany) -> None:
        for customer in company.customers:
            try:
                await self.customers.create(Record(**customer.model_dump()))
            except (NumberTaken, MemberNumberTaken):
                continue  # a start that broke off had added this one

    async def forget_changed(self) -> None:
        """Takes the sign-ins that no longer hold out of the list that `hotline run` prints.

        Apart from `prepare`, because hashing each of them takes longer than all else in a start.
        """
        listed = read_secret(self.places.first_sign_ins)
        holds = {
            name: password
            for name, password in listed.items()
            if await self.accounts.has_password(name, password)
        }
        if holds != listed:
            write_secret(self.places.first_sign_ins, holds)


def load_company() -> ExampleCompany:
    """The people of the example."""
    return ExampleCompany.model_validate(YAML(typ="safe").load(PEOPLE.read_text(encoding="utf-8")))


def read_secret(path: Path) -> dict[str, str]:
    """Passwords by name; none where there is no such file."""
    known: dict[str, str] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return known


def write_secret(path: Path, values: dict[str, str]) -> None:
    """Replaces a file that its owner alone may read, at once."""
    draft = path.with_suffix(".new")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(values, file, indent=1)
    draft.replace(path)
