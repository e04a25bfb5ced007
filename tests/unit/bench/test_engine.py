from io import StringIO

import pytest
from rich.console import Console

from acd.engine.strategy import STRATEGIES
from bench.arriving import IDLE, Choice, measure_choices
from bench.engine import Result, Row, replay
from bench.engine_showing import table
from bench.large_site import Site, Size, new_engine
from tests.sim.invariants import check

SMALL = Size(agents=40, queues=8, skills=4, waiting=60)


def test_the_site_keeps_as_many_waiting_as_asked_for_and_breaks_no_rule() -> None:
    site = Site(SMALL)
    site.run(3_000)
    check(site.engine.world, [])
    assert 40 <= site.waiting <= 80
    assert site.offers > 100


def test_a_site_with_idle_agents_has_them() -> None:
    site = Site(Size(agents=40, queues=8, skills=4, waiting=0, idle=20))
    site.run(3_000)
    check(site.engine.world, [])
    assert 10 <= site.idle <= 30


def test_another_engine_that_is_told_the_same_decides_the_same() -> None:
    site, other = Site(SMALL), new_engine()
    site.run(1_000)
    for event, now in site.told:
        other.handle(event, now)
    held = [[*agent.held] for agent in other.world.agents.values()]
    assert [*other.world.offers] == [*site.engine.world.offers]
    assert held == [[*agent.held] for agent in site.engine.world.agents.values()]


def test_time_is_taken_of_the_engine_and_of_its_journal() -> None:
    site = Site(SMALL)
    before = len(site.told)
    site.run(500)
    assert all(seconds > 0 for seconds in replay(site.told, before))


def shown(events_per_s: float, growth: float) -> str:
    busy = Row("hardly an idle agent", 10, 20, 0, events_per_s, 1.0, 1.0, 1.0)
    grown = Row("by callers waiting", 10, 10_000, 0, 1.0, 1.0, 1.0, 1.0, growth, 2.0)
    choice = Choice("region", "n", dict.fromkeys(IDLE, 3.5))
    console = Console(record=True, width=120, file=StringIO())
    console.print(table(Result({}, [busy, grown], [choice], 2000)))
    return console.export_text()


def test_the_table_says_whether_the_promises_hold() -> None:
    assert "with hardly an idle agent: holds" in shown(50_000, 2.0)
    assert "with hardly an idle agent: does not hold" in shown(49_999, 2.0)
    assert "no more than log n: holds" in shown(50_000, 2.0)
    assert "no more than log n: does not hold" in shown(50_000, 2.01)


def test_every_strategy_is_measured_on_a_call_that_finds_an_agent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("bench.arriving.IDLE", (3, 6))
    monkeypatch.setattr("bench.arriving.CALLS", 4)
    choices = measure_choices()
    assert [choice.strategy for choice in choices] == [*STRATEGIES]
    assert all(us > 0 for choice in choices for us in choice.us_by_idle.values())
    assert {choice.strategy for choice in choices if choice.bound == "n"} == {"least_occupied", "region"}
