"""The switch of a simulated day: the truth about calls and legs, also while no server watches."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import count

from kernel.events import Event
from kernel.ids import AgentId, CallId, DeviceId, LegId
from telephony import events
from telephony.model import Arrival, CallMark, EndReason, LiveCall, LiveLeg, Phase, Ring, Snapshot
from tests.sim.timetable import Timetable

FALLBACK_EVERY_S = 3.0
"""How often the switch's own emergency queue finds somebody an agent."""
RINGING_TONE_S = 20.0
"""How long an agent hears a ringing tone at most until the customer answers."""
TIRED_OF_THE_TONE = 0.05
"""The share of agents who hang up before the customer answers."""
LEGS_REPORTED_NEVER = 0.01
"""The share of ends of legs that the server is never told of; the caller's line is, which is back then."""


@dataclass(slots=True)
class RealCall:
    """A caller as the switch has them."""

    arrival: Arrival
    mark: CallMark | None = None
    talks_with: LegId | None = None
    is_answered: bool = True
    """False of a customer whose phone rings still."""


class Switchboard:
    """Carries calls and legs, takes orders, and reports; it goes on without the server."""

    def __init__(self, time: Timetable) -> None:
        self.time = time
        self.report: Callable[[Event], None] = lambda _: None
        self.line_is_back: Callable[[CallId], None] = lambda _: None
        """The caller hears us again instead of an agent."""
        self.is_over: Callable[[CallId, RealCall, EndReason], None] = lambda *_: None
        """The ledger has it, whoever else hears of it."""
        self.calls: dict[CallId, RealCall] = {}
        self.legs: dict[LegId, LiveLeg] = {}
        self.registered: set[DeviceId] = set()
        self.busy: set[DeviceId] = set()
        """Phones on which their agents talk to somebody else."""
        self.mirrored: dict[DeviceId, tuple[AgentId, bool]] = {}
        self.talked: set[CallId] = set()
        self.is_alone = False
        self.rings = 0
        self.boots = 0
        self._numbers = count()

    def snapshot(self) -> Snapshot:
        return Snapshot(
            boot_id=f"boot-{self.boots}",
            calls=tuple(
                LiveCall(
                    arrival=call.arrival,
                    mark=call.mark,
                    talks_with=call.talks_with,
                    is_answered=call.is_answered,
                )
                for call in self.calls.values()
            ),
            legs=tuple(self.legs.values()),
            registered=frozenset(self.registered),
        )

    def crash(self) -> list[CallId]:
        """The switch dies with all that it carries, and says nothing of it."""
        self.boots += 1
        lost = list(self.calls)
        for call, real in self.calls.items():
            self.is_over(call, real, EndReason.SWITCH_LOST)
        self.calls.clear()
        self.legs.clear()
        return lost

    def leave_alone(self) -> None:
        """The server is dead: the dialplan goes on by itself."""
        self.is_alone = True
        self.time.later(FALLBACK_EVERY_S, self._fall_back)

    def _fall_back(self) -> None:
        """The emergency queue gives its first caller to a phone that was mirrored as ready."""
        if not self.is_alone:
            return
        self.time.later(FALLBACK_EVERY_S, self._fall_back)
        waiting = [
            (call.mark.tier, call.mark.key_ms, call.mark.sequence, name, call)
            for name, call in self.calls.items()
            if call.talks_with is None and call.mark is not None and call.mark.phase is Phase.WAITING
        ]
        rung = {leg.device for leg in self.legs.values()}
        free = [
            (device, agent)
            for device, (agent, is_ready) in self.mirrored.items()
            if is_ready and device not in rung and device in self.registered
        ]
        if waiting and free:
            *_, name, call = min(waiting, key=lambda entry: entry[:4])
            device, agent = self.time.random.choice(free)
            leg = LegId(f"fallback-{next(self._numbers)}")
            self.legs[leg] = LiveLeg(leg=leg, call=name, agent=agent, device=device, is_answered=False)
            self.answer(leg)
            if call.talks_with == leg and call.mark is not None:
                call.mark = replace(call.mark, phase=Phase.TALKING)

    def caller_of(self, agent: AgentId) -> CallId | None:
        """With whom the agent talks."""
        talks = (self.legs[call.talks_with] for call in self.calls.values() if call.talks_with is not None)
        return next((leg.call for leg in talks if leg.agent == agent), None)

    # --- what people do

    def answer(self, leg_id: LegId) -> None:
        leg = self.legs.get(leg_id)
        if leg is None:
            return
        call = self.calls.get(leg.call)
        is_busy = any(other.is_answered and other.agent == leg.agent for other in self.legs.values())
        if leg.dials and not is_busy:
            self.legs[leg_id] = replace(leg, is_answered=True)
            self.report(events.Dialling(at=self.time.wall, call=leg.call, leg=leg_id, agent=leg.agent))
            self.time.later(RINGING_TONE_S, lambda: self._end_tone(leg_id, EndReason.HOTLINE_HUNG_UP))
            if self.time.chance(TIRED_OF_THE_TONE):
                self.time.later(2, lambda: self._end_tone(leg_id, EndReason.AGENT_HUNG_UP))
            return
        if call is None or call.talks_with is not None or is_busy:
            self.end_leg(leg_id, EndReason.CLAIMED)
            return
        self._join(leg_id, call)

    def reach(self, call: CallId, leg_id: LegId) -> None:
        """A customer who was called answers, and has the agent who waits for that, if there is one."""
        if leg_id in self.legs:
            self._join(leg_id, self.calls[call])
        elif not self.is_alone:
            self.line_is_back(call)

    def _end_tone(self, leg_id: LegId, reason: EndReason) -> None:
        leg = self.legs.get(leg_id)
        if leg is not None and leg.dials:
            self.end_leg(leg_id, reason)

    def _join(self, leg_id: LegId, call: RealCall) -> None:
        leg = self.legs[leg_id] = replace(self.legs[leg_id], is_answered=True, dials=False)
        call.talks_with = leg_id
        self.talked.add(leg.call)
        self.report(events.Joined(at=self.time.wall, call=leg.call, leg=leg_id, agent=leg.agent))
        self.time.later(self.time.random.expovariate(1 / 60), lambda: self._end_talk(leg_id))

    def _end_talk(self, leg_id: LegId) -> None:
        leg = self.legs.get(leg_id)
        if leg is None:
            return
        how = self.time.random.choices(["agent", "caller", "silence"], [50, 40, 10])[0]
        if how == "agent":
            self.end_leg(leg_id, EndReason.AGENT_HUNG_UP)
        elif how == "caller":
            self.end_call(leg.call)
        else:
            self.end_leg(leg_id, EndReason.MEDIA_LOST)

    def end_call(self, call: CallId, reason: EndReason = EndReason.CALLER_HUNG_UP) -> None:
        real = self.calls.pop(call, None)
        if real is None:
            return
        self.is_over(call, real, reason)
        self.report(events.CallEnded(at=self.time.wall, call=call, reason=reason))
        if real.talks_with is not None:
            self.end_leg(real.talks_with, reason)

    def say_goodbye(self, call: CallId) -> None:
        real = self.calls.get(call)
        if real is not None and real.talks_with is None:
            self.end_call(call, EndReason.HOTLINE_HUNG_UP)

    def end_leg(self, leg_id: LegId, reason: EndReason) -> None:
        leg = self.legs.pop(leg_id, None)
        if leg is None:
            return
        ended = events.LegEnded(
            at=self.time.wall,
            call=leg.call,
            leg=leg_id,
            agent=leg.agent,
            reason=reason,
            was_joined=leg.is_answered and not leg.dials,
        )
        call = self.calls.get(leg.call)
        was_talk = call is not None and call.talks_with == leg_id
        if not self.time.chance(LEGS_REPORTED_NEVER) or leg.dials:
            self.report(ended)
        if call is not None and was_talk:
            call.talks_with = None
            if self.is_alone:  # the dialplan says goodbye by itself
                self.time.later(1, lambda: self.say_goodbye(leg.call))
            else:
                self.line_is_back(leg.call)

    # --- what the server orders

    def cancel(self, leg: LegId) -> None:
        if not self.time.chance(0.1):
            self.end_leg_soon(leg, EndReason.HOTLINE_HUNG_UP)

    def park(self, call: CallId) -> None:
        real = self.calls.get(call)
        if real is not None and real.talks_with is not None:
            self.end_leg_soon(real.talks_with, EndReason.HOTLINE_HUNG_UP)

    def move(self, call: CallId, mark: CallMark) -> None:
        """The caller is taken out of the conversation at once, and the agent's leg ends for it."""
        real = self.calls.get(call)
        if real is None:
            return
        leg, real.talks_with, real.mark = real.talks_with, None, mark
        if leg is not None:
            self.end_leg_soon(leg, EndReason.HOTLINE_HUNG_UP)
        self.line_is_back(call)

    def write_mark(self, call: CallId, mark: CallMark) -> None:
        if call in self.calls:
            self.calls[call].mark = mark
            if mark.phase is Phase.SERVED:
                self.time.later(0.5, lambda: self.say_goodbye(call))

    def mirror(self, device: DeviceId, agent: AgentId, *, is_ready: bool | None) -> None:
        if is_ready is None:
            self.mirrored.pop(device, None)
        else:
            self.mirrored[device] = (agent, is_ready)

    def ring(self, ring: Ring) -> None:
        self.rings += 1
        assert ring.leg not in self.legs, "an identity was used twice"
        leg = LiveLeg(
            leg=ring.leg,
            call=ring.call,
            agent=ring.agent,
            device=ring.device,
            is_answered=False,
            dials=ring.dials,
        )
        self.legs[ring.leg] = leg
        is_in_use = ring.device in self.busy or any(
            other.device == ring.device for other in self.legs.values() if other is not leg
        )
        if is_in_use or ring.device not in self.registered or self.time.chance(0.03):
            self.end_leg_soon(ring.leg, EndReason.BUSY if is_in_use else EndReason.UNREACHABLE)
            return
        self.time.later(0.1, lambda: self._say_rings(leg))
        self._be_heard(ring)

    def _be_heard(self, ring: Ring) -> None:
        what = self.time.random.choices(["answer", "miss", "refuse", "too late"], [85, 8, 3, 4])[0]
        if what == "miss":
            self.time.later(ring.timeout_s, lambda: self.end_leg(ring.leg, EndReason.NO_ANSWER))
        elif what == "refuse":
            self.time.later(2, lambda: self.end_leg(ring.leg, EndReason.REFUSED))
        else:
            after = self.time.random.uniform(0.5, 8) if what == "answer" else ring.timeout_s + 2.01
            self.time.later(after, lambda: self.answer(ring.leg))

    def _say_rings(self, leg: LiveLeg) -> None:
        if leg.leg in self.legs:
            self.report(events.LegRinging(at=self.time.wall, call=leg.call, leg=leg.leg, agent=leg.agent))

    def end_leg_soon(self, leg: LegId, reason: EndReason) -> None:
        self.time.later(0.02, lambda: self.end_leg(leg, reason))
