"""What is remembered of sessions, and for how long."""

from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from agent_ui.remembered import RememberedSessions
from agent_ui.settings import WebSettings
from kernel.errors import DatabaseUnavailable
from tests.unit.agent_ui.desk import CHEN, LI_JING, FewPeople


@dataclass
class Clock:
    at_s: float = 1000.0

    def now(self) -> datetime:
        return datetime(2026, 11, 22, tzinfo=UTC)

    def monotonic(self) -> float:
        return self.at_s


@dataclass
class Office:
    people: FewPeople
    clock: Clock
    sessions: RememberedSessions

    async def enter(self, name: str) -> str:
        token, _ = await self.sessions.sign_in(name, name, address="192.0.2.7")
        return token


@pytest.fixture
def office() -> Office:
    people, clock = FewPeople(LI_JING, CHEN), Clock()
    settings = WebSettings(session_remembered_s=300, sessions_remembered_max=1)
    return Office(people, clock, RememberedSessions(people, clock, settings))


async def test_a_session_holds_for_minutes_while_the_database_is_away(office: Office) -> None:
    token = await office.enter("lijing")
    office.people.is_away = True
    office.clock.at_s += 300
    assert await office.sessions.find(token) is LI_JING
    office.clock.at_s += 1
    with pytest.raises(DatabaseUnavailable):
        await office.sessions.find(token)


async def test_each_answer_of_the_database_counts_anew(office: Office) -> None:
    token = await office.enter("lijing")
    office.clock.at_s += 299
    await office.sessions.find(token)
    office.people.is_away = True
    office.clock.at_s += 299
    assert await office.sessions.find(token) is LI_JING


async def test_a_session_that_ended_is_not_remembered(office: Office) -> None:
    token = await office.enter("lijing")
    office.people.end_all()
    assert await office.sessions.find(token) is None
    office.people.is_away = True
    with pytest.raises(DatabaseUnavailable):
        await office.sessions.find(token)


async def test_signing_out_is_not_undone_by_an_outage(office: Office) -> None:
    token = await office.enter("lijing")
    await office.sessions.sign_out(token)
    office.people.is_away = True
    with pytest.raises(DatabaseUnavailable):
        await office.sessions.find(token)


async def test_only_so_many_are_remembered(office: Office) -> None:
    first, second = await office.enter("lijing"), await office.enter("chen")
    office.people.is_away = True
    assert await office.sessions.find(second) is CHEN
    with pytest.raises(DatabaseUnavailable):
        await office.sessions.find(first)
