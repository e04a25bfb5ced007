"""Whether the server knows what is so: what it believes wrongly must be put right within moments."""

from collections.abc import Hashable, Iterator

from acd.engine.state import Agent
from acd.model import AgentState
from kernel.ids import AgentId
from telephony.model import Phase
from tests.sim.server import Server
from tests.sim.switchboard import Switchboard
from tests.sim.timetable import Timetable

LOOKS_EVERY_S = 5.0
SOON_S, RINGING_S, SPARED_S, WRAP_UP_S = 10.0, 25.0, 70.0, 100.0
"""How long it may take until the server knows, a phone has rung out, a pause or a wrap-up is over."""

Mistake = tuple[float, Hashable]
"""How long it may last, and what is wrong."""


class Truth:
    """Looks at both sides now and then, and remembers since when they have differed."""

    def __init__(self, time: Timetable, switch: Switchboard, server: Server) -> None:
        self.time = time
        self.switch = switch
        self.server = server
        self._since: dict[Hashable, float] = {}

    def look(self) -> None:
        is_blind = self.server.is_dead or self.server.is_cut_off
        mistakes = {} if is_blind else {what: limit_s for limit_s, what in self._mistakes()}
        now = self.time.seconds
        self._since = {what: self._since.get(what, now) for what in mistakes}
        for what, since in self._since.items():
            assert now - since <= mistakes[what], f"for {now - since} s: {what}"

    def _mistakes(self) -> Iterator[Mistake]:
        world = self.server.engine.world
        for call, real in self.switch.calls.items():
            is_marked = real.mark is not None and real.mark.phase in {Phase.WAITING, Phase.PARKED}
            if is_marked and real.talks_with is None and call not in world.calls:
                yield SOON_S, ("waits and is not known", call)
        for call, known in world.calls.items():
            if call not in self.switch.calls and not known.is_absent:
                yield SOON_S, ("is known and gone", call, known.phase)
        for leg in self.switch.legs.values():
            is_talk = leg.is_answered and not leg.dials
            if is_talk and leg.agent in world.agents and world.agents[leg.agent].call != leg.call:
                yield SOON_S, ("talk unseen", leg.agent, leg.call)
        for agent in world.agents.values():
            yield from self._mistakes_about(agent)

    def _mistakes_about(self, agent: Agent) -> Iterator[Mistake]:
        state, reason, _ = agent.shown
        legs = [leg for leg in self.switch.legs.values() if leg.agent == agent.id]
        if state is AgentState.TALKING and not any(leg.is_answered for leg in legs):
            yield SOON_S, ("talks with nobody", agent.id, agent.call)
        elif agent.offer is not None:
            is_dialled = self.server.engine.world.calls[agent.offer.call].promise is not None
            yield 2 * RINGING_S if is_dialled else RINGING_S, ("rings", agent.id, agent.offer.leg)
        elif state is AgentState.WRAP_UP and agent.wrap_up is not None:
            yield WRAP_UP_S, ("in wrap-up", agent.id, agent.wrap_up.call)
        elif state is AgentState.NOT_RESPONDING and reason in {"unreachable", "switch", "call_parked"}:
            yield SPARED_S, ("spared", agent.id, agent.shown_since)
        elif state is AgentState.NOT_RESPONDING and reason != "missed" and self._is_there(agent.id):
            yield SOON_S, ("thought away", agent.id)
        elif state is AgentState.READY and not self._is_there(agent.id):
            yield SOON_S, ("thought there", agent.id)

    def _is_there(self, agent: AgentId) -> bool:
        is_page_there = agent not in self.server.pages_lost
        return is_page_there and self.server.devices.get(agent) in self.switch.registered
