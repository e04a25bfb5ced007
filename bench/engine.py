"""How much the engine decides in a second, in one process.

With hardly an idle agent, with many, with ever more callers waiting, and what an arriving call takes. The
traffic is made with one engine, and what that one heard is told to another: so only the engine is measured,
not what plays the callers. Explanations are made, and the journal takes its entries; how long the database
takes for those is said beside it.
"""

import asyncio
import gc
import math
import time
import tracemalloc
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

from acd.engine.effects import Effect, RememberAgent
from acd.engine.strategy import STRATEGIES
from acd.settings import AcdSettings
from acd.store import AcdStore
from bench.arriving import Choice, measure_choices
from bench.large_site import Site, Size, Told, new_engine
from bench.machine import machine
from infra.collector import spare_what_is_loaded
from infra.database import Database
from infra.migrations import migrate
from kernel.events import Event

EVENTS = 100_000
WARM_UP_EVENTS = 60_000
EVENTS_PER_S_MIN = 50_000
IDLE = 5_000
WAITING = (100, 1_000, 10_000, 100_000)
TURNS = 3
"""So many engines hear the same inputs in turn, and the fastest counts: the others were held up by
what else the machine did. The slowest is said beside it."""
WEIGHED_CALLS = 5_000
ENTRIES_PER_EVENT_MAX = 10
"""So many fit into the journal's memory, which must not be full here."""

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Row:
    """What was measured of one site."""

    what: str
    agents: int
    waiting: int
    idle: int
    events_per_s: float
    slowest_events_per_s: float
    us_per_event: float
    journal_us_per_event: float
    """For the database to take the entries, behind the decisions."""
    growth: float | None = None
    """Of the cost of an event, since the fewest waiting callers."""
    growth_max: float | None = None
    """By the promised bound: an event may cost so much more as the logarithm of the callers is larger."""


@dataclass(frozen=True, slots=True)
class Result:
    """All sites."""

    machine: dict[str, object]
    rows: list[Row]
    choices: list[Choice]
    bytes_per_waiting_call: int

    @property
    def is_fast(self) -> bool:
        """Whether the large site without idle agents is decided for as fast as promised."""
        return self.rows[0].events_per_s >= EVENTS_PER_S_MIN

    @property
    def grows_slowly(self) -> bool:
        """Whether an event costs no more for all who wait than the promised bound allows."""
        return all((row.growth or 0.0) <= (row.growth_max or math.inf) for row in self.rows)

    @property
    def holds(self) -> bool:
        """Whether all is as promised."""
        return self.is_fast and self.grows_slowly

    def as_json(self) -> dict[str, object]:
        """As every benchmark is told to scripts."""
        return {
            "name": "engine",
            "machine": self.machine,
            "rows": [asdict(row) for row in self.rows],
            "choices": [asdict(choice) for choice in self.choices],
            "bytes_per_waiting_call": self.bytes_per_waiting_call,
        }


def measure(tell: Progress) -> Result:
    """Every site in turn; some minutes."""
    here = machine()
    sites = [("hardly an idle agent", Size())]
    sites += [(strategy, Size(idle=IDLE, waiting=0, strategy=strategy)) for strategy in STRATEGIES]
    rows = [_measured(what, size, tell) for what, size in sites]
    rows += _growing(
        [_measured("by callers waiting", Size(agents=1_000, waiting=waiting), tell) for waiting in WAITING]
    )
    tell("arriving calls, by idle agents")
    choices = measure_choices()
    tell("memory of a waiting call")
    return Result(here, rows, choices, _bytes_per_waiting_call())


def _growing(rows: Sequence[Row]) -> list[Row]:
    first = rows[0]
    return [
        replace(
            row,
            growth=round(row.us_per_event / first.us_per_event, 2),
            growth_max=round(math.log(waiting) / math.log(WAITING[0]), 2),
        )
        for row, waiting in zip(rows, WAITING, strict=True)
    ]


def _measured(what: str, size: Size, tell: Progress) -> Row:
    tell(f"{what}: {size.agents} agents, {size.waiting} waiting, {size.idle} idle")
    site = Site(size)
    site.run(WARM_UP_EVENTS)
    before, told = len(site.told), site.told
    site.run(EVENTS)
    waiting, idle, events = site.waiting, site.idle, len(told) - before
    del site  # its engine's memory is given back before the other one takes as much
    turns = [replay(told, before) for _ in range(TURNS)]
    seconds, journal_seconds = min(turns)
    return Row(
        what=what,
        agents=size.agents,
        waiting=waiting,
        idle=idle,
        events_per_s=round(events / seconds),
        slowest_events_per_s=round(events / max(turns)[0]),
        us_per_event=round(1e6 * seconds / events, 1),
        journal_us_per_event=round(1e6 * journal_seconds / events, 1),
    )


def replay(told: Sequence[Told], before: int) -> tuple[float, float]:
    """What an engine takes for all but the first so many inputs, and the database for the entries made then.

    In seconds of this process, in which nothing else runs.
    """
    engine, inputs = new_engine(), iter(told)
    for event, now in islice(inputs, before):
        engine.handle(event, now)
    with TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'journal.db'}"
        asyncio.run(migrate(url))
        database = Database(url)
        journal = AcdStore(database, AcdSettings(journal_max=len(told) * ENTRIES_PER_EVENT_MAX))
        gc.collect()
        spare_what_is_loaded()  # as the server does once it has started
        began_s = time.process_time()
        for event, now in inputs:
            _note(journal, engine.handle(event, now))
        decided_s = time.process_time()
        asyncio.run(_write(journal, database))
        gc.unfreeze()
        return decided_s - began_s, time.process_time() - decided_s


def _note(journal: AcdStore, effects: list[Effect]) -> None:
    for effect in effects:
        if isinstance(effect, Event):
            journal.note(effect)
        elif isinstance(effect, RememberAgent):
            journal.remember(effect.wish)


async def _write(journal: AcdStore, database: Database) -> None:
    await journal.flush()
    await database.close()


def _bytes_per_waiting_call() -> int:
    """Of calls that find no agent: all that the engine keeps of them."""
    site = Site(Size(agents=10, queues=10, skills=10, waiting=1))
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    waiting = site.waiting
    site.come(WEIGHED_CALLS)
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return (after - before) // (site.waiting - waiting)
