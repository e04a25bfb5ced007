"""A day of traffic around the engine: a switch, a server and people that misbehave, by a seed."""

from kernel.ids import CallId
from tests.sim.called_back import LEDGER_S, CalledBack
from tests.sim.callers import Callers
from tests.sim.own_calls import OwnCalls
from tests.sim.queues import editions
from tests.sim.server import Server
from tests.sim.staff import Staff
from tests.sim.switchboard import Switchboard
from tests.sim.timetable import Timetable
from tests.sim.truth import LOOKS_EVERY_S, Truth

EVENING = 1.5
"""When all promises of the day are kept or broken, as a part of the day."""
LEDGER_EVERY_S = 10


class Day:
    """The truth (switch, people) on one side, the engine on the other, a virtual clock between."""

    def __init__(
        self,
        seed: int,
        *,
        agents: int = 8,
        calls: int = 400,
        keys_are_pressed: bool = False,
        callbacks: bool = False,
        own_calls: bool = False,
    ) -> None:
        self.keys_are_pressed = keys_are_pressed
        """Days from before there were such keys, and reserves, go on as they went."""
        self.time = Timetable(seed)
        self.editions = editions(seed, reserves=keys_are_pressed)
        self.switch = Switchboard(self.time)
        self.server = Server(self.time, self.switch, self.editions[0])
        self.staff = Staff(self.time, self.switch, self.server, agents=agents)
        self.callers = Callers(self.time, self.switch, self.server, calls=calls, known=self.staff.agents)
        self.called_back: CalledBack | None = None
        if callbacks:
            self.called_back = CalledBack(self.time, self.switch, self.server, self.callers)
        self.own_calls: OwnCalls | None = None
        if own_calls:
            self.own_calls = OwnCalls(self.time, self.switch, self.server, self.callers)
        self.switch.report = self.server.report
        self.switch.line_is_back = self.server.line_is_back

    def run(self) -> None:
        """Until the last caller is gone and nothing is planned any more."""
        self.staff.come()
        self.server.start()
        self.time.later(0, self.callers.come)
        self._plan_mishaps(until_s=self.callers.to_come * 12)
        if self.keys_are_pressed:
            for moment in range(90, self.callers.to_come * 12, 60):
                self.time.later(moment, self.callers.press_key)
            for moment in range(75, self.callers.to_come * 12, 45):
                self.time.later(moment, self.callers.answer_help)
        if self.called_back is not None:
            self._plan_callbacks(self.called_back, self.callers.to_come * 12)
        if self.own_calls is not None:
            for moment in range(50, self.callers.to_come * 12, 20):
                self.time.later(moment, self.own_calls.begin)
        self.time.run(self.server.next_wakeup, self.server.wake)

    def _plan_callbacks(self, called_back: CalledBack, until_s: int) -> None:
        for moment in range(100, until_s, 25):
            self.time.later(moment, called_back.promise)
        for moment in range(130, until_s, 110):
            self.time.later(moment, called_back.call_in)
        for moment in range(160, until_s, 210):
            self.time.later(moment, called_back.promise_again)
        for moment in range(400, until_s, 500):
            self.time.later(moment, called_back.cancel)
        for moment in range(int(until_s * EVENING)):
            if moment % LEDGER_EVERY_S == 0:
                self.time.later(moment, lambda: self._read_ledger(called_back))

        self.time.later(until_s * EVENING, called_back.close)

    def _read_ledger(self, called_back: CalledBack) -> None:
        """It knows a little later what was not seen."""
        if not self.server.is_away:
            for told in called_back.told_by_ledger():
                self.time.later(LEDGER_S, lambda told=told: self.server.tell(told))

    def _plan_mishaps(self, until_s: int) -> None:
        time, server, random = self.time, self.server, self.time.random
        for moment in range(700, until_s, 700):
            for_s = random.choice([0.5, 2, 2, 15])
            time.later(moment, lambda for_s=for_s: server.die(for_s))
            time.later(moment + for_s + 0.5, self.callers.enter_again)
        for moment in range(1111, until_s, 1900):
            time.later(moment, lambda: server.lose_switch(1))
        for moment in range(250, until_s, 350):
            time.later(moment, lambda: server.stall(random.choice([0.2, 1, 4])))
        for moment in range(1000, until_s, 1000):
            time.later(moment, lambda: server.set_closed(frozenset({"office"})))
            time.later(moment + 200, lambda: server.set_closed(frozenset()))
        truth = Truth(time, self.switch, server)
        for look in range(int(until_s / LOOKS_EVERY_S)):
            time.later(look * LOOKS_EVERY_S, truth.look)
        for moment in range(60, until_s, 60):
            time.later(moment, self.callers.pull_forward)
        for number, moment in enumerate(range(1450, until_s, 1450), 1):
            edition = self.editions[number % len(self.editions)]
            time.later(moment, lambda edition=edition: server.set_queues(edition))
        time.later(until_s * 0.6, self._restart_switch)
        time.later(until_s, self._end)

    def outcomes(self) -> dict[CallId, list[str]]:
        """What was told to have become of each call, in the end."""
        told = self.server.history
        found = {
            "served": told.connected,
            "abandoned": told.abandoned,
            "turned away": self.callers.turned_away.keys() - told.connected.keys() - told.abandoned.keys(),
        }
        return {
            call: [name for name, calls in found.items() if call in calls] for call in self.callers.all_calls
        }

    def _restart_switch(self) -> None:
        """All calls are gone, and every phone has to come back."""
        if self.server.is_dead or self.server.is_cut_off:
            self.time.later(5, self._restart_switch)
            return
        self.server.lose_switch(3)
        self.switch.crash()

    def _end(self) -> None:
        self.staff.is_evening = True
        self.server.set_closed(frozenset())
