"""Hypothesis looks for an order of inputs, however absurd, that breaks a rule of the engine."""

from dataclasses import replace

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from acd.engine.chosen import consult, transfer_to
from acd.engine.effects import Effect
from acd.engine.inputs import (
    EndWrapUp,
    ExtendWrapUp,
    GiveBoost,
    HandOver,
    HangUp,
    Input,
    JoinAll,
    Leave,
    MoveToQueue,
    PageBack,
    PageLost,
    Part,
    Refuse,
    RingFailed,
    RingFailure,
    SetClosed,
    SetProfile,
    SetQueues,
    SetState,
    SignIn,
    SignOut,
    StartWatch,
    StopWatch,
    TakeBack,
    TakeOver,
    TalkOver,
    Tick,
)
from acd.engine.state import Call
from acd.errors import QueueClosed, QueueFull
from acd.model import AgentProfile, AgentState, ConsultStage, Overflow, QueueRules, Relaxation
from kernel.errors import HotlineError
from kernel.ids import AgentId, CallId, LegId, QueueId, SkillId
from telephony.destinations import FlowPlace, Outside
from telephony.events import (
    CallEnded,
    Consulting,
    DeviceRegistered,
    DeviceUnregistered,
    Joined,
    LegEnded,
    LegRinging,
    SwitchDisconnected,
    WatchEnded,
    Watching,
)
from telephony.model import EndReason, LiveCall, LiveLeg, LiveWatch, Phase, WatchMode
from tests.sim.history import History
from tests.sim.invariants import check
from tests.unit.acd.floor import SALES, Floor, device, rules

SERVICE = QueueId("service")
AGENTS = st.sampled_from([1, 2, 3])
CALLS = st.sampled_from("abcdef")
QUEUES = st.sampled_from([SALES, SERVICE])
SURVEY = FlowPlace("survey")
CHEN = Outside(shown="陈工", numbers=("+8613900001111", "+8621500600"))
DRIVER = Outside(shown="+86138****2222", numbers=("+8613800002222",))


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


def legs_of(call: Call) -> list[LiveLeg]:
    """The agents of a call, in the order of who asked, as the switch has them if nobody has hung up."""
    asked, found = call.consultation, []
    if call.leg is not None and call.agent is not None:
        leg = _answered(call, call.leg, call.agent)
        found.append(replace(leg, is_with_caller=call.phase is Phase.TALKING))
    if asked is not None:
        colleague = replace(
            _answered(call, asked.leg, asked.agent),
            is_answered=asked.stage is not ConsultStage.RINGING,
            is_with_caller=asked.has_joined,
            asked_by=call.leg or LegId("gone"),
        )
        found.append(colleague)
    return found


def watches_of(floor: Floor) -> list[LiveWatch]:
    """The supervisors who hear a conversation, or are rung for it."""
    return [
        LiveWatch(
            leg=watch.leg,
            watched=watch.watched,
            call=watch.call,
            agent=agent.id,
            mode=watch.mode if watch.is_on else None,
        )
        for agent in floor.engine.world.agents.values()
        if (watch := agent.watch) is not None
    ]


def _answered(call: Call, leg: LegId, agent: AgentId) -> LiveLeg:
    return LiveLeg(leg=leg, call=call.id, agent=agent, device=device(agent), is_answered=True)


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
            assert len(self.floor.engine.world.lines[queue].places) >= 2
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

    @rule(
        caller=CALLS,
        agent=AGENTS,
        to=st.one_of(AGENTS, QUEUES, st.sampled_from([None, SURVEY, CHEN, DRIVER])),
    )
    def transfer(self, caller: str, agent: int, to: int | QueueId | FlowPlace | Outside | None) -> None:
        known = self.floor.engine.world.calls.get(self.latest(caller))
        by = known.agent if known is not None and known.agent is not None else AgentId(agent)
        to = AgentId(to) if isinstance(to, int) else to
        self.do(transfer_to(to, self.latest(caller), by, ""))

    @rule(caller=CALLS, to=st.one_of(AGENTS, st.sampled_from([CHEN, DRIVER])))
    def consult(self, caller: str, to: int | Outside) -> None:
        call = self.latest(caller)
        known = self.floor.engine.world.calls.get(call)
        if known is not None and known.agent is not None:
            self.do(consult(call, known.agent, AgentId(to) if isinstance(to, int) else to, ""))

    @rule(caller=CALLS)
    def answer_a_colleague(self, caller: str) -> None:
        call = self.latest(caller)
        rings = [ring for ring in self.floor.rings if ring.call == call and ring.asked_by is not None]
        for ring in rings[-1:]:
            asked_by = ring.asked_by or ring.leg
            self.do(
                Consulting(at=self.floor.at, call=call, leg=ring.leg, agent=ring.agent, asked_by=asked_by)
            )

    @rule(caller=CALLS, agent=AGENTS, step=st.sampled_from([TakeBack, HandOver, JoinAll, Part]))
    def go_on(self, caller: str, agent: int, step: type) -> None:
        call = self.latest(caller)
        known = self.floor.engine.world.calls.get(call)
        is_own = known is not None and known.agent is not None and step is not Part
        self.do(step(call=call, agent=known.agent if known is not None and is_own else AgentId(agent)))

    @rule(caller=CALLS, is_colleague=st.booleans())
    def come_to_the_caller(self, caller: str, is_colleague: bool) -> None:  # noqa: FBT001 - drawn
        call = self.latest(caller)
        known = self.floor.engine.world.calls.get(call)
        asked = known.consultation if known is not None else None
        if known is None or (asked is None and is_colleague):
            return
        leg, agent = (asked.leg, asked.agent) if asked and is_colleague else (known.leg, known.agent)
        if leg is not None and agent is not None:
            self.do(Joined(at=self.floor.at, call=call, leg=leg, agent=agent))

    @rule(
        agent=AGENTS, what=st.sampled_from([PageLost, PageBack, SignOut, EndWrapUp, ExtendWrapUp, StopWatch])
    )
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

    @rule(caller=CALLS, queue=QUEUES)
    def move(self, caller: str, queue: QueueId) -> None:
        self.do(MoveToQueue(call=self.latest(caller), queue=queue))

    @rule(caller=CALLS, agent=AGENTS, mode=st.sampled_from(WatchMode))
    def listen(self, caller: str, agent: int, mode: WatchMode) -> None:
        self.do(StartWatch(call=self.latest(caller), agent=AgentId(agent), mode=mode))

    @rule(caller=CALLS, agent=AGENTS)
    def take_over(self, caller: str, agent: int) -> None:
        self.do(TakeOver(call=self.latest(caller), agent=AgentId(agent)))

    @rule(agent=AGENTS, is_over=st.booleans())
    def hear(self, agent: int, is_over: bool) -> None:  # noqa: FBT001 - drawn by Hypothesis
        watch = self.floor.engine.world.agents[AgentId(agent)].watch
        if watch is None:
            return
        about = {"at": self.floor.at, "call": watch.call, "leg": watch.leg, "agent": AgentId(agent)}
        self.do(WatchEnded(**about) if is_over else Watching(**about, mode=watch.mode))

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

    @rule(is_new=st.booleans(), gone=st.sets(CALLS), phones_gone=st.sets(AGENTS), led_on=st.booleans())
    def adopt(self, is_new: bool, gone: set[str], phones_gone: set[int], led_on: bool) -> None:  # noqa: FBT001 - drawn
        """The server was killed, or the connection lost, and some of the calls and legs went on."""
        before = self.floor
        known = [call for call in before.engine.world.calls.values() if call.id[0] not in gone]
        legs, live = [], []
        for call in known:
            alive = [leg for leg in legs_of(call) if leg.agent not in phones_gone]
            if led_on and alive and alive[0].is_answered and alive[0].leg != call.leg:
                # Who asked is gone, and the switch has led the colleague to the caller.
                alive[0] = replace(alive[0], is_with_caller=True)
            talks_with = next((leg.leg for leg in alive if leg.is_with_caller), None)
            live.append(LiveCall(arrival=before.arrival(call.id), mark=call.mark, talks_with=talks_with))
            legs += alive
        if is_new:
            self.history.begin_anew()
            self.open()
            self.floor.engine.world.gone |= before.engine.world.gone
            self.floor.wait(before.seconds - self.floor.seconds + 1)
        there = {leg.leg for leg in legs}
        watches = [watch for watch in watches_of(before) if watch.watched in there]
        self.floor.connect(live, legs, [device(number) for number in (1, 2, 3)], watches)


class AskingEachOther(AnyOrder):
    """The same, from where one agent asks another on."""

    @initialize(has_answered=st.booleans())
    def ask(self, has_answered: bool) -> None:  # noqa: FBT001 - drawn by Hypothesis
        self.enter(caller="a", queue=SALES, level="", sticky=1, needs={})
        self.join(caller="a", is_last=True, agent=1)
        asking = self.floor.engine.world.calls[self.latest("a")].agent
        for colleague in {1, 2, 3} - {asking}:
            self.consult(caller="a", to=colleague)
        if has_answered:
            self.answer_a_colleague(caller="a")


AskingEachOther.TestCase.settings = settings(max_examples=300, stateful_step_count=40, database=None)
TestAskingEachOther = AskingEachOther.TestCase
AnyOrder.TestCase.settings = settings(max_examples=100, stateful_step_count=60, database=None)
TestAnyOrder = AnyOrder.TestCase
