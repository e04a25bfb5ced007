"""A supervisor hears an agent's conversation, and may be heard in it.

No caller depends on it: the switch ends it with the agent's leg, also without a server. Meanwhile the
supervisor's phone is in use, and no call is theirs.
"""

from acd.engine.availability import refresh
from acd.engine.effects import CancelLeg, ChangeWatch, WatchTalk
from acd.engine.inputs import StartWatch, StopWatch
from acd.engine.state import Agent, Call, WatchedTalk
from acd.engine.world import World
from acd.errors import NothingToHear, PhoneInUse
from acd.events import WatchChanged
from kernel.ids import CallId, LegId
from telephony.events import WatchEnded, Watching
from telephony.model import Phase, Snapshot, Watch

IN_TALK = {Phase.TALKING, Phase.HELD}


def start(world: World, event: StartWatch) -> None:
    """Rings the supervisor's phone, or changes who hears a supervisor who listens already."""
    supervisor, call = world.agent(event.agent), talk_to_hear(world, event)
    known = supervisor.watch
    if known is not None and known.watched == call.leg and known.is_on:
        world.order(ChangeWatch(leg=known.leg, mode=event.mode))
        return
    require_phone(world, supervisor)
    assert call.leg is not None, f"{call.id} talks without a leg"
    assert supervisor.device is not None, f"agent {supervisor.id} has no phone"
    call.legs_numbered += 1
    leg = LegId(f"leg-{call.id}-{call.legs_numbered}")
    supervisor.watch = WatchedTalk(leg=leg, watched=call.leg, call=call.id, mode=event.mode)
    watch = Watch(
        leg=leg,
        watched=call.leg,
        call=call.id,
        agent=supervisor.id,
        device=supervisor.device,
        mode=event.mode,
        timeout_s=world.settings.watch_ring_s,
        shown_number="".join(filter(str.isdigit, call.number)),
    )
    world.order(WatchTalk(watch=watch))
    _tell(world, supervisor, supervisor.watch)
    refresh(world, supervisor)


def talk_to_hear(world: World, event: StartWatch) -> Call:
    """A conversation of another agent's."""
    call = world.calls.get(event.call)
    if call is None or call.leg is None or call.phase not in IN_TALK or call.agent in {None, event.agent}:
        raise NothingToHear("No other agent talks with this caller now.")
    return call


def require_phone(world: World, supervisor: Agent, *, besides: CallId | None = None) -> None:
    """Refuses a supervisor whose phone cannot be rung now; hearing the call `besides` is no hindrance."""
    heard = supervisor.watch.call if supervisor.watch is not None else None
    hears = heard if heard != besides else None
    busy = (supervisor.call, supervisor.consulted, supervisor.offer, supervisor.parked, hears)
    is_there = supervisor.device is not None and world.is_reachable(supervisor) and world.is_connected
    if not is_there or any(one is not None for one in busy):
        raise PhoneInUse("Your phone is in use, or not connected.")


def stop(world: World, event: StopWatch) -> None:
    """The supervisor has heard enough; whoever hears nothing is left alone."""
    give_up(world, world.agent(event.agent))


def give_up(world: World, supervisor: Agent) -> None:
    """Ends what the supervisor hears, if anything."""
    if supervisor.watch is not None:
        world.order(CancelLeg(leg=supervisor.watch.leg))
        supervisor.withdrawn_at_s = world.now.seconds
        _over(world, supervisor)


def began(world: World, event: Watching) -> None:
    """The supervisor hears the conversation, in this mode; one who is not expected to is led out."""
    supervisor = world.agent(event.agent)
    known = supervisor.watch
    if known is None or known.leg != event.leg:
        world.order(CancelLeg(leg=event.leg))
        return
    known.is_on, known.mode = True, event.mode
    _tell(world, supervisor, known)


def ended(world: World, event: WatchEnded) -> None:
    """The supervisor hung up or did not answer, or the conversation is over."""
    failed(world, event.leg)


def failed(world: World, leg: LegId) -> None:
    """The supervisor's leg is gone, or never came to be."""
    for supervisor in world.agents.values():
        if supervisor.watch is not None and supervisor.watch.leg == leg:
            _over(world, supervisor)
            return


def adopt(world: World, snapshot: Snapshot) -> None:
    """Makes the engine agree with the switch about who hears whom."""
    alive = {live.agent: live for live in snapshot.watches}
    for supervisor in list(world.agents.values()):
        if supervisor.watch is not None and supervisor.id not in alive:
            _over(world, supervisor)
    for live in snapshot.watches:
        supervisor = world.agent(live.agent)
        known = supervisor.watch
        mode = live.mode or (known.mode if known is not None else None)
        if mode is None or supervisor.call is not None or supervisor.offer is not None:
            # It rings, and nobody knows any more what for; or the supervisor has a caller.
            world.order(CancelLeg(leg=live.leg))
            continue
        supervisor.watch = WatchedTalk(
            leg=live.leg, watched=live.watched, call=live.call, mode=mode, is_on=live.mode is not None
        )
        _tell(world, supervisor, supervisor.watch)
        refresh(world, supervisor)


def _over(world: World, supervisor: Agent) -> None:
    known, supervisor.watch = supervisor.watch, None
    if known is not None:
        _tell(world, supervisor, known, is_over=True)
    refresh(world, supervisor)


def _tell(world: World, supervisor: Agent, watch: WatchedTalk, *, is_over: bool = False) -> None:
    call = world.calls.get(watch.call)
    told = WatchChanged(
        at=world.now.wall,
        call=watch.call,
        supervisor=supervisor.id,
        agent=call.agent if call is not None else None,
        leg=watch.leg,
        mode=None if is_over else watch.mode,
        is_on=watch.is_on,
    )
    world.tell(told)
