"""Why queues sent calls away, for the lines that these calls are held on."""

import asyncio

from acd.events import CallLeftQueue, CallQueued, NobodyReached
from acd.model import Exit
from kernel.events import Event
from kernel.ids import CallId
from telephony.events import CallEnded


class Exits:
    """What became known before anybody asked is kept until the call is asked about, queued anew, or over."""

    def __init__(self) -> None:
        self._known: dict[CallId, asyncio.Future[Exit]] = {}

    def note(self, event: Event) -> None:
        """Takes a published event; only ends of waits, and what undoes them, matter."""
        match event:
            case CallLeftQueue(exit=Exit.FULL | Exit.CLOSED | Exit.TIMEOUT as why, call=call):
                known = self._of(call)
                if not known.done():
                    known.set_result(why)
            case NobodyReached(call=call):
                reached = self._of(call)
                if not reached.done():
                    reached.set_result(Exit.TIMEOUT)
            case CallQueued(call=call) | CallEnded(call=call):
                known_before = self._known.get(call)
                if known_before is not None and known_before.done():
                    del self._known[call]
            case _:
                pass  # who went by a key of their own knows it

    async def of(self, call: CallId) -> Exit:
        """Waits until a queue sends the call away. Who holds the line cancels it once the call is gone."""
        try:
            return await self._of(call)
        finally:
            self._known.pop(call, None)

    def _of(self, call: CallId) -> asyncio.Future[Exit]:
        return self._known.setdefault(call, asyncio.get_running_loop().create_future())
