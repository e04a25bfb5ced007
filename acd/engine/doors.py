"""Who leaves a queue without an agent: after the longest wait, or when it is closed and nobody is left."""

from acd.engine.state import Call, EarlierTalk
from acd.engine.unserved import unserved_of
from acd.engine.world import World
from acd.errors import QueueClosed, QueueFull, UnknownQueue
from acd.events import CallLeftQueue
from acd.model import Exit
from acd.still_waiting import Unserved
from kernel.ids import QueueId


def set_closed(world: World, calendars: frozenset[str]) -> None:
    """These calendars say that nobody works now; the others that somebody does."""
    world.closed_calendars = calendars
    doubt_closed(world)


def doubt_closed(world: World) -> None:
    """Has every closed queue looked at once more."""
    world.doubtful.update(filter(world.is_closed, world.rules))


def require_room(world: World, queue: QueueId) -> None:
    """Refuses to send a caller who has a place elsewhere where nobody works, or too many wait already."""
    if queue not in world.rules:
        raise UnknownQueue(f"There is no queue {queue!r}.")
    if world.is_closed(queue):
        raise QueueClosed(f"{queue!r} is closed.")
    if len(world.lines[queue].places) >= world.settings.waiting_max:
        raise QueueFull(f"{world.settings.waiting_max} callers wait in {queue!r} already.")


def max_wait_over(world: World, call: Call) -> None:
    """The caller has waited for as long as the queue lets anybody. Who is being rung may still answer."""
    call.is_overdue = True
    if call.offer is None and not call.is_withheld:
        world.free(call)


def exit_of(world: World, call: Call) -> Exit | None:
    """Why a call for which nobody is idle is not to wait on; None: it is."""
    if call.is_absent:
        return None
    if call.is_overdue:
        return Exit.TIMEOUT
    return Exit.CLOSED if world.is_closed(call.queue) and _is_left_alone(world, call.queue) else None


def _is_left_alone(world: World, queue: QueueId) -> bool:
    """Whether nobody is going to serve those who wait in a closed queue."""
    if world.rules_of(queue).is_emptied_at_closing:
        return True
    lanes = world.lines[queue].lanes.values()
    queues = {queue, *(reached for lane in lanes for reached in lane.reach)}
    members = (world.agents[agent] for served in queues for agent in world.lines[served].members)
    return not any(agent.is_on_duty for agent in members)


def look(world: World, queue: QueueId) -> None:
    """Sends those away who wait in a closed queue in which nobody is left."""
    waiting = [world.calls[call] for call in world.lines[queue].places]
    if waiting and world.is_closed(queue) and _is_left_alone(world, queue):
        for call in waiting:
            if call.offer is None and not call.is_withheld and not call.is_absent:
                send_away(world, call, Exit.CLOSED)


def send_away(world: World, call: Call, why: Exit, unserved: Unserved | None = None) -> None:
    """A waiting call leaves its queue for whatever its flow offers instead."""
    leave_line(world, call, unserved, exit_=why)
    go_to_flow(world, call)


def go_to_flow(world: World, call: Call) -> None:
    """Routing has nothing to do with the call any more, unless it comes to a queue again."""
    if call.talked_before:
        world.talked_and_left[call.id] = EarlierTalk(call.waited_s or 0.0, call.legs_over)
    del world.calls[call.id]


def leave_line(
    world: World, call: Call, unserved: Unserved | None = None, *, exit_: Exit | None = None
) -> None:
    """A waiting call is gone from its queue; `unserved` if something was changed for that before."""
    unserved = unserved or unserved_of(world, call)
    world.remove_waiting(call)
    world.unsettled_calls.discard(call.id)
    world.tell(
        CallLeftQueue(
            at=world.now.wall,
            call=call.id,
            queue=call.queue,
            waited_s=world.waited_s(call),
            is_abandoned=exit_ is None and not call.talked_before,
            exit=exit_,
            is_first=not call.talked_before,
            unserved=unserved,
        )
    )


def went_off_duty(world: World, queues: tuple[QueueId, ...]) -> None:
    """Somebody of these queues works no longer: where they are closed, perhaps nobody is left."""
    if world.closed_calendars:
        world.doubtful |= {lane.queue for queue in queues for lane in world.lines[queue].served}
