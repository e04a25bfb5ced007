"""Callers are spoken to in the language that they chose the last time, on both databases."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from customers.model import Record
from customers.service import Customers
from customers.settings import CustomerSettings
from customers.store import CustomerStore
from infra.database import Database
from infra.jobs import Jobs
from infra.outbox import Outbox

NUMBER, OTHER = "+8613812341234", "+8613812341235"
NOW = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)


class Clock:
    def __init__(self) -> None:
        self.at = NOW

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return self.at.timestamp()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def begin(database: Database, clock: Clock) -> Callable[[], Customers]:
    """A server: what it knows it has from the database."""

    def build() -> Customers:
        store = CustomerStore(database, Outbox(Jobs(database, clock)))
        return Customers(store=store, clock=clock, settings=CustomerSettings(language_kept_days=30))

    return build


async def test_what_was_chosen_last_counts_for_its_number_alone_and_outlives_the_server(
    begin: Callable[[], Customers],
) -> None:
    before = begin()
    for language in ("en", "zh", "en"):
        await before.keep_language(NUMBER, language)
    after = begin()
    for spelling in (NUMBER, "138 1234 1234"):
        assert await after.chosen_language(spelling) == "en"
    assert await after.chosen_language(OTHER) == ""


@pytest.mark.parametrize("number", ["", "anonymous"])
async def test_nothing_is_kept_of_who_withholds_the_number(
    begin: Callable[[], Customers], number: str
) -> None:
    await begin().keep_language(number, "en")
    assert await begin().chosen_language(number) == ""


async def test_a_choice_is_forgotten_after_its_time(begin: Callable[[], Customers], clock: Clock) -> None:
    customers = begin()
    await customers.keep_language(NUMBER, "en")
    clock.at = NOW + timedelta(days=30)
    assert await customers.chosen_language(NUMBER) == "en"
    clock.at += timedelta(seconds=1)
    assert await customers.chosen_language(NUMBER) == ""
    await customers.keep_language(OTHER, "en")
    clock.at = NOW
    assert await customers.chosen_language(NUMBER) == ""


async def test_what_a_colleague_writes_counts_from_then_on(begin: Callable[[], Customers]) -> None:
    customers = begin()
    zhang = await customers.create(Record(name="张伟", numbers=(NUMBER,)))
    await customers.keep_language(NUMBER, "en")
    await customers.change(zhang.id, {"note": "只在上午打电话"})
    assert await customers.chosen_language(NUMBER) == "en"
    await customers.change(zhang.id, {"language": "zh"})
    assert await customers.chosen_language(NUMBER) == ""
