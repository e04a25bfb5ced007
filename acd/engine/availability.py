"""An agent's state, derived in one place from sign-in, wish and activity."""

from datetime import datetime

from acd.engine import breaks, doors
from acd.engine.effects import MirrorAgent
from acd.engine.state import Absence, Agent, Aside, Shown, Timer
from acd.engine.world import World
from acd.events import AgentStateChanged
from acd.model import AgentState
from kernel.value import maker

new_agent_state = maker(AgentStateChanged)

# Python 3.11 finds a member of an enumeration by a call, each time; these are asked for in every turn.
OFFLINE, READY, ON_BREAK = AgentState.OFFLINE, AgentState.READY, AgentState.ON_BREAK
TALKING, WRAP_UP, NOT_RESPONDING = AgentState.TALKING, AgentState.WRAP_UP, AgentState.NOT_RESPONDING
RINGING, RESERVED = AgentState.RINGING, AgentState.RESERVED

BUSY = {TALKING, WRAP_UP}


def refresh(world: World, agent: Agent) -> None:
    """Brings everything that follows from an agent's facts up to date. Call it after each change."""
    if agent.is_guest:
        return  # nobody's agent: no call is ever theirs by routing, and nobody is told of a state
    is_reachable = world.is_reachable(agent)
    is_available = is_reachable and _is_willing(agent)
    shown = _busy_state(agent) or _free_state(world, agent, is_reachable=is_reachable)
    is_ready = None if agent.wants is OFFLINE else is_available
    if is_ready is not agent.mirrored:
        _mirror(world, agent, is_ready=is_ready)
    is_away = not is_reachable and agent.wants is not OFFLINE
    if is_away is not agent.is_missed:
        _watch_absence(world, agent, is_away=is_away)
    if agent.held.head is not None and not is_available:
        for call in list(agent.held):
            world.free(world.calls[call])
    is_other = shown != agent.shown
    if is_other:
        agent.shown_since = _since(world, agent, shown[0])
        _count_work(world, agent, shown[0])
        agent.state, agent.shown = shown[0], shown
    aside = _aside(world, agent)
    if is_other or aside != agent.shown_aside:
        agent.shown_aside = aside
        _move_idle(world, agent)
        _announce(world, agent)


def _aside(world: World, agent: Agent) -> Aside:
    """What is told beside the state, which is the new one already."""
    state, ends, wrap_up = agent.state, agent.offer, agent.wrap_up
    until = ends.until if ends is not None else wrap_up.until if wrap_up is not None else None
    if state is ON_BREAK:
        until = breaks.ends_at(world, agent)
    is_extended = wrap_up is not None and wrap_up.is_extended
    if agent.shown[2] is None or agent.wants is READY:
        return (until, None, "", agent.missed_at, is_extended)
    return (until, agent.wants, agent.wants_reason, agent.missed_at, is_extended)


def will_be_free(world: World, agent: Agent) -> bool:
    """Whether the agent is ready, or will be once the work in hand is done."""
    return _is_willing(agent) and world.is_reachable(agent)


def _is_willing(agent: Agent) -> bool:
    return agent.wants is READY and agent.absence is None and agent.parked is None


def set_wish(world: World, agent: Agent, state: AgentState, reason: str) -> None:
    """Notes what the agent wants to be, also for the time after a restart."""
    if (state, reason) != (agent.wants, agent.wants_reason):
        agent.wants, agent.wants_reason = state, reason
        if state is OFFLINE:
            doors.went_off_duty(world, agent.queues)
        _rest_from_now(world, agent)


def _busy_state(agent: Agent) -> Shown | None:
    talk = agent.call if agent.call is not None else agent.consulted
    if talk is not None:
        return (TALKING, "dialling" if agent.is_dialling else "", talk)
    if agent.watch is not None:
        return (TALKING, "watching", agent.watch.call)
    if agent.offer is not None:
        state = RINGING if agent.offer.is_ringing else RESERVED
        return (state, "", agent.offer.call)
    if agent.parked is not None:
        return (NOT_RESPONDING, "call_parked", agent.parked)
    if agent.wrap_up is not None:
        return (WRAP_UP, "", agent.wrap_up.call)
    return None


def _free_state(world: World, agent: Agent, *, is_reachable: bool) -> Shown:
    if agent.wants is OFFLINE or agent.device is None:
        return (OFFLINE, agent.wants_reason, None)
    if agent.wants is ON_BREAK:
        return (ON_BREAK, agent.wants_reason, None)
    if agent.absence is not None:
        return (NOT_RESPONDING, agent.absence.value, None)
    if not is_reachable:
        has_phone = agent.device in world.registered
        return (NOT_RESPONDING, "page_lost" if has_phone else "phone_lost", None)
    return (READY, "", None)


def _since(world: World, agent: Agent, state: AgentState) -> datetime:
    """When the state began. Who is back without having worked was so all the time, and keeps the place."""
    if state in BUSY or agent.state in BUSY or agent.absence is not None:
        agent.rests_since = None
    if agent.call is not None:  # a talk found after a restart began before it
        return world.calls[agent.call].talking_since or world.now.wall
    if agent.wrap_up is not None and state is WRAP_UP:
        return agent.wrap_up.since
    if state is NOT_RESPONDING and agent.absence is Absence.MISSED and agent.missed_at is not None:
        return agent.missed_at
    if state is not agent.wants:
        return world.now.wall
    return agent.rests_since or _rest_from_now(world, agent)


def _count_work(world: World, agent: Agent, state: AgentState) -> None:
    """Keeps how much of the time on duty the agent has worked."""
    now_s = world.now.seconds
    if agent.state is OFFLINE:
        agent.on_duty_since_s, agent.busy_s = now_s, 0.0
    if agent.busy_since_s is not None:
        agent.busy_s += now_s - agent.busy_since_s
    agent.busy_since_s = now_s if state in BUSY else None


def _rest_from_now(world: World, agent: Agent) -> datetime:
    agent.rests_since, agent.idle_since_s = world.now.wall, world.now.seconds
    remember(world, agent)
    return agent.rests_since


def remember(world: World, agent: Agent) -> None:
    """Has kept what the agent goes on with after a restart, as it is at the turn's end."""
    if not agent.is_guest:
        world.to_remember[agent.id] = agent


def forget_missed(world: World, agent: Agent) -> None:
    """The agent is back, so that the call they did not answer counts no more, after a restart either."""
    if agent.missed_at is not None:
        agent.missed_at = None
        remember(world, agent)


def _move_idle(world: World, agent: Agent) -> None:
    """A ready agent is looked at before the turn ends, and stands idle if nobody waits for them then."""
    if agent.state is READY:
        world.unsettled_agents.add(agent.id)
        return
    world.unsettled_agents.discard(agent.id)
    if agent.is_standing:
        world.leave_idle(agent)


def _announce(world: World, agent: Agent) -> None:
    state, reason, call = agent.shown
    until, planned, planned_reason, missed_at, is_extended = agent.shown_aside
    world.tell(
        new_agent_state(
            at=world.now.wall,
            agent=agent.id,
            state=state,
            since=agent.shown_since or world.now.wall,
            reason=reason,
            call=call,
            until=until,
            planned=planned,
            planned_reason=planned_reason,
            missed_at=missed_at,
            is_extended=is_extended,
        )
    )


def _mirror(world: World, agent: Agent, *, is_ready: bool | None) -> None:
    """Tells the emergency queue who could help if Hotline died now.

    Ringing and talking are not mirrored: the switch sees by itself which phones are in use, and
    frees them by itself.
    """
    # All are told anew once the switch is there again.
    if agent.device is not None and world.is_connected:
        world.order(MirrorAgent(device=agent.device, is_ready=is_ready))
        agent.mirrored = is_ready


def _watch_absence(world: World, agent: Agent, *, is_away: bool) -> None:
    """Someone whose phone stays away is signed off to offline, so that the board tells the truth."""
    agent.is_missed = is_away
    if is_away:
        world.set_timer(Timer.ABSENCE, agent.id, world.settings.offline_after_s)
    else:
        world.stop_timer(Timer.ABSENCE, agent.id)


def clear_absence(agent: Agent, *kinds: Absence) -> None:
    """Forgets why the agent was not given calls, if it was one of these."""
    if agent.absence in kinds:
        agent.absence = None
