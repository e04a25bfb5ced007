"""`hotline replay`, through the command line, on both databases: a known day, computed by hand."""

import asyncio
import json
import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from acd.events import CallConnected, CallLeftQueue, CallOffered
from acd.model import AgentProfile, Explanation, Why
from acd.settings import AcdSettings
from acd.store import AcdStore
from customers.model import Level, Record
from customers.service import Customers
from customers.settings import CustomerSettings
from customers.store import CustomerStore
from infra.database import Database
from infra.jobs import Jobs
from infra.outbox import Outbox
from kernel.clock import SystemClock
from kernel.ids import GUESTS_FROM, AgentId, CallId, LegId, QueueId
from server.cli import OF_INPUT, app
from telephony.ledger_rules import CallEntry, LegEntry
from telephony.model import Arrival, EndReason, Outcome, PersonWanted
from telephony.store import CallStore

NINE = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)
"""In Shanghai."""
SALES, LI = QueueId("sales"), AgentId(1)
VIP = "+8613800138000"
RULES = "queues: {sales: {name: {zh: 销售, en: Sales}, wrap_up_s: 10}}\n"
CHANGED = (
    "queues: {sales: {name: {zh: 销售, en: Sales}, wrap_up_s: 0, offer_timeout_s: 3, boosts: {vip: 60}}}\n"
)


def moment(seconds: float) -> datetime:
    return NINE + timedelta(seconds=seconds)


def entry(
    call: str,
    came_s: float,
    *,
    number: str = "",
    answered_s: float | None,
    ends_s: float,
    rings_s: float = 0,
) -> CallEntry:
    arrival = Arrival(
        call=CallId(call), at=moment(came_s - 5), caller_number=number, caller_name="", dialled="4", trunk="t"
    )
    leg = LegEntry(
        leg=LegId(f"leg-{call}-1"),
        agent=LI,
        began_at=moment((answered_s or 0) - rings_s),
        joined_at=moment(answered_s or 0),
        ended_at=moment(ends_s),
        reason=EndReason.AGENT_HUNG_UP,
    )
    return CallEntry(
        arrival=arrival,
        legs=(leg,) if answered_s is not None else (),
        outcome=Outcome.ABANDONED if answered_s is None else Outcome.SERVED,
        ended_at=moment(ends_s),
        wanted=PersonWanted(queue=SALES, since=moment(came_s)),
    )


def asked(leg: LegEntry, agent: AgentId) -> LegEntry:
    """Who was asked in the midst of a talk."""
    assert leg.joined_at is not None
    joined_at = leg.joined_at + timedelta(seconds=9)
    return replace(leg, leg=LegId(f"{leg.leg}-asked"), agent=agent, joined_at=joined_at)


def with_expert(entry: CallEntry) -> CallEntry:
    """In this call the agent asked somebody outside, who has no shift."""
    return replace(entry, legs=(*entry.legs, asked(entry.legs[0], AgentId(GUESTS_FROM + 7))))


DAY = (
    (entry("a", 0, answered_s=0, ends_s=60), 0.0),
    (entry("b", 10, answered_s=70, ends_s=100), 60.0),
    (entry("c", 20, number=VIP, answered_s=None, ends_s=75), 55.0),
    (with_expert(entry("d", 200, answered_s=204, ends_s=249, rings_s=4)), 4.0),
)


async def fill(url: str) -> None:
    database = Database(url)
    journal = AcdStore(database, AcdSettings())
    await journal.save_profile(AgentProfile(agent=LI, queues=(SALES,)))
    await CallStore(database).save([call for call, _ in DAY])
    for call, waited_s in DAY:
        note(journal, call, waited_s)
    await journal.flush()
    clock = SystemClock()
    store = CustomerStore(database, Outbox(Jobs(database, clock)))
    customers = Customers(store=store, clock=clock, settings=CustomerSettings())
    await customers.create(Record(name="王", numbers=(VIP,), level=Level.VIP))
    await database.close()


def note(journal: AcdStore, entry: CallEntry, waited_s: float) -> None:
    call, leg = entry.arrival.call, LegId(f"leg-{entry.arrival.call}-1")
    at = entry.answered_at
    if at is None:
        journal.note(CallLeftQueue(at=entry.ended_at or NINE, call=call, queue=SALES, waited_s=waited_s))
        return
    why = Explanation(
        why=Why.ONLY_CANDIDATE,
        boost_s=0,
        overtook=0,
        held_for_sticky_s=0,
        sticky_agent=None,
        idle_s=0,
        candidates=1,
    )
    journal.note(
        CallOffered(
            at=at,
            call=call,
            queue=SALES,
            agent=LI,
            leg=leg,
            waited_s=waited_s,
            explanation=why,
            is_return=False,
        )
    )
    journal.note(
        CallConnected(at=at, call=call, queue=SALES, agent=LI, leg=leg, waited_s=waited_s, talking_since=at)
    )


@pytest.fixture
def site(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "queues.yaml").write_text(RULES, encoding="utf-8")
    (tmp_path / "changed.yaml").write_text(CHANGED, encoding="utf-8")
    for name, value in (("DATA_DIR", str(tmp_path)), ("DATABASE__URL", url), ("CONFIG", os.devnull)):
        monkeypatch.setenv(f"HOTLINE_{name}", value)
    asyncio.run(fill(url))
    return tmp_path


def replayed(site: Path, *words: str, day: str = "2026-11-20") -> Result:
    return CliRunner().invoke(app, ["replay", day, "--with", str(site / "changed.yaml"), *words])


def test_a_known_day_by_the_rules_of_then_and_by_changed_ones(site: Path) -> None:
    result = replayed(site, "--json")
    assert result.exit_code == 0, result.output
    told: dict[str, Any] = json.loads(result.stdout)
    was, today, changed = (told[name] for name in ("as_it_was", "rules_of_today", "changed_rules"))
    assert told["day"] == "2026-11-20"
    assert was["total"] == today["total"] == today["queues"]["sales"]
    assert (was["total"]["calls"], was["total"]["answered"], was["total"]["gave_up"]) == (4, 3, 1)
    assert was["total"]["mean_wait_answered_s"] == pytest.approx((0 + 60 + 4) / 3)
    assert was["total"]["service_level"] == 2 / 4
    assert today["occupancy"] == pytest.approx((60 + 30 + 45 + 3 * 10) / 259)
    # The VIP goes first at 60 s, and rings and talks as long as the others did in the mean, 4/3 s and 45 s;
    # b comes behind, and for d it rings no longer than 3 s.
    assert (changed["total"]["answered"], changed["total"]["gave_up"]) == (4, 0)
    assert changed["total"]["mean_wait_answered_s"] == pytest.approx((0 + 41 + 1 / 3 + 96 + 1 / 3 + 3) / 4)
    assert [told["rings_cut_short"] for told in (was, today, changed)] == [0, 0, 1]
    assert changed["agents"] == {"1": {"occupancy": pytest.approx((60 + 45 + 30 + 45) / 249)}}


def test_people_read_a_table(site: Path) -> None:
    lines = replayed(site).stdout.splitlines()
    wait = next(line for line in lines if "mean wait answered" in line)
    assert [word for word in wait.split() if word[0].isdigit()] == ["21.3", "21.3", "35.2"]
    occupancy = next(line for line in lines if "occupancy" in line)
    assert [word for word in occupancy.split() if word[0].isdigit() or word == "–"] == ["–", "63.7", "72.3"]
    assert any(line.startswith("changed rules: 1 of the calls rang longer") for line in lines)
    assert not any(line.startswith("rules of today: ") for line in lines)


def refusal(result: Result) -> str:
    assert isinstance(result.exception, OF_INPUT), result.output
    return str(result.exception)


def test_what_cannot_be_replayed_is_said(site: Path) -> None:
    assert "is no day" in refusal(replayed(site, day="friday"))
    for never in ("0001-01-01", "9999-12-31"):
        assert "is no past day" in refusal(replayed(site, day=never))
    assert "nobody waited" in refusal(replayed(site, day="2026-11-19"))
    (site / "changed.yaml").write_text(RULES.replace("sales:", "service:"), encoding="utf-8")
    assert "changed.yaml: has no queue 'sales'" in refusal(replayed(site))
    (site / "changed.yaml").write_text(RULES.replace("wrap_up_s", "wrap"), encoding="utf-8")
    assert "changed.yaml:1" in refusal(replayed(site))
    (site / "changed.yaml").unlink()
    assert "cannot be read" in refusal(replayed(site))
