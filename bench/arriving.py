"""How long an arriving call looks for its agent, by how many are idle: one strategy after the other."""

import time
from dataclasses import dataclass
from statistics import median

from acd.engine import Engine, inputs
from acd.engine.strategy import STRATEGIES
from acd.model import AgentProfile, AgentState, Instant, QueueRequest, QueueRules
from bench.large_site import MORNING, new_engine
from kernel.ids import AgentId, CallId, DeviceId, QueueId
from telephony.events import CallEnded, SwitchConnected
from telephony.model import Arrival, EndReason, Snapshot

IDLE = (100, 1_000, 10_000)
CALLS = 200
QUEUE = QueueId("q")
NOW = Instant(1.0, MORNING)


@dataclass(frozen=True, slots=True)
class Choice:
    """A strategy, and what an arriving call takes."""

    strategy: str
    bound: str
    """What it may grow with, n being the idle agents who can serve the call."""
    us_by_idle: dict[int, float]


def measure_choices() -> list[Choice]:
    """Every strategy with ever more idle agents."""
    return [
        Choice(
            strategy=name,
            bound="log n" if strategy.is_settled_when_idle else "n",
            us_by_idle={idle: round(_us_per_call(_all_idle(name, idle)), 1) for idle in IDLE},
        )
        for name, strategy in STRATEGIES.items()
    ]


def _all_idle(strategy: str, agents: int) -> Engine:
    engine = new_engine()
    rules = QueueRules(id=QUEUE, name_zh="q", name_en="q", strategy=strategy)
    engine.handle(inputs.SetQueues(queues={QUEUE: rules}), NOW)
    phones = {AgentId(number): DeviceId(f"phone-{number}") for number in range(1, agents + 1)}
    for agent, phone in phones.items():
        engine.handle(inputs.SetProfile(profile=AgentProfile(agent=agent, queues=(QUEUE,))), NOW)
        engine.handle(inputs.SignIn(agent=agent, device=phone), NOW)
    registered = frozenset(phones.values())
    snapshot = Snapshot(boot_id="b", calls=(), legs=(), registered=registered)
    engine.handle(SwitchConnected(at=MORNING, snapshot=snapshot), NOW)
    for agent in phones:
        engine.handle(inputs.SetState(agent=agent, state=AgentState.READY), NOW)
    return engine


def _us_per_call(engine: Engine) -> float:
    """The middle one of many calls; each hangs up at once, so that as many are idle for the next."""
    taken_s = []
    for number in range(CALLS):
        call = CallId(f"node1-{number}")
        arrival = Arrival(
            call=call, at=MORNING, caller_number="+8613800138000", caller_name="", dialled="4001", trunk="t"
        )
        began_s = time.process_time()
        engine.handle(inputs.Enter(request=QueueRequest(arrival=arrival, queue=QUEUE)), NOW)
        taken_s.append(time.process_time() - began_s)
        assert engine.world.calls[call].offer is not None, "an idle agent was not rung"
        engine.handle(CallEnded(at=MORNING, call=call, reason=EndReason.CALLER_HUNG_UP), NOW)
    return 1e6 * median(taken_s)
