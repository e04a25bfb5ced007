"""Lines that came back, and wait for the report that their agent's leg is gone."""

import asyncio
from collections.abc import Callable

import structlog

from kernel.ids import CallId
from telephony.model import Phase

log = structlog.get_logger(__name__)


class TalkEnds:
    """Has each of them wait for a moment at most."""

    def __init__(self, phase_of: Callable[[CallId], Phase | None], grace_s: float) -> None:
        self._phase_of = phase_of
        self._grace_s = grace_s
        self._awaited: dict[CallId, asyncio.Event] = {}

    async def wait(self, call: CallId) -> None:
        """Waits until the call does not talk any more, as far as routing knows."""
        ended = self._awaited.setdefault(call, asyncio.Event())
        try:
            async with asyncio.timeout(self._grace_s):
                await ended.wait()
        except TimeoutError:
            log.warning("no end of the agent's leg was reported", call_id=call)
        finally:
            self._awaited.pop(call, None)

    def tell(self) -> None:
        """Lets those go on whose talk is over by now."""
        for call, ended in self._awaited.items():
            if self._phase_of(call) is not Phase.TALKING:
                ended.set()
