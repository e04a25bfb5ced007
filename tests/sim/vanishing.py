"""Agents of a simulated day who are gone, and servers that die, while a customer's phone rings for them."""

from acd.engine import inputs
from kernel.ids import AgentId, LegId
from telephony.model import CallOut, EndReason
from tests.sim.server import Server
from tests.sim.switchboard import Switchboard
from tests.sim.timetable import Timetable

VANISHES, DIES_MEANWHILE = 0.15, 0.1
BACK_AFTER_S = 8.0


class Vanishing:
    """What goes wrong with those who hear the ringing tone."""

    def __init__(self, time: Timetable, switch: Switchboard, server: Server) -> None:
        self.time = time
        self.switch = switch
        self.server = server
        self.was_gone = 0

    def plan(self, order: CallOut, within_s: float) -> None:
        """The agent's page is lost or leg silent, or the server is killed, before the tone is over."""
        moment_s = self.time.random.uniform(0, within_s)
        if self.time.chance(VANISHES):
            self.time.later(moment_s, lambda: self._vanish(order.agent, order.leg))
        elif self.time.chance(DIES_MEANWHILE):
            self.time.later(moment_s, lambda: self.server.die(self.time.random.choice([1.0, 15.0])))

    def _vanish(self, agent: AgentId, leg: LegId) -> None:
        if leg not in self.switch.legs:
            return
        self.was_gone += 1
        if self.time.chance(0.5):
            self.switch.end_leg(leg, EndReason.MEDIA_LOST)
        else:
            self.server.tell(inputs.PageLost(agent=agent))
            self.time.later(BACK_AFTER_S, lambda: self.server.tell(inputs.PageBack(agent=agent)))
