"""Whether a plugged-in voice can be relied on. Pure: time, in seconds of a steady clock, is an argument."""

from collections import OrderedDict
from dataclasses import dataclass, field

_TEXTS_MAX = 10_000


@dataclass(slots=True, kw_only=True)
class EngineHealth:
    """Of one engine.

    It breaks when it could not speak so many texts on end, or hung; then only trials are made of it. A text
    that it could not speak is not asked of it again for a time, also while it is well.
    """

    failures_max: int
    retry_after_s: float
    fault: str = ""
    """Why it is broken; "" while it is not."""
    _failures: int = 0
    _texts: OrderedDict[str, float] = field(default_factory=OrderedDict)

    def may_speak(self, text: str, now: float) -> bool:
        """Whether it is to be asked for a text."""
        return not self.fault and self._texts.get(text, now) <= now

    def spoke(self, text: str) -> bool:
        """It did; returns whether it was broken before."""
        was_broken = bool(self.fault)
        self.fault, self._failures = "", 0
        self._texts.pop(text, None)
        return was_broken

    def failed(self, text: str, reason: str, now: float, *, has_hung: bool) -> bool:
        """It did not; returns whether it broke just now."""
        self._failures += 1
        self._texts[text] = now + self.retry_after_s
        self._texts.move_to_end(text)
        if len(self._texts) > _TEXTS_MAX:
            self._texts.popitem(last=False)
        if self.fault or not (has_hung or self._failures >= self.failures_max):
            return False
        self.fault = reason
        return True
