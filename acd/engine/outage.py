"""No outside line can carry a call: no agent is rung in vain for a customer who cannot be called."""

from datetime import timedelta

from acd.engine.state import Outage, Timer
from acd.engine.world import World
from acd.events import NoLineFree
from kernel.ids import QueueId

ALL_QUEUES = QueueId("")
"""The lines are everybody's."""


def begin(world: World) -> None:
    """Has callbacks wait, each time in a row for longer; what several calls met in one pause counts once."""
    outage, now = world.outage, world.now
    if now.seconds < outage.until_s:
        return
    pause_s = min(world.settings.dial_retry_s * 2.0 ** min(outage.times, 10), world.settings.dial_retry_max_s)
    outage.times += 1
    outage.until_s = now.seconds + pause_s
    world.set_timer(Timer.NO_LINE, ALL_QUEUES, pause_s)
    outage.until = now.wall + timedelta(seconds=pause_s)
    world.tell(NoLineFree(at=now.wall, times=outage.times, until=outage.until))


def left_s(world: World) -> float:
    """How long callbacks wait still."""
    return max(0.0, world.outage.until_s - world.now.seconds)


def end(world: World) -> None:
    """A line has carried a call: those who waited for one wait no longer."""
    if left_s(world):
        world.set_timer(Timer.NO_LINE, ALL_QUEUES, 0.0)
    world.outage = Outage()
