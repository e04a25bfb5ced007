"""Reserve agents come when a queue has passed its limit, by rule or once a supervisor agrees, and go."""

from collections.abc import Mapping

from acd.engine.inputs import AnswerHelp, RestoreHelp
from acd.engine.lanes import Line
from acd.engine.overflow import reach_after
from acd.engine.state import Timer
from acd.engine.world import World
from acd.errors import NoHelpProposed, UnknownQueue
from acd.events import HelpChanged
from acd.model import QueueRules
from acd.reserves import Help, HelpStand, Reserve
from kernel.ids import AgentId, QueueId


def look(world: World) -> bool:
    """Looks at the queues whose load has changed; says whether other agents may have calls now."""
    doubtful = sorted(world.doubtful_reserves)
    world.doubtful_reserves.clear()
    # Not `any`, which would stop at the first.
    return bool([queue for queue in doubtful if _look_at(world, queue)])


def restore(world: World, event: RestoreHelp) -> None:
    """What was so when the server stopped, if the site's rules are still those."""
    stand = event.stand
    reserve = world.rules_of(stand.queue).reserve
    if reserve is not None and reserve.queues == stand.queues:
        world.help[stand.queue] = stand
        world.doubtful_reserves.add(stand.queue)


def answer(world: World, event: AnswerHelp) -> None:
    """A supervisor says yes or no to what is proposed, or sends back who helps."""
    if event.queue not in world.rules:
        raise UnknownQueue(f"There is no queue {event.queue!r}.")
    stand, reserve = world.help.get(event.queue), world.rules_of(event.queue).reserve
    answered = {Help.PROPOSED} if event.helps else {Help.PROPOSED, Help.GIVEN}
    is_open = stand is not None and stand.help in answered
    if reserve is None or not is_open:
        raise NoHelpProposed("Nobody is proposed to help this queue now.")
    _change(world, event.queue, Help.GIVEN if event.helps else Help.DECLINED, by=event.supervisor)


def change_rules(world: World, rules: Mapping[QueueId, QueueRules]) -> None:
    """Before other rules count: who helps by one that is gone, or names others then, goes back."""
    for queue, stand in list(world.help.items()):
        reserve = rules[queue].reserve if queue in rules else None
        if reserve is None or reserve.queues != stand.queues:
            del world.help[queue]
            world.tell(HelpChanged(at=world.now.wall, queue=queue, stand=None))
    world.doubtful_reserves |= world.help.keys()


def _look_at(world: World, queue: QueueId) -> bool:
    reserve, stand = world.rules_of(queue).reserve, world.help.get(queue)
    if reserve is None:
        return False
    has_changed = False
    if stand is None and _is_over(world, queue, reserve):
        has_changed = _change(world, queue, Help.PROPOSED if reserve.is_proposed else Help.GIVEN)
    elif stand is not None and _is_relieved(world, queue, reserve) and not _must_stay(world, stand, reserve):
        has_changed = _change(world, queue, None)
    _look_again(world, queue, reserve)
    return has_changed


def _look_again(world: World, queue: QueueId, reserve: Reserve) -> None:
    """An expected wait grows, and who helps stays, without anything happening."""
    has_callers = reserve.expected_wait_s is not None and len(world.lines[queue].places)
    if queue in world.help or has_callers:
        world.set_timer(Timer.RESERVE, queue, world.settings.overflow_look_s)
    else:
        world.stop_timer(Timer.RESERVE, queue)


def _is_over(world: World, queue: QueueId, reserve: Reserve) -> bool:
    line = world.lines[queue]
    if reserve.waiting is not None and len(line.places) >= reserve.waiting:
        return True
    expected_s = _expected_s(world, line)
    return reserve.expected_wait_s is not None and (expected_s or 0.0) > reserve.expected_wait_s


def _is_relieved(world: World, queue: QueueId, reserve: Reserve) -> bool:
    line = world.lines[queue]
    if reserve.waiting is not None and len(line.places) > reserve.until_waiting:
        return False
    expected_s = _expected_s(world, line)
    if reserve.expected_wait_s is None:
        return True
    return expected_s is not None and expected_s <= reserve.until_expected_wait_s


def _expected_s(world: World, line: Line) -> float | None:
    """How long who comes now would wait; None when that cannot be told."""
    if not len(line.places):
        return 0.0
    return line.pace.expected_s(len(line.places), world.now.seconds, world.settings)


def _must_stay(world: World, stand: HelpStand, reserve: Reserve) -> bool:
    helped_s = (world.now.wall - stand.since).total_seconds()
    return stand.help is Help.GIVEN and helped_s < reserve.stays_s


def _change(world: World, queue: QueueId, help_: Help | None, *, by: AgentId | None = None) -> bool:
    """Says whether other agents may have the queue's calls than before."""
    before = world.help.pop(queue, None)
    stand = None
    if help_ is not None:
        reserve = world.rules_of(queue).reserve
        assert reserve is not None, f"{queue} has no reserve"
        stand = HelpStand(queue=queue, help=help_, queues=reserve.queues, since=world.now.wall, by=by)
        world.help[queue] = stand
    world.tell(HelpChanged(at=world.now.wall, queue=queue, stand=stand, by=by))
    was_given = before is not None and before.help is Help.GIVEN
    if was_given == (help_ is Help.GIVEN):
        return False
    _reach_anew(world, queue)
    return True


def _reach_anew(world: World, queue: QueueId) -> None:
    """Finds for all who wait in the queue whose agents may have them now."""
    for call in [world.calls[call] for call in world.lines[queue].places]:
        if call.lane is not None:
            call.reach = tuple(reached for reached in call.reach if reached not in _reserve_of(world, queue))
            call.reach = reach_after(world, call)
            world.stand(call)


def _reserve_of(world: World, queue: QueueId) -> tuple[QueueId, ...]:
    reserve = world.rules_of(queue).reserve
    return reserve.queues if reserve is not None else ()
