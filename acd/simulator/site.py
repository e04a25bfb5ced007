"""A scenario as rules, agents and requests of the engine."""

import math
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from acd.engine import Engine, inputs
from acd.model import (
    AgentProfile,
    AgentState,
    Instant,
    QueueRequest,
    QueueRules,
    StickyRules,
)
from acd.settings import AcdSettings
from acd.simulator.scenario import Scenario
from acd.simulator.traffic import Caller, agents_of
from kernel.ids import AgentId, CallId, DeviceId, QueueId, SkillId
from telephony.events import SwitchConnected
from telephony.model import Arrival, Snapshot

MORNING = datetime(2026, 1, 5, tzinfo=UTC)
QUEUE = QueueId("queue")
SETTINGS = AcdSettings(waiting_max=10**9, gone_calls_max=1, explained_candidates_max=0)
"""Nothing limits but the scenario; nobody asks later who was passed over, or of a call that has ended."""


def instant(seconds: float) -> Instant:
    """A moment of the virtual clock."""
    return Instant(seconds, MORNING + timedelta(seconds=seconds))


def open_site(scenario: Scenario) -> Engine:
    """An engine whose agents are all idle since the beginning."""
    now = instant(0.0)
    engine = Engine(SETTINGS, now)
    engine.handle(inputs.SetQueues(queues={QUEUE: _rules(scenario)}), now)
    phones = {agent: DeviceId(f"phone-{agent}") for agent, _ in agents_of(scenario)}
    for profile in _profiles(scenario):
        engine.handle(inputs.SetProfile(profile=profile), now)
        engine.handle(inputs.SignIn(agent=profile.agent, device=phones[profile.agent]), now)
    snapshot = Snapshot(boot_id="virtual", calls=(), legs=(), registered=frozenset(phones.values()))
    engine.handle(SwitchConnected(at=now.wall, snapshot=snapshot), now)
    for agent in phones:
        engine.handle(inputs.SetState(agent=agent, state=AgentState.READY), now)
    return engine


def _rules(scenario: Scenario) -> QueueRules:
    """The one queue; a class of callers is a level of customers."""
    boosts_s = {call_class.name: call_class.boost_s for call_class in scenario.classes}
    sticky = {entry.name: entry.sticky for entry in scenario.classes if entry.sticky is not None}
    return QueueRules(
        id=QUEUE,
        name_zh=QUEUE,
        name_en=QUEUE,
        strategy=scenario.queue.strategy,
        wrap_up_s=0.0,
        service_level_s=scenario.service_level_s,
        boosts_s={name: boost_s for name, boost_s in boosts_s.items() if boost_s < math.inf},
        strict_levels=frozenset(name for name, boost_s in boosts_s.items() if boost_s == math.inf),
        sticky=StickyRules(
            holds_s={name: entry.hold_s for name, entry in sticky.items()},
            least_chance=0.0,
            is_capped_by_service_level=False,
        ),
        capacity=scenario.queue.capacity,
    )


def _profiles(scenario: Scenario) -> list[AgentProfile]:
    groups = scenario.agents
    return [
        AgentProfile(
            agent=agent,
            queues=(QUEUE,),
            skills=as_skills(groups[place].skills),
            wrap_up_s=groups[place].wrap_up_s,
        )
        for agent, place in agents_of(scenario)
    ]


def as_skills(levels: Mapping[str, int]) -> dict[SkillId, int]:
    """Skills as the engine knows them."""
    return {SkillId(skill): level for skill, level in levels.items()}


class Requests:
    """What callers of a scenario ask for."""

    def __init__(self, scenario: Scenario) -> None:
        self._levels = [call_class.name for call_class in scenario.classes]
        self._needs = [as_skills(call_class.needs) for call_class in scenario.classes]

    def of(self, caller: Caller, call: CallId, at: datetime) -> inputs.Enter:
        """A caller's wish for an agent."""
        arrival = Arrival(call=call, at=at, caller_number="", caller_name="", dialled="", trunk="")
        own: AgentId | None = caller.own_agent
        return inputs.Enter(
            request=QueueRequest(
                arrival=arrival,
                queue=QUEUE,
                level=self._levels[caller.kind],
                sticky_agent=own,
                needs=self._needs[caller.kind],
            )
        )
