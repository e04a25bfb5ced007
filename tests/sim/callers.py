"""The callers of a simulated day: how patient they are, and what they do when a queue has no place."""

from collections.abc import Sequence

from acd.engine import inputs
from acd.model import Exit, QueueRequest
from kernel.ids import AgentId, CallId, SkillId
from telephony.model import Arrival, Boost, BoostSource, Home
from tests.sim.server import Server
from tests.sim.switchboard import RealCall, Switchboard
from tests.sim.timetable import Timetable

TIRED_SHARE = 0.5
"""Of the callers whom a queue sends away, those who hang up; the others try some queue once more."""
BETWEEN_CALLS_S = 12.0
PATIENCE_S = 240.0


class Callers:
    """Come, wait, give up."""

    def __init__(
        self, time: Timetable, switch: Switchboard, server: Server, *, calls: int, known: Sequence[AgentId]
    ) -> None:
        self.time = time
        self.switch = switch
        self.server = server
        self.to_come = calls
        self.known = known
        """Agents whom a caller may have talked with before."""
        self.turned_away: dict[CallId, Exit] = {}
        """What the last queue said to who has had no agent since."""
        self.all_calls: list[CallId] = []
        self._tired: set[CallId] = set()
        server.sends_away = self.is_sent_away

    def come(self) -> None:
        self.to_come -= 1
        if self.to_come > 0:
            self.time.later(self.time.random.expovariate(1 / BETWEEN_CALLS_S), self.come)
        self.arrive(CallId(f"call-{self.to_come}"), "13800138000", PATIENCE_S)

    def arrive(self, call: CallId, number: str, patience_s: float) -> None:
        """Somebody calls, who waits so long on average."""
        arrival = Arrival(
            call=call,
            at=self.time.wall,
            caller_number=number,
            caller_name="",
            dialled="1",
            trunk="t",
        )
        self.all_calls.append(call)
        self.switch.calls[call] = RealCall(arrival)
        self.enter(call)
        self.time.later(self.time.random.expovariate(1 / patience_s) + 5, lambda: self.give_up(call))

    def enter(self, call: CallId) -> None:
        real = self.switch.calls.get(call)
        if real is None or call in self._tired:
            return
        random = self.time.random
        request = QueueRequest(
            arrival=real.arrival,
            queue=random.choice(list(self.server.queues)),
            level=random.choices(["normal", "vip", "strict"], [80, 15, 5])[0],
            matter="outage" if self.time.chance(0.1) else "",
            boosts=(Boost(BoostSource.NODE, random.choice([30.0, 90.0])),) if self.time.chance(0.1) else (),
            sticky_agent=random.choice(self.known) if self.time.chance(0.3) else None,
            needs={SkillId("english"): random.choice([1, 2])} if self.time.chance(0.3) else {},
            home=Home(random.choice(["", "浙江", "广东"])),
            since=real.arrival.at if call in self.turned_away else None,
        )
        exit_ = self.server.enter(request)
        if exit_ is not None:
            self.is_sent_away(call, exit_)

    def enter_again(self) -> None:
        """Those in whose menu the server died."""
        for call, real in list(self.switch.calls.items()):
            if real.mark is None and real.talks_with is None and real.is_answered:
                self.enter(call)

    def is_sent_away(self, call: CallId, why: Exit) -> None:
        """What the flow says then: good-bye, or another try."""
        if call not in self.switch.calls:
            return
        self.turned_away[call] = why
        self.switch.calls[call].mark = None
        if why is Exit.CALLBACK or self.time.chance(TIRED_SHARE):
            self._tired.add(call)
            self.time.later(3, lambda: self.switch.say_goodbye(call))
        else:
            self.time.later(3, lambda: self.enter(call))

    def give_up(self, call: CallId) -> None:
        """Nobody waits for ever."""
        real = self.switch.calls.get(call)
        if real is None or real.talks_with is not None:
            return
        self.switch.end_call(call)

    def press_key(self) -> None:
        """Somebody who may wait, or talk, chooses something else; the line asks for it while it is held."""
        if self.switch.calls and not self.server.is_dead:
            call = self.time.random.choice(list(self.switch.calls))
            if self.switch.calls[call].talks_with is None:
                self.server.ask(inputs.Leave(call=call))

    def answer_help(self) -> None:
        """A supervisor lets the reserve of some queue help it, or not, whether that is asked or not."""
        queue = self.time.random.choice(list(self.server.queues))
        helps = self.time.random.random() < 0.7
        self.server.ask(inputs.AnswerHelp(queue=queue, helps=helps, supervisor=AgentId(1)))

    def pull_forward(self) -> None:
        """A supervisor favours somebody who waits, or takes that back."""
        if self.switch.calls:
            call = self.time.random.choice(list(self.switch.calls))
            if not self.switch.calls[call].is_answered:
                return  # a place that nobody stands at goes on as it was promised
            self.server.ask(inputs.GiveBoost(call=call, seconds=self.time.random.choice([0.0, 60.0, None])))
