"""The people whom agents call: most answer, some are busy, some let it ring."""

import asyncio
from collections import defaultdict
from dataclasses import dataclass, field

from typing_extensions import override

from drill.exchange import Exchange
from drill.soak.callers import agent_heard_s
from drill.soak.promised import Called
from rig.instance import NETWORK_HOST
from rig.media import MediaClock
from rig.outside import OutsidePhone

CUSTOMER_TONE_HZ = 440
BUSY_DIGIT, RINGS_DIGIT, LEAVES_DIGITS = "9", "8", "0123"
"""By the last digit of a number: who is busy, who lets it ring, and who hangs up before the agent does."""
RINGS_S, LEAVES_AFTER_S = 0.5, 2.0


@dataclass(slots=True)
class Life:
    """All calls to one number."""

    phones: dict[str, OutsidePhone] = field(default_factory=dict)
    """By call."""
    at_once: int = 0

    def story(self) -> Called:
        """What its owner tells."""
        heard = [one.end.heard for one in self.phones.values() if one.end is not None]
        return Called(
            times=len(self.phones),
            at_once=self.at_once,
            answered=len(heard),
            heard_agent_s=sum(map(agent_heard_s, heard)),
        )


class Town(Exchange):
    """All their phones."""

    def __init__(self, clock: MediaClock) -> None:
        super().__init__(clock)
        self.lives: dict[str, Life] = defaultdict(Life)
        """By the last digits of a number."""
        self._leaving: set[asyncio.Task[None]] = set()

    @override
    def phone_called(self, number: str, call: str) -> OutsidePhone:
        digit = number[-1:]
        if digit and digit in LEAVES_DIGITS:
            leaving = asyncio.create_task(self._leave(call))
            self._leaving.add(leaving)
            leaving.add_done_callback(self._leaving.discard)
        phone = OutsidePhone(
            NETWORK_HOST,
            self.clock,
            rings_s=None if digit == RINGS_DIGIT else RINGS_S,
            refuses="486 Busy Here" if digit == BUSY_DIGIT else "",
            tone_hz=CUSTOMER_TONE_HZ,
        )
        life = self.lives[number[-11:]]
        life.phones[call] = phone
        life.at_once = max(life.at_once, sum(one in self.phones for one in life.phones))
        return phone

    async def _leave(self, call: str) -> None:
        await asyncio.sleep(RINGS_S + LEAVES_AFTER_S)
        self.hang_up(call)

    @override
    def close(self) -> None:
        for leaving in self._leaving:
            leaving.cancel()
        super().close()
