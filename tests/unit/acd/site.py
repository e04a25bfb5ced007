"""Routing with a switch and a journal that remember what they were told."""

import asyncio
from collections.abc import Awaitable, Callable, Collection
from datetime import UTC, datetime

from acd.events import CallConnected
from acd.model import AgentProfile, AgentState, Exit, QueueRequest
from acd.ports import OfferRecord, PastWait
from acd.reserves import HelpStand
from acd.service import Routing
from acd.settings import AcdSettings
from acd.wishes import Wish
from infra.bus import LocalBus
from infra.tasks import Tasks
from kernel.clock import SystemClock
from kernel.events import Event
from kernel.ids import AgentId, CallId, DeviceId, LegId, QueueId
from telephony.errors import CallGone, SwitchUnavailable
from telephony.events import Joined, SwitchConnected
from telephony.model import Arrival, CallMark, CallOut, Phase, Ring, Snapshot
from tests.unit.acd.floor import SALES, rules
from tests.unit.acd.promise_book import PromiseShelf

AGENT = AgentId(1)
PHONE = DeviceId("phone-1")
A = CallId("a")


class RecordingSwitch:
    """Takes orders, or fails as told."""

    def __init__(self) -> None:
        self.rings: list[Ring] = []
        self.begun: list[str] = []
        self.marks: list[tuple[CallId, Phase]] = []
        self.orders: list[tuple[str, object]] = []
        self.dialled: list[CallOut] = []
        self.legs: set[LegId] = set()
        """Those that can be ended; all others are gone."""
        self.failure: Exception | None = None
        self.slow = asyncio.Event()
        self.slow.set()

    def ring(self, ring: Ring) -> Awaitable[None]:
        self.begun.append("ring")
        self.rings.append(ring)
        return self._taken()

    async def _taken(self) -> None:
        if self.failure is not None:
            raise self.failure

    async def call_out(self, order: CallOut) -> None:
        if self.failure is not None:
            raise self.failure
        self.dialled.append(order)

    async def write_mark(self, call: CallId, mark: CallMark) -> None:
        self.begun.append("mark")
        await self.slow.wait()
        self.marks.append((call, mark.phase))

    async def set_fallback(self, device: DeviceId, *, is_ready: bool | None) -> None:
        self.orders.append((device, is_ready))

    def cancel(self, leg: LegId) -> Awaitable[None]:
        self.begun.append("cancel")
        if leg not in self.legs:
            raise CallGone(leg)
        self.orders.append(("cancel", leg))
        return self._taken()

    async def park(self, call: CallId) -> None:
        raise SwitchUnavailable(call)

    async def hang_up(self, call: CallId) -> None:
        self.orders.append(("hang up", call))
        if self.failure is not None:
            raise self.failure


class UnaskedJournal:
    """Nobody asks it what was decided earlier."""

    async def flush(self) -> None:
        raise AssertionError

    async def wait_of(self, call: CallId) -> PastWait | None:
        raise AssertionError(call)

    async def offers_of(self, calls: Collection[CallId]) -> dict[CallId, list[OfferRecord]]:
        raise AssertionError(calls)


class MemoryJournal(UnaskedJournal):
    def __init__(self) -> None:
        self.noted: list[Event] = []
        self.remembered: list[Wish] = []
        self.written: list[Wish] = []
        self.past: list[PastWait] = []
        self.agents = [AgentProfile(agent=AGENT, queues=(SALES,))]

    def note(self, event: Event) -> None:
        self.noted.append(event)

    def remember(self, wish: Wish) -> None:
        self.remembered.append(wish)

    async def settle(self) -> None:
        self.written = list(self.remembered)

    async def keep(self) -> None:
        await asyncio.Event().wait()

    async def profiles(self) -> list[AgentProfile]:
        return self.agents

    async def save_profile(self, profile: AgentProfile) -> None:
        raise AssertionError(profile)

    async def help(self) -> list[HelpStand]:
        return []

    async def wishes(self) -> list[Wish]:
        return [Wish(agent=AGENT, state=AgentState.READY, reason="")]

    async def waits_since(self, moment: datetime) -> list[PastWait]:
        return [wait for wait in self.past if wait.ended_at >= moment]


class Site:
    def __init__(self, promises: PromiseShelf | None = None) -> None:
        self.tasks = Tasks()
        self.bus = LocalBus(self.tasks)
        self.switch = RecordingSwitch()
        self.journal = MemoryJournal()
        self.promises = promises or PromiseShelf()
        self.events: list[Event] = []
        self.heard = asyncio.Event()
        settings = AcdSettings(
            talk_end_grace_s=0.05,
            adoption_wait_max_s=0.05,
            switch_retry_s=0.01,
            waiting_max=2,
            profiles_every_s=0.01,
            queues_every_s=0.01,
        )
        self.routing = Routing(
            switch=self.switch,  # type: ignore[arg-type]
            bus=self.bus,
            clock=SystemClock(),
            journal=self.journal,
            settings=settings,
            callbacks=self.promises.neighbours(),
        )

    async def start(self) -> None:
        self.bus.subscribe(Event, self._note)
        await self.routing.start({SALES: rules()})
        self.tasks.spawn(self.routing.run(), name="routing")
        snapshot = Snapshot(boot_id="b", calls=(), legs=(), registered=frozenset({PHONE}))
        self.bus.publish(SwitchConnected(at=datetime.now(UTC), snapshot=snapshot))
        await self.routing.has_device(AGENT, PHONE)

    async def _note(self, event: Event) -> None:
        self.events.append(event)
        self.heard.set()

    async def until(self, holds: Callable[[], bool]) -> None:
        async with asyncio.timeout(5):
            while not holds():  # noqa: ASYNC110 - turns of the loop, not time, are waited for
                await asyncio.sleep(0)

    async def enter(self, call: CallId = A, queue: QueueId = SALES) -> Exit | None:
        arrival = Arrival(
            call=call,
            at=datetime.now(UTC),
            caller_number="13800138000",
            caller_name="",
            dialled="1",
            trunk="t",
        )
        return await self.routing.enter(QueueRequest(arrival=arrival, queue=queue))

    def told(self, kind: type[Event]) -> list[Event]:
        return [event for event in self.events if isinstance(event, kind)]

    async def talk(self, call: CallId = A) -> LegId:
        await self.enter(call)
        await self.until(lambda: bool(self.switch.rings) and self.switch.rings[-1].call == call)
        leg = self.switch.rings[-1].leg
        self.bus.publish(Joined(at=datetime.now(UTC), call=call, leg=leg, agent=AGENT))
        await self.until(lambda: bool(self.told(CallConnected)))
        return leg
