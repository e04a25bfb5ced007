import asyncio

import pytest

from kernel.briefs import Words
from kernel.ids import AgentId, CallId, LegId
from telephony.events import CallArrived, CallEnded, CallRejected, EndFailed, EndOrdered, Joined
from telephony.ledger_rules import SwitchRecord
from telephony.model import EndReason, Outcome, Phase
from tests.unit.telephony.ledger_surroundings import NOON, Surroundings, arrival, ended, snapshot


async def test_a_call_is_found_before_it_is_written() -> None:
    around = Surroundings()
    ledger = await around.ledger()
    await ledger.heard(CallArrived(at=NOON, arrival=arrival("c-1")))
    waiting = ledger.find(CallId("c-1"))
    await ledger.heard(CallEnded(at=NOON, call=CallId("c-1"), reason=EndReason.CALLER_HUNG_UP))
    over = ledger.find(CallId("c-1"))
    await ledger.flush()
    assert (waiting and waiting.is_open, over and over.outcome) == (True, Outcome.ABANDONED)
    assert ledger.find(CallId("c-1")) is None
    assert CallId("c-1") in around.saved


async def test_calls_of_a_number_are_known_from_the_arrival_until_their_end_is_written() -> None:
    around = Surroundings()
    ledger = await around.ledger()
    _, announce = around.listening
    came = CallArrived(at=NOON, arrival=arrival("a"))
    announce(came)
    assert [entry.is_open for entry in ledger.recent_from([""])] == [True]
    await ledger.heard(came)
    await ledger.heard(CallEnded(at=NOON, call=CallId("a"), reason=EndReason.CALLER_HUNG_UP))
    assert [entry.outcome for entry in ledger.recent_from([""])] == [Outcome.ABANDONED]
    assert ledger.recent_from(["+861"]) == []
    await ledger.flush()
    assert ledger.recent_from([""]) == []


async def test_what_a_caller_chose_is_written_at_once_with_all_that_waits(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("telephony.ledger.FLUSH_EVERY_S", 60.0)
    around = Surroundings()
    ledger = await around.ledger()
    running = asyncio.create_task(ledger.run())
    for call in ("a", "b"):
        await ledger.heard(CallArrived(at=NOON, arrival=arrival(call)))
    await ledger.choose(CallId("a"), Words(zh="投诉", en="Complaints"))
    async with asyncio.timeout(5):
        await around.was_written.wait()
    chosen = {call: entry.said_in_menu for call, entry in around.saved.items()}
    running.cancel()
    await asyncio.wait([running])
    assert chosen == {"a": (Words(zh="投诉", en="Complaints"),), "b": ()}


async def test_a_call_whose_arrival_was_dropped_behind_too_many_events_has_its_outcome() -> None:
    around = Surroundings()
    ledger = await around.ledger()
    _, announce = around.listening
    announce(CallArrived(at=NOON, arrival=arrival("a")))
    await ledger.decide(CallId("a"), Outcome.SELF_SERVED)
    await ledger.heard(CallEnded(at=NOON, call=CallId("a"), reason=EndReason.HOTLINE_HUNG_UP))
    assert around.outcomes() == [(CallId("a"), Outcome.SELF_SERVED)]
    await ledger.flush()
    assert ledger.find(CallId("a")) is None


async def test_a_call_is_closed_once_with_its_outcome() -> None:
    around = Surroundings()
    ledger = await around.ledger()
    await ledger.heard(CallArrived(at=NOON, arrival=arrival("a")))
    await ledger.heard(Joined(at=NOON, call=CallId("a"), leg=LegId("leg-a-1"), agent=AgentId(7)))
    ended = CallEnded(at=NOON, call=CallId("a"), reason=EndReason.CALLER_HUNG_UP)
    await ledger.heard(ended)
    await ledger.heard(ended)
    await ledger.flush()
    assert around.outcomes() == [(CallId("a"), Outcome.SERVED)]
    assert around.saved[CallId("a")].outcome is Outcome.SERVED


@pytest.mark.parametrize("is_taken", [True, False])
async def test_a_call_that_an_agent_ended_on_the_page_says_so_unless_the_order_failed(
    *, is_taken: bool
) -> None:
    around = Surroundings()
    ledger = await around.ledger()
    await ledger.heard(CallArrived(at=NOON, arrival=arrival("a")))
    await ledger.heard(Joined(at=NOON, call=CallId("a"), leg=LegId("leg-a-1"), agent=AgentId(7)))
    await ledger.heard(EndOrdered(at=NOON, call=CallId("a"), agent=AgentId(7)))
    if not is_taken:
        await ledger.heard(EndFailed(at=NOON, call=CallId("a")))
    await ledger.heard(CallEnded(at=NOON, call=CallId("a"), reason=EndReason.HOTLINE_HUNG_UP))
    await ledger.flush()
    closed = around.saved[CallId("a")]
    by = EndReason.AGENT_HUNG_UP if is_taken else EndReason.HOTLINE_HUNG_UP
    assert (closed.end_reason, closed.legs[0].reason) == (by, by)


async def test_a_call_that_the_switch_turned_away_has_its_outcome_once_whoever_tells_of_it() -> None:
    around = Surroundings()
    ledger = await around.ledger()
    await ledger.heard(CallRejected(at=NOON, arrival=arrival("heard")))
    around.records = [
        SwitchRecord(arrival=arrival(call), phase=None, joined_leg=None, is_rejected=True, ended_at=NOON)
        for call in ("heard", "both", "noted")
    ]
    await ledger.heard(snapshot())
    await ledger.heard(CallRejected(at=NOON, arrival=arrival("both")))
    await ledger.flush()
    assert sorted(around.outcomes()) == [
        (CallId("both"), Outcome.REJECTED),
        (CallId("heard"), Outcome.REJECTED),
        (CallId("noted"), Outcome.REJECTED),
    ]
    assert await around.open_entries() == []


async def test_what_was_chosen_in_a_menu_outlives_the_server() -> None:
    around = Surroundings("a")
    complaints, sales = Words(zh="投诉", en="Complaints"), Words(zh="销售", en="Sales")
    for choice in (complaints, sales):
        ledger = await around.ledger()
        said = await ledger.choose(CallId("a"), choice)
        await ledger.flush()
    assert said == (complaints, sales)
    assert around.saved[CallId("a")].said_in_menu == (complaints, sales)


async def test_nothing_is_lost_while_the_database_is_out_of_order() -> None:
    around = Surroundings()
    ledger = await around.ledger()
    around.is_broken = True
    await ledger.heard(CallArrived(at=NOON, arrival=arrival("a")))
    await ledger.flush()
    await ledger.decide(CallId("a"), Outcome.SELF_SERVED)
    around.is_broken = False
    await ledger.flush()
    assert around.saved[CallId("a")].decided is Outcome.SELF_SERVED


@pytest.mark.parametrize(
    ("end", "reason"),
    [
        (CallEnded(at=NOON, call=CallId("a"), reason=EndReason.CALLER_HUNG_UP), EndReason.CALLER_HUNG_UP),
        (None, EndReason.SWITCH_LOST),
    ],
)
async def test_a_message_that_the_switch_itself_took_is_the_calls_outcome(
    end: CallEnded | None, reason: EndReason
) -> None:
    around = Surroundings()
    ledger = await around.ledger()
    await ledger.heard(snapshot("a"))
    around.messages = {CallId("a")}
    await ledger.heard(end or snapshot())
    await ledger.flush()
    assert around.saved[CallId("a")].end_reason is reason
    assert around.outcomes() == [(CallId("a"), Outcome.VOICEMAIL)]


async def test_an_entry_that_can_never_be_written_keeps_no_other_from_it() -> None:
    around = Surroundings()
    ledger = await around.ledger()
    around.refused = {CallId("bad")}
    for call in ("a", "bad", "b"):
        await ledger.heard(CallArrived(at=NOON, arrival=arrival(call)))
    await ledger.flush()
    assert around.saved.keys() == {"a", "b"}
    around.refused = set()
    await ledger.flush()
    assert around.saved.keys() == {"a", "b"}
    await ledger.heard(CallEnded(at=NOON, call=CallId("bad"), reason=EndReason.CALLER_HUNG_UP))
    around.records = [ended("bad", Phase.WAITING)]
    await ledger.heard(snapshot("a", "b"))
    assert around.outcomes() == [(CallId("bad"), Outcome.ABANDONED)]


async def test_what_changes_while_an_entry_is_written_is_written_too() -> None:
    around = Surroundings()
    ledger = await around.ledger()
    await ledger.heard(CallArrived(at=NOON, arrival=arrival("a")))

    async def decide() -> None:
        await ledger.decide(CallId("a"), Outcome.SELF_SERVED)

    around.before_commit = decide
    await ledger.flush()
    assert around.saved[CallId("a")].decided is None
    await ledger.flush()
    assert around.saved[CallId("a")].decided is Outcome.SELF_SERVED
