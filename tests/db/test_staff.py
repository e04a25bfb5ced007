"""Accounts and sign-in, on both databases."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from infra.database import Database
from kernel.access import Role
from kernel.errors import NotFound
from kernel.ids import StaffId
from staff.errors import (
    AccountDisabled,
    ExtensionTaken,
    LastAdmin,
    NameTaken,
    TooManyAttempts,
    WeakPassword,
    WrongPassword,
)
from staff.model import Account, Profile
from staff.settings import StaffSettings
from staff.store import sessions as session_table
from staff.wiring import Staff, build_staff

SETTINGS = StaffSettings(hash_memory_kib=8, attempts_per_account_max=3, attempts_per_address_max=5)
LI = Profile(
    name="li",
    display_name="李娜",
    number="1001",
    language="zh",
    timezone="Asia/Shanghai",
    roles=frozenset({Role.AGENT}),
)
BOSS = replace(LI, name="boss", number="", display_name="王主任", roles=frozenset({Role.ADMIN}))
PASSWORD = "坐席的密码-1234"
DESK = "192.0.2.7"


class Clock:
    time = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self.time

    def monotonic(self) -> float:
        return self.time.timestamp()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def staff(database: Database, clock: Clock) -> AsyncIterator[Staff]:
    staff = build_staff(database, clock, SETTINGS)
    yield staff
    staff.passwords.close()


@pytest.fixture
async def boss(staff: Staff) -> Account:
    return await staff.accounts.create(BOSS, PASSWORD, by=None)


@pytest.fixture
async def li(staff: Staff, boss: Account) -> Account:
    return await staff.accounts.create(LI, PASSWORD, by=boss.id)


async def _actions(staff: Staff) -> list[tuple[str, StaffId | None, str]]:
    return [(each.action, each.staff_id, each.subject) for each in await staff.accounts.audit_trail(limit=50)]


async def test_the_right_password_opens_a_session_that_ends_at_sign_out(staff: Staff, li: Account) -> None:
    token, person = await staff.sessions.sign_in("li", PASSWORD, address=DESK)
    assert person.account == li
    assert await staff.sessions.find(token) == person
    await staff.sessions.sign_out(token)
    await staff.sessions.sign_out(token)
    assert await staff.sessions.find(token) is None
    assert [action for action, _, _ in await _actions(staff)] == [
        "signed_out",
        "signed_in",
        "account_created",
        "account_created",
    ]


async def test_neither_password_nor_token_is_in_the_database(
    staff: Staff, li: Account, database: Database
) -> None:
    token, _ = await staff.sessions.sign_in("li", PASSWORD, address=DESK)
    async with database.reading() as connection:
        kept = (await connection.execute(sa.select(session_table.c.token_hash))).scalar_one()
    found = await staff.accounts.store.find_for_sign_in(li.profile.name)
    assert found is not None
    assert found[1].startswith("$argon2id$")
    assert token not in kept


@pytest.mark.parametrize("name", ["li", "nobody", "x\x00y", "LI"])
@pytest.mark.usefixtures("li")
async def test_a_wrong_name_or_password_is_refused_alike(staff: Staff, name: str) -> None:
    with pytest.raises(WrongPassword):
        await staff.sessions.sign_in(name, "falsch", address=DESK)


@pytest.mark.usefixtures("li")
async def test_guessing_stops_at_the_limit_of_the_account_and_goes_on_after_the_window(
    staff: Staff, clock: Clock
) -> None:
    for _ in range(SETTINGS.attempts_per_account_max):
        with pytest.raises(WrongPassword):
            await staff.sessions.sign_in("li", "guess", address=DESK)
    with pytest.raises(TooManyAttempts):
        await staff.sessions.sign_in("li", PASSWORD, address="198.51.100.9")
    assert (await _actions(staff))[0] == ("sign_in_blocked", None, "li")
    clock.time += timedelta(seconds=SETTINGS.attempts_window_s + 1)
    await staff.sessions.sign_in("li", PASSWORD, address=DESK)


@pytest.mark.usefixtures("li")
async def test_who_is_told_to_wait_is_told_how_long_and_may_sign_in_then(staff: Staff, clock: Clock) -> None:
    for _ in range(SETTINGS.attempts_per_account_max):
        with pytest.raises(WrongPassword):
            await staff.sessions.sign_in("li", "guess", address=DESK)
        clock.time += timedelta(seconds=100)
    with pytest.raises(TooManyAttempts) as refused:
        await staff.sessions.sign_in("li", PASSWORD, address=DESK)
    assert refused.value.after_s == SETTINGS.attempts_window_s - 300 + 1
    clock.time += timedelta(seconds=refused.value.after_s - 1)
    with pytest.raises(TooManyAttempts):
        await staff.sessions.sign_in("li", PASSWORD, address=DESK)
    clock.time += timedelta(seconds=1)
    await staff.sessions.sign_in("li", PASSWORD, address=DESK)


@pytest.mark.usefixtures("li")
async def test_guessing_many_names_stops_at_the_limit_of_the_address(staff: Staff) -> None:
    for number in range(SETTINGS.attempts_per_address_max):
        with pytest.raises(WrongPassword):
            await staff.sessions.sign_in(f"name{number}", "guess", address=DESK)
    with pytest.raises(TooManyAttempts):
        await staff.sessions.sign_in("li", PASSWORD, address=DESK)
    await staff.sessions.sign_in("li", PASSWORD, address="198.51.100.9")


@pytest.mark.usefixtures("li")
async def test_guesses_at_the_same_moment_are_counted_too(staff: Staff) -> None:
    guesses = (staff.sessions.sign_in("li", "guess", address=DESK) for _ in range(10))
    results = await asyncio.gather(*guesses, return_exceptions=True)
    assert [type(each) for each in results].count(WrongPassword) == SETTINGS.attempts_per_account_max


@pytest.mark.usefixtures("li")
async def test_right_passwords_are_not_counted(staff: Staff) -> None:
    for _ in range(SETTINGS.attempts_per_address_max + 1):
        await staff.sessions.sign_in("li", PASSWORD, address=DESK)


@pytest.mark.usefixtures("li")
async def test_a_session_that_nobody_uses_ends(staff: Staff, clock: Clock) -> None:
    token, _ = await staff.sessions.sign_in("li", PASSWORD, address=DESK)
    for _ in range(3):
        clock.time += timedelta(seconds=SETTINGS.session_idle_s - 1)
        assert await staff.sessions.find(token) is not None
    clock.time += timedelta(seconds=SETTINGS.session_idle_s)
    assert await staff.sessions.find(token) is None


@pytest.mark.usefixtures("li")
async def test_a_session_ends_in_any_case_after_its_longest_time(
    staff: Staff, clock: Clock, database: Database
) -> None:
    token, _ = await staff.sessions.sign_in("li", PASSWORD, address=DESK)
    step = timedelta(seconds=SETTINGS.session_idle_s / 2)
    ends_at = clock.time + timedelta(seconds=SETTINGS.session_absolute_s)
    while clock.time + step < ends_at:
        clock.time += step
        assert await staff.sessions.find(token) is not None
    clock.time = ends_at
    assert await staff.sessions.find(token) is None
    await staff.sessions.forget_old()
    async with database.reading() as connection:
        assert (await connection.execute(sa.select(session_table))).all() == []


async def test_a_disabled_account_is_out_at_once_and_cannot_come_back(
    staff: Staff, li: Account, boss: Account
) -> None:
    token, _ = await staff.sessions.sign_in("li", PASSWORD, address=DESK)
    await staff.accounts.change(li.id, {"is_active": False}, None, by=boss.id)
    assert await staff.sessions.find(token) is None
    with pytest.raises(AccountDisabled):
        await staff.sessions.sign_in("li", PASSWORD, address=DESK)


async def test_a_new_password_ends_the_sessions_of_the_old_one(
    staff: Staff, li: Account, boss: Account
) -> None:
    token, _ = await staff.sessions.sign_in("li", PASSWORD, address=DESK)
    await staff.accounts.change(li.id, {"number": "1002"}, "另一个密码-5678", by=boss.id)
    assert await staff.sessions.find(token) is None
    _, person = await staff.sessions.sign_in("li", "另一个密码-5678", address=DESK)
    assert person.number == "1002"
    assert ("account_changed", boss.id, "li: number, password") in await _actions(staff)


async def test_an_admin_ends_somebodys_sessions(
    staff: Staff, li: Account, boss: Account, clock: Clock
) -> None:
    token, _ = await staff.sessions.sign_in("li", PASSWORD, address=DESK)
    assert (await staff.accounts.get(li.id)).sessions_ended_at is None
    await staff.accounts.sign_out_everywhere(li.id, by=boss.id)
    assert await staff.sessions.find(token) is None
    assert (await staff.accounts.get(li.id)).sessions_ended_at == clock.now()


async def test_the_last_admin_stays_one(staff: Staff, boss: Account, li: Account) -> None:
    with pytest.raises(LastAdmin):
        await staff.accounts.change(boss.id, {"roles": frozenset({Role.AGENT})}, None, by=boss.id)
    await staff.accounts.change(li.id, {"roles": frozenset({Role.ADMIN})}, None, by=boss.id)
    await staff.accounts.change(boss.id, {"roles": frozenset({Role.AGENT})}, None, by=boss.id)
    assert (await staff.accounts.get(boss.id)).profile.roles == {Role.AGENT}


async def test_a_name_is_given_once(staff: Staff, li: Account) -> None:
    with pytest.raises(NameTaken):
        await staff.accounts.create(li.profile, PASSWORD, by=None)
    assert [account.profile.name for account in await staff.accounts.all()] == ["boss", "li"]


async def test_a_number_is_one_colleagues_while_they_work_here(staff: Staff, li: Account) -> None:
    wang = await staff.accounts.create(replace(LI, name="wang", number="1002"), PASSWORD, by=None)
    with pytest.raises(ExtensionTaken, match="1001 is taken by li"):
        await staff.accounts.create(replace(LI, name="zhao"), PASSWORD, by=None)
    with pytest.raises(ExtensionTaken):
        await staff.accounts.change(wang.id, {"number": "1001"}, None, by=None)
    await staff.accounts.change(li.id, {"is_active": False}, None, by=None)
    await staff.accounts.change(wang.id, {"number": "1001"}, None, by=None)
    with pytest.raises(ExtensionTaken):
        await staff.accounts.change(li.id, {"is_active": True}, None, by=None)
    assert [account.profile.name for account in await staff.accounts.all()] == ["boss", "li", "wang"]


async def test_two_at_once_do_not_get_one_number(staff: Staff) -> None:
    people = [replace(LI, name=name) for name in ("anna", "bea", "cleo")]
    made = await asyncio.gather(
        *(staff.accounts.create(person, PASSWORD, by=None) for person in people), return_exceptions=True
    )
    assert sorted(type(each) is Account for each in made) == [False, False, True]


@pytest.mark.parametrize("password", ["1234567", "LI-123-li-123"])
async def test_a_password_that_is_short_or_the_name_is_refused(staff: Staff, password: str) -> None:
    profile = replace(LI, name="li-123-LI-123")
    with pytest.raises(WeakPassword):
        await staff.accounts.create(profile, password, by=None)


async def test_the_language_that_a_person_chooses_is_there_at_the_next_sign_in(
    staff: Staff, li: Account
) -> None:
    await staff.accounts.change_language(li.id, "en")
    _, signed_in = await staff.sessions.sign_in("li", PASSWORD, address=DESK)
    assert signed_in.language == "en"
    assert (await _actions(staff))[1] == ("account_changed", li.id, "li: language")


async def test_a_lock_stays_though_the_person_chooses_a_language_at_the_same_moment(
    staff: Staff, li: Account, boss: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = staff.accounts.store.get

    async def read_just_before_the_lock(who: StaffId) -> Account:
        account = await read(who)
        monkeypatch.undo()
        await staff.accounts.change(li.id, {"is_active": False}, None, by=boss.id)
        return account

    monkeypatch.setattr(staff.accounts.store, "get", read_just_before_the_lock)
    await staff.accounts.change_language(li.id, "en")
    profile = (await staff.accounts.get(li.id)).profile
    assert (profile.language, profile.is_active) == ("en", False)


async def test_changing_nobody_is_refused(staff: Staff, boss: Account) -> None:
    with pytest.raises(NotFound):
        await staff.accounts.change(StaffId(99), {"number": "1"}, None, by=boss.id)


@pytest.mark.usefixtures("li")
async def test_a_hash_made_with_older_settings_is_made_anew_at_sign_in(
    staff: Staff, database: Database, clock: Clock
) -> None:
    stronger = build_staff(database, clock, SETTINGS.model_copy(update={"hash_memory_kib": 16}))
    await stronger.sessions.sign_in("li", PASSWORD, address=DESK)
    found = await staff.accounts.store.find_for_sign_in("li")
    assert found is not None
    assert "m=16" in found[1]
    await staff.sessions.sign_in("li", PASSWORD, address=DESK)
    stronger.passwords.close()


async def test_the_trail_of_one_thing_is_what_was_done_with_it_alone_since_then(
    staff: Staff, li: Account, clock: Clock
) -> None:
    for subject in ("hotline_1.1", "hotline_1.1 0.0-9.0 s", "hotline_1.10", "hotlineX1.1 comment"):
        await staff.accounts.note(li.id, "recording_played", subject)
    before, clock.time = clock.time, clock.time + timedelta(hours=1)
    await staff.accounts.note(li.id, "transcript_read", "hotline_1.1")
    trail = staff.accounts.trail_of
    told = [(each.action, each.subject) for each in await trail("hotline_1.1", since=before, limit=9)]
    assert told == [
        ("transcript_read", "hotline_1.1"),
        ("recording_played", "hotline_1.1 0.0-9.0 s"),
        ("recording_played", "hotline_1.1"),
    ]
    assert len(await trail("hotline_1.1", since=clock.time, limit=9)) == 1
    assert [each.action for each in await trail("hotline_1.1", since=before, limit=1)] == ["transcript_read"]
