"""How much the engine decides in a second, in one process.

With hardly an idle agent, with many, and with ever more callers waiting. Explanations are made, and
everything that is told is handed out; writing the journal is not the engine's part.
"""

import gc
import time
import tracemalloc
from collections.abc import Callable
from dataclasses import asdict, dataclass

from acd.engine.strategy import STRATEGIES
from bench.large_site import Site, Size
from bench.machine import machine

EVENTS = 100_000
WARM_UP_EVENTS = 60_000
EVENTS_PER_S_MIN = 50_000
IDLE = 5_000
WAITING = (100, 1_000, 10_000, 100_000)
WEIGHED_CALLS = 5_000

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Row:
    """What was measured of one site."""

    what: str
    agents: int
    waiting: int
    idle: int
    events_per_s: float
    us_per_event: float


@dataclass(frozen=True, slots=True)
class Result:
    """All sites."""

    machine: dict[str, object]
    rows: list[Row]
    bytes_per_waiting_call: int

    @property
    def holds(self) -> bool:
        """Whether the large site without idle agents is decided for as fast as promised."""
        return self.rows[0].events_per_s >= EVENTS_PER_S_MIN

    def as_json(self) -> dict[str, object]:
        """As every benchmark is told to scripts."""
        return {
            "name": "engine",
            "machine": self.machine,
            "rows": [asdict(row) for row in self.rows],
            "bytes_per_waiting_call": self.bytes_per_waiting_call,
        }


def measure(tell: Progress) -> Result:
    """Every site in turn; some minutes."""
    here = machine()
    sites = [("hardly an idle agent", Size())]
    sites += [(strategy, Size(idle=IDLE, waiting=0, strategy=strategy)) for strategy in STRATEGIES]
    sites += [("by callers waiting", Size(agents=1_000, waiting=waiting)) for waiting in WAITING]
    rows = [_measured(what, size, tell) for what, size in sites]
    tell("memory of a waiting call")
    return Result(here, rows, _bytes_per_waiting_call())


def _measured(what: str, size: Size, tell: Progress) -> Row:
    tell(f"{what}: {size.agents} agents, {size.waiting} waiting, {size.idle} idle")
    site = Site(size)
    gc.collect()
    gc.freeze()  # as the server does once it has started
    site.run(WARM_UP_EVENTS)
    before, began_s = site.events, time.process_time()
    site.run(EVENTS)
    seconds, events = time.process_time() - began_s, site.events - before
    gc.unfreeze()
    return Row(
        what=what,
        agents=size.agents,
        waiting=site.waiting,
        idle=site.idle,
        events_per_s=round(events / seconds),
        us_per_event=round(1e6 * seconds / events, 1),
    )


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
