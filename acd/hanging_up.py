"""Ending a call on purpose: the whole of it, or the agent's part alone, so that the caller can rate it."""

from collections.abc import Awaitable, Callable

import structlog

from acd.engine import inputs
from acd.engine.inputs import Input
from acd.engine.world import World
from acd.errors import NotHungUp
from kernel.bus import Bus
from kernel.clock import Clock
from kernel.errors import HotlineError
from kernel.ids import AgentId, CallId, LegId, is_guest
from telephony.errors import CallGone
from telephony.events import EndFailed, EndOrdered
from telephony.model import Direction, Phase
from telephony.placed import direction_of
from telephony.port import Switch

log = structlog.get_logger(__name__)


class HangingUp:
    """The order is not one of the engine's commands, because who gave it must hear how it ends."""

    def __init__(
        self,
        ask: Callable[[Input], Awaitable[None]],
        world: World,
        *,
        switch: Switch,
        bus: Bus,
        clock: Clock,
    ) -> None:
        self._ask = ask
        self._world = world
        self._switch = switch
        self._bus = bus
        self._clock = clock

    async def hang_up(self, call: CallId, by: AgentId | None) -> None:
        """Ends it for this agent, or (None) for a supervisor, who ends it for the caller too."""
        await self._ask(inputs.HangUp(call=call))
        leg = leg_that_leaves(self._world, call) if by is not None else None
        self._bus.publish(EndOrdered(at=self._clock.now(), call=call, agent=by))
        try:
            await (self._switch.hang_up(call) if leg is None else self._switch.cancel(leg))
        except CallGone:
            if by is None:
                raise
            log.debug("the caller was faster", call_id=call)
        except HotlineError as failure:
            self._bus.publish(EndFailed(at=self._clock.now(), call=call))
            await self._ask(inputs.HangUpFailed(call=call))
            raise NotHungUp("The phone system did not end the call; try again.") from failure


def leg_that_leaves(world: World, call_id: CallId) -> LegId | None:
    """The agent's, where the caller stays on the line and is asked how it was; None: the call ends.

    Of three who talk, and of a caller whom we have called, nobody is asked.
    """
    call = world.calls.get(call_id)
    if call is None or call.phase is not Phase.TALKING or call.agent is None or is_guest(call.agent):
        return None
    is_rated = world.rules_of(call.queue).rating is not None
    is_between_two = call.consultation is None and direction_of(call.id) is Direction.IN
    return call.leg if is_rated and is_between_two else None
