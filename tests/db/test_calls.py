import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from infra.database import Database
from kernel.briefs import Words
from kernel.errors import DatabaseUnavailable
from kernel.ids import AgentId, CallId, LegId, QueueId, StaffId
from telephony import ledger_rules as rules
from telephony.errors import EntryRefused
from telephony.ledger_rules import CallEntry, Sending
from telephony.model import Arrival, EndReason, Outcome, PersonWanted
from telephony.store import IN_VAIN_MAX, CallStore

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def entry(number: int) -> CallEntry:
    return CallEntry(
        arrival=Arrival(
            call=CallId(f"h-{number}.1"),
            at=NOON + timedelta(minutes=number),
            caller_number=f"+861380013800{number}",
            caller_name="王小姐 '; drop table call",
            dialled="4001",
            trunk="loopback",
        )
    )


async def test_an_entry_comes_back_as_it_was_saved(database: Database) -> None:
    store = CallStore(database)
    chose = rules.choose(entry(1), Words(zh="投诉", en="Complaints"))
    joined = rules.join(chose, LegId("leg-h-1.1-1"), AgentId(7), NOON)
    joined = rules.hold(joined, LegId("leg-h-1.1-1"), NOON, is_held=True)
    sent = Sending(at=NOON, agent=AgentId(7), to_agent=None, to_queue=QueueId("sales"), note="退货")
    joined = rules.transfer(joined, sent, LegId("leg-h-1.1-1"))
    await store.save([entry(1), entry(2)])
    await store.save([joined])
    assert await store.find(CallId("h-1.1")) == joined
    assert {found.arrival.call for found in await store.open_entries()} == {"h-1.1", "h-2.1"}
    closed = rules.close(joined, EndReason.AGENT_HUNG_UP, NOON + timedelta(hours=1))
    await store.save([closed])
    assert await store.find(CallId("h-1.1")) == closed
    assert [found.arrival.call for found in await store.open_entries()] == ["h-2.1"]
    assert await store.last_end() == closed.ended_at


async def test_calls_are_listed_newest_first_for_all_for_an_agent_and_for_a_number(
    database: Database,
) -> None:
    store = CallStore(database)
    await store.save([entry(1), rules.ring(entry(2), LegId("leg-h-2.1-1"), AgentId(7), NOON), entry(3)])
    assert [found.arrival.call for found in await store.newest(limit=2)] == ["h-3.1", "h-2.1"]
    assert [found.arrival.call for found in await store.newest(agent=AgentId(7))] == ["h-2.1"]
    assert [found.arrival.call for found in await store.newest(number="+8613800138001")] == ["h-1.1"]
    older = await store.newest(before=NOON + timedelta(minutes=2))
    assert [found.arrival.call for found in older] == ["h-1.1"]
    both = await store.of_numbers(["+8613800138001", "+8613800138003"])
    assert [found.arrival.call for found in both] == ["h-3.1", "h-1.1"]


async def test_only_calls_with_an_entry_are_known(database: Database) -> None:
    store = CallStore(database)
    await store.save([entry(1)])
    assert await store.known([CallId("h-1.1"), CallId("h-9.9")]) == {CallId("h-1.1")}


@pytest.mark.parametrize("name", ["\udcff", pytest.param("1" * 81, id="too long")])
async def test_what_the_database_will_never_take_is_told_from_its_being_away(
    database: Database, url: str, name: str
) -> None:
    bad = replace(entry(1), arrival=replace(entry(1).arrival, caller_name=name))
    store = CallStore(database)
    if url.startswith("sqlite") and name.isdecimal():
        await store.save([bad])  # SQLite counts no letters
        return
    with pytest.raises(EntryRefused):
        await store.save([bad, entry(2)])
    await store.save([entry(2)])
    assert [found.arrival.call for found in await store.open_entries()] == ["h-2.1"]
    await database.close()
    away = CallStore(Database("postgresql://hotline@/none?host=/nowhere"))
    with pytest.raises(DatabaseUnavailable):
        await away.save([bad])


def wanted(number: int, caller: int = 1, **of: object) -> CallEntry:
    return replace(
        entry_of(number, caller),
        wanted=PersonWanted(queue=QueueId("sales"), since=NOON, **of),  # type: ignore[arg-type]
    )


def entry_of(number: int, caller: int) -> CallEntry:
    return replace(
        entry(number), arrival=replace(entry(number).arrival, caller_number=f"+861380013800{caller}")
    )


def over(entry: CallEntry, outcome: Outcome = Outcome.ABANDONED) -> CallEntry:
    return rules.close(rules.decide(entry, outcome), EndReason.CALLER_HUNG_UP, NOON + timedelta(hours=1))


async def in_vain(store: CallStore) -> list[str]:
    return [found.arrival.call for found in await store.in_vain(NOON)]


async def test_whom_a_caller_wanted_comes_back_as_it_was_saved(database: Database) -> None:
    store = CallStore(database)
    late = over(wanted(1, until=NOON, turned_away="closed"))
    await store.save([late])
    assert await store.find(CallId("h-1.1")) == late


async def test_people_who_reached_nobody_are_listed_until_they_do(database: Database) -> None:
    store = CallStore(database)
    in_the_menu, withheld = over(entry_of(4, 4)), over(wanted(5))
    withheld = replace(withheld, arrival=replace(withheld.arrival, caller_number=""))
    await store.save([over(wanted(1)), over(wanted(2)), over(wanted(3, 3)), in_the_menu, withheld])
    assert await in_vain(store) == ["h-3.1", "h-2.1", "h-1.1"]
    assert await store.in_vain(NOON + timedelta(minutes=3)) == [over(wanted(3, 3))]

    await store.save([wanted(6)])
    assert await in_vain(store) == ["h-3.1"], "whoever is on the line is about to be heard"
    await store.save([over(wanted(6))])
    assert await in_vain(store) == ["h-6.1", "h-3.1", "h-2.1", "h-1.1"]
    await store.save([over(entry_of(7, 1), Outcome.SERVED), over(entry_of(8, 3), Outcome.VOICEMAIL)])
    assert await in_vain(store) == []
    await store.save([over(wanted(9))])
    assert await in_vain(store) == ["h-9.1"], "what was before is settled"


async def test_a_number_that_calls_thousands_of_times_is_no_longer_looked_at_than_as_many_numbers(
    database: Database,
) -> None:
    store, calls = CallStore(database), [over(wanted(number)) for number in range(3000)]

    async def asked_s() -> float:
        began = time.perf_counter()
        assert len(await store.in_vain(NOON)) == IN_VAIN_MAX
        return time.perf_counter() - began

    await store.save([_from(call, f"+86{number:011}") for number, call in enumerate(calls)])
    of_many_s = min([await asked_s() for _ in range(3)])
    await store.save([_from(call, "+861380013800") for call in calls])
    assert await asked_s() < 10 * of_many_s


def _from(call: CallEntry, number: str) -> CallEntry:
    return replace(call, arrival=replace(call.arrival, caller_number=number))


async def test_whom_somebody_has_seen_to_is_listed_again_only_for_a_new_call(database: Database) -> None:
    store = CallStore(database)
    await store.save([over(wanted(1)), over(wanted(2)), over(wanted(3, 3))])
    for _ in range(2):
        await store.see_to(["+8613800138001"], NOON + timedelta(minutes=2), StaffId(7))
    assert await in_vain(store) == ["h-3.1"]
    await store.save([over(wanted(4))])
    assert await in_vain(store) == ["h-4.1", "h-3.1"]


async def test_when_somebody_was_last_heard_is_told_of_each_number(database: Database) -> None:
    store = CallStore(database)
    served, message = (over(entry_of(number, 1), Outcome.SERVED) for number in (1, 3))
    await store.save([served, message, over(wanted(4)), over(wanted(5, 2)), wanted(6, 3)])
    numbers = [f"+861380013800{caller}" for caller in (1, 2, 3, 4)]
    assert await store.last_heard(numbers, NOON) == {
        numbers[0]: NOON + timedelta(minutes=3),
        numbers[2]: NOON + timedelta(minutes=6),
    }
    assert await store.last_heard(numbers[:1], NOON + timedelta(minutes=4)) == {}
    await store.see_to(numbers[:2], NOON + timedelta(minutes=5), StaffId(7))
    assert await in_vain(store) == []
