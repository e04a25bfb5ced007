"""Every step of every way to send a caller on, and each fault at it: who has the caller in the end.

`ENDS` is the promise. A step without a line in it, or a fault without an end, fails.
"""

from collections.abc import AsyncIterator, Mapping
from enum import StrEnum
from itertools import product

import pytest

from acd.model import AgentProfile, AgentState, ConsultStep
from kernel.ids import AgentId, CallId, LegId, QueueId, is_guest
from telephony.destinations import FlowPlace, Outside
from telephony.model import EndReason, Phase
from telephony.port import Line
from tests.sim.house import IN_A_HURRY, LI, WANG, House
from tests.sim.invariants import check
from tests.unit.acd.floor import SALES, device, rules

ZHAO = AgentId(3)
SERVICE = QueueId("service")
TURNS_TO_HEAR = 20
"""Of the loop; a few are enough."""


class Way(StrEnum):
    """How the caller of Li is sent on; who is asked first may also be brought in as the third."""

    AGENT = "to a colleague"
    QUEUE = "to a queue"
    EXPERT = "to an expert"
    NUMBER = "to a number outside"
    FLOW = "to a flow"
    ASKED_AGENT = "to a colleague who is asked first"
    ASKED_EXPERT = "to an expert who is asked first"
    ASKED_NUMBER = "to a number that is asked first"


class Step(StrEnum):
    """How far that is."""

    RINGS = "the callee's phone rings"
    WAITS = "nobody of the queue is free"
    RETURNED = "nobody took the caller, and the transferrer's phone rings"
    CONSULTED = "the two talk without the caller"
    THREE_WAY = "all three talk"
    BACK = "the transferrer has taken the caller back"
    TALKS = "the callee has the caller"
    IN_MENU = "the caller is in the menu"


class Fault(StrEnum):
    """What happens then."""

    TRANSFERRER_GONE = "the transferrer is gone"
    CALLEE_GONE = "the callee is gone"
    SERVER_KILLED = "the server is killed"


class End(StrEnum):
    """Who has the caller in the end."""

    TRANSFERRER = "the transferrer"
    CALLEE = "the callee"
    ANYBODY = "anybody of the queue"
    MENU = "the menu"


BLIND = (Step.RINGS, Step.RETURNED, Step.TALKS)
ASKED = (Step.RINGS, Step.CONSULTED, Step.THREE_WAY, Step.BACK, Step.TALKS)
STEPS: Mapping[Way, tuple[Step, ...]] = {
    Way.AGENT: BLIND,
    Way.QUEUE: (Step.WAITS, *BLIND),
    Way.EXPERT: BLIND,
    Way.NUMBER: BLIND,
    Way.FLOW: (Step.IN_MENU,),
    Way.ASKED_AGENT: ASKED,
    Way.ASKED_EXPERT: ASKED,
    Way.ASKED_NUMBER: ASKED,
}

Ends = tuple[End, End, End]
"""If the transferrer is gone, if the callee is gone, if the server is killed."""

SENT: Mapping[Step, Ends] = {
    Step.RINGS: (End.CALLEE, End.TRANSFERRER, End.CALLEE),
    Step.RETURNED: (End.ANYBODY, End.TRANSFERRER, End.TRANSFERRER),
    Step.TALKS: (End.CALLEE, End.ANYBODY, End.CALLEE),
}
IN_QUEUE: Mapping[Step, Ends] = SENT | {
    Step.WAITS: (End.CALLEE, End.ANYBODY, End.CALLEE),
    Step.RINGS: (End.CALLEE, End.ANYBODY, End.CALLEE),
    Step.RETURNED: (End.CALLEE, End.TRANSFERRER, End.TRANSFERRER),
}
ASKED_FIRST: Mapping[Step, Ends] = {
    Step.RINGS: (End.ANYBODY, End.TRANSFERRER, End.CALLEE),
    Step.CONSULTED: (End.CALLEE, End.TRANSFERRER, End.CALLEE),
    Step.THREE_WAY: (End.CALLEE, End.TRANSFERRER, End.CALLEE),
    Step.BACK: (End.ANYBODY, End.TRANSFERRER, End.TRANSFERRER),
    Step.TALKS: (End.CALLEE, End.ANYBODY, End.CALLEE),
}
ENDS: Mapping[Way, Mapping[Step, Ends]] = {
    Way.AGENT: SENT,
    Way.QUEUE: IN_QUEUE,
    Way.EXPERT: SENT,
    Way.NUMBER: SENT,
    Way.FLOW: {Step.IN_MENU: (End.MENU, End.MENU, End.MENU)},
    Way.ASKED_AGENT: ASKED_FIRST,
    Way.ASKED_EXPERT: ASKED_FIRST,
    Way.ASKED_NUMBER: ASKED_FIRST,
}
CELLS = [(way, step, fault) for way in Way for step, fault in product(STEPS[way], Fault)]

TO: Mapping[Way, AgentId | QueueId | FlowPlace | Outside] = {
    Way.AGENT: WANG,
    Way.QUEUE: SERVICE,
    Way.EXPERT: Outside(shown="陈工", numbers=("+8613900001111", "+8621500600")),
    Way.NUMBER: Outside(shown="+86138****2222", numbers=("+8613800002222",)),
    Way.FLOW: FlowPlace("survey"),
}
ASKED_TO = {Way.ASKED_AGENT: Way.AGENT, Way.ASKED_EXPERT: Way.EXPERT, Way.ASKED_NUMBER: Way.NUMBER}


class Office(House):
    """Li has a caller of sales; Wang serves service; Zhao, on a break at first, serves both."""

    def __init__(self, *, is_returned: bool) -> None:
        wait_s = 0.05 if is_returned else 60.0
        super().__init__(
            [
                AgentProfile(agent=LI, queues=(SALES,)),
                AgentProfile(agent=WANG, queues=(SERVICE,)),
                AgentProfile(agent=ZHAO, queues=(SALES, SERVICE)),
            ],
            [rules(wrap_up_s=0), rules(SERVICE, wrap_up_s=0)],
            IN_A_HURRY.model_copy(update={"transfer_wait_s": wait_s}),
        )
        self.call = CallId("")
        self.gone: set[AgentId] = set()
        self.is_callee_gone = False

    async def line(self, line: Line) -> None:
        if line.mark is not None and line.mark.phase is Phase.MENU:
            await line.hold()
        else:
            await super().line(line)

    async def open(self) -> None:
        for agent in (LI, WANG, ZHAO):
            await self.agent_comes(agent)
        await self.routing.set_state(ZHAO, AgentState.ON_BREAK)
        self.call = await self.talk()

    def is_callee(self, agent: AgentId | None) -> bool:
        return agent is not None and (agent == WANG or is_guest(agent))

    def ringing(self) -> dict[LegId, AgentId]:
        return {leg: found.ring.agent for leg, found in self.switch.legs.items() if not found.is_answered}

    async def callee_rings(self) -> LegId:
        await self.until(lambda: any(map(self.is_callee, self.ringing().values())))
        return next(leg for leg, agent in self.ringing().items() if self.is_callee(agent))

    # --- up to the step

    async def send(self, way: Way, step: Step) -> None:
        if step is Step.WAITS or (way is Way.QUEUE and step is Step.RETURNED):
            await self.routing.set_state(WANG, AgentState.ON_BREAK)
        if way in ASKED_TO:
            await self._ask_first(way, step)
        else:
            await self._send_blind(way, step)
        if step is Step.TALKS:
            await self.until(lambda: self.is_callee(self.routing.agent_of(self.call)))
            # Else it could be Li again who is anybody of the queue.
            await self.routing.set_state(LI, AgentState.ON_BREAK)
        await self._turn()

    async def _send_blind(self, way: Way, step: Step) -> None:
        await self.routing.transfer(self.call, LI, to=TO[way])
        if step is Step.RETURNED:
            async with self.limit():
                while LI not in self.ringing().values():
                    self._let_ring_in_vain()
                    await self._turn()
        elif step is Step.RINGS:
            await self.callee_rings()
        elif step is Step.TALKS:
            self.switch.answer(await self.callee_rings())
        else:
            await self.until(lambda: self.switch.calls[self.call].line is not None)

    async def _ask_first(self, way: Way, step: Step) -> None:
        to = TO[ASKED_TO[way]]
        assert isinstance(to, int | Outside)
        await self.routing.consult(self.call, LI, to=to)
        leg = await self.callee_rings()
        if step is Step.RINGS:
            return
        self.switch.answer(leg)
        await self.until(lambda: self.switch.legs[leg].is_with_leg is not None)
        await self._turn()
        if step is Step.THREE_WAY:
            await self.routing.go_on(self.call, LI, ConsultStep.JOIN_ALL)
            await self.until(lambda: self.switch.calls[self.call].also_with == leg)
        elif step is Step.BACK:
            await self.routing.go_on(self.call, LI, ConsultStep.TAKE_BACK)
            await self.until(lambda: self.routing.phase_of(self.call) is Phase.TALKING)
        elif step is Step.TALKS:
            await self.routing.go_on(self.call, LI, ConsultStep.HAND_OVER)

    def _let_ring_in_vain(self) -> None:
        for leg, agent in self.ringing().items():
            if self.is_callee(agent):
                self.switch.end(leg, EndReason.NO_ANSWER)

    async def _turn(self) -> None:
        """Whatever was told has been heard."""
        turns = iter(range(TURNS_TO_HEAR))
        await self.until(lambda: next(turns, None) is None)

    # --- the fault, and on

    async def suffer(self, fault: Fault) -> None:
        if fault is Fault.SERVER_KILLED:
            await self.kill_server()
            return
        self.is_callee_gone = fault is Fault.CALLEE_GONE
        agent = WANG if self.is_callee_gone else LI
        self.gone.add(agent)
        for leg, found in list(self.switch.legs.items()):
            if found.ring.agent == agent or (self.is_callee_gone and is_guest(found.ring.agent)):
                lost = EndReason.MEDIA_LOST if found.is_answered else EndReason.UNREACHABLE
                self.switch.end(leg, lost)
        self.switch.unregister(device(agent))
        await self.routing.page_lost(agent)

    def is_gone(self, agent: AgentId) -> bool:
        return agent in self.gone or (self.is_callee_gone and is_guest(agent))

    async def go_on(self, step: Step, fault: Fault) -> None:
        """Whoever is rung answers, and whoever asked somebody gives them the caller."""
        for agent in (WANG, ZHAO):
            if agent not in self.gone:
                await self.routing.set_state(agent, AgentState.READY)
        if step is Step.THREE_WAY and fault is Fault.SERVER_KILLED:
            await self.until(lambda: self.routing.is_talking(LI))
            await self.routing.go_on(self.call, LI, ConsultStep.LEAVE)
        async with self.limit():
            while not self.is_settled():
                self._answer_all()
                if self._two_talk() and LI not in self.gone:
                    await self.routing.go_on(self.call, LI, ConsultStep.HAND_OVER)
                await self._turn()

    def _two_talk(self) -> bool:
        """Apart from the caller, and known to routing."""
        known = self.routing._engine.world.calls.get(self.call)
        asked = known.consultation if known is not None else None
        is_theirs = known is not None and known.leg is not None
        return is_theirs and asked is not None and asked.stage.value == "talking"

    def _answer_all(self) -> None:
        for leg, agent in self.ringing().items():
            if leg not in self.switch.legs:
                continue
            if self.is_gone(agent):
                self.switch.end(leg, EndReason.NO_ANSWER)
            else:
                self.switch.answer(leg)

    def is_settled(self) -> bool:
        real = self.switch.calls[self.call]
        if real.mark is not None and real.mark.phase is Phase.MENU:
            return True
        legs = self.switch.legs
        if real.talks_with is None or list(legs) != [real.talks_with]:
            return False
        agent = legs[real.talks_with].ring.agent
        return (
            self.routing.phase_of(self.call) is Phase.TALKING
            and self.routing.agent_of(self.call) == agent
            and not self.is_gone(agent)
        )

    def end(self) -> End:
        assert self.goodbyes == []
        check(self.routing._engine.world, [])
        agent = self.routing.agent_of(self.call)
        if agent is None:
            assert self.switch.legs == {}
            return End.MENU
        if self.is_callee(agent):
            return End.CALLEE
        return End.TRANSFERRER if agent == LI else End.ANYBODY


@pytest.fixture
async def office(request: pytest.FixtureRequest) -> AsyncIterator[Office]:
    office = Office(is_returned=request.param)
    await office.start()
    office.switch_tasks.spawn(office.switch.run(office.line), name="switch")
    await office.until(lambda: office.switch.is_connected)
    yield office
    await office.switch_tasks.close()
    await office.tasks.close()


def test_every_step_of_every_way_has_an_end_for_each_fault() -> None:
    assert {way: set(steps) for way, steps in ENDS.items()} == {way: set(STEPS[way]) for way in Way}


@pytest.mark.parametrize(
    ("office", "way", "step", "fault"),
    [
        pytest.param(step is Step.RETURNED, way, step, fault, id=f"{way}, {step}: {fault}")
        for way, step, fault in CELLS
    ],
    indirect=["office"],
)
async def test_the_caller_who_is_sent_on_is_with_somebody_in_the_end(
    office: Office, way: Way, step: Step, fault: Fault
) -> None:
    await office.open()
    await office.send(way, step)
    await office.suffer(fault)
    await office.go_on(step, fault)
    assert office.end() is ENDS[way][step][list(Fault).index(fault)]
