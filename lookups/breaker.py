"""Lets a system rest that fails again and again. Pure."""

from dataclasses import dataclass


@dataclass(slots=True, kw_only=True)
class Breaker:
    """One system. Moments are monotonic seconds."""

    failures_max: int
    rest_s: float
    _failures: int = 0
    _rests_until: float = float("-inf")

    def may_ask(self, now: float) -> bool:
        """Whether to ask. After a rest one may, and until its answer is there, nobody else."""
        if self._failures < self.failures_max:
            return True
        if now < self._rests_until:
            return False
        self._rests_until = now + self.rest_s
        return True

    def note(self, now: float, *, is_answered: bool) -> bool:
        """Notes what came of asking; says whether the system begins to rest by that."""
        if is_answered:
            self._failures = 0
            return False
        self._failures += 1
        self._rests_until = now + self.rest_s
        return self._failures == self.failures_max
