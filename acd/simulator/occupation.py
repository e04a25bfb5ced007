"""How busy agents were in a stretch of time that is known only once it is over."""


class Occupation:
    """Talk and wrap-up of each agent between the first and the last arrival that counts."""

    def __init__(self, agents: int) -> None:
        self._busy_until_s = [0.0] * agents
        self._busy_s = [0.0] * agents
        self._began_s: float | None = None
        self._ended_s: float | None = None

    def begin(self, now_s: float) -> None:
        """From here on it counts; also the rest of what runs."""
        self._began_s = now_s
        self._busy_s = [max(0.0, until_s - now_s) for until_s in self._busy_until_s]

    def end(self, now_s: float) -> None:
        """Up to here it counts."""
        self._ended_s = now_s
        beyond_s = [max(0.0, until_s - now_s) for until_s in self._busy_until_s]
        self._busy_s = [busy_s - over_s for busy_s, over_s in zip(self._busy_s, beyond_s, strict=True)]

    def note(self, agent: int, now_s: float, busy_s: float) -> None:
        """The agent of this place has work for so long from now on."""
        self._busy_until_s[agent] = now_s + busy_s
        if self._began_s is not None and self._ended_s is None:
            self._busy_s[agent] += busy_s

    def shares(self) -> list[float | None]:
        """Of each agent; None where no time passed."""
        if self._began_s is None or self._ended_s is None or self._ended_s <= self._began_s:
            return [None] * len(self._busy_s)
        length_s = self._ended_s - self._began_s
        return [busy_s / length_s for busy_s in self._busy_s]
