"""Where callers are in their flows, how many came by today, and where they hang up."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

import structlog

from acd.events import CallConnected
from ivr.current_site import CurrentSite
from ivr.events import CallerAtNode
from kernel.bus import Bus
from kernel.clock import Clock
from kernel.errors import HotlineError
from kernel.ids import CallId
from telephony.events import CallEnded
from telephony.model import EndReason

log = structlog.get_logger(__name__)

Place = tuple[str, str]
"""A flow and one of its nodes."""
KEEP_EVERY_S = 5.0
"""A server that is killed forgets no more than this of its counts."""
KEPT_FOR = timedelta(days=400)


@dataclass(frozen=True, slots=True, kw_only=True)
class Passed:
    """What was counted at a node."""

    came: int = 0
    hung_up: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A node as it stands: who is there, and what was counted today."""

    now: int = 0
    came: int = 0
    hung_up: int = 0


class VisitShelf(Protocol):
    """Where counts are kept by day."""

    async def add_visits(self, day: date, counted: Mapping[Place, Passed], *, forget_before: date) -> None:
        """Adds what was counted since the last time."""
        ...

    async def visits_of(self, day: date) -> Mapping[Place, Passed]:
        """All that was counted on a day."""
        ...


class Visits:
    """Counts in memory; what was counted is kept every few seconds."""

    def __init__(self, shelf: VisitShelf, site: CurrentSite, clock: Clock) -> None:
        self._shelf = shelf
        self._site = site
        self._clock = clock
        self._at: dict[CallId, Place] = {}
        self._today: dict[Place, Passed] = {}
        self._unkept: dict[Place, Passed] = {}
        self._day = self._date()
        self.changed = asyncio.Event()
        """Somebody came, went on, or left; to be cleared by who waits for it."""

    def follow(self, bus: Bus) -> None:
        """Counts what is told from now on."""
        bus.subscribe(CallerAtNode, self._on_node)
        bus.subscribe(CallConnected, self._on_talk)
        bus.subscribe(CallEnded, self._on_end)

    def of(self, flow: str) -> Mapping[str, Visit]:
        """A flow's nodes at which anybody is, or was today."""
        self._turn_day()
        found: dict[str, Visit] = {
            node: Visit(came=passed.came, hung_up=passed.hung_up)
            for (name, node), passed in self._today.items()
            if name == flow
        }
        for name, node in self._at.values():
            if name == flow:
                before = found.get(node, Visit())
                found[node] = replace(before, now=before.now + 1)
        return found

    def flows(self) -> frozenset[str]:
        """Those at whose nodes anybody is, or was today."""
        return frozenset(flow for flow, _ in (*self._today, *self._at.values()))

    async def run(self) -> None:
        """Keeps what is counted, from what was kept before; until cancelled."""
        has_begun = False
        while True:
            try:
                if not has_begun:
                    await self.begin()
                    has_begun = True
                await self.keep()
            except HotlineError as error:
                log.warning("counts of callers in flows are not kept now", reason=str(error))
            await asyncio.sleep(KEEP_EVERY_S)

    async def begin(self) -> None:
        """Takes up what was counted today before."""
        await self._site.read()  # tells the time zone
        self._turn_day()
        before = await self._shelf.visits_of(self._day)
        for place, passed in before.items():
            self._today[place] = _sum(self._today.get(place), passed)
        self.changed.set()

    async def keep(self) -> None:
        """Keeps what was counted since the last time."""
        day, unkept = self._day, self._unkept
        if not unkept:
            self._turn_day()
            return
        self._unkept = {}
        try:
            await self._shelf.add_visits(day, unkept, forget_before=day - KEPT_FOR)
        except BaseException:
            if day == self._day:
                for place, passed in unkept.items():
                    self._unkept[place] = _sum(self._unkept.get(place), passed)
            raise
        self._turn_day()

    async def _on_node(self, event: CallerAtNode) -> None:
        self._turn_day()
        for place in event.passed:
            self._count(place, Passed(came=1))
        self._at[event.call] = (event.flow, event.node)
        self.changed.set()

    async def _on_talk(self, event: CallConnected) -> None:
        if self._at.pop(event.call, None) is not None:
            self.changed.set()

    async def _on_end(self, event: CallEnded) -> None:
        place = self._at.pop(event.call, None)
        if place is None:
            return
        self._turn_day()
        if event.reason is EndReason.CALLER_HUNG_UP:
            self._count(place, Passed(hung_up=1))
        self.changed.set()

    def _count(self, place: Place, passed: Passed) -> None:
        self._today[place] = _sum(self._today.get(place), passed)
        self._unkept[place] = _sum(self._unkept.get(place), passed)

    def _turn_day(self) -> None:
        """A new day begins with nothing counted but what is not kept yet of the last seconds."""
        today = self._date()
        if today != self._day:
            self._day = today
            self._today = dict(self._unkept)
            self.changed.set()

    def _date(self) -> date:
        return self._clock.now().astimezone(ZoneInfo(self._site.last.numbers.timezone)).date()


def _sum(one: Passed | None, other: Passed) -> Passed:
    if one is None:
        return other
    return Passed(came=one.came + other.came, hung_up=one.hung_up + other.hung_up)
