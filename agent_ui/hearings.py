"""Who hears which recording: each playing leaves one trace, and one of what was heard."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable

from agent_ui.trail import Trail
from kernel.ids import CallId, StaffId

PLAYINGS_KEPT = 10_000


class Hearings:
    """A browser asks for a recording in pieces, and again for what it has dropped: that is one playing."""

    def __init__(self, trail: Trail, monotonic: Callable[[], float], *, gap_s: float) -> None:
        """`gap_s`: who asks again after so long plays it anew."""
        self._trail = trail
        self._monotonic = monotonic
        self._gap_s = gap_s
        self._one_at_a_time = asyncio.Lock()
        self._last: OrderedDict[tuple[StaffId, CallId], float] = OrderedDict()

    async def begin(self, staff: StaffId, call: CallId) -> None:
        """Somebody is about to hear it; raises where that cannot be written down."""
        # Both sides are asked for at the same moment.
        async with self._one_at_a_time:
            if not self.is_open(staff, call):
                await self._trail.note(staff, "recording_played", call)
            self._note(staff, call)

    def _note(self, staff: StaffId, call: CallId) -> None:
        self._last[staff, call] = self._monotonic()
        self._last.move_to_end((staff, call))
        while len(self._last) > PLAYINGS_KEPT:
            self._last.popitem(last=False)

    def is_open(self, staff: StaffId, call: CallId) -> bool:
        """Whether they have played it just now."""
        last = self._last.get((staff, call))
        return last is not None and self._monotonic() - last < self._gap_s

    async def heard(self, staff: StaffId, call: CallId, start_s: float, end_s: float) -> None:
        """Their page says which part it was; of nothing that was not played."""
        if self.is_open(staff, call):
            await self._trail.note(staff, "recording_heard", f"{call} {start_s:.1f}-{end_s:.1f} s")
