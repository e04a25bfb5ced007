"""Pauses of recordings on both databases."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from infra.database import Database
from kernel.ids import AgentId, CallId, LegId
from telephony.pause_store import PauseStore
from telephony.recordings import Pause, PauseEnd

AT = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
PAUSE = Pause(call=CallId("h-1.1"), leg=LegId("leg-h-1.1-1"), agent=AgentId(7), since=AT)


async def test_a_pause_is_open_until_its_first_end(database: Database) -> None:
    store, until = PauseStore(database), AT + timedelta(seconds=30)
    await store.begin(PAUSE)
    assert await store.open_ones() == [PAUSE]
    await store.end(PAUSE, until, PauseEnd.AGENT)
    await store.end(PAUSE, until + timedelta(seconds=9), PauseEnd.LIMIT)
    assert await store.open_ones() == []
    assert await store.of_call(PAUSE.call) == [replace(PAUSE, until=until, why=PauseEnd.AGENT)]


async def test_pauses_of_a_call_are_in_their_order(database: Database) -> None:
    store, later = PauseStore(database), replace(PAUSE, since=AT + timedelta(minutes=1))
    await store.begin(later)
    await store.begin(PAUSE)
    await store.begin(replace(PAUSE, call=CallId("h-2.2")))
    assert await store.of_call(PAUSE.call) == [PAUSE, later]
