"""An agent's state, derived in one place from sign-in, wish and activity."""

from datetime import datetime

from acd.engine import breaks, doors
from acd.engine.effects import MirrorAgent
from acd.engine.state import Absence, Agent, Aside, Timer
from acd.engine.world import World
from acd.events import AgentStateChanged
from acd.model import AgentState
from kernel.ids import CallId
from kernel.value import maker

new_agent_state = maker(AgentStateChanged)

Shown = tuple[AgentState, str, CallId | None]

BUSY = {AgentState.TALKING, AgentState.WRAP_UP}


def refresh(world: World, agent: Agent) -> None:
    """Brings everything that follows from an agent's facts up to date. Call it after each change."""
    if agent.is_guest:
        return  # nobody's agent: no call is ever theirs by routing, and nobody is told of a state
    is_reachable = world.is_reachable(agent)
    shown = _busy_state(agent) or _free_state(world, agent, is_reachable=is_reachable)
    _mirror(world, agent, is_reachable=is_reachable)
    _watch_absence(world, agent, is_reachable=is_reachable)
    if agent.held.head is not None and not will_be_free(world, agent):
        for call in list(agent.held):
            world.free(world.calls[call])
    is_other = shown != agent.shown
    if is_other:
        agent.shown_since = _since(world, agent, shown[0])
        _count_work(world, agent, shown[0])
        agent.shown = shown
    aside = _aside(world, agent)
    if not is_other and aside == agent.shown_aside:
        return
    _move_idle(world, agent, shown[0])
    agent.shown_aside = aside
    _announce(world, agent)


def _aside(world: World, agent: Agent) -> Aside:
    """What is told beside the state; `agent.shown` is the new one."""
    ends = agent.offer or agent.wrap_up
    is_at_work = agent.shown[2] is not None
    planned = agent.wants if is_at_work and agent.wants is not AgentState.READY else None
    return Aside(
        until=ends.until if ends else breaks.ends_at(world, agent),
        planned=planned,
        planned_reason=agent.wants_reason if planned is not None else "",
        missed_at=agent.missed_at,
        is_extended=agent.wrap_up is not None and agent.wrap_up.is_extended,
    )


def will_be_free(world: World, agent: Agent) -> bool:
    """Whether the agent is ready, or will be once the work in hand is done."""
    return _is_willing(agent) and world.is_reachable(agent)


def _is_willing(agent: Agent) -> bool:
    return agent.wants is AgentState.READY and agent.absence is None and agent.parked is None


def set_wish(world: World, agent: Agent, state: AgentState, reason: str) -> None:
    """Notes what the agent wants to be, also for the time after a restart."""
    if (state, reason) != (agent.wants, agent.wants_reason):
        agent.wants, agent.wants_reason = state, reason
        if state is AgentState.OFFLINE:
            doors.went_off_duty(world, agent.queues)
        _rest_from_now(world, agent)


def _busy_state(agent: Agent) -> Shown | None:
    talk = agent.call if agent.call is not None else agent.consulted
    if talk is not None:
        return (AgentState.TALKING, "dialling" if agent.is_dialling else "", talk)
    if agent.watch is not None:
        return (AgentState.TALKING, "watching", agent.watch.call)
    if agent.offer is not None:
        state = AgentState.RINGING if agent.offer.is_ringing else AgentState.RESERVED
        return (state, "", agent.offer.call)
    if agent.parked is not None:
        return (AgentState.NOT_RESPONDING, "call_parked", agent.parked)
    if agent.wrap_up is not None:
        return (AgentState.WRAP_UP, "", agent.wrap_up.call)
    return None


def _free_state(world: World, agent: Agent, *, is_reachable: bool) -> Shown:
    if agent.wants is AgentState.OFFLINE or agent.device is None:
        return (AgentState.OFFLINE, agent.wants_reason, None)
    if agent.wants is AgentState.ON_BREAK:
        return (AgentState.ON_BREAK, agent.wants_reason, None)
    if agent.absence is not None:
        return (AgentState.NOT_RESPONDING, agent.absence.value, None)
    if not is_reachable:
        has_phone = agent.device in world.registered
        return (AgentState.NOT_RESPONDING, "page_lost" if has_phone else "phone_lost", None)
    return (AgentState.READY, "", None)


def _since(world: World, agent: Agent, state: AgentState) -> datetime:
    """When the state began. Who is back without having worked was so all the time, and keeps the place."""
    if state in BUSY or agent.state in BUSY or agent.absence is not None:
        agent.rests_since = None
    if agent.call is not None:  # a talk found after a restart began before it
        return world.calls[agent.call].talking_since or world.now.wall
    if agent.wrap_up is not None and state is AgentState.WRAP_UP:
        return agent.wrap_up.since
    if state is AgentState.NOT_RESPONDING and agent.absence is Absence.MISSED and agent.missed_at is not None:
        return agent.missed_at
    if state is not agent.wants:
        return world.now.wall
    return agent.rests_since or _rest_from_now(world, agent)


def _count_work(world: World, agent: Agent, state: AgentState) -> None:
    """Keeps how much of the time on duty the agent has worked."""
    now_s = world.now.seconds
    if agent.state is AgentState.OFFLINE:
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


def _move_idle(world: World, agent: Agent, state: AgentState) -> None:
    """A ready agent is looked at before the turn ends, and stands idle if nobody waits for them then."""
    if state is AgentState.READY:
        world.unsettled_agents.add(agent.id)
        return
    world.unsettled_agents.discard(agent.id)
    world.leave_idle(agent)


def _announce(world: World, agent: Agent) -> None:
    (state, reason, call), aside = agent.shown, agent.shown_aside
    world.tell(
        new_agent_state(
            at=world.now.wall,
            agent=agent.id,
            state=state,
            since=agent.shown_since or world.now.wall,
            reason=reason,
            call=call,
            until=aside.until,
            planned=aside.planned,
            planned_reason=aside.planned_reason,
            missed_at=aside.missed_at,
            is_extended=aside.is_extended,
        )
    )


def _mirror(world: World, agent: Agent, *, is_reachable: bool) -> None:
    """Tells the emergency queue who could help if Hotline died now.

    Ringing and talking are not mirrored: the switch sees by itself which phones are in use, and
    frees them by itself.
    """
    is_ready = None if agent.wants is AgentState.OFFLINE else _is_willing(agent) and is_reachable
    # All are told anew once the switch is there again.
    if agent.device is not None and is_ready != agent.mirrored and world.is_connected:
        world.order(MirrorAgent(device=agent.device, is_ready=is_ready))
        agent.mirrored = is_ready


def _watch_absence(world: World, agent: Agent, *, is_reachable: bool) -> None:
    """Someone whose phone stays away is signed off to offline, so that the board tells the truth."""
    is_away = agent.wants is not AgentState.OFFLINE and not is_reachable
    if is_away is agent.is_missed:
        return
    agent.is_missed = is_away
    if is_away:
        world.set_timer(Timer.ABSENCE, agent.id, world.settings.offline_after_s)
    else:
        world.stop_timer(Timer.ABSENCE, agent.id)


def clear_absence(agent: Agent, *kinds: Absence) -> None:
    """Forgets why the agent was not given calls, if it was one of these."""
    if agent.absence in kinds:
        agent.absence = None
