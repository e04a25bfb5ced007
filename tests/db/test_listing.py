"""The blacklist and the warning list, on both databases."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from customers.errors import AlreadyListed, NeverBlocked
from customers.listing import Kind, Manner, Sort, Wish
from customers.listing_service import CallerLists
from customers.listing_store import ListingStore
from customers.service import Customers
from customers.settings import CustomerSettings
from customers.store import CustomerStore
from infra.database import Database
from infra.jobs import Jobs
from infra.outbox import Outbox
from kernel.access import Principal, Role
from kernel.errors import NotFound
from kernel.ids import CallId, StaffId
from telephony.ledger_rules import CallEntry
from telephony.let_in import LetInCalls
from telephony.model import Arrival, EndReason, Outcome
from telephony.store import CallStore

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
NUMBER, OWN = "+8613800138000", "+864008009000"
SUPERVISOR = Principal(staff_id=StaffId(1), name="wang", roles=frozenset({Role.SUPERVISOR}))
AGENT = Principal(staff_id=StaffId(2), name="li", roles=frozenset({Role.AGENT}))
BLOCK = Wish(sort=Sort.BLOCKED, kind=Kind.NUMBER, value="138-0013 8000", reason="恶意骚扰")
WARN = replace(BLOCK, sort=Sort.WARNED, reason="多次辱骂坐席")


class Around:
    """The clock, people and numbers around the lists."""

    def __init__(self) -> None:
        self.at = NOW
        self.notes: list[tuple[StaffId, str, str]] = []
        self.own: Collection[str] = {OWN}

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return self.at.timestamp()

    async def is_spared(self, number: str) -> bool:
        return number in self.own

    async def names(self, wanted: Iterable[StaffId]) -> Mapping[StaffId, str]:
        return dict.fromkeys(wanted, "王芳")

    async def note(self, staff: StaffId, action: str, subject: str) -> None:
        self.notes.append((staff, action, subject))


@pytest.fixture
def around() -> Around:
    return Around()


@pytest.fixture
def lists(database: Database, around: Around) -> CallerLists:
    customers = Customers(
        store=CustomerStore(database, Outbox(Jobs(database, around))),
        clock=around,
        settings=CustomerSettings(),
    )
    return CallerLists(
        store=ListingStore(database),
        customers=customers,
        calls=CallStore(database),
        spared=around,
        people=around,
        clock=around,
    )


async def test_blocked_number_is_found_in_any_spelling(lists: CallerLists, around: Around) -> None:
    added = await lists.add(SUPERVISOR, BLOCK)
    for spelling in ("13800138000", "+86 138 0013 8000", "0086-13800138000", NUMBER):
        assert (await lists.of(spelling)).blocked == added
    assert (await lists.of("13800138001")).blocked is None
    assert (await lists.of("")).blocked is None
    assert around.notes == [(StaffId(1), "caller_list_added", f"blocked number {NUMBER}")]


async def test_the_same_is_listed_once_until_it_is_lifted(lists: CallerLists, around: Around) -> None:
    first = await lists.add(SUPERVISOR, BLOCK)
    with pytest.raises(AlreadyListed):
        await lists.add(SUPERVISOR, replace(BLOCK, value=NUMBER))
    await lists.lift(SUPERVISOR, first.id)
    assert (await lists.of(NUMBER)).blocked is None
    with pytest.raises(NotFound):
        await lists.lift(SUPERVISOR, first.id)
    second = await lists.add(SUPERVISOR, BLOCK)
    assert (await lists.of(NUMBER)).blocked == second
    assert [note[1] for note in around.notes].count("caller_list_lifted") == 2
    lifted = await lists.store.get(first.id)
    assert (lifted.lifted_by, lifted.lifted_at) == (StaffId(1), NOW)


async def test_an_entry_that_is_over_makes_room_for_another(lists: CallerLists, around: Around) -> None:
    await lists.add(SUPERVISOR, replace(BLOCK, until=NOW + timedelta(hours=1)))
    around.at = NOW + timedelta(hours=1)
    assert (await lists.of(NUMBER)).blocked is None
    again = await lists.add(SUPERVISOR, BLOCK)
    assert (await lists.of(NUMBER)).blocked == again


async def test_what_an_agent_proposes_counts_once_it_is_confirmed(lists: CallerLists) -> None:
    proposed = await lists.add(AGENT, BLOCK)
    assert (await lists.of(NUMBER)).blocked is None
    with pytest.raises(AlreadyListed):
        await lists.add(AGENT, BLOCK)
    await lists.confirm(SUPERVISOR, proposed.id)
    blocked = (await lists.of(NUMBER)).blocked
    assert blocked is not None
    assert (blocked.id, blocked.added_by) == (proposed.id, AGENT.staff_id)
    with pytest.raises(NotFound):
        await lists.confirm(SUPERVISOR, proposed.id)


async def test_what_a_supervisor_adds_takes_the_place_of_a_proposal(lists: CallerLists) -> None:
    await lists.add(AGENT, BLOCK)
    added = await lists.add(SUPERVISOR, BLOCK)
    assert (await lists.of(NUMBER)).blocked == added
    assert (await lists.find("", sort=None, limit=10, offset=0))[1] == 1


async def test_agents_are_warned_of_whom_they_get(lists: CallerLists) -> None:
    await lists.add(SUPERVISOR, WARN)
    withheld = Wish(sort=Sort.WARNED, kind=Kind.WITHHELD, reason="匿名来电")
    await lists.add(SUPERVISOR, withheld)
    assert [entry.wish.reason for entry in (await lists.of(NUMBER)).warnings] == ["多次辱骂坐席"]
    assert [entry.wish.reason for entry in (await lists.of("")).warnings] == ["匿名来电"]


async def test_our_own_numbers_are_never_blocked(lists: CallerLists, around: Around) -> None:
    with pytest.raises(NeverBlocked):
        await lists.add(SUPERVISOR, replace(BLOCK, value="400 800 9000"))
    prefix = replace(BLOCK, kind=Kind.PREFIX, value="138")
    await lists.add(SUPERVISOR, prefix)
    assert (await lists.of(NUMBER)).blocked is not None
    around.own = {OWN, NUMBER}
    assert (await lists.of(NUMBER)).blocked is None


async def test_entries_are_found_by_number_beginning_and_reason(lists: CallerLists) -> None:
    await lists.add(SUPERVISOR, BLOCK)
    await lists.add(SUPERVISOR, Wish(sort=Sort.WARNED, kind=Kind.PREFIX, value="138", reason="虚拟号段"))

    async def found(text: str, sort: Sort | None = None) -> list[str]:
        shown, _ = await lists.find(text, sort=sort, limit=10, offset=0)
        return sorted(one.entry.wish.reason for one in shown)

    assert await found("138 0013 8000") == sorted(["恶意骚扰", "虚拟号段"])
    assert await found("骚扰") == ["恶意骚扰"]
    assert await found("1380013") == ["恶意骚扰"]
    assert await found("", Sort.WARNED) == ["虚拟号段"]
    assert await found("%") == []


async def test_blocked_calls_are_counted_by_the_ledger(lists: CallerLists, database: Database) -> None:
    await lists.add(SUPERVISOR, BLOCK)
    await lists.add(SUPERVISOR, Wish(sort=Sort.BLOCKED, kind=Kind.PREFIX, value="138", reason="号段"))
    await lists.add(SUPERVISOR, Wish(sort=Sort.BLOCKED, kind=Kind.WITHHELD, reason="匿名"))
    book = CallStore(database)
    await book.save(
        [
            _call(1, NUMBER, Outcome.BLOCKED),
            _call(2, NUMBER, Outcome.SERVED),
            _call(3, "+8613800138001", Outcome.BLOCKED),
            _call(4, "", Outcome.BLOCKED),
            _call(5, NUMBER, Outcome.BLOCKED, at=NOW - timedelta(hours=1)),
        ]
    )
    shown, _ = await lists.find("", sort=Sort.BLOCKED, limit=10, offset=0)
    assert {one.entry.wish.reason: one.blocked_calls for one in shown} == {
        "恶意骚扰": 1,
        "号段": 2,
        "匿名": 1,
    }
    assert {one.added_by for one in shown} == {"王芳"}


async def test_a_warning_has_no_manner(lists: CallerLists) -> None:
    added = await lists.add(SUPERVISOR, replace(WARN, manner=Manner.REJECT))
    assert added.wish.manner is Manner.TEXT


def _call(number: int, caller: str, outcome: Outcome, at: datetime = NOW) -> CallEntry:
    came = Arrival(
        call=CallId(f"c{number}"), at=at, caller_number=caller, caller_name="", dialled="400", trunk="t"
    )
    return CallEntry(
        arrival=came, decided=outcome, outcome=outcome, ended_at=at, end_reason=EndReason.CALLER_HUNG_UP
    )


async def test_calls_that_were_let_in_lately_are_found_by_number_and_dialled(database: Database) -> None:
    book = CallStore(database)
    other = _call(6, NUMBER, Outcome.SERVED)
    await book.save(
        [
            _call(1, NUMBER, Outcome.SERVED, at=NOW - timedelta(minutes=1)),
            _call(2, NUMBER, Outcome.BLOCKED),
            _call(3, "+8613800138001", Outcome.SERVED),
            _call(4, NUMBER, Outcome.SERVED, at=NOW - timedelta(hours=1)),
            replace(_call(5, NUMBER, Outcome.SERVED), outcome=None, ended_at=None, end_reason=None),
            replace(other, arrival=replace(other.arrival, dialled="95588")),
        ]
    )
    let_in = LetInCalls(database)
    found = await let_in.since(NUMBER, "400", NOW - timedelta(hours=1), most=10)
    assert [(one.call, one.outcome) for one in found] == [("c5", None), ("c1", Outcome.SERVED)]
    assert [one.call for one in await let_in.since(NUMBER, "400", NOW - timedelta(hours=1), most=1)] == ["c5"]
