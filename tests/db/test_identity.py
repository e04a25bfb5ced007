"""Who callers say to be: found by the member number, proven or not, kept with the call, on both databases."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from customers.errors import MemberNumberTaken, NotAMemberNumber
from customers.identity import Claim, Identities, NotProven
from customers.model import Customer, KnownBy, Level, Record
from customers.service import Customers
from customers.settings import CustomerSettings
from customers.store import CustomerStore
from infra.database import Database
from infra.jobs import Jobs
from infra.outbox import Outbox
from kernel.ids import CallId
from tests.db.test_customers import Clock

CALL, STRANGER = CallId("hl-1.7"), "+8613900001111"
ZHANG = Record(name="张伟", level=Level.VIP, numbers=("13812345678",), member_number="8001-0010")
WANG = Record(name="王芳", numbers=("13987654321",), member_number="0000 0002 1694 233x")


@pytest.fixture
def begin(database: Database) -> Callable[[], Customers]:
    """A server: what it knows it has from the database."""

    def build() -> Customers:
        store = CustomerStore(database, Outbox(Jobs(database, Clock())))
        return Customers(store=store, clock=Clock(), settings=CustomerSettings(identify_tries_max=3))

    return build


@pytest.fixture
def customers(begin: Callable[[], Customers]) -> Customers:
    return begin()


@pytest.fixture
async def zhang(customers: Customers) -> Customer:
    return await customers.create(ZHANG)


@pytest.fixture
def identities(customers: Customers) -> Identities:
    return Identities(customers=customers)


def claim(number: str = STRANGER, proof: str = "", member: str = "80010010", **more: object) -> Claim:
    asked = Claim(call=CALL, caller_number=number, member_number=member, proof=proof)
    return replace(asked, **more)  # type: ignore[arg-type]


async def test_member_numbers_are_kept_in_one_spelling_each_once(
    customers: Customers, zhang: Customer
) -> None:
    assert zhang.record.member_number == "80010010"
    wang = await customers.create(WANG)
    assert wang.record.member_number == "000000021694233X"
    with pytest.raises(MemberNumberTaken):
        await customers.change(wang.id, {"member_number": "80010010"})
    with pytest.raises(NotAMemberNumber):
        await customers.change(wang.id, {"member_number": "VIP-1"})
    for name in ("甲", "乙"):
        await customers.create(Record(name=name))
    found, _ = await customers.search("8001", limit=10, offset=0)
    assert [one.id for one in found] == [zhang.id]


async def test_the_telephone_of_the_customer_is_a_proof(identities: Identities, zhang: Customer) -> None:
    who = await identities.identify(claim("+8613812345678"))
    assert who is not None
    assert (who.customer.id, who.by, who.is_sure) == (zhang.id, KnownBy.PROVEN, True)


@pytest.mark.parametrize("number", [STRANGER, ""])
async def test_who_calls_from_elsewhere_has_to_prove_it(
    identities: Identities, zhang: Customer, number: str
) -> None:
    with pytest.raises(NotProven):
        await identities.identify(claim(number))
    assert await identities.identify(claim(number, proof="9999")) is None
    assert await identities.customers.recognise(CALL, number) is None
    who = await identities.identify(claim(number, proof="5678"))
    assert who is not None
    assert (who.customer.id, who.by) == (zhang.id, KnownBy.PROVEN)


@pytest.mark.usefixtures("zhang")
@pytest.mark.parametrize("proof", ["8", "78", "345678", "+8613812345678"])
async def test_only_four_digits_are_a_proof(identities: Identities, proof: str) -> None:
    assert await identities.identify(claim(proof=proof)) is None


async def test_what_does_not_exist_looks_like_somebody_elses(identities: Identities) -> None:
    with pytest.raises(NotProven):
        await identities.identify(claim(member="80010028"))
    assert await identities.identify(claim(member="80010028", proof="5678")) is None
    with pytest.raises(NotProven):
        await identities.identify(claim(member="*#"))


async def test_a_word_is_enough_where_the_flow_says_so_and_is_no_proof(
    identities: Identities, zhang: Customer
) -> None:
    who = await identities.identify(claim(needs_proof=False))
    assert who is not None
    assert (who.customer.id, who.by, who.is_sure) == (zhang.id, KnownBy.TYPED, False)
    assert await identities.identify(claim(member="80010028", needs_proof=False)) is None


@pytest.mark.parametrize("same", ["call", "caller", "member"])
async def test_who_tries_too_often_is_found_no_more_even_if_right(
    identities: Identities, zhang: Customer, same: str
) -> None:
    right = claim(proof="5678")
    for count in range(3):
        wrong = claim(
            number=STRANGER if same == "caller" else f"+86139000022{count}0",
            member="80010010" if same == "member" else f"9001001{count}",
            proof="0000",
            call=CALL if same == "call" else CallId(f"hl-1.9{count}"),
        )
        assert await identities.identify(wrong) is None
    assert await identities.identify(right) is None
    elsewhere = replace(
        right, call=CallId("hl-1.8"), caller_number="+8613900002222", member_number="80010010"
    )
    found = await identities.identify(elsewhere)
    assert (found.customer.id if found else None) == (None if same == "member" else zhang.id)


async def test_the_call_is_known_by_it_also_to_another_server(
    identities: Identities, begin: Callable[[], Customers], zhang: Customer
) -> None:
    wang = await identities.customers.create(WANG)
    (of_wang,) = wang.record.numbers
    await identities.identify(claim(of_wang, needs_proof=False))
    successor = begin()
    who = await successor.recognise(CALL, of_wang)
    assert who is not None
    assert (who.customer.id, who.by) == (zhang.id, KnownBy.TYPED)
    other = await successor.recognise(CallId("hl-1.8"), of_wang)
    assert other is not None
    assert (other.customer.id, other.by) == (wang.id, KnownBy.NUMBER)
    assert await successor.recognise(CallId("hl-1.8"), "") is None


async def test_what_is_said_last_in_a_call_counts(identities: Identities, zhang: Customer) -> None:
    wang = await identities.customers.create(WANG)
    await identities.identify(claim(needs_proof=False))
    await identities.identify(claim(member="000000021694233X", proof="4321"))
    who = await identities.customers.recognise(CALL, STRANGER)
    assert who is not None
    assert (who.customer.id, who.by) == (wang.id, KnownBy.PROVEN)
    assert zhang.id != wang.id
