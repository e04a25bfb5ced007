"""Hypothesis looks for an order of inputs, however absurd, that breaks a rule of the engine."""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from acd.engine.effects import Effect
from acd.engine.inputs import (
    EndWrapUp,
    ExtendWrapUp,
    GiveBoost,
    HangUp,
    Input,
    Leave,
    PageBack,
    PageLost,
    Refuse,
    RingFailed,
    RingFailure,
    SetClosed,
    SetProfile,
    SetQueues,
    SetState,
    SignIn,
    SignOut,
    TalkOver,
    Tick,
)
from acd.errors import QueueClosed, QueueFull
from acd.model import AgentProfile, AgentState, Overflow, QueueRules, Relaxation
from kernel.errors import HotlineError
from kernel.ids import AgentId, CallId, LegId, QueueId, SkillId
from telephony.events import (
    CallEnded,
    DeviceRegistered,
    DeviceUnregistered,
    Joined,
    LegEnded,
    LegRinging,
    SwitchDisconnected,
)
from telephony.model import EndReason, LiveCall, LiveLeg, Phase
from tests.sim.history import History
from tests.sim.invariants import check
from tests.unit.acd.floor import SALES, Floor, device, rules

SERVICE = QueueId("service")
AGENTS = st.sampled_from([1, 2, 3])
CALLS = st.sampled_from("abcdef")
QUEUES = st.sampled_from([SALES, SERVICE])


ENGLISH = SkillId("english")
SKILLS = st.sampled_from([{}, {ENGLISH: 1}, {ENGLISH: 2}])
STEPS = (Relaxation(after_s=5, at_most={ENGLISH: 1}), Relaxation(after_s=20, at_most={ENGLISH: 0}))
ALL_RULES = (
    (rules(), rules(SERVICE)),
    (rules(relaxations=STEPS, capacity=2), rules(SERVICE, needs={ENGLISH: 1}, strategy="least_occupied")),
    (rules(needs={ENGLISH: 2}, relaxations=STEPS), rules(SERVICE, strategy="best_skill")),
    (
        rules(max_wait_s=30, overflows=(Overflow(to=(SERVICE,), after_s=10),), calendar="office"),
        rules(SERVICE, calendar="office", is_emptied_at_closing=True, needs={ENGLISH: 1}),
    ),
    (
        rules(overflows=(Overflow(to=(SERVICE,), expected_wait_s=3),), relaxations=STEPS),
        rules(SERVICE, max_wait_s=16, overflows=(Overflow(to=(SALES,), after_s=0.1),)),
    ),
)


class WatchedFloor(Floor):
    """All that must hold is looked at after every input and every timer."""

    def __init__(self, history: History, queues: tuple[QueueRules, ...]) -> None:
        self.history = history
        super().__init__(*queues)

    def do(self, event: Input) -> list[Effect]:
        effects = super().do(event)
        check(self.engine.world, effects)
        self.history.note(effects)
        self.history.check(self.engine.world)
        return effects


class AnyOrder(RuleBasedStateMachine):
    """Three agents, six callers, and inputs in any order, also ones that make no sense."""

    def __init__(self) -> None:
        super().__init__()
        self.rules = ALL_RULES[0]
        self.history = History()
        self.open()

    def open(self) -> None:
        self.floor = WatchedFloor(self.history, self.rules)
        for number in (1, 2, 3):
            self.floor.agent(number, *((SALES, SERVICE)[: 1 + number % 2]))

    def latest(self, caller: str) -> CallId:
        """The caller's present call: who hung up calls again under another id."""
        gone = sum(call.startswith(caller) for call in self.floor.engine.world.gone)
        return CallId(f"{caller}{gone}")

    def do(self, event: Input) -> None:
        try:
            self.floor.do(event)
        except HotlineError:
            self.floor.do(Tick())  # what timers did before the input was refused

    @rule(
        caller=CALLS,
        queue=QUEUES,
        level=st.sampled_from(["", "vip", "chairman"]),
        sticky=AGENTS,
        needs=SKILLS,
    )
    def enter(self, caller: str, queue: QueueId, level: str, sticky: int, needs: dict[SkillId, int]) -> None:
        try:
            self.floor.call(
                self.latest(caller), queue, level=level, sticky_agent=AgentId(sticky), needs=needs
            )
        except QueueFull:
            assert len(self.floor.engine.world.line(queue).places) >= 2
            self.floor.do(Tick())
        except QueueClosed:
            assert self.floor.engine.world.closed_calendars
            self.floor.do(Tick())

    @rule(seconds=st.sampled_from([0.1, 1, 5, 16, 21, 61]))
    def wait(self, seconds: float) -> None:
        self.floor.wait(seconds)

    @rule(caller=CALLS, is_last=st.booleans(), agent=AGENTS)
    def join(self, caller: str, is_last: bool, agent: int) -> None:  # noqa: FBT001 - drawn by Hypothesis
        call = self.latest(caller)
        rings = [ring for ring in self.floor.rings if ring.call == call]
        if not rings:
            self.do(Joined(at=self.floor.at, call=call, leg=LegId(f"other-{call}"), agent=AgentId(agent)))
            return
        ring = rings[-1] if is_last else rings[0]
        self.do(Joined(at=self.floor.at, call=call, leg=ring.leg, agent=ring.agent))

    @rule(caller=CALLS, reason=st.sampled_from(EndReason), joined=st.booleans())
    def end_leg(self, caller: str, reason: EndReason, joined: bool) -> None:  # noqa: FBT001 - drawn
        call = self.latest(caller)
        ring = next((ring for ring in reversed(self.floor.rings) if ring.call == call), None)
        if ring is not None:
            ended = LegEnded(
                at=self.floor.at,
                call=call,
                leg=ring.leg,
                agent=ring.agent,
                reason=reason,
                was_joined=joined,
            )
            self.do(ended)

    @rule(caller=CALLS, failure=st.sampled_from(RingFailure))
    def fail_ring(self, caller: str, failure: RingFailure) -> None:
        call = self.latest(caller)
        ring = next((ring for ring in reversed(self.floor.rings) if ring.call == call), None)
        if ring is not None:
            self.do(RingFailed(leg=ring.leg, failure=failure))
            self.do(LegRinging(at=self.floor.at, call=call, leg=ring.leg, agent=ring.agent))

    @rule(caller=CALLS, agent=AGENTS, what=st.sampled_from([HangUp, TalkOver, Refuse, CallEnded]))
    def about_a_call(self, caller: str, agent: int, what: type) -> None:
        call = self.latest(caller)
        if what is Refuse:
            self.do(Refuse(agent=AgentId(agent), call=call))
        elif what is CallEnded:
            self.do(CallEnded(at=self.floor.at, call=call, reason=EndReason.CALLER_HUNG_UP))
        else:
            self.do(what(call=call))

    @rule(agent=AGENTS, what=st.sampled_from([PageLost, PageBack, SignOut, EndWrapUp, ExtendWrapUp]))
    def about_an_agent(self, agent: int, what: type) -> None:
        self.do(what(agent=AgentId(agent)))

    @rule(agent=AGENTS, state=st.sampled_from([AgentState.READY, AgentState.ON_BREAK, AgentState.OFFLINE]))
    def set_state(self, agent: int, state: AgentState) -> None:
        self.do(SetState(agent=AgentId(agent), state=state))

    @rule(agent=AGENTS, is_there=st.booleans())
    def register(self, agent: int, is_there: bool) -> None:  # noqa: FBT001 - drawn by Hypothesis
        self.do(SignIn(agent=AgentId(agent), device=device(agent)))
        kind = DeviceRegistered if is_there else DeviceUnregistered
        self.do(kind(at=self.floor.at, device=device(agent)))

    @rule(agent=AGENTS, queues=st.sampled_from([(SALES,), (SERVICE,), (SALES, SERVICE), ()]), skills=SKILLS)
    def set_profile(self, agent: int, queues: tuple[QueueId, ...], skills: dict[SkillId, int]) -> None:
        self.do(SetProfile(profile=AgentProfile(agent=AgentId(agent), queues=queues, skills=skills)))

    @rule(caller=CALLS, seconds=st.sampled_from([0.0, 30.0, None]))
    def pull_forward(self, caller: str, seconds: float | None) -> None:
        self.do(GiveBoost(call=self.latest(caller), seconds=seconds))

    @rule(caller=CALLS)
    def press_key(self, caller: str) -> None:
        self.do(Leave(call=self.latest(caller)))

    @rule(queues=st.sampled_from(ALL_RULES))
    def set_queues(self, queues: tuple[QueueRules, ...]) -> None:
        self.rules = queues
        self.do(SetQueues(queues={queue.id: queue for queue in queues}))

    @rule(calendars=st.sampled_from([frozenset(), frozenset({"office"})]))
    def close(self, calendars: frozenset[str]) -> None:
        self.do(SetClosed(calendars=calendars))

    @rule(is_back=st.booleans())
    def lose_the_switch(self, is_back: bool) -> None:  # noqa: FBT001 - drawn by Hypothesis
        self.do(SwitchDisconnected(at=self.floor.at))
        if is_back:
            self.floor.connect(registered=[device(number) for number in (1, 2, 3)])

    @rule(is_new=st.booleans(), gone=st.sets(CALLS))
    def adopt(self, is_new: bool, gone: set[str]) -> None:  # noqa: FBT001 - drawn by Hypothesis
        """The server was killed, or the connection lost, and some of the calls went on."""
        before = self.floor
        known = [call for call in before.engine.world.calls.values() if call.id[0] not in gone]
        legs = {call.leg: call for call in known if call.phase is Phase.TALKING and call.leg is not None}
        live = [
            LiveCall(
                arrival=before.arrival(call.id),
                mark=call.mark,
                talks_with=call.leg if call.leg in legs else None,
            )
            for call in known
        ]
        talking = [
            LiveLeg(leg=leg, call=call.id, agent=call.agent, device=device(call.agent), is_answered=True)
            for leg, call in legs.items()
            if call.agent is not None
        ]
        if is_new:
            self.history.begin_anew()
            self.open()
            self.floor.engine.world.gone |= before.engine.world.gone
            self.floor.wait(before.seconds - self.floor.seconds + 1)
        self.floor.connect(live, talking, [device(number) for number in (1, 2, 3)])


AnyOrder.TestCase.settings = settings(max_examples=100, stateful_step_count=60, database=None)
TestAnyOrder = AnyOrder.TestCase
