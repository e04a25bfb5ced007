"""Figures for Prometheus: what calls come to, how fast phones ring, how well the loop turns."""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Protocol

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from typing_extensions import override

from acd.events import CallConnected, CallOffered
from acd.model import Overview
from kernel.bus import Bus
from kernel.clock import Clock
from kernel.events import Event
from kernel.ids import LegId
from telephony.events import CallClosed, LegEnded, LegRinging
from telephony.port import Line, LineHandler

LAG_INTERVAL_S = 0.25
RING_BUCKETS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5)
WAIT_BUCKETS_S = (1, 5, 10, 20, 30, 60, 120, 300, 600, 1800)
LAG_BUCKETS_S = (0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 3)
OFFERS_WATCHED_MAX = 10_000


class Metrics:
    """Counts what happens on the bus and on callers' lines."""

    def __init__(self, registry: CollectorRegistry, clock: Clock) -> None:
        self._clock = clock
        self._offered_at: dict[LegId, datetime] = {}
        self._calls = Counter(
            "hotline_calls", "Calls that ended, by their one outcome", ["outcome"], registry=registry
        )
        self._events = Counter(
            "hotline_events", "What the switch and routing reported", ["kind"], registry=registry
        )
        self._rings = Histogram(
            "hotline_offer_to_ring_seconds",
            "From the decision for an agent until the phone rings",
            buckets=RING_BUCKETS_S,
            registry=registry,
        )
        self._waits = Histogram(
            "hotline_wait_seconds",
            "What callers waited until they talked",
            buckets=WAIT_BUCKETS_S,
            registry=registry,
        )
        self._lag = Histogram(
            "hotline_loop_lag_seconds",
            "How late the event loop wakes up",
            buckets=LAG_BUCKETS_S,
            registry=registry,
        )
        self._tasks = Gauge(
            "hotline_tasks", "What the event loop is at work on or waits for", registry=registry
        )
        self._lines = Gauge("hotline_line_sessions", "Callers held by Hotline", registry=registry)
        self._line_starts = Counter(
            "hotline_line_sessions_started",
            "Callers handed over by the switch, by why",
            ["entry"],
            registry=registry,
        )

    def follow(self, bus: Bus) -> None:
        """Begins to count."""
        bus.subscribe(Event, self.on_event)

    async def on_event(self, event: Event) -> None:
        """Counts one event."""
        self._events.labels(kind=type(event).__name__).inc()
        match event:
            case CallClosed():
                self._calls.labels(outcome=event.outcome).inc()
            case CallOffered():
                if len(self._offered_at) < OFFERS_WATCHED_MAX:
                    self._offered_at[event.leg] = event.at
            case LegRinging():
                if offered_at := self._offered_at.pop(event.leg, None):
                    self._rings.observe(max(0.0, (event.at - offered_at).total_seconds()))
            case LegEnded():
                self._offered_at.pop(event.leg, None)
            case CallConnected():
                self._waits.observe(event.waited_s)
            case _:
                pass

    def counted(self, handler: LineHandler) -> LineHandler:
        """The handler, with its sessions counted."""

        async def handle(line: Line) -> None:
            self._line_starts.labels(entry=line.entry).inc()
            with self._lines.track_inprogress():
                await handler(line)

        return handle

    async def watch_loop(self) -> None:
        """Measures how late the loop wakes up, until cancelled."""
        while True:
            due = self._clock.monotonic() + LAG_INTERVAL_S
            await asyncio.sleep(LAG_INTERVAL_S)
            self._lag.observe(max(0.0, self._clock.monotonic() - due))
            self._tasks.set(len(asyncio.all_tasks()))


class WatchedSwitch(Protocol):
    """The switch as figures see it."""

    @property
    def is_connected(self) -> bool:
        """It is reachable and its state known."""
        ...

    @property
    def counts(self) -> Mapping[str, int]:
        """What was said to it since the start, by kind."""
        ...


class FloorCollector(Collector):
    """Queues, agents and the switch, read when somebody asks."""

    def __init__(
        self, overview: Callable[[], Overview], *, switch: WatchedSwitch, events_lost: Callable[[], int]
    ) -> None:
        self._overview = overview
        self._events_lost = events_lost
        self._switch = switch

    @override
    def collect(self) -> Iterator[Metric]:
        """The figures of this moment."""
        overview = self._overview()
        waiting = GaugeMetricFamily("hotline_waiting_calls", "Calls that wait", labels=["queue"])
        for queue in overview.queues:
            waiting.add_metric([queue.queue], queue.waiting)
        yield waiting
        agents = GaugeMetricFamily("hotline_agents", "Agents by state", labels=["state"])
        states = [agent.state for agent in overview.agents]
        for state in sorted(set(states)):
            agents.add_metric([state], states.count(state))
        yield agents
        yield GaugeMetricFamily(
            "hotline_switch_connected",
            "Whether Asterisk is reachable",
            value=float(self._switch.is_connected),
        )
        spoken = CounterMetricFamily("hotline_switch", "What was said to Asterisk, by kind", labels=["kind"])
        for kind, times in sorted(self._switch.counts.items()):
            spoken.add_metric([kind], times)
        yield spoken
        yield CounterMetricFamily(
            "hotline_events_lost", "Events that a slow part of Hotline never saw", value=self._events_lost()
        )
