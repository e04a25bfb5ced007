"""The agents of a simulated day: breaks, pages that crash, phones that are busy, orders to hang up."""

from collections.abc import Callable

from acd.engine import inputs
from acd.model import AgentProfile, AgentState
from kernel.ids import AgentId, DeviceId, SkillId
from telephony.events import DeviceRegistered, DeviceUnregistered
from telephony.model import EndReason
from tests.sim.server import Server
from tests.sim.switchboard import Switchboard
from tests.sim.timetable import Timetable


class Staff:
    """Work, and fail to."""

    def __init__(self, time: Timetable, switch: Switchboard, server: Server, *, agents: int) -> None:
        self.time = time
        self.switch = switch
        self.server = server
        self.agents = [AgentId(number) for number in range(1, agents + 1)]
        self.is_evening = False
        self.sent_on = 0
        self.phones_used = dict.fromkeys(self.agents, 0)
        for agent in self.agents:
            server.profiles[agent] = self._profile(agent, shift=0)
            server.devices[agent] = self._phone(agent)

    def _profile(self, agent: AgentId, *, shift: int) -> AgentProfile:
        names = list(self.server.queues)
        queues = tuple(names[(agent + shift + step) % len(names)] for step in range(1 + agent % 3))
        return AgentProfile(
            agent=agent,
            queues=queues,
            skills={SkillId("english"): (agent + shift) % 3, SkillId("polite"): agent % 2},
            region=("", "浙江", "广东")[agent % 3],
            wrap_up_s=25.0 if agent % 4 == 0 else None,
        )

    def _phone(self, agent: AgentId) -> DeviceId:
        return DeviceId(f"phone-{agent}-{self.phones_used[agent]}")

    def come(self) -> None:
        self.switch.registered = {self._phone(agent) for agent in self.agents}
        for agent in self.agents:
            self.time.later(self.time.random.uniform(60, 600), lambda agent=agent: self._fidget(agent))
            self.time.later(self.time.random.uniform(0, 60), lambda agent=agent: self._send_on(agent))

    def _fidget(self, agent: AgentId) -> None:
        """What an agent does beside the calls."""
        if self.is_evening:
            self._wish(agent, AgentState.READY)
            return
        self.time.later(self.time.random.uniform(30, 300), lambda: self._fidget(agent))
        acts: dict[Callable[[AgentId], None], int] = {
            self._be_ready: 60,
            self._take_a_break: 12,
            self._kill_tab: 12,
            self._end_or_extend_wrap_up: 20,
            self._refuse: 6,
            self._hang_up: 8,
            self._change_phones: 4,
            self._talk_privately: 6,
            self._go_home_for_a_while: 3,
            self._learn: 5,
        }
        self.time.random.choices(list(acts), list(acts.values()))[0](agent)

    def _be_ready(self, agent: AgentId) -> None:
        self._wish(agent, AgentState.READY)

    def _take_a_break(self, agent: AgentId) -> None:
        self.server.ask(inputs.SetState(agent=agent, state=AgentState.ON_BREAK, reason="lunch"))

    def _wish(self, agent: AgentId, state: AgentState) -> None:
        self.server.ask(inputs.SetState(agent=agent, state=state))

    def _end_or_extend_wrap_up(self, agent: AgentId) -> None:
        end_or_extend = self.time.random.choice([inputs.EndWrapUp, inputs.ExtendWrapUp])
        self.server.ask(end_or_extend(agent=agent))

    def _refuse(self, agent: AgentId) -> None:
        for leg in self.switch.legs.values():
            if leg.agent == agent and not leg.is_answered:
                self.server.ask(inputs.Refuse(agent=agent, call=leg.call))
                return

    def _hang_up(self, agent: AgentId) -> None:
        """By the page. Now and then the switch does not do it."""
        if self.server.is_dead or self.server.is_cut_off:
            return
        call = self.switch.caller_of(agent)
        if call is None:
            return
        self.server.ask(inputs.HangUp(call=call))
        if self.time.chance(0.2):
            self.server.ask(inputs.HangUpFailed(call=call))
        else:
            self.switch.end_call(call, EndReason.HOTLINE_HUNG_UP)

    def _send_on(self, agent: AgentId) -> None:
        """Now and then: to a colleague, who may not be free, or into a queue, which may be closed."""
        if self.is_evening:
            return
        self.time.later(self.time.random.uniform(30, 120), lambda: self._send_on(agent))
        call = self.switch.caller_of(agent)
        if call is None or self.server.is_dead or self.server.is_cut_off:
            return
        to_agent = self.time.random.choice(self.agents) if self.time.chance(0.5) else None
        to_queue = self.time.random.choice(list(self.server.queues)) if to_agent is None else None
        self.sent_on += self.server.ask(
            inputs.Transfer(call=call, agent=agent, to_agent=to_agent, to_queue=to_queue)
        )

    def _talk_privately(self, agent: AgentId) -> None:
        phone = self._phone(agent)
        self.switch.busy.add(phone)
        self.time.later(self.time.random.uniform(5, 90), lambda: self.switch.busy.discard(phone))

    def _learn(self, agent: AgentId) -> None:
        self.server.set_profile(self._profile(agent, shift=self.time.random.randrange(3)))

    # --- phones and pages

    def _kill_tab(self, agent: AgentId) -> None:
        if agent in self.server.pages_lost or agent not in self.server.devices:
            return
        phone = self._phone(agent)
        self.server.pages_lost.add(agent)
        self._unregister(phone)
        self.time.later(2, lambda: self._notice_loss(agent))
        for leg in [leg for leg in self.switch.legs.values() if leg.device == phone and not leg.is_answered]:
            self.switch.end_leg_soon(leg.leg, EndReason.UNREACHABLE)
        after = self.time.random.choices([2.1, 8.0, 25.0, 90.0], [20, 40, 30, 10])[0]
        self.time.later(after, lambda: self._reopen_tab(agent))

    def _notice_loss(self, agent: AgentId) -> None:
        if agent in self.server.pages_lost:
            self.server.tell(inputs.PageLost(agent=agent))

    def _reopen_tab(self, agent: AgentId) -> None:
        self.server.pages_lost.discard(agent)
        if agent in self.server.devices:
            self._register(self._phone(agent))
            self.server.tell(inputs.PageBack(agent=agent))

    def _change_phones(self, agent: AgentId) -> None:
        """Another device: the old one is given back."""
        if agent in self.server.pages_lost or agent not in self.server.devices:
            return
        before = self._phone(agent)
        self.phones_used[agent] += 1
        after = self.server.devices[agent] = self._phone(agent)
        self.server.tell(inputs.SignIn(agent=agent, device=after))
        self._unregister(before)
        self.time.later(1, lambda: self._register(after))

    def _go_home_for_a_while(self, agent: AgentId) -> None:
        if agent not in self.server.devices:
            return
        del self.server.devices[agent]
        self.server.tell(inputs.SignOut(agent=agent))
        self._unregister(self._phone(agent))
        self.time.later(self.time.random.uniform(20, 200), lambda: self._come_back(agent))

    def _come_back(self, agent: AgentId) -> None:
        self.server.devices[agent] = self._phone(agent)
        self.server.tell(inputs.SignIn(agent=agent, device=self._phone(agent)))
        self._register(self._phone(agent))
        self._wish(agent, AgentState.READY)

    def _register(self, phone: DeviceId) -> None:
        self.switch.registered.add(phone)
        self.switch.report(DeviceRegistered(at=self.time.wall, device=phone))

    def _unregister(self, phone: DeviceId) -> None:
        self.switch.registered.discard(phone)
        self.switch.report(DeviceUnregistered(at=self.time.wall, device=phone))
