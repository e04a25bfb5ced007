"""The arithmetic of the measurements. No I/O and no clock: every moment is given."""

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest of the values that `share` (0 to 1) of all values do not exceed: the nearest rank."""
    if not values:
        raise ValueError("no value was measured")
    return sorted(values)[max(math.ceil(share * len(values)), 1) - 1]


@dataclass(frozen=True, slots=True)
class Dispatch:
    """An agent became free and was given the next call."""

    agent: str
    leg: str
    """The switch's id of the new leg; one that Hotline ordered has Hotline's."""
    free_at_s: float
    invited_at_s: float
    waiting: int
    """Callers at that moment for whom no phone was rung yet."""

    @property
    def delay_s(self) -> float:
        """How long the agent had nothing to do though callers waited."""
        return self.invited_at_s - self.free_at_s


@dataclass(slots=True)
class Floor:
    """Agents' phones and callers as the switch's events tell; pairs each "free" with the next INVITE."""

    agents: Collection[str]
    callers: set[str] = field(default_factory=set)
    dispatches: list[Dispatch] = field(default_factory=list)
    _cared_for: set[str] = field(default_factory=set)
    _legs: dict[str, set[str]] = field(default_factory=dict)
    _free_since_s: dict[str, float] = field(default_factory=dict)

    @property
    def busy(self) -> int:
        """Agents with a ringing or talking phone."""
        return sum(map(bool, self._legs.values()))

    @property
    def waiting(self) -> int:
        """Callers in the queue for whom no phone was rung yet."""
        return len(self.callers - self._cared_for)

    def queued(self, caller: str) -> None:
        """A caller waits for an agent."""
        self.callers.add(caller)

    def invited(self, agent: str, leg: str, caller: str, at_s: float) -> None:
        """An INVITE went to an agent's phone for a caller.

        Without a moment at which the agent became free (the first call of the day) nothing is measured.
        """
        free_since_s = self._free_since_s.pop(agent, None)
        if free_since_s is not None:
            self.dispatches.append(Dispatch(agent, leg, free_since_s, at_s, self.waiting))
        self._legs.setdefault(agent, set()).add(leg)
        self._cared_for.add(caller)

    def hung_up(self, agent: str, leg: str, at_s: float) -> None:
        """A leg of an agent ended; the agent is free when none is left.

        Who is reported free twice has been free since the first time. A leg whose begin was not
        seen frees its agent like any other.
        """
        legs = self._legs.setdefault(agent, set())
        legs.discard(leg)
        if not legs:
            self._free_since_s.setdefault(agent, at_s)

    def left(self, caller: str) -> None:
        """A caller is gone."""
        self.callers.discard(caller)
        self._cared_for.discard(caller)

    def measured(self, since_s: float) -> list[Dispatch]:
        """The dispatches of agents who became free from that moment on."""
        return [dispatch for dispatch in self.dispatches if dispatch.free_at_s >= since_s]
