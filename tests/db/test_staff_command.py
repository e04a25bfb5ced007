"""`hotline staff`, through the command line, on both databases."""

import asyncio
import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from infra.database import Database
from kernel.clock import SystemClock
from kernel.errors import InvalidInput, NotFound
from server.cli import OF_INPUT, app
from server.first_day import NotSetUp
from staff.errors import ExtensionTaken, NameTaken, WeakPassword, WrongPassword
from staff.settings import StaffSettings
from staff.wiring import build_staff

QUEUES = Path(__file__).parents[2] / "server/example/site/queues.yaml"


@pytest.fixture
def site(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    (tmp_path / "site").mkdir()
    shutil.copy(QUEUES, tmp_path / "site" / "queues.yaml")
    for name, value in (
        ("DATA_DIR", str(tmp_path)),
        ("DATABASE__URL", url),
        ("STAFF__HASH_MEMORY_KIB", "8"),
        ("CONFIG", os.devnull),
    ):
        monkeypatch.setenv(f"HOTLINE_{name}", value)
    return url


def staff(*words: str) -> Result:
    return CliRunner().invoke(app, ["staff", *words])


def told(*words: str) -> Any:
    result = staff(*words, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


async def _sign_in(url: str, name: str, password: str) -> str:
    database = Database(url)
    built = build_staff(database, SystemClock(), StaffSettings(hash_memory_kib=8))
    try:
        _, person = await built.sessions.sign_in(name, password, address="192.0.2.7")
        return person.display_name
    finally:
        built.passwords.close()
        await database.close()


ADD_ZHAO = ("add", "zhaomin", "--display-name", "赵敏", "--number", "1003", "--queue", "sales")


def test_a_person_added_can_sign_in_and_serves_the_queues(site: str) -> None:
    added = told(*ADD_ZHAO, "--role", "agent", "--role", "supervisor")
    password = added.pop("password")
    assert added == {
        "id": added["id"],
        "name": "zhaomin",
        "display_name": "赵敏",
        "number": "1003",
        "roles": ["agent", "supervisor"],
        "queues": ["sales"],
        "skills": [],
        "region": "",
        "wrap_up_s": None,
        "is_active": True,
    }
    assert told("list") == {"items": [added]}
    assert asyncio.run(_sign_in(site, "zhaomin", password)) == "赵敏"
    assert "赵敏" in staff("list").stdout


def test_another_password_ends_the_one_before(site: str) -> None:
    before = told(*ADD_ZHAO)["password"]
    told("add", "boss", "--role", "admin")
    after = told("password", "zhaomin")["password"]
    assert asyncio.run(_sign_in(site, "zhaomin", after)) == "赵敏"
    with pytest.raises(WrongPassword):
        asyncio.run(_sign_in(site, "zhaomin", before))


@pytest.mark.usefixtures("site")
def test_other_queues_take_the_place_of_those_before() -> None:
    told(*ADD_ZHAO)
    assert told("queues", "zhaomin", "technical", "complaints")["queues"] == ["technical", "complaints"]
    assert told("queues", "zhaomin")["queues"] == []


@pytest.mark.usefixtures("site")
def test_skills_take_the_place_of_those_before_and_other_queues_leave_them() -> None:
    told(*ADD_ZHAO)
    assert told("skills", "zhaomin", "english:3", "billing")["skills"] == ["english:3", "billing:1"]
    moved = told("queues", "zhaomin", "technical")
    assert (moved["queues"], moved["skills"]) == (["technical"], ["english:3", "billing:1"])
    assert "skills: english:3, billing:1" in staff("list").stdout
    assert told("skills", "zhaomin")["skills"] == []


@pytest.mark.parametrize(
    ("words", "refusal"),
    [
        ((*ADD_ZHAO, "--queue", "nothing"), InvalidInput),
        (("add", "zhaomin", "--number", "12a"), InvalidInput),
        (("add", "two words"), InvalidInput),
        (("password", "nobody"), NotFound),
        (("queues", "nobody", "sales"), NotFound),
        (("skills", "nobody", "english"), NotFound),
        (("skills", "nobody", "english:0"), InvalidInput),
        (("skills", "nobody", "English"), InvalidInput),
    ],
)
@pytest.mark.usefixtures("site")
def test_what_cannot_be_is_refused_by_name(words: tuple[str, ...], refusal: type[Exception]) -> None:
    refused = staff(*words).exception
    assert isinstance(refused, refusal)
    assert isinstance(refused, OF_INPUT)


@pytest.mark.usefixtures("site")
def test_a_name_is_given_once() -> None:
    told(*ADD_ZHAO)
    taken = staff(*ADD_ZHAO).exception
    assert isinstance(taken, NameTaken)
    assert isinstance(taken, OF_INPUT)
    assert isinstance(staff("add", "other", "--number", "1003").exception, ExtensionTaken)


@pytest.mark.usefixtures("site")
def test_an_agent_without_queues_comes_with_a_hint() -> None:
    assert "gets no calls: ./hotline staff queues sunli" in staff("add", "sunli").stderr
    assert not staff(*ADD_ZHAO).stderr
    assert not staff("add", "boss", "--role", "admin").stderr


@pytest.mark.usefixtures("site")
def test_a_password_is_asked_for_at_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.staff_command._is_terminal", lambda: True)
    short = CliRunner().invoke(app, ["staff", *ADD_ZHAO], input="kurz\nkurz\n")
    assert isinstance(short.exception, WeakPassword)
    asked = CliRunner().invoke(app, ["staff", *ADD_ZHAO], input="long enough 1\nlong enough 1\n")
    assert asked.exit_code == 0
    assert "long enough" not in asked.stdout


@pytest.mark.usefixtures("site")
def test_before_the_first_start_there_is_nobody_to_add_to(tmp_path: Path) -> None:
    (tmp_path / "site" / "queues.yaml").unlink()
    assert isinstance(staff("list").exception, NotSetUp)


@pytest.mark.usefixtures("site")
def test_a_database_without_tables_is_not_written_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOTLINE_DATABASE__URL", f"sqlite:///{tmp_path / 'new.db'}")
    assert isinstance(staff("list").exception, NotSetUp)


@pytest.mark.usefixtures("site")
def test_a_person_belongs_to_a_branch_and_has_a_time_after_calls_of_their_own(tmp_path: Path) -> None:
    regions = "regions: {east: {name: {zh: 华东, en: East}, places: [江苏]}}"
    (tmp_path / "site" / "regions.yaml").write_text(regions, encoding="utf-8")
    told(*ADD_ZHAO)
    assert told("region", "zhaomin", "江苏省南京市")["region"] == "east"
    assert told("wrap-up", "zhaomin", "30")["wrap_up_s"] == 30
    (person,) = told("list")["items"]
    assert (person["region"], person["wrap_up_s"], person["queues"]) == ("east", 30, ["sales"])
    refused = staff("region", "zhaomin", "west")
    assert isinstance(refused.exception, InvalidInput)
    assert "the site has: east" in str(refused.exception)
    assert told("region", "zhaomin")["region"] == ""
    assert told("wrap-up", "zhaomin")["wrap_up_s"] is None
