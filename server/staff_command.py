"""`hotline staff`: who works here, also while Hotline runs; the running server follows within seconds."""

import asyncio
import json
import secrets
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Annotated, Any

import typer
from pydantic import TypeAdapter, ValidationError

from acd.model import AgentProfile
from acd.queues import load_queues
from acd.serving import WRAP_UP_MAX_S
from acd.store import AcdStore
from customers.regions import Regions
from infra.database import Database
from infra.migrations import is_newest
from kernel.access import Role
from kernel.clock import SystemClock
from kernel.errors import InvalidInput, NotFound
from kernel.ids import AgentId, QueueId, SkillId
from kernel.written import SKILL_LEVEL_MAX, SkillLevel, SkillName, in_plain_words
from server.first_day import NotSetUp
from server.installation import region_directory
from server.settings import Settings, load_settings
from staff.http import NewStaffMember
from staff.model import Account, Profile
from staff.service import Accounts
from staff.wiring import build_staff

PASSWORD_BYTES = 9
SKILLS = TypeAdapter(dict[SkillName, SkillLevel])

Shown = dict[str, Any]
"""An account as this command prints it."""

app = typer.Typer(no_args_is_help=True, help="Who works here: accounts, roles, queues, skills.")

Name = Annotated[str, typer.Argument(help="For signing in.")]
Generate = Annotated[
    bool, typer.Option("--generate", help="Make a password and print it; without a terminal that is so.")
]
AsJson = Annotated[bool, typer.Option("--json", help="One object on standard output, nothing else.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """Accounts, and which queues they serve."""

    accounts: Accounts
    store: AcdStore
    queues: frozenset[QueueId]
    regions: Regions

    async def add(self, member: NewStaffMember, queues: list[str]) -> Shown:
        """A new account, with its queues."""
        chosen = self._known(queues)
        profile = Profile(**member.model_dump(exclude={"password"}))
        account = await self.accounts.create(profile, member.password, by=None)
        return await self._keep(account, AgentProfile(agent=AgentId(account.id), queues=chosen))

    async def everybody(self) -> list[Shown]:
        """Everybody, by name."""
        serves = {profile.agent: profile for profile in await self.store.profiles()}
        return [_shown(account, serves.get(AgentId(account.id))) for account in await self.accounts.all()]

    async def assign(self, name: str, queues: list[str]) -> Shown:
        """Other queues for an account."""
        chosen, account = self._known(queues), await self._named(name)
        return await self._keep(account, replace(await self._serves(account), queues=chosen))

    async def teach(self, name: str, skills: Mapping[SkillId, int]) -> Shown:
        """Other skills for an account."""
        account = await self._named(name)
        return await self._keep(account, replace(await self._serves(account), skills=skills))

    async def place(self, name: str, region: str) -> Shown:
        """Another branch for an account; "" is headquarters."""
        key = self.regions.of_text(region)
        if region and not key:
            known = ", ".join(self.regions.by_key) or "none: write var/site/regions.yaml"
            raise InvalidInput(f"there is no region {region!r}; the site has: {known}")
        account = await self._named(name)
        return await self._keep(account, replace(await self._serves(account), region=key))

    async def give_wrap_up(self, name: str, wrap_up_s: float | None) -> Shown:
        """An own time after calls for an account; None: as the queues say."""
        account = await self._named(name)
        return await self._keep(account, replace(await self._serves(account), wrap_up_s=wrap_up_s))

    async def _serves(self, account: Account) -> AgentProfile:
        agent = AgentId(account.id)
        kept = (profile for profile in await self.store.profiles() if profile.agent == agent)
        return next(kept, AgentProfile(agent=agent, queues=()))

    async def _keep(self, account: Account, profile: AgentProfile) -> Shown:
        await self.store.save_profile(profile)
        return _shown(account, profile)

    async def set_password(self, name: str, password: str) -> None:
        """Another password; the sessions of before end."""
        account = await self._named(name)
        await self.accounts.change(account.id, {}, password, by=None)

    async def _named(self, name: str) -> Account:
        for account in await self.accounts.all():
            if account.profile.name == name:
                return account
        raise NotFound(f"there is no account {name!r}; list them with ./hotline staff list")

    def _known(self, queues: list[str]) -> tuple[QueueId, ...]:
        for queue in queues:
            if queue not in self.queues:
                raise InvalidInput(f"there is no queue {queue!r}; the site has: {', '.join(self.queues)}")
        return tuple(QueueId(queue) for queue in queues)


@app.command("add")
def add(  # noqa: PLR0913 - one parameter for each option of the command
    name: Name,
    *,
    display_name: Annotated[str, typer.Option(help="As colleagues call them; else the name.")] = "",
    number: Annotated[str, typer.Option(help="Their extension, digits only.")] = "",
    role: Annotated[list[Role], typer.Option(help="May be given several times.")] = [Role.AGENT],  # noqa: B006 - typer's way
    queue: Annotated[list[str], typer.Option(help="A queue that they serve; several times.")] = [],  # noqa: B006 - typer's way
    language: Annotated[str, typer.Option(help="Of their pages: zh or en.")] = "zh",
    timezone: Annotated[str, typer.Option(help="Such as Asia/Shanghai.")] = "Asia/Shanghai",
    generate: Generate = False,
    as_json: AsJson = False,
) -> None:
    """Gives a person an account."""
    password, is_made = _password(generate=generate or as_json)
    try:
        member = NewStaffMember.model_validate(
            {
                "name": name,
                "password": password,
                "display_name": display_name or name,
                "number": number,
                "language": language,
                "timezone": timezone,
                "roles": role,
            }
        )
    except ValidationError as error:
        raise InvalidInput("; ".join(_sentence(dict(fault)) for fault in error.errors())) from error
    added = _in_office(lambda office: office.add(member, queue))
    _tell(added | ({"password": password} if is_made else {}), as_json=as_json)
    if Role.AGENT in role and not queue:
        typer.echo(
            f"{name} serves no queue and gets no calls: ./hotline staff queues {name} QUEUE…", err=True
        )


def _sentence(fault: dict[str, Any]) -> str:
    option = str(fault["loc"][0]).replace("_", "-")
    return f"--{option}: {in_plain_words(fault)}"


@app.command("list")
def list_(*, as_json: AsJson = False) -> None:
    """Shows everybody with roles and queues."""
    people = _in_office(lambda office: office.everybody())
    if as_json:
        typer.echo(json.dumps({"items": people}, ensure_ascii=False))
        return
    for person in people:
        typer.echo(_line(person))


@app.command("queues")
def assign(
    name: Name,
    queue: Annotated[list[str] | None, typer.Argument(help="The queues from now on; none: no calls.")] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Says which queues a person serves from now on."""
    _tell(_in_office(lambda office: office.assign(name, queue or [])), as_json=as_json)


@app.command("skills")
def teach(
    name: Name,
    skill: Annotated[
        list[str] | None,
        typer.Argument(help="The skills from now on, such as english:3; without a level it is 1."),
    ] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Says what a person can do from now on, for queues and flows that ask for skills."""
    skills = dict(map(_skill, skill or []))
    _tell(_in_office(lambda office: office.teach(name, skills)), as_json=as_json)


def _skill(written: str) -> tuple[SkillId, int]:
    name, _, level = written.partition(":")
    try:
        skills = SKILLS.validate_python({name: level or 1})
    except ValidationError as error:
        wanted = f"a name in small letters and a level from 1 to {SKILL_LEVEL_MAX}, such as english:3"
        raise InvalidInput(f"{written!r} is no skill: write {wanted}") from error
    return SkillId(name), skills[name]


@app.command("region")
def place(
    name: Name,
    region: Annotated[
        str, typer.Argument(help="A region of regions.yaml, by key, name or place; none: headquarters.")
    ] = "",
    *,
    as_json: AsJson = False,
) -> None:
    """Says to which branch a person belongs, for queues with the strategy `region`."""
    _tell(_in_office(lambda office: office.place(name, region)), as_json=as_json)


@app.command("wrap-up")
def give_wrap_up(
    name: Name,
    seconds: Annotated[
        float | None, typer.Argument(min=0, max=WRAP_UP_MAX_S, help="None: as each queue says.")
    ] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Gives a person a time of their own after each call."""
    _tell(_in_office(lambda office: office.give_wrap_up(name, seconds)), as_json=as_json)


@app.command("password")
def set_password(name: Name, *, generate: Generate = False, as_json: AsJson = False) -> None:
    """Gives a person another password, and ends the sessions of before."""
    password, is_made = _password(generate=generate or as_json)
    _in_office(lambda office: office.set_password(name, password))
    _tell({"name": name} | ({"password": password} if is_made else {}), as_json=as_json)


def _password(*, generate: bool) -> tuple[str, bool]:
    """A password, and whether nobody knows it yet."""
    if generate or not _is_terminal():
        return secrets.token_urlsafe(PASSWORD_BYTES), True
    asked: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    return asked, False


def _is_terminal() -> bool:
    return sys.stdin.isatty()


def _in_office(work: Callable[[Office], Coroutine[Any, Any, Any]]) -> Any:
    async def run() -> object:
        async with _office(load_settings()) as office:
            return await work(office)

    return asyncio.run(run())


@asynccontextmanager
async def _office(settings: Settings) -> AsyncIterator[Office]:
    queues_file = settings.places.queues
    if not queues_file.exists():
        raise NotSetUp("there is no site yet: start Hotline once with ./hotline run")
    database = Database(settings.database_url)
    staff = build_staff(database, SystemClock(), settings.staff)
    try:
        await database.ping()
        if not await is_newest(settings.database_url):
            raise NotSetUp("the database is not of this version: start Hotline once with ./hotline run")
        store = AcdStore(database, settings.acd)
        queues = frozenset(load_queues(queues_file))
        regions = region_directory(settings).last
        yield Office(accounts=staff.accounts, store=store, queues=queues, regions=regions)
    finally:
        staff.passwords.close()
        await database.close()


def _shown(account: Account, serves: AgentProfile | None) -> Shown:
    profile = account.profile
    return {
        "id": account.id,
        "name": profile.name,
        "display_name": profile.display_name,
        "number": profile.number,
        "roles": sorted(profile.roles),
        "queues": list(serves.queues) if serves else [],
        "skills": [f"{skill}:{level}" for skill, level in serves.skills.items()] if serves else [],
        "region": serves.region if serves else "",
        "wrap_up_s": serves.wrap_up_s if serves else None,
        "is_active": profile.is_active,
    }


def _tell(person: Shown, *, as_json: bool) -> None:
    typer.echo(json.dumps(person, ensure_ascii=False) if as_json else _line(person))


def _line(person: Shown) -> str:
    return "  ".join(
        f"{key}: {', '.join(value) if isinstance(value, list) else value}"
        for key, value in person.items()
        if value not in ("", [], None)
    )
