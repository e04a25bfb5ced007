"""Routing's journal: what was decided and why is there after a restart."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from acd.events import CallConnected, CallLeftQueue, CallOffered, HelpChanged, OfferEnded
from acd.model import (
    AgentProfile,
    AgentState,
    Branch,
    Exit,
    Explanation,
    OfferResult,
    PassedOver,
    Why,
    WrapUp,
)
from acd.ports import OfferRecord, PastWait
from acd.reserves import Help, HelpStand
from acd.settings import AcdSettings
from acd.still_waiting import StillWaiting, Unserved
from acd.store import AcdStore
from acd.wishes import Wish
from infra.database import Database
from kernel.ids import AgentId, CallId, LegId, QueueId, SkillId
from telephony.model import Boost, BoostSource, Home, HomeBy

NOW = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
CALL, LEG, SALES, AGENT = CallId("a"), LegId("leg-a-1"), QueueId("sales"), AgentId(1)
WHY = Explanation(
    why=Why.STICKY,
    boost_s=120,
    overtook=2,
    held_for_sticky_s=3.5,
    sticky_agent=AGENT,
    idle_s=None,
    candidates=3,
    passed_over=(PassedOver(agent=AgentId(2), reason="idle_shorter"),),
    asked=((SkillId("billing"), 2), (SkillId("english"), 1)),
    needs=((SkillId("english"), 1),),
    reached=(QueueId("technical"),),
)


@pytest.fixture
def store(database: Database) -> AcdStore:
    return AcdStore(database, AcdSettings(journal_max=3))


def offered() -> CallOffered:
    return CallOffered(
        at=NOW,
        call=CALL,
        queue=SALES,
        agent=AGENT,
        leg=LEG,
        waited_s=4,
        explanation=WHY,
        is_return=False,
    )


def answered(call: CallId = CALL) -> CallConnected:
    return CallConnected(at=NOW, call=call, queue=SALES, agent=AGENT, leg=LEG, waited_s=6, talking_since=NOW)


async def test_every_offer_keeps_its_reason_and_its_end(store: AcdStore) -> None:
    store.note(offered())
    store.note(OfferEnded(at=NOW, call=CALL, agent=AGENT, leg=LEG, result=OfferResult.ANSWERED))
    await store.flush()
    assert (await store.offers_of([CALL, CallId("other")])) == {
        CALL: [
            OfferRecord(
                leg=LEG,
                call=CALL,
                queue=SALES,
                agent=AGENT,
                offered_at=NOW,
                waited_s=4,
                is_return=False,
                explanation=WHY,
                result=OfferResult.ANSWERED,
                ended_at=NOW,
            )
        ]
    }


async def test_an_offer_that_ends_later_is_completed(store: AcdStore) -> None:
    store.note(offered())
    await store.flush()
    assert (await store.offers_of([CALL]))[CALL][0].result is None
    store.note(OfferEnded(at=NOW, call=CALL, agent=AGENT, leg=LEG, result=OfferResult.TIMED_OUT))
    await store.flush()
    assert (await store.offers_of([CALL]))[CALL][0].result is OfferResult.TIMED_OUT


async def test_an_offer_that_was_answered_while_no_server_saw_it_is_answered(store: AcdStore) -> None:
    store.note(offered())
    await store.flush()
    store.note(answered())
    await store.flush()
    assert (await store.offers_of([CALL]))[CALL][0].result is OfferResult.ANSWERED
    store.note(replace(answered(), at=NOW + timedelta(hours=1)))
    await store.flush()
    assert (await store.offers_of([CALL]))[CALL][0].ended_at == NOW


async def test_how_a_wait_ended_is_kept_with_why_and_whom_they_met(store: AcdStore) -> None:
    store.note(replace(answered(), sticky_agent=AGENT))
    unserved = Unserved(
        why=StillWaiting.ALL_BUSY,
        boosts=(Boost(BoostSource.LEVEL, 120.0), Boost(BoostSource.SUPERVISOR, None)),
        asked=((SkillId("英语"), 2),),
        needs=((SkillId("英语"), 1),),
        reached=(QueueId("service"),),
        sticky_agent=AGENT,
        held_for=None,
        offered_to=None,
        passed_over=(PassedOver(agent=AGENT, reason="refused"),),
    )
    away = CallLeftQueue(
        at=NOW,
        call=CallId("b"),
        queue=SALES,
        waited_s=60,
        is_abandoned=False,
        exit=Exit.TIMEOUT,
        unserved=unserved,
    )
    store.note(away)
    await store.flush()
    assert await store.wait_of(CALL) == PastWait(
        call=CALL, queue=SALES, ended_at=NOW, waited_s=6, was_answered=True, met_own_agent=True
    )
    assert await store.wait_of(CallId("b")) == PastWait(
        call=CallId("b"),
        queue=SALES,
        ended_at=NOW,
        waited_s=60,
        was_answered=False,
        exit=Exit.TIMEOUT,
        unserved=unserved,
    )


async def test_a_wait_that_is_told_again_after_a_restart_counts_once(store: AcdStore) -> None:
    store.note(answered())
    await store.flush()
    store.note(answered())
    store.note(CallLeftQueue(at=NOW, call=CallId("b"), queue=SALES, waited_s=2))
    await store.flush()
    waits = sorted(await store.waits_since(NOW - timedelta(hours=1)), key=lambda wait: wait.call)
    assert waits == [
        PastWait(call=CALL, queue=SALES, ended_at=NOW, waited_s=6, was_answered=True),
        PastWait(call=CallId("b"), queue=SALES, ended_at=NOW, waited_s=2, was_answered=False),
    ]
    assert await store.waits_since(NOW + timedelta(seconds=1)) == []
    assert [await store.wait_of(wait.call) for wait in waits] == waits
    assert await store.waits_of([CallId("b"), CallId("c")]) == waits[1:]
    assert await store.wait_of(CallId("c")) is None


async def test_agents_keep_their_queues_and_wishes(store: AcdStore) -> None:
    await store.save_profile(AgentProfile(agent=AGENT, queues=(SALES,)))
    profile = AgentProfile(
        agent=AGENT,
        queues=(QueueId("service"), SALES),
        skills={SkillId("english"): 3},
        region="gd",
        wrap_up_s=5.0,
    )
    await store.save_profile(profile)
    store.remember(Wish(agent=AGENT, state=AgentState.READY, reason=""))
    store.remember(Wish(agent=AGENT, state=AgentState.ON_BREAK, reason="午休"))
    await store.flush()
    kept = Wish(agent=AGENT, state=AgentState.ON_BREAK, reason="培训", since=NOW)
    store.remember(kept)
    await store.flush()
    assert await store.profiles() == [profile]
    assert await store.wishes() == [kept]


async def test_the_time_after_a_call_is_kept_until_it_is_over(store: AcdStore) -> None:
    until = NOW + timedelta(seconds=20)
    busy = Wish(
        agent=AGENT,
        state=AgentState.READY,
        reason="",
        wrap_up=WrapUp(call=CALL, since=NOW, until=until, is_extended=True),
    )
    store.remember(busy)
    await store.flush()
    assert await store.wishes() == [busy]
    done = Wish(agent=AGENT, state=AgentState.READY, reason="", since=until)
    store.remember(done)
    await store.flush()
    assert await store.wishes() == [done]


async def test_an_unanswered_call_is_kept_until_its_agent_is_back(store: AcdStore) -> None:
    missed = Wish(agent=AGENT, state=AgentState.READY, reason="", since=NOW, missed_at=NOW)
    store.remember(missed)
    await store.flush()
    assert await store.wishes() == [missed]
    back = replace(missed, missed_at=None)
    store.remember(back)
    await store.flush()
    assert await store.wishes() == [back]


async def test_who_has_all_written_waits_for_what_is_being_written(
    store: AcdStore, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, goes_on, transaction = asyncio.Event(), asyncio.Event(), database.transaction

    @asynccontextmanager
    async def slow_transaction() -> AsyncIterator[AsyncConnection]:
        begun.set()
        await goes_on.wait()
        async with transaction() as connection:
            yield connection

    monkeypatch.setattr(database, "transaction", slow_transaction)
    store.note(offered())
    flushing = asyncio.create_task(store.flush())
    await begun.wait()
    asyncio.get_running_loop().call_later(0.05, goes_on.set)
    await store.flush()
    assert CALL in await store.offers_of([CALL])
    await flushing


async def test_a_journal_that_cannot_be_written_keeps_the_newest_entries(store: AcdStore) -> None:
    for name in "abcde":
        store.note(answered(CallId(name)))
    await store.flush()
    assert sorted(wait.call for wait in await store.waits_since(NOW)) == ["c", "d", "e"]
    assert store.lost == 2


async def test_an_offer_that_is_told_twice_does_not_block_the_journal(store: AcdStore) -> None:
    store.note(offered())
    await store.flush()
    store.note(offered())
    store.note(offered())
    await store.flush()
    assert len((await store.offers_of([CALL]))[CALL]) == 1


async def test_an_entry_that_can_never_be_written_keeps_no_other_from_it(store: AcdStore) -> None:
    store.note(answered(CallId("bad\ud800")))
    store.note(answered(CallId("good")))
    store.remember(Wish(agent=AGENT, state=AgentState.ON_BREAK, reason="\ud800", since=NOW))
    kept = Wish(agent=AgentId(2), state=AgentState.ON_BREAK, reason="午休", since=NOW)
    store.remember(kept)
    await store.flush()
    assert [wait.call for wait in await store.waits_since(NOW)] == ["good"]
    assert await store.wishes() == [kept]
    assert store.lost == 2


async def test_how_it_stands_with_a_reserve_is_kept_until_nobody_is_needed(store: AcdStore) -> None:
    proposed = HelpStand(queue=SALES, help=Help.PROPOSED, queues=(QueueId("back_office"),), since=NOW)
    given = replace(proposed, help=Help.GIVEN, by=AgentId(9))
    store.note(HelpChanged(at=NOW, queue=SALES, stand=proposed))
    await store.flush()
    assert await store.help() == [proposed]
    store.note(HelpChanged(at=NOW, queue=SALES, stand=None))
    store.note(HelpChanged(at=NOW, queue=SALES, stand=given, by=AgentId(9)))
    await store.flush()
    assert await store.help() == [given]
    store.note(HelpChanged(at=NOW, queue=SALES, stand=None))
    await store.flush()
    assert await store.help() == []


async def test_where_a_caller_came_from_and_who_helped_is_kept_with_the_offer(store: AcdStore) -> None:
    made = offered()
    home = Home("east", HomeBy.NUMBER)
    explained = replace(made.explanation, home=home, branch=Branch.LOCAL, is_help=True)
    store.note(replace(made, explanation=explained))
    await store.flush()
    (record,) = (await store.offers_of([CALL]))[CALL]
    assert record.explanation == explained
