"""Goes on with the flows of callers who have hung up: the job that follows the end of such a call.

The job is written with the end itself, once for each call, whether the server heard of it or the switch's own
records told it later. It is done at least once; each message and ticket in it has a key of its own.
"""

import asyncio
from dataclasses import dataclass

import structlog

from ivr.after_hangup import AfterHangup
from ivr.callers import who_calls
from ivr.current_site import CurrentSite
from ivr.engine import Engine
from ivr.errands import FAILED
from ivr.pinned import PinnedFlows
from ivr.ports import CustomerDirectory, ErrandOrder, Errands, order_of
from ivr.session import facts_of, first_language
from ivr.settings import IvrSettings
from ivr.turn import Errand, ErrandDone, Turn
from kernel.clock import Clock
from kernel.errors import DatabaseUnavailable, HotlineError
from telephony.events import HungUp

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class HangingUp:
    """Does what flows say for callers who are gone."""

    site: CurrentSite
    pinned: PinnedFlows
    customers: CustomerDirectory
    errands: Errands
    clock: Clock
    settings: IvrSettings

    async def run(self, left: HungUp) -> None:
        """Goes on for one caller; what cannot be done now, as without the database, is raised."""
        with structlog.contextvars.bound_contextvars(call_id=left.arrival.call):
            late_s = (self.clock.now() - left.at).total_seconds()
            if late_s > self.settings.hangup_within_s:
                log.warning(
                    "too late for what a flow does after a hang-up", flow=left.mark.flow, late_s=late_s
                )
                return
            async with asyncio.timeout(self.settings.hangup_max_s):
                await self._go(left)

    async def _go(self, left: HungUp) -> None:
        begun = await self._begin(left)
        if begun is None:
            return
        after, turn = begun
        done = 0
        while turn.effects:
            came = await self._do(left, after, turn)
            turn, done = after.go_on(turn.state, came), done + 1
        if done:
            log.info("flow went on after a hang-up", flow=left.mark.flow, node=left.mark.node, errands=done)

    async def _begin(self, left: HungUp) -> tuple[AfterHangup, Turn] | None:
        came, mark = left.arrival, left.mark
        caller = await who_calls(self.customers, came, self.settings.lookup_timeout_s)
        site = await self.site.read()
        began = await self.pinned.of(mark, site)
        flow = began.flows.get(mark.flow)
        if flow is None:
            log.warning("the flow is gone whose caller hung up", flow=mark.flow)
            return None
        engine = Engine(flow, site.calendars.calendars, self.settings, began.flows)
        state = engine.begin(facts_of(came, caller, site), first_language(mark.language), mark)
        after = AfterHangup(engine=engine, at=left.at, errands_max=self.settings.hangup_errands_max)
        return after, after.begin(state)

    async def _do(self, left: HungUp, after: AfterHangup, turn: Turn) -> ErrandDone:
        errand, state = turn.effects[-1], turn.state
        assert isinstance(errand, Errand)
        place = (after.engine.flows.of(state).name, state.node)
        return await self._done(order_of(errand, left.arrival, state.language, place))

    async def _done(self, order: ErrandOrder) -> ErrandDone:
        try:
            async with asyncio.timeout(self.settings.errand_max_s):
                return await self.errands.do(order)
        except DatabaseUnavailable:
            raise  # Nobody waits for it: it is done when that is back, and not given up for another way.
        except (HotlineError, TimeoutError) as error:
            log.warning(
                "errand after a hang-up failed", kind=order.kind, about=order.about, error=repr(error)
            )
            return ErrandDone(way=FAILED)
