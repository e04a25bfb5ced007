"""Calls come into a queue: new, with the place they had, or from a conversation that is over."""

from dataclasses import replace
from datetime import datetime, timedelta

from acd.engine import conversation, doors, offers, promised
from acd.engine.acquaintance import known_agent
from acd.engine.boosts import boosts_of, key_of, seconds_of
from acd.engine.inputs import Enter, GiveBoost, Leave, MoveToQueue
from acd.engine.matching import place_of
from acd.engine.needs import needs_of
from acd.engine.state import HELD, PARKED, SERVED, TALKING, WAITING, Call, EarlierTalk
from acd.engine.unserved import unserved_of
from acd.engine.world import World
from acd.errors import NotWaiting, QueueClosed, QueueFull, UnknownQueue
from acd.model import Exit, Key, QueueRequest
from acd.promises import PromiseEnd
from kernel.ids import AgentId, CallId
from kernel.value import maker
from telephony.model import NOBODY, Boost, BoostSource, CallMark, LiveCall

new_call, new_mark = maker(Call), maker(CallMark)

KEEPS_PLACE = {WAITING, PARKED, TALKING, HELD}


def enter(world: World, event: Enter) -> None:
    """A caller wants an agent. One that is known already stays where it is."""
    request = event.request
    if request.arrival.call in world.gone:
        return  # hung up while the flow was on its way here
    known = world.calls.get(request.arrival.call)
    if known is not None and known.phase is not SERVED:
        is_there(world, known)
        return
    if request.queue not in world.rules:
        raise UnknownQueue(f"There is no queue {request.queue!r}.")
    kept = promised.kept_for(world, request)
    call = from_request(world, request) if kept is None else _in_place_of(world, kept, request)
    _find_room(world, call)
    if (talk := _earlier_talk(world, call.id)) is not None:
        call.legs_over = talk.legs_over
    if kept is not None:
        promised.end(world, kept, PromiseEnd.CALLED_IN, by=call.id)
    world.add_waiting(call)
    offers.announce_waiting(world, call)


def is_there(world: World, call: Call) -> None:
    """A customer who was called back has answered, and the agent who was to have them is gone."""
    if call.is_absent:
        promised.came(world, call)
        offers.announce_waiting(world, call)
        if call.offer is None:
            world.free(call)


def _in_place_of(world: World, kept: Call, request: QueueRequest) -> Call:
    """A caller who was to be called back: the place was theirs all the time."""
    flow = replace(offers.mark_of(kept), queue=request.queue, needs=needs_of(request.needs))
    mark = replace(
        flow,
        flow=request.flow,
        node=request.node,
        language=request.language,
        matter=request.matter or flow.matter,
        kept_by_flow=request.kept_by_flow,
        queued_ms=int(world.now.wall.timestamp() * 1000),
    )
    arrival = request.arrival
    call = from_mark(world, arrival.call, arrival.caller_number, arrival.at, mark)
    call.level = request.level
    return call


def _find_room(world: World, call: Call) -> None:
    """Refuses a call where as many wait as may, or nobody works now; one with a place returns to it."""
    waiting, rules = len(world.lines[call.queue].places), world.rules[call.queue]
    if waiting >= world.settings.waiting_max:
        raise QueueFull(f"{world.settings.waiting_max} callers wait in {call.queue!r} already.")
    if call.mark.key_ms:
        return
    if world.is_closed(call.queue):
        raise QueueClosed(f"{call.queue!r} is closed.")
    if rules.capacity is None or waiting < rules.capacity:
        return
    agent, hold_s = place_of(world, call, world.lane_for(call))
    if agent is None or hold_s > 0 or not world.is_connected:
        raise QueueFull(f"{rules.capacity} callers wait in {call.queue!r} already.")


def from_request(world: World, request: QueueRequest) -> Call:
    """A caller at the place that is theirs: by what they ask for, or the one they had."""
    old = request.mark
    if old is not None and old.key_ms and old.phase in KEEPS_PLACE:
        return from_mark(world, request.arrival.call, request.arrival.caller_number, request.arrival.at, old)
    rules = world.rules[request.queue]
    boosts = boosts_of(rules, request)
    since = world.now.wall if request.since is None else min(request.since, world.now.wall)
    talk = _earlier_talk(world, request.arrival.call)
    return new_call(
        id=request.arrival.call,
        queue=request.queue,
        key=key_of(int(since.timestamp() * 1000), boosts, world.next_sequence()),
        number=request.arrival.caller_number,
        waiting_since=since,
        entered_s=world.now.seconds if request.since is None else world.seconds_at(since),
        queued_s=world.now.seconds,
        boost_s=seconds_of(boosts),
        boosts=boosts,
        sticky_agent=request.sticky_agent or _own_agent(world, request),
        talked_before=talk is not None,
        waited_s=talk.waited_s if talk is not None else None,
        legs_numbered=_legs_before(world, request.arrival.at),
        level=request.level,
        asked=needs_of(request.needs),
        mark=new_mark(
            phase=WAITING,
            flow=request.flow,
            node=request.node,
            language=request.language,
            region=request.home.region,
            region_by=request.home.by,
            level=request.level,
            matter=request.matter,
            kept_by_flow=request.kept_by_flow,
        ),
    )


def _earlier_talk(world: World, call: CallId) -> EarlierTalk | None:
    """Of a caller who has talked already, and wants somebody again; the mark tells it to a later server."""
    known = world.calls.get(call)
    if known is None:
        return world.talked_and_left.get(call)
    return EarlierTalk(known.waited_s or 0.0, known.legs_over)


def _own_agent(world: World, request: QueueRequest) -> AgentId | None:
    if request.known is NOBODY or request.arrival.call in world.talked_and_left:
        return None  # who was sent to a flow comes from the agent they know

    def serves(agent: AgentId) -> bool:
        known = world.agents.get(agent)
        return known is not None and request.queue in known.queues

    return known_agent(world.rules[request.queue].sticky, request.known, world.now.wall, serves)


def from_live(world: World, live: LiveCall, mark: CallMark) -> Call:
    """A call found in the switch, with the place its mark gives it."""
    arrival = live.arrival
    return from_mark(world, arrival.call, arrival.caller_number, arrival.at, mark)


def from_mark(world: World, call: CallId, number: str, arrived: datetime, mark: CallMark) -> Call:
    """Rebuilds a call from what was written to the switch.

    The mark of an earlier server may hold the virtual arrival time alone. A call cannot have waited
    before it came, so what lies before its arrival is its boost.
    """
    virtual = _moment(mark.key_ms, world.now.wall)
    since = (
        max(arrived, virtual) if mark.boost_ms is None else virtual + timedelta(milliseconds=mark.boost_ms)
    )
    waiting_since = min(since, world.now.wall)
    queued = waiting_since if mark.queued_ms is None else _moment(mark.queued_ms, world.now.wall)
    world.sequence = max(world.sequence, mark.sequence)
    assert mark.queue is not None, f"{call} has no queue in its mark"
    return Call(
        id=call,
        queue=mark.queue if mark.queue in world.rules else world.default_queue,
        key=Key(mark.tier, mark.key_ms, mark.sequence),
        number=number,
        waiting_since=waiting_since,
        entered_s=world.seconds_at(waiting_since),
        queued_s=world.seconds_at(min(queued, world.now.wall)),
        boost_s=max(0.0, (since - virtual).total_seconds()),
        level=mark.level,
        boosts=mark.boosts,
        sticky_agent=mark.sticky_agent,
        asked=mark.needs,
        mark=mark,
        phase=mark.phase,
        waited_s=None if mark.waited_ms is None else mark.waited_ms / 1000,
        talking_since=talking_since(mark, world.now.wall),
        # Who lost the agent and waits again had waited for that talk.
        talked_before=mark.phase in {TALKING, PARKED} or mark.waited_ms is not None,
        sent_by=mark.sent_by,
        outside=mark.outside,
        legs_numbered=_legs_before(world, arrived),
    )


def _legs_before(world: World, arrived: datetime) -> int:
    """A number that no leg has of before a restart, or of an earlier stay in a queue: none is used twice."""
    return max(0, int((world.now.wall - arrived).total_seconds() * 1000))


def boost(world: World, event: GiveBoost) -> None:
    """A supervisor credits a waiting call with another time than before, or with none."""
    call = world.calls.get(event.call)
    if call is None or call.phase is not WAITING:
        raise NotWaiting("This call does not wait for an agent.")
    others = tuple(boost for boost in call.boosts if boost.source is not BoostSource.SUPERVISOR)
    given = () if event.seconds == 0 else (Boost(BoostSource.SUPERVISOR, event.seconds),)
    since_ms = call.key.ms + int(call.boost_s * 1000)
    # Of a call from before a restart that lost its boosts' sources only the sum is known.
    unknown_s = call.boost_s - seconds_of(call.boosts)
    call.boosts = (*others, *given)
    call.boost_s = seconds_of(call.boosts) + unknown_s
    world.place_anew(call, key_of(since_ms - int(unknown_s * 1000), call.boosts, call.key.sequence))
    offers.announce_waiting(world, call)


def leave(world: World, event: Leave) -> None:
    """A waiting caller goes elsewhere of their own will; whose phone rings for them is free again."""
    call = world.calls.get(event.call)
    if call is None or call.phase is not WAITING or call.is_absent:
        raise NotWaiting("This call does not wait for an agent.")
    unserved = unserved_of(world, call)
    if call.offer is not None:
        offers.withdraw(world, call.offer)
    doors.send_away(world, call, Exit.KEY, unserved)


def move(world: World, event: MoveToQueue) -> None:
    """A supervisor has a waiting caller wait in another queue; a phone that rings for them is let go."""
    call = world.calls.get(event.call)
    if call is None or call.phase is not WAITING:
        raise NotWaiting("This call does not wait for an agent.")
    if event.queue == call.queue:
        return
    if call.promise is not None and call.promise.is_dialled:
        raise NotWaiting("This customer is being called just now.")
    doors.require_room(world, event.queue)
    if call.offer is not None:
        offers.withdraw(world, call.offer)
    world.remove_waiting(call)
    call.queue = event.queue
    call.queued_s, call.is_overdue = world.now.seconds, False
    world.add_waiting(call)
    offers.announce_waiting(world, call)


def talking_since(mark: CallMark | None, now: datetime) -> datetime | None:
    """When the talk of a marked call began, if that was seen."""
    if mark is None or mark.talking_since_ms is None:
        return None
    return min(_moment(mark.talking_since_ms, now), now)


def _moment(ms: int, like: datetime) -> datetime:
    return datetime.fromtimestamp(0, tz=like.tzinfo) + timedelta(milliseconds=ms)


def talk_over(world: World, call_id: CallId) -> None:
    """The caller's line is back though the agent's leg was never reported gone.

    That is a loss, unless someone meant it.
    """
    call = world.calls.get(call_id)
    if call is None or call.phase is not TALKING:
        return
    if call.leg is not None:
        call.legs_over = (*call.legs_over, call.leg)
    if call.is_hung_up:
        conversation.served(world, call)
    else:
        conversation.lost(world, call)
