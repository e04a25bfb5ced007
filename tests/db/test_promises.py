"""Promises to call people back, on both databases."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from acd.events import CallbackEnded
from acd.promise_store import PromiseStore
from acd.promises import Promise, PromiseEnd, PromiseId
from infra.database import Database
from kernel.ids import AgentId, CallId, QueueId, SkillId
from telephony.ledger_rules import CallEntry, want
from telephony.model import (
    Arrival,
    Boost,
    BoostSource,
    CallMark,
    EndReason,
    Outcome,
    PersonWanted,
    Phase,
)
from telephony.store import CallStore

NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
SALES, A = QueueId("sales"), CallId("a")
PROMISE = Promise(
    id=PromiseId(0),
    call=A,
    origin=A,
    number="+8613900139000",
    numbers=("+8613900139000", "+862100000000"),
    is_from_withheld=True,
    level="vip",
    mark=CallMark(
        phase=Phase.WAITING,
        flow="main",
        node="sales",
        language="zh",
        queue=SALES,
        tier=0,
        key_ms=1_795_165_200_123,
        sequence=77,
        sticky_agent=AgentId(3),
        needs=((SkillId("english"), 2),),
        boosts=(Boost(BoostSource.LEVEL, 60.0), Boost(BoostSource.SUPERVISOR, None)),
        boost_ms=60_000,
    ),
    made_at=NOON,
)


@pytest.fixture
def store(database: Database) -> PromiseStore:
    return PromiseStore(database)


def ended(promise: Promise, end: PromiseEnd = PromiseEnd.KEPT) -> CallbackEnded:
    return CallbackEnded(
        at=NOON,
        promise=promise.id,
        call=promise.call,
        queue=SALES,
        origin=promise.origin,
        number=promise.number,
        end=end,
    )


async def test_a_promise_is_read_as_it_was_written(store: PromiseStore) -> None:
    added = await store.add(PROMISE)

    assert await store.open() == [added]
    assert added == replace(PROMISE, id=added.id, call=added.call)
    assert added.call.startswith("out-")


async def test_the_same_call_is_promised_once(store: PromiseStore) -> None:
    one, other = await asyncio.gather(store.add(PROMISE), store.add(PROMISE))

    assert one == other
    assert len(await store.open()) == 1


async def test_only_one_call_to_the_customer_is_claimed(store: PromiseStore) -> None:
    promise = await store.add(PROMISE)

    claims = await asyncio.gather(*(store.claim(promise.id, promise.call) for _ in range(5)))

    assert sorted(claims) == [False, False, False, False, True]
    (claimed,) = await store.open()
    assert (claimed.is_dialled, claimed.dials) == (True, 1)


async def test_what_is_noted_of_a_place_claims_no_call(store: PromiseStore) -> None:
    promise = await store.add(PROMISE)
    await store.save([replace(promise, level="gold", is_dialled=True, dials=1)], [])

    assert await store.claim(promise.id, promise.call)

    assert await store.open() == [replace(promise, level="gold", is_dialled=True, dials=1)]


async def test_the_next_call_is_claimed_by_its_own_name(store: PromiseStore) -> None:
    promise = await store.add(PROMISE)
    await store.claim(promise.id, promise.call)
    again = replace(promise, call=CallId("out-2"), dials=1, tries=1, not_before=NOON + timedelta(minutes=5))

    await store.save([again], [])

    assert await store.open() == [again]
    assert not await store.claim(promise.id, promise.call)
    assert await store.claim(promise.id, again.call)


async def test_what_is_settled_stays_settled(store: PromiseStore) -> None:
    promise = await store.add(PROMISE)
    await store.save([], [ended(promise)])

    await store.save([replace(promise, tries=1)], [ended(promise, PromiseEnd.NOT_REACHED)])

    assert await store.open() == []
    assert not await store.claim(promise.id, promise.call)


async def test_who_is_back_on_the_line_was_promised_nothing(store: PromiseStore) -> None:
    promise = await store.add(PROMISE)
    assert await store.was_made(A)
    assert not await store.was_made(CallId("b"))

    await store.save([], [replace(ended(promise, PromiseEnd.CALLED_IN), by=A)])

    assert not await store.was_made(A)


def entry(
    call: str, minutes: int, outcome: Outcome, *, is_wanted: bool = True, number: str = "+861"
) -> CallEntry:
    arrival = Arrival(
        call=CallId(call),
        at=NOON + timedelta(minutes=minutes),
        caller_number=number,
        caller_name="",
        dialled="4001",
        trunk="t",
    )
    made = CallEntry(arrival=arrival, outcome=outcome, ended_at=arrival.at, end_reason=EndReason.OTHER)
    return want(made, PersonWanted(queue=SALES, since=arrival.at)) if is_wanted else made


async def test_who_is_not_reached_is_among_those_to_call_and_who_is_promised_is_not(
    database: Database,
) -> None:
    store = CallStore(database)
    await store.save([entry("gave-up", 0, Outcome.ABANDONED), entry("promised", 1, Outcome.CALLBACK)])
    assert await store.in_vain(NOON) == []

    await store.break_promise(CallId("promised"), "+861", NOON + timedelta(minutes=30))

    found = await store.in_vain(NOON)
    assert [one.arrival.call for one in found] == ["promised", "gave-up"]
    assert found[0].wanted is not None
    assert found[0].wanted.turned_away == "not_reached"

    await store.save([entry("talked", 40, Outcome.SERVED)])
    assert await store.in_vain(NOON) == []


async def test_who_withheld_their_number_and_is_not_reached_is_known_by_the_one_they_typed(
    database: Database,
) -> None:
    store = CallStore(database)
    await store.save([entry("withheld", 0, Outcome.CALLBACK, number=""), entry("shown", 1, Outcome.CALLBACK)])

    for call in ("withheld", "shown"):
        await store.break_promise(CallId(call), "+862", NOON + timedelta(minutes=30))

    found = await store.in_vain(NOON)
    assert [one.arrival.caller_number for one in found] == ["+861", "+862"]

    await store.save([entry("talked", 40, Outcome.SERVED, number="+862")])
    assert [one.arrival.call for one in await store.in_vain(NOON)] == ["shown"]
