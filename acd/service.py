"""Routing at work: each input is one turn of the engine, and nothing in a turn waits."""

import asyncio
from collections.abc import Collection, Coroutine, Mapping, Sequence
from typing import Any

import structlog

from acd.break_rules import ANY_BREAK, BreakRules, Breaks
from acd.callbacks import Callbacks
from acd.calling import Calling
from acd.engine import Engine, chosen, flow_inputs, inputs, promise_inputs
from acd.engine.breaks import breaks_for
from acd.engine.effects import CancelLeg, Effect, Order, RememberAgent, RingAgent
from acd.engine.inputs import Input
from acd.engine.waiting import waiting_in, waiting_of
from acd.errors import NoPlace, NoSuchOffer, NotWaiting, RoutingStopped
from acd.exits import Exits
from acd.figures import DayFigures
from acd.following import Following
from acd.hanging_up import HangingUp
from acd.heard import HEARD
from acd.model import (
    AfterTalk,
    AgentState,
    ConsultStep,
    Exit,
    Instant,
    Overview,
    QueueRequest,
    QueueRules,
)
from acd.outlooks import Outlooks
from acd.overview import overview_of
from acd.performing import Performer
from acd.ports import CallbackNeighbours, Journal, OfferRecord, PastWait
from acd.restoring import kept_by
from acd.settings import AcdSettings
from acd.still_waiting import Waiting
from acd.supervision import Supervision
from acd.talk_ends import TalkEnds
from infra.tasks import Tasks
from kernel.bus import Bus
from kernel.clock import Clock
from kernel.errors import HotlineError
from kernel.events import Event
from kernel.ids import AgentId, CallId, DeviceId, QueueId
from telephony import events
from telephony.destinations import FlowPlace, Outside
from telephony.model import Phase
from telephony.port import Switch

log = structlog.get_logger(__name__)

KEPT = {Phase.PARKED, Phase.WAITING, Phase.HELD, Phase.DIALLING}
"""Where somebody is there, or will be, for a caller whose line has come back."""
URGENT = (CancelLeg, RingAgent)
"""Before what is noted for a later server: somebody waits to hear, or not to hear, a phone."""


class Routing:
    """Who answers. Other parts talk to routing through this class alone."""

    def __init__(  # noqa: PLR0913 - each is a part of its own, named by the one place that joins them
        self,
        *,
        switch: Switch,
        bus: Bus,
        clock: Clock,
        journal: Journal,
        settings: AcdSettings,
        callbacks: CallbackNeighbours,
    ) -> None:
        self._switch = switch
        self._bus = bus
        self._clock = clock
        self._journal = journal
        self._settings = settings
        self._engine = Engine(settings, self._now())
        self._figures = DayFigures(settings.timezone, self._service_level_s)
        self._orders = Tasks()
        self._performer = Performer(
            switch, self._spawn_order, self._hear, look_after_s=settings.switch_retry_s
        )
        self.following = Following(self._ask, self._engine, settings)
        """What changes beside callers and phones."""
        self.supervision = Supervision(self._ask, self.set_state, self._engine.world)
        """What supervisors do in conversations of others."""
        self.calling = Calling(self._ask, self._engine.world)
        """Calls that agents make."""
        self.callbacks = Callbacks(self._ask, self._engine, switch, clock, callbacks)
        """Customers whose place is kept without a line."""
        self._hanging_up = HangingUp(self._ask, self._engine.world, switch=switch, bus=bus, clock=clock)
        self._broken = asyncio.Event()
        self._adopted = asyncio.Event()
        self._talk_ends = TalkEnds(self.phase_of, settings.talk_end_grace_s)
        self._exits = Exits()
        self.outlooks = Outlooks(self._engine.world, clock, settings)
        """How long callers still wait, and what they may be told."""
        self._alarm: asyncio.TimerHandle | None = None
        self._alarm_at: float | None = None
        self._is_open = False

    async def start(self, queues: Mapping[QueueId, QueueRules], breaks: Breaks = ANY_BREAK) -> None:
        """Takes up what was kept, and begins to listen. Call it before the switch connects."""
        now = self._now()
        self._take(inputs.SetQueues(queues=queues))
        self._take(inputs.SetBreaks(breaks=breaks))
        for kept in (*await kept_by(self._journal), *await self.callbacks.kept()):
            self._take(kept)
        today = await self._journal.waits_since(self._figures.midnight(now.wall))
        self._figures.rebuild(today, now.wall)
        self._bus.listen(Event, self._hear)
        self._bus.listen(Event, self.outlooks.note)
        self._is_open = True

    async def run(self) -> None:
        """Keeps the journal until cancelled, and to the end; raises when the engine cannot go on."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._journal.keep(), name="acd journal")
            tasks.create_task(self.callbacks.run(), name="callbacks")
            try:
                await self._broken.wait()
                raise RuntimeError("routing cannot decide any more")
            finally:
                self._is_open = False
                if self._alarm is not None:
                    self._alarm.cancel()
                await self._orders.close()

    async def enter(self, request: QueueRequest) -> Exit | None:
        """A caller wants an agent; harmless when the call is known already.

        Returns why the queue does not take the call; None: it does.
        """
        try:
            await self._ask(inputs.Enter(request=request))
        except NoPlace as refused:
            return refused.exit
        return None

    async def leave(self, call: CallId) -> bool:
        """A waiting caller chose something else; False: they don't wait any more, or talk by now."""
        try:
            await self._ask(inputs.Leave(call=call))
        except NotWaiting:
            return False
        return True

    async def sent_away(self, call: CallId) -> Exit:
        """Waits until a queue sends the call away, and returns why; to be cancelled when the call is gone."""
        return await self._exits.of(call)

    async def after_talk(self, call: CallId) -> AfterTalk:
        """What becomes of a caller whose agent's leg is gone."""
        await self._await_adoption(call)
        if call in self._engine.world.absent:
            await self._ask(promise_inputs.CustomerCame(call=call))
        if self.phase_of(call) is Phase.TALKING:
            await self._talk_ends.wait(call)
        if self.phase_of(call) is Phase.TALKING:
            await self._ask(inputs.TalkOver(call=call))
        await self._performer.marks_settled(call)
        if self.phase_of(call) is None and call in self._engine.world.talked_and_left:
            return "flow"
        return "hold" if self.phase_of(call) in KEPT else "goodbye"

    async def boost(self, call: CallId, seconds: float | None) -> None:
        """Pulls a waiting call forward: by seconds, or (None) before all ordinary ones; 0 takes it back."""
        await self._ask(inputs.GiveBoost(call=call, seconds=seconds))

    async def has_device(
        self, agent: AgentId, device: DeviceId, *, must_accept: bool = False, rings_at_once: bool = False
    ) -> None:
        """The agent's calls ring on this device from now on."""
        way = inputs.SignIn(agent=agent, device=device, must_accept=must_accept, rings_at_once=rings_at_once)
        await self._ask(way)

    async def has_no_device(self, agent: AgentId) -> None:
        """The agent gave the phone back; a running conversation goes on."""
        await self._ask(inputs.SignOut(agent=agent))

    async def page_lost(self, agent: AgentId) -> None:
        """The page that is the agent's phone is gone without a word."""
        await self._ask(inputs.PageLost(agent=agent))

    async def page_back(self, agent: AgentId) -> None:
        """The page is there again, and its phone registered."""
        await self._ask(inputs.PageBack(agent=agent))

    async def set_state(self, agent: AgentId, state: AgentState, reason: str = "") -> None:
        """What the agent wants to be; during a call it takes effect afterwards."""
        await self._ask(inputs.SetState(agent=agent, state=state, reason=reason))
        # Who was told so is that also after a server that dies now.
        await self._journal.settle()

    async def end_wrap_up(self, agent: AgentId) -> None:
        """The agent is done."""
        await self._ask(inputs.EndWrapUp(agent=agent))

    async def extend_wrap_up(self, agent: AgentId) -> None:
        """The agent needs longer; once for each call."""
        await self._ask(inputs.ExtendWrapUp(agent=agent))

    async def refuse(self, call: CallId, agent: AgentId) -> None:
        """The agent does not take the offered call."""
        await self._ask(inputs.Refuse(agent=agent, call=call))

    async def transfer(
        self, call: CallId, by: AgentId, *, to: AgentId | QueueId | FlowPlace | Outside | None, note: str = ""
    ) -> None:
        """Sends a caller on; None: into the queue they came through."""
        await self._ask(chosen.transfer_to(to, call, by, note))

    async def reach(self, request: QueueRequest, outside: Outside) -> None:
        """Has somebody outside rung for a caller; `sent_away` tells that nobody came."""
        await self._ask(flow_inputs.Reach(request=request, outside=outside))

    async def consult(self, call: CallId, by: AgentId, *, to: AgentId | Outside, note: str = "") -> None:
        """Asks a colleague, or somebody outside, while the caller hears music."""
        await self._ask(chosen.consult(call, by, to, note))

    async def go_on(self, call: CallId, by: AgentId, step: ConsultStep) -> None:
        """How it goes on once a colleague was asked."""
        await self._ask(inputs.STEPS[step](call=call, agent=by))

    async def hang_up(self, call: CallId, by: AgentId | None = None) -> None:
        """Ends a call on purpose; `by` an agent only if it is that agent's own, nobody for a supervisor."""
        if by is not None and by != self.agent_of(call):
            raise NoSuchOffer("This call is not yours to end.")
        await self._hanging_up.hang_up(call, by)

    def agent_of(self, call: CallId) -> AgentId | None:
        """Who talks, or talked last, with the caller of a running call; nobody yet for who was sent on."""
        known = self._engine.world.calls.get(call)
        if known is not None and known.is_absent and known.offer is not None:
            return known.offer.agent  # who hears the customer's phone ring
        return known.agent if known is not None and known.sent_by is None else None

    def queues_of(self, agent: AgentId) -> tuple[QueueId, ...]:
        """Whom the agent may serve."""
        known = self._engine.world.agents.get(agent)
        return known.queues if known is not None else ()

    def is_talking(self, agent: AgentId) -> bool:
        """Whether the agent talks with a caller now, or is asked about one whom they may be given."""
        known = self._engine.world.agents.get(agent)
        return known is not None and (known.call is not None or known.consulted is not None)

    def phase_of(self, call: CallId) -> Phase | None:
        """Where a call stands; None when routing has nothing to do with it."""
        known = self._engine.world.calls.get(call)
        return known.phase if known is not None else None

    def language_of(self, call: CallId) -> str:
        """What the caller is served in; "" where routing does not know."""
        known = self._engine.world.calls.get(call)
        return known.mark.language if known is not None else ""

    def rules_of(self, queue: QueueId) -> QueueRules | None:
        """A queue's rules, such as how far back a sticky agent is looked for."""
        return self._engine.world.rules.get(queue)

    def overview(self) -> Overview:
        """All queues and agents at this moment."""
        return overview_of(self._engine.world, self._figures, self._clock.now())

    def breaks_for(self, agent: AgentId) -> list[tuple[BreakRules, int | None]]:
        """Every break with the places that are left for this agent; None: no limit."""
        return breaks_for(self._engine.world, agent)

    def waiting(self, call: CallId) -> Waiting | None:
        """Why a call still waits; None when it does not."""
        found = waiting_of(self._engine.world, call, self._now())
        return self.outlooks.reckoned(found) if found is not None else None

    def waiting_in(self, queue: QueueId, limit: int) -> list[Waiting]:
        """The calls that wait in a queue, who is to be served first at the top."""
        found = waiting_in(self._engine.world, queue, self._now(), limit=limit)
        return [self.outlooks.reckoned(waiting) for waiting in found]

    async def explanation_of(self, call: CallId) -> Sequence[OfferRecord]:
        """Every offer of a call with its reason, oldest first; also those of a moment ago."""
        await self._journal.flush()
        return (await self._journal.offers_of([call])).get(call, ())

    async def wait_of(self, call: CallId) -> PastWait | None:
        """How a call's wait ended, also a moment ago; nothing while it lasts, and for who never waited."""
        await self._journal.flush()
        return await self._journal.wait_of(call)

    async def offers_of(self, calls: Collection[CallId]) -> Mapping[CallId, Sequence[OfferRecord]]:
        """The offers of many calls, as a list of calls needs them; of the last second some may be missing."""
        return await self._journal.offers_of(calls)

    def _hear(self, event: Event | Input) -> None:
        """Decides in the moment of the news, before anybody's bookkeeping: an agent may have become free."""
        if not self._is_open or not isinstance(event, HEARD):
            return
        try:
            self._turn(event)
        except Exception as error:  # noqa: BLE001 - who brings news has nothing to do with what it leads to
            log.warning("input refused", input=type(event).__name__, error=str(error))
        if isinstance(event, events.SwitchConnected):
            self._adopted.set()
        elif isinstance(event, events.CallEnded):
            self._exits.note(event)

    async def _ask(self, event: Input) -> None:
        """Decides at once, and returns when the journal and the bus have been told."""
        if not self._is_open:
            raise RoutingStopped("Routing is not running; try again in a moment.")
        self._turn(event)
        await asyncio.sleep(0)

    def _turn(self, event: Input) -> None:
        """Raises what the engine says to this input."""
        try:
            self._decide(event)
        except Exception as refused:
            if not isinstance(refused, HotlineError):
                log.exception("routing failed", input=type(event).__name__)
            self._decide_what_is_due()
            raise

    def _decide_what_is_due(self) -> None:
        """The effects of timers that went off before the input; without timers the engine is broken."""
        try:
            self._decide(inputs.Tick())
        except Exception:
            self._broken.set()
            log.exception("routing is broken")

    def _decide(self, event: Input) -> None:
        self._perform(self._engine.handle(event, self._now()))
        self._talk_ends.tell()
        self._set_alarm()

    def _perform(self, effects: list[Effect]) -> None:
        """Orders first: the next phone must wait neither for pages that are told nor for a database.

        What is told goes to many who listen, so they hear it in the loop's next turn: the orders of this
        one have left by then.
        """
        asyncio.get_running_loop().call_soon(self._tell, effects)
        orders = [effect for effect in effects if isinstance(effect, Order)]
        for order in sorted(orders, key=lambda order: not isinstance(order, URGENT)):
            self._performer.perform(order)
        for effect in effects:
            self.callbacks.take(effect)

    def _spawn_order(self, order: Coroutine[Any, Any, None]) -> None:
        self._orders.spawn(order, name="order to the switch")

    def _tell(self, effects: list[Effect]) -> None:
        for effect in effects:
            if isinstance(effect, Event):
                self._exits.note(effect)
                self._bus.publish(effect)
                self._figures.note(effect)
                self._journal.note(effect)
            elif isinstance(effect, RememberAgent):
                self._journal.remember(effect.wish)

    def _take(self, event: Input) -> None:
        """An input before anything can be ordered; what it settles about promises is written down."""
        for effect in self._engine.handle(event, self._now()):
            self.callbacks.take(effect)

    async def _await_adoption(self, call: CallId) -> None:
        try:
            async with asyncio.timeout(self._settings.adoption_wait_max_s):
                await self._adopted.wait()
        except TimeoutError:
            log.warning("the switch was not heard of in time", call_id=call)

    def _set_alarm(self) -> None:
        due = self._engine.next_wakeup()
        if due == self._alarm_at:
            return
        if self._alarm is not None:
            self._alarm.cancel()
        self._alarm, self._alarm_at = None, due
        if due is not None:
            delay = max(0.0, due - self._clock.monotonic())
            self._alarm = asyncio.get_running_loop().call_later(delay, self._ring_alarm)

    def _ring_alarm(self) -> None:
        self._alarm = self._alarm_at = None
        self._hear(inputs.Tick())

    def _service_level_s(self, queue: QueueId) -> float:
        return self._engine.world.rules_of(queue).service_level_s

    def _now(self) -> Instant:
        return Instant(self._clock.monotonic(), self._clock.now())
