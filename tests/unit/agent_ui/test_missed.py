"""People who reached nobody, as agents and supervisors are shown them."""

import asyncio
from collections.abc import Collection
from datetime import UTC, datetime, timedelta

import pytest

from agent_ui.missed import Missed
from kernel.access import Principal, Role
from kernel.briefs import CustomerBrief, Words
from kernel.errors import NotFound
from kernel.ids import AgentId, CallId, CustomerId, QueueId, StaffId
from telephony import ledger_rules as rules
from telephony.ledger_rules import CallEntry
from telephony.model import Arrival, EndReason, PersonWanted

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
LI = Principal(staff_id=StaffId(1), name="li", roles=frozenset({Role.AGENT}))
CHEN = Principal(staff_id=StaffId(9), name="chen", roles=frozenset({Role.SUPERVISOR}))


def gave_up(call: str, number: str, queue: str, at: datetime = NOON) -> CallEntry:
    arrival = Arrival(
        call=CallId(call), at=at, caller_number=number, caller_name="", dialled="4001", trunk="t"
    )
    wanted = PersonWanted(queue=QueueId(queue), since=NOON)
    entry = rules.want(CallEntry(arrival=arrival), wanted)
    return rules.close(entry, EndReason.CALLER_HUNG_UP, NOON + timedelta(seconds=90))


class Office:
    """Ledger, memberships, names and trail in one."""

    def __init__(self) -> None:
        self.entries = [gave_up("b", "+862", "service"), gave_up("a", "+861", "sales")]
        self.heard: dict[str, datetime] = {}
        self.seen: list[tuple[tuple[str, ...], datetime, int]] = []
        self.trail: list[tuple[int, str, str]] = []
        self.asked: list[datetime] = []
        self.seconds = 0.0

    async def in_vain(self, since: datetime) -> list[CallEntry]:
        self.asked.append(since)
        return self.entries

    async def last_heard(self, numbers: Collection[str], since: datetime) -> dict[str, datetime]:
        assert since == self.asked[-1]
        return {number: at for number, at in self.heard.items() if number in numbers}

    async def see_to(self, numbers: Collection[str], until: datetime, staff: StaffId) -> None:
        self.seen.append((tuple(numbers), until, staff))

    def queues_of(self, agent: AgentId) -> tuple[QueueId, ...]:
        return (QueueId("sales"),) if agent == AgentId(LI.staff_id) else ()

    def queue_name(self, queue: QueueId) -> Words:
        return Words(zh="销售", en=queue)

    async def numbers_of_customers(self, numbers: Collection[str]) -> dict[str, tuple[str, ...]]:
        return {number: ("+861", "+864") for number in numbers if number in {"+861", "+864"}}

    async def customers_of(self, numbers: Collection[str]) -> dict[str, CustomerBrief]:
        known = {"+861": CustomerBrief(id=CustomerId(1), name="张伟", level="vip")}
        return {number: known[number] for number in numbers if number in known}

    async def note(self, staff: StaffId, action: str, subject: str) -> None:
        self.trail.append((staff, action, subject))

    def now(self) -> datetime:
        return NOON + timedelta(days=1)

    def monotonic(self) -> float:
        return self.seconds


@pytest.fixture
def office() -> Office:
    return Office()


@pytest.fixture
def missed(office: Office) -> Missed:
    return Missed(
        book=office, routing=office, names=office, trail=office, clock=office, days=7, kept_s=5, shown=2
    )


async def test_agents_see_who_wanted_their_queues_and_supervisors_everybody(missed: Missed) -> None:
    (own,) = (await missed.listed(LI)).items
    assert (own.call_id, own.customer and own.customer.name, own.waited_s) == ("a", "张伟", 90.0)
    assert (own.reason, own.queue_name.zh, own.times, own.last_at) == ("gave_up", "销售", 1, NOON)
    assert [one.call_id for one in (await missed.listed(CHEN)).items] == ["b", "a"]


async def test_who_tried_last_is_shown_of_too_many_and_all_are_counted_and_can_be_seen_to(
    office: Office, missed: Missed
) -> None:
    office.entries.append(gave_up("long ago", "+863", "sales"))
    found = await missed.listed(CHEN)
    assert ([one.call_id for one in found.items], found.total) == (["b", "a"], 3)
    await missed.see_to(CHEN, CallId("long ago"))
    assert [numbers for numbers, *_ in office.seen] == [("+863",)]


async def test_all_desks_are_shown_one_reading_of_the_ledger_until_somebody_changes_it(
    office: Office, missed: Missed
) -> None:
    await asyncio.gather(*(missed.listed(LI) for _ in range(10)))
    assert office.asked == [office.now() - timedelta(days=7)]
    await missed.see_to(CHEN, CallId("b"))
    await missed.listed(LI)
    assert len(office.asked) == 2
    office.seconds = 5.0
    await missed.listed(CHEN)
    assert len(office.asked) == 3


async def test_who_has_been_seen_to_is_noted_up_to_their_last_call_with_who_did_it(
    office: Office, missed: Missed
) -> None:
    await missed.see_to(LI, CallId("a"))
    assert office.seen == [(("+861", "+864"), NOON, LI.staff_id)]
    assert office.trail == [(LI.staff_id, "missed_caller_seen_to", "a")]


async def test_a_customer_who_tried_from_two_numbers_is_one_person_until_reached_from_either(
    office: Office, missed: Missed
) -> None:
    later = NOON + timedelta(minutes=5)
    office.entries.insert(0, gave_up("again", "+864", "sales", later))
    shown = {one.call_id: one for one in (await missed.listed(CHEN)).items}
    assert shown.keys() == {"again", "b"}
    assert (shown["again"].times, shown["again"].first_at, shown["again"].last_at) == (2, NOON, later)

    office.heard["+861"] = NOON + timedelta(minutes=1)
    office.seconds += 5
    (one,) = (await missed.listed(LI)).items
    assert (one.call_id, one.times) == ("again", 1), "what was before is settled"
    office.heard["+861"] = later + timedelta(minutes=1)
    office.seconds += 5
    assert [one.call_id for one in (await missed.listed(CHEN)).items] == ["b"]


@pytest.mark.parametrize("call", ["b", "unheard of"])
async def test_nobody_takes_people_of_other_queues_out_of_the_list(
    office: Office, missed: Missed, call: str
) -> None:
    with pytest.raises(NotFound):
        await missed.see_to(LI, CallId(call))
    assert (office.seen, office.trail) == ([], [])
