"""A server beside a switch without telephones: routing, with what outlives it."""

import asyncio
from collections.abc import Callable, Sequence

from acd.engine.effects import RememberAgent
from acd.model import AgentProfile, AgentState, QueueRequest, QueueRules
from acd.ports import PastWait
from acd.reserves import HelpStand
from acd.service import Routing
from acd.settings import AcdSettings
from acd.wishes import Wish
from infra.bus import LocalBus
from infra.tasks import Tasks
from kernel.clock import SystemClock
from kernel.events import Event
from kernel.ids import AgentId, CallId, LegId
from telephony.fake import FakeSwitch
from telephony.model import Phase
from telephony.port import Line, LineEntry
from tests.unit.acd.floor import SALES, device, rules
from tests.unit.acd.promise_book import PromiseShelf
from tests.unit.acd.site import UnaskedJournal

LI, WANG = AgentId(1), AgentId(2)
TWO_OF_SALES = tuple(AgentProfile(agent=agent, queues=(SALES,)) for agent in (LI, WANG))
IN_A_HURRY = AcdSettings(talk_end_grace_s=0.05, park_s=0.3, switch_retry_s=0.05)


class Kept(UnaskedJournal):
    """What outlives a restart of the server: queues and wishes of the agents."""

    def __init__(self, profiles: Sequence[AgentProfile]) -> None:
        self.kept: dict[AgentId, Wish] = {}
        self.at_work = profiles

    def note(self, event: Event) -> None:
        assert not isinstance(event, RememberAgent)

    def remember(self, wish: Wish) -> None:
        self.kept[wish.agent] = wish

    async def settle(self) -> None:
        """What is remembered here is kept at once."""

    async def keep(self) -> None:
        await asyncio.Event().wait()

    async def profiles(self) -> list[AgentProfile]:
        return list(self.at_work)

    async def save_profile(self, profile: AgentProfile) -> None:
        raise AssertionError(profile)

    async def help(self) -> list[HelpStand]:
        return []

    async def wishes(self) -> list[Wish]:
        return list(self.kept.values())

    async def waits_since(self, moment: object) -> list[PastWait]:
        assert moment
        return []


class House:
    """A server beside a switch. The server can be killed; the switch goes on."""

    def __init__(
        self,
        profiles: Sequence[AgentProfile] = TWO_OF_SALES,
        queues: Sequence[QueueRules] = (rules(wrap_up_s=0),),
        settings: AcdSettings = IN_A_HURRY,
    ) -> None:
        self.kept = Kept(profiles)
        self.queues = queues
        self.settings = settings
        self.promises = PromiseShelf()
        self.switch_tasks = Tasks()
        self.events: list[Event] = []
        self.clock = SystemClock()
        self.goodbyes: list[CallId] = []
        self.tasks = Tasks()
        self.bus = LocalBus(self.tasks)
        self.switch = FakeSwitch(self.bus, self.clock)
        self.routing = self.new_routing()

    def new_routing(self) -> Routing:
        return Routing(
            switch=self.switch,
            bus=self.bus,
            clock=self.clock,
            journal=self.kept,
            settings=self.settings,
            callbacks=self.promises.neighbours(),
        )

    async def start(self) -> None:
        self.bus.subscribe(Event, self._note)
        await self.routing.start({queue.id: queue for queue in self.queues})
        self.tasks.spawn(self.routing.run(), name="routing")

    async def kill_server(self) -> None:
        """A new server adopts the running switch."""
        await self.tasks.close()
        self.tasks = Tasks()
        self.bus = self.switch.bus = LocalBus(self.tasks)
        self.routing = self.new_routing()
        self.events.clear()
        await self.start()
        for profile in self.kept.at_work:
            await self.routing.has_device(profile.agent, device(profile.agent))
        self.switch.come_back()

    async def _note(self, event: Event) -> None:
        self.events.append(event)

    async def line(self, line: Line) -> None:
        """What the flow does around routing."""
        call = line.arrival.call
        if line.entry is LineEntry.ARRIVED:
            await self.routing.enter(QueueRequest(arrival=line.arrival, queue=SALES))
        elif await self.routing.after_talk(call) == "goodbye":
            self.goodbyes.append(call)
            await line.hang_up()
            return
        await line.hold()

    async def agent_comes(self, agent: AgentId) -> None:
        await self.routing.has_device(agent, device(agent))
        self.switch.register(device(agent))
        await self.routing.set_state(agent, AgentState.READY)

    def limit(self) -> asyncio.Timeout:
        """What ought to happen takes far less."""
        return asyncio.timeout(5)

    async def until(self, holds: Callable[[], bool]) -> None:
        async with self.limit():
            while not holds():  # noqa: ASYNC110 - turns of the loop, not time, are waited for
                await asyncio.sleep(0)

    async def ring_of(self, call: CallId) -> LegId:
        await self.until(lambda: any(leg.ring.call == call for leg in self.switch.legs.values()))
        return next(leg for leg, found in self.switch.legs.items() if found.ring.call == call)

    async def leg_of(self, agent: AgentId) -> LegId:
        await self.until(lambda: any(leg.ring.agent == agent for leg in self.switch.legs.values()))
        return next(leg for leg, found in self.switch.legs.items() if found.ring.agent == agent)

    async def talk(self) -> CallId:
        call = self.switch.call_in(number="13800138000")
        self.switch.answer(await self.ring_of(call))
        await self.until(lambda: self.routing.phase_of(call) is Phase.TALKING)
        return call

    def told(self, kind: type[Event]) -> list[Event]:
        return [event for event in self.events if isinstance(event, kind)]
