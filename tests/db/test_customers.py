"""Customers are kept and found, on both databases."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from customers.errors import NotANumber, NumberHasExtension, NumberTaken
from customers.events import CustomerChanged
from customers.model import Customer, Level, Record
from customers.service import Customers, Histories
from customers.settings import CustomerSettings
from customers.store import CustomerStore
from infra.database import Database
from infra.jobs import Jobs
from infra.outbox import Outbox
from kernel.briefs import CallBrief, TicketBrief
from kernel.errors import NotFound
from kernel.ids import CallId, CustomerId, TicketId

NOW = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)
ZHANG = Record(
    name="张伟",
    level=Level.VIP,
    language="zh",
    note="只在上午打电话",
    numbers=("138 1234 1234", "010-65529988"),
)
CALL = CallBrief(call_id=CallId("site1-1.1"), at=NOW - timedelta(days=2), number_shown="+8613812341234")
TICKET = TicketBrief(
    id=TicketId(1),
    number="CS202611220001",
    type="complaint",
    priority="high",
    state="processing",
    title="退款未到账",
    owner="李娜",
    created_at=NOW,
    updated_at=NOW,
)


class Clock:
    def now(self) -> datetime:
        return NOW

    def monotonic(self) -> float:
        return NOW.timestamp()


class Ledger:
    """138… called two days ago."""

    async def last_calls(self, numbers: Sequence[str], *, limit: int) -> Sequence[CallBrief]:
        return [CALL][:limit] if CALL.number_shown in numbers else []


class Tickets:
    async def tickets_of(self, customer: CustomerId, *, only_open: bool, limit: int) -> Sequence[TicketBrief]:
        is_shown = customer == 1 and not only_open
        return [TICKET][:limit] if is_shown else []


class Told:
    def __init__(self) -> None:
        self.customers: list[int] = []

    async def __call__(self, event: CustomerChanged) -> None:
        self.customers.append(event.customer)


@pytest.fixture
def jobs(database: Database) -> Jobs:
    return Jobs(database, Clock())


@pytest.fixture
def outbox(jobs: Jobs) -> Outbox:
    return Outbox(jobs)


def _customers(database: Database, outbox: Outbox) -> Customers:
    settings = CustomerSettings(area_code="010")
    return Customers(store=CustomerStore(database, outbox), clock=Clock(), settings=settings)


@pytest.fixture
def customers(database: Database, outbox: Outbox) -> Customers:
    return _customers(database, outbox)


@pytest.fixture
def histories(customers: Customers) -> Histories:
    return Histories(customers=customers, calls=Ledger(), tickets=Tickets())


@pytest.fixture
async def zhang(customers: Customers) -> Customer:
    return await customers.create(ZHANG)


@pytest.mark.parametrize(
    "number", ["+8613812341234", "0086 13812341234", "013812341234", "65529988", "+86 10 6552 9988"]
)
async def test_a_caller_is_found_by_any_number_in_any_spelling(
    customers: Customers, zhang: Customer, number: str
) -> None:
    assert await customers.find_by_number(number) == zhang
    assert await customers.find_by_numbers([number, "anonymous", "13812341235"]) == {number: zhang}
    assert zhang.record.numbers == ("+8613812341234", "+861065529988")


@pytest.mark.usefixtures("zhang")
@pytest.mark.parametrize("number", ["", "anonymous", "13812341235", "1381234123"])
async def test_a_stranger_or_a_withheld_number_is_nobody(customers: Customers, number: str) -> None:
    assert await customers.find_by_number(number) is None


@pytest.mark.usefixtures("zhang")
@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("张", ["张伟"]),
        ("上午", ["张伟"]),
        ("138 1234", ["张伟"]),
        ("0086138", ["张伟"]),
        ("6552", ["张伟"]),
        ("ACME", ["Acme 100%"]),
        ("100%", ["Acme 100%"]),
        ("%", ["Acme 100%"]),
        ("_", []),
        ("", ["Acme 100%", "张伟"]),
        ("'; DROP TABLE customer; --", []),
    ],
)
async def test_search_looks_into_name_note_and_numbers(
    customers: Customers, text: str, names: list[str]
) -> None:
    await customers.create(Record(name="Acme 100%", numbers=("400-810-1234",)))
    found, total = await customers.search(text, limit=10, offset=0)
    assert [each.record.name for each in found] == names
    assert total == len(names)


async def test_search_pages(customers: Customers) -> None:
    for number in range(5):
        await customers.create(Record(name=f"客户{number}"))
    found, total = await customers.search("客户", limit=2, offset=3)
    assert [each.record.name for each in found] == ["客户3", "客户4"]
    assert total == 5


async def test_a_number_belongs_to_one_customer(customers: Customers, zhang: Customer) -> None:
    with pytest.raises(NumberTaken):
        await customers.create(Record(name="另一人", numbers=("013812341234",)))
    other = await customers.create(Record(name="另一人"))
    with pytest.raises(NumberTaken):
        await customers.change(other.id, {"numbers": ("010 6552 9988",)})
    assert (await customers.get(other.id)).record.numbers == ()
    assert await customers.find_by_number("13812341234") == zhang


async def test_a_change_keeps_what_it_does_not_name(customers: Customers, zhang: Customer) -> None:
    changed = await customers.change(
        zhang.id, {"level": Level.NORMAL, "numbers": ("13900000001", "13900000001"), "region": "南京"}
    )
    assert changed == await customers.get(zhang.id)
    assert changed.record.numbers == ("+8613900000001",)
    assert (changed.record.note, changed.record.region) == (ZHANG.note, "南京")
    assert await customers.find_by_number("13812341234") is None


async def test_what_is_no_number_is_not_kept(customers: Customers) -> None:
    with pytest.raises(NotANumber):
        await customers.create(Record(name="谁", numbers=("电话",)))


async def test_the_number_that_is_refused_is_named(customers: Customers, zhang: Customer) -> None:
    with pytest.raises(NotANumber) as refused:
        await customers.create(Record(name="谁", numbers=("13900000001", "139")))
    assert refused.value.field == "numbers.1"
    with pytest.raises(NumberHasExtension) as refused:
        await customers.change(zhang.id, {"numbers": ("13900000001;ext=1",)})
    assert refused.value.field == "numbers.0"
    assert await customers.get(zhang.id) == zhang


async def test_a_number_of_before_that_would_be_refused_now_stands_in_no_changes_way(
    customers: Customers,
) -> None:
    known = await customers.store.create(Record(name="谁", numbers=("139",)), NOW)
    changed = await customers.change(
        known.id, {"note": "老客户", "numbers": ("139", "１３８１２３４１２３５")}
    )
    assert changed.record.numbers == ("139", "+8613812341235")


async def test_nobody_is_said_so(customers: Customers) -> None:
    with pytest.raises(NotFound):
        await customers.get(CustomerId(99))
    with pytest.raises(NotFound):
        await customers.change(CustomerId(99), {"name": "谁"})


async def test_history_has_calls_and_tickets(histories: Histories, zhang: Customer) -> None:
    history = await histories.of(zhang.id)
    assert list(history.calls) == [CALL]
    assert list(history.tickets) == [TICKET]


async def test_others_hear_of_each_change(database: Database, jobs: Jobs, outbox: Outbox) -> None:
    told = Told()
    outbox.subscribe(CustomerChanged, told, name="test")
    customers = _customers(database, outbox)
    zhang = await customers.create(ZHANG)
    await customers.change(zhang.id, {"note": "改为下午"})
    await jobs.run_due()
    assert told.customers == [zhang.id, zhang.id]
